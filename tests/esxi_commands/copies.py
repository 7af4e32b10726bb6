"""Copies of a volume that hosts of a place see, called as in a capture."""

from __future__ import annotations

from dataclasses import replace

from harness.operations import storage
from harness.units import DeviceId, VolumeId
from harness.world.storage import Lun
from tests.esxi_commands.conftest import words
from tests.world.planting import add_copy
from tests.world.scene import NAMES

A, B, C = NAMES


def renamed(lun: Lun, device: str, label: str, uuid: str) -> Lun:
    vmfs = replace(lun.vmfs, id=VolumeId(uuid), label=label)
    return replace(lun, device=DeviceId(device or lun.device), vmfs=vmfs)


def show_copy(here, device: str = "", label: str = "vmfs01", uuid: str = "") -> Lun:
    """Hosts B and C see a copy of ``vmfs01``, which A alone keeps; the volume is called as in a capture."""
    gateway, original = here.scene.gateway, here.scene.lun("vmfs01")
    for name in NAMES:
        gateway.perform(storage.unmount, name, original.vmfs.id)
    here.plant(lambda world: world.with_lun(renamed(original, "", label, uuid or original.vmfs.id)))
    copy = add_copy(gateway, here.world.luns[original.device], frozenset({B, C}))
    if device:
        here.plant(
            lambda world: replace(world.with_lun(renamed(copy, device, label, uuid)), luns=_moved(world.luns, copy, device))
        )
    gateway.perform(storage.present, original.device, frozenset({A}))
    for name in NAMES:
        gateway.perform(storage.rescan, name)
    return next(lun for lun in here.world.luns.values() if lun.array == "array02")


def _moved(luns, copy: Lun, device: str):
    others = {name: lun for name, lun in luns.items() if name != copy.device}
    return {**others, DeviceId(device): replace(copy, device=DeviceId(device))}


def tail(out: str) -> list[list[str]]:
    return words(out)[-5:]


def mounted(here, host: int = 2) -> set[str]:
    return {line.split()[4] for line in here.run("esxcfg-scsidevs -m", host=host).out.splitlines()}
