"""What users keep on the persistent disks of their desktops: text files, by name, in the bytes of the disk.

The file system on the disk is our own, as no guest runs here: one document of JSON (assumed). The bytes are real: what of them is
replicated, and when, decides what a user finds at the other site.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from harness.physics import disks
from harness.physics.laws import Laws
from harness.units import HostName
from harness.world.storage import VolumeFile


def unpack(content: bytes | None) -> dict[str, str]:
    """The files on a disk; none on one that was never written to, or that holds something else."""
    try:
        found = json.loads(content or b"{}")
    except ValueError:
        return {}
    return {str(name): str(text) for name, text in found.items()} if isinstance(found, dict) else {}


def pack(files: Mapping[str, str]) -> bytes:
    """The bytes of a disk with these files."""
    return json.dumps(dict(files), indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def extent_of(laws: Laws, host: HostName, disk: VolumeFile) -> VolumeFile | None:
    """The file with the bytes of a disk, as its descriptor names it; None where ``host`` cannot read that."""
    descriptor = disks.read_descriptor(laws.read(host, disk))
    return disk.parent / descriptor.extent if descriptor and descriptor.extent else None
