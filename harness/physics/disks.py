"""Virtual disks as a host opens them: the descriptors that lie on the volumes, each with the parent that it names."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from harness.physics.effects import Effects
from harness.physics.laws import Laws
from harness.units import HostName, VolumeId
from harness.world.machines import Machine
from harness.world.storage import VolumeFile
from harness.world.volume_files import FileWritten

HEADER = b"# Disk DescriptorFile"
NO_PARENT = "ffffffff"
SECTOR = 512
LONGEST_CHAIN = 32
"""How many links a chain may have (from memory of the limit for snapshots)."""
KEY = re.compile(r'^(\w+)\s*=\s*"?([^"\n]*)"?\s*$', re.MULTILINE)
EXTENT = re.compile(r'^RW (\d+) \w+ "([^"]+)"', re.MULTILINE)
TYPES = {"vmfs": "VMFS", "vmfsSparse": "VMFSSPARSE"}
"""The word before an extent's file, for each ``createType``."""


@dataclass(frozen=True)
class Descriptor:
    """The text file that a virtual disk begins with. ``parent`` is the path that it names as its parent's; a whole disk has none.

    ``cid`` is the disk's content id, ``parent_cid`` the one that its parent had when this disk was made; ``size`` in bytes.
    """

    cid: str
    extent: str
    size: int
    parent: str = ""
    parent_cid: str = NO_PARENT

    @property
    def text(self) -> bytes:
        """The file; its form is that of public listings of ``.vmdk`` files."""
        kind = "vmfsSparse" if self.parent else "vmfs"
        hint = [f'parentFileNameHint="{self.parent}"'] if self.parent else []
        lines = [
            HEADER.decode(), "version=1", f"CID={self.cid}", f"parentCID={self.parent_cid}", f'createType="{kind}"', *hint,
            "", "# Extent description", f'RW {self.size // SECTOR} {TYPES[kind]} "{self.extent}"',
        ]  # fmt: skip
        return "".join(f"{line}\n" for line in lines).encode()


def read_descriptor(content: bytes | None) -> Descriptor | None:
    """The descriptor in a file; None where it holds none, as the disks that vcsim makes do not."""
    return _descriptor(content) if content and content.startswith(HEADER) else None


@lru_cache(maxsize=256)
def _descriptor(content: bytes) -> Descriptor:
    text = content.decode("utf-8", "replace")
    keys, extent = dict(KEY.findall(text)), EXTENT.search(text)
    sectors, file = (int(extent[1]), extent[2]) if extent else (0, "")
    parent = keys.get("parentFileNameHint", "")
    return Descriptor(keys.get("CID", ""), file, sectors * SECTOR, parent, keys.get("parentCID", NO_PARENT))


@dataclass(frozen=True)
class Broken:
    """Why a disk cannot be opened: ``link`` is the file of the chain that is not there, or whose content id is another."""

    disk: VolumeFile
    link: VolumeFile
    missing: bool

    def told(self, laws: Laws) -> str:
        """In the words of the release."""
        phrase = "reason.disk-missing" if self.missing else "reason.disk-parent-modified"
        return laws.phrase(phrase, disk=self.disk.absolute, link=self.link.absolute)


def links(laws: Laws, host: HostName, disk: VolumeFile) -> Iterator[tuple[VolumeFile, Descriptor | None]]:
    """A disk and the parents behind it, as far as ``host`` can follow them; the last may be missing, or without a descriptor."""
    link: VolumeFile | None = disk
    for _ in range(LONGEST_CHAIN):
        if link is None:
            return
        found = read_descriptor(laws.read(host, link))
        yield link, found
        link = resolve(laws, host, link, found.parent) if found and found.parent else None


def resolve(laws: Laws, host: HostName, beside: VolumeFile, path: str) -> VolumeFile:
    """What a path in a file means on ``host``: one that begins with no ``/`` lies beside the file.

    Where the host has no such volume it stays the file of a volume by that name.
    """
    if not path.startswith("/"):
        return beside.parent / path
    parts = path.removeprefix("/vmfs/volumes/").partition("/")
    return laws.world.locate(host, path) or VolumeFile(VolumeId(parts[0]), parts[2])


def parents(laws: Laws, host: HostName, disk: VolumeFile) -> tuple[VolumeFile, ...]:
    """The files behind a disk, nearest first."""
    return tuple(link for link, _ in links(laws, host, disk))[1:]


def first_broken(laws: Laws, host: HostName, machine: Machine) -> Broken | None:
    """What keeps a VM's disks from being opened on ``host``; None where all their chains are whole there."""
    return next(filter(None, (broken_link(laws, host, disk.file) for disk in machine.disks)), None)


def broken_link(laws: Laws, host: HostName, disk: VolumeFile) -> Broken | None:
    """What keeps one disk from being opened on ``host``; None where its chain is whole there."""
    wanted = ""
    for link, found in links(laws, host, disk):
        if found is None:
            return Broken(disk, link, missing=True) if laws.read(host, link) is None else None
        if wanted and found.cid != wanted:
            return Broken(disk, link, missing=False)
        if laws.read(host, link.parent / found.extent) is None:
            return Broken(disk, link.parent / found.extent, missing=True)
        wanted = found.parent_cid
    return None


def log_broken(laws: Laws, host: HostName, machine: Machine, broken: Broken) -> Effects:
    """The VM's own log tells which link it was, where the host can write it."""
    place = laws.world.writable(host, machine.vmx.parent / "vmware.log")
    if place is None:
        return
    reason = "file-missing" if broken.missing else "parent-modified"
    phrases = [f"log.disk-link-{reason}", "log.disk-chain"]
    lines = [laws.phrase(phrase, disk=broken.disk.absolute, link=broken.link.absolute) for phrase in phrases]
    told = "".join(f"{laws.now:%Y-%m-%dT%H:%M:%S}.000Z| vmx| {line}\n" for line in lines).encode()
    yield FileWritten(place.device, place.path, (laws.read(host, machine.vmx.parent / "vmware.log") or b"") + told, laws.now)
