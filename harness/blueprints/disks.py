"""The disks of the VMs that a blueprint places: whole ones, and those of linked clones, each with its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.blueprints.model import GIB, MachinePlan
from harness.errors import LabError
from harness.physics import disks
from harness.physics.disks import Descriptor
from harness.physics.laws import Laws
from harness.world.desktops import USER_DISK
from harness.world.machines import Disk, Machine
from harness.world.storage import VolumeFile

FIRST_DISK = 2000
CONFIGURATION_DISK = 20 * 2**20
"""The size of a linked clone's second disk, for QuickPrep (quoted, View 4.6 documentation: about 20 MB)."""


@dataclass(frozen=True)
class MadeDisk:
    """A disk, and its files with what is in them."""

    disk: Disk
    files: Mapping[VolumeFile, bytes]


def whole_disk(folder: VolumeFile, name: str, size: int, content: str, key: int = FIRST_DISK) -> MadeDisk:
    """A disk without a parent; the first eight digits of ``content`` are its content id."""
    descriptor = Descriptor(content[:8], f"{name}-flat.vmdk", size)
    file = folder / f"{name}.vmdk"
    return MadeDisk(Disk(key, file, size), {file: descriptor.text, folder / descriptor.extent: b""})


def clone_disks(laws: Laws, plan: MachinePlan, folder: VolumeFile, uuid: str) -> list[MadeDisk]:
    """The disks of a persistent linked clone: the OS disk on top of the replica, the one for QuickPrep beside it, and the
    persistent disk in a folder of the same name on its own datastore.
    """
    assert plan.clone is not None  # noqa: S101 - asked for nothing else
    mount = laws.world.mounted(plan.host, plan.clone.persistent)
    if mount is None:
        raise LabError("blueprint", f"{plan.host} does not see datastore {plan.clone.persistent!r}, which {plan.name!r} needs")
    apart = VolumeFile(mount.volume, folder.path)
    ids = uuid.replace("-", "")
    return [
        _os_disk(laws, plan, folder, ids[-8:]),
        whole_disk(folder, f"{plan.name}-internal", CONFIGURATION_DISK, ids[8:16], FIRST_DISK + 1),
        whole_disk(apart, f"{plan.name}{USER_DISK.removesuffix('.vmdk')}", plan.disk * GIB, ids[16:24], FIRST_DISK + 2),
    ]


def _os_disk(laws: Laws, plan: MachinePlan, folder: VolumeFile, content: str) -> MadeDisk:
    behind = _replica(laws, plan).disks[0]
    parent = disks.read_descriptor(laws.read(plan.host, behind.file))
    if parent is None:
        raise LabError("blueprint", f"{plan.host} does not see {behind.file.absolute}, on which {plan.name!r} is built")
    descriptor = Descriptor(content, f"{plan.name}-delta.vmdk", behind.size, behind.file.absolute, parent.cid)
    file = folder / f"{plan.name}.vmdk"
    disk = Disk(FIRST_DISK, file, behind.size, (behind.file,))
    return MadeDisk(disk, {file: descriptor.text, folder / descriptor.extent: b""})


def _replica(laws: Laws, plan: MachinePlan) -> Machine:
    center = laws.world.hosts[plan.host].center
    known = (m for m in laws.world.machines.values() if plan.clone and m.name == plan.clone.replica)
    return next(machine for machine in known if laws.host_of(machine).center == center)
