"""Where a run keeps its temporary files: the volumes of a two-site lab are hundreds of small ones, and each waits for a disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

MEMORY = Path("/dev/shm")  # noqa: S108 - below it a run makes a directory of its own, as in the machine's temporary directory
ENOUGH = 2**30
"""Bytes that have to be free there: container hosts often offer 64 MiB, in which no suite fits."""
CHOSEN = ("TMPDIR", "TEMP", "TMP")
"""How a person says where temporary files go."""


def prefer_memory() -> None:
    """Have this process and those it starts keep temporary files in memory, unless somebody chose a place or there is none."""
    if any(os.environ.get(name) for name in CHOSEN) or not _fits(MEMORY):
        return
    os.environ["TMPDIR"] = str(MEMORY)
    tempfile.tempdir = None  # found anew when it is asked for next


def _fits(place: Path) -> bool:
    return place.is_dir() and os.access(place, os.W_OK | os.X_OK) and shutil.disk_usage(place).free >= ENOUGH
