"""What a run leaves behind although it must not: processes of its group, and its scratch directory. Found, ended and told."""

from __future__ import annotations

import os
import shutil
import signal
import time
from contextlib import suppress
from pathlib import Path

from harness.report.model import Problem

GRACE_SECONDS = 20.0
PROCESSES = Path("/proc")


def end_processes(group: int, grace: float = GRACE_SECONDS) -> list[Problem]:
    """Wait until the process group ``group`` is empty; what is still there after ``grace`` wall seconds is killed and named.

    A machine without a process file system is not looked at.
    """
    deadline = time.monotonic() + grace
    while (left := _members(group)) and time.monotonic() < deadline:
        time.sleep(0.05)
    for process in left:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(process, signal.SIGKILL)
    if not left:
        return []
    names = ", ".join(sorted(set(left.values())))
    return [Problem(f"the run left processes behind, which were killed: {names}")]


def remove_directory(directory: Path) -> list[Problem]:
    """Remove ``directory`` and all below it; a problem names it if something of it stays."""
    shutil.rmtree(directory, ignore_errors=True)
    return [Problem(f"the run left files that cannot be removed: {directory}")] if directory.exists() else []


def _members(group: int) -> dict[int, str]:
    """The living processes of ``group`` with their names."""
    found = {}
    for entry in PROCESSES.glob("[0-9]*/stat"):
        with suppress(OSError):
            name, _, rest = entry.read_text(encoding="utf-8", errors="replace").partition("(")[2].rpartition(")")
            state, _, member = rest.split()[:3]
            if int(member) == group and state not in ("Z", "X"):
                found[int(entry.parent.name)] = name
    return found
