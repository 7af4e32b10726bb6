"""States that a test needs and that no operation leads to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.gateway import Gateway
from harness.operations import storage, unresolved
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import DeviceId, HostName
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.storage import Lun, VolumePath
from harness.world.volume_files import FileWritten


@dataclass(frozen=True)
class Planted(Event):
    """The world is another one."""

    change: Callable[[World], World]

    def apply(self, world: World) -> World:
        return self.change(world)

    @property
    def subject(self) -> str:
        return "test"

    @property
    def text(self) -> str:
        return "planted"


def plant(gateway: Gateway, change: Callable[[World], World]) -> None:
    """Put the world into another state."""
    gateway.perform(_plant, change)


def _plant(_laws: Laws, change: Callable[[World], World]) -> Operation[None]:
    yield Planted(change)


def add_copy(gateway: Gateway, original: Lun, hosts: frozenset[HostName]) -> Lun:
    """A second LUN with the same volume, header and bytes as ``original`` has now, presented to ``hosts``."""
    device = DeviceId(f"naa.6000c29{len(gateway.world.luns):025}")
    lun = replace(gateway.world.luns[original.device], device=device, array="array02", presented=hosts, writable=True, facts={})
    plant(gateway, lambda world: world.with_lun(lun))
    gateway.perform(_replicate, VolumePath(original.device, ""), VolumePath(device, ""))
    return gateway.world.luns[device]


def _replicate(laws: Laws, source: VolumePath, target: VolumePath) -> Operation[None]:
    for name in laws.store.entries(source) if laws.store.is_folder(source) else []:
        if laws.store.is_folder(source / name):
            yield from _replicate(laws, source / name, target / name)
        else:
            file = target / name
            yield FileWritten(file.device, file.path, laws.store.read(source / name), laws.now)


def move_to_copy(gateway: Gateway, name: HostName, copy: Lun) -> None:
    """A host that has the original mounted sees the copy instead of it, and mounts that."""
    original = gateway.world.luns[copy.vmfs.written_for]
    gateway.perform(storage.unmount, name, copy.vmfs.id)
    gateway.perform(storage.present, original.device, original.presented - {name})
    gateway.perform(storage.present, copy.device, gateway.world.luns[copy.device].presented | {name})
    gateway.perform(storage.rescan, name)
    gateway.perform(unresolved.force_mount, name, copy.vmfs.id, persistent=True)
