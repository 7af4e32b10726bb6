"""A small process beside a run: it notices that the run is gone, even killed, and clears up after it.

Started by ``run.py`` with the run's directory as its only argument and, as standard input, a pipe that nobody writes
to: its end means that the run is gone.
"""

from __future__ import annotations

import signal
import sys
from pathlib import Path

from harness.simulators.remains import clear_patiently, leave_root

LATER = (1.0, 3.0)
"""When to look for containers again, in seconds."""


def watch(directory: Path) -> None:
    """Waits for the end of standard input, then clears the run."""
    for ignored in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):  # meant for the run; its end is ours
        signal.signal(ignored, signal.SIG_IGN)
    sys.stdin.buffer.read()
    if directory.exists():
        clear_patiently(directory, LATER)
    leave_root(directory.parent)


if __name__ == "__main__":
    watch(Path(sys.argv[1]))
