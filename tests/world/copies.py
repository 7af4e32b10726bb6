"""A copy of a volume that two hosts see in place of the original."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import hosts, storage, unresolved
from harness.units import VolumeId
from harness.world.hosts import CONFIG_STORE, ESX_CONF
from harness.world.mounts import VolumeMounted
from harness.world.storage import Lun
from harness.world.unresolved import Reason, unresolved_volumes
from tests.world.planting import add_copy
from tests.world.scene import NAMES, Scene

A, B, C = NAMES


def with_copy(made: Scene) -> Scene:
    """Host A alone keeps the original; B and C see a copy of it instead."""
    made.add("web01")
    original = made.lun("vmfs01")
    copy = add_copy(made.gateway, original, frozenset({B, C}))
    for name in (B, C):
        made.gateway.perform(storage.unmount, name, original.vmfs.id)
    made.gateway.perform(storage.present, original.device, frozenset({A}))
    made.gateway.listen(lambda events, world: [served(event, world) for event in events if isinstance(event, VolumeMounted)])
    for name in (B, C):
        made.gateway.perform(storage.rescan, name)
    assert copy.device in made.gateway.world.hosts[B].devices
    return made


def served(event: VolumeMounted, world) -> None:
    """Nothing is mounted that is not presented, or not written to."""
    lun = world.luns[event.mount.device]
    assert lun.serves(event.host)
    assert lun.writable


def copied(scene) -> Lun:
    return next(lun for lun in scene.gateway.world.luns.values() if lun.array == "array02")


def volume_of(scene) -> VolumeId:
    return scene.lun("vmfs01").vmfs.id


def host(scene, name=B):
    return scene.gateway.world.hosts[name]


def view(scene, name=B) -> list[tuple[bool, Reason | None, Reason | None]]:
    found = unresolved_volumes(scene.gateway.world, host(scene, name))
    return [(volume.mounted, volume.unmountable, volume.unresignaturable) for volume in found]


def refused(scene, operation, *args, **fields) -> str:
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(operation, *args, **fields)
    return caught.value.reason


def force(scene, name=B, *, persistent: bool) -> None:
    scene.gateway.perform(unresolved.force_mount, name, volume_of(scene), persistent=persistent)


def restart(scene, name=B) -> None:
    """An orderly restart, which saves the configuration."""
    scene.gateway.perform(hosts.reboot, name, force=True)
    scene.pass_minutes(10)
    assert host(scene, name).running


def cut(scene, name=B) -> None:
    scene.gateway.perform(hosts.cut_power, name)
    scene.gateway.perform(hosts.give_power, name)
    scene.pass_minutes(10)
    assert host(scene, name).running


def configuration(scene, name=B) -> str:
    files = host(scene, name).files
    return "".join(files[path].content.decode() for path in (ESX_CONF, CONFIG_STORE) if path in files)
