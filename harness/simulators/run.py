"""What a run of Blackstart has on the machine, and that it is gone afterwards.

Each process that starts simulators is a run, with a directory of its own below one root of the user. Three nets catch
what it leaves: ``close`` methods and the end of the interpreter; a watchdog process, when the run is killed; and the
next run, which finds directories whose owner no longer lives.
"""

from __future__ import annotations

import atexit
import contextlib
import fcntl
import os
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from harness.errors import LabError
from harness.simulators.remains import (
    CONTAINERS,
    LOCK,
    PROCESSES,
    clear_patiently,
    clear_run,
    counted,
    is_over,
    leave_root,
    process_start,
)

LATER = 1.0
"""How many seconds later :func:`clear_dead` looks for containers again."""


class Run:
    """The directory, lock and watchdog of this process. Get it with ``current_run``."""

    def __init__(self, root: Path) -> None:
        self.owner = os.getpid()
        self.directory = Path(tempfile.mkdtemp(prefix=f"run-{self.owner}-", dir=root))
        self._lock = (self.directory / LOCK).open("w")
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        self._watchdog = start_watchdog(self.directory)
        atexit.register(self.end)

    def new_directory(self, name: str) -> Path:
        """A new empty directory, which goes when the run ends at the latest."""
        return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self.directory))

    def lifelines(self) -> tuple[int, ...]:
        """Descriptors for a process without whose end, too, the run is not over: it keeps them open."""
        return (self._lock.fileno(), *([self._watchdog.stdin.fileno()] if self._watchdog.stdin else []))

    def note_process(self, pid: int) -> None:
        """Has the process killed when the run ends."""
        with (self.directory / PROCESSES).open("a") as record:
            record.write(f"{pid} {process_start(pid)}\n")

    def note_containers(self) -> None:
        """Says that there are, or will be, containers with this run's label."""
        (self.directory / CONTAINERS).touch()

    def end(self) -> None:
        """Clears up, unless this is a fork of the process that owns the run."""
        if os.getpid() != self.owner or not self.directory.exists():
            return
        with contextlib.suppress(Exception):  # what could not be cleared is left to the watchdog and the next run
            clear_run(self.directory)
            leave_root(self.directory.parent)
        self._lock.close()
        if self._watchdog.stdin:
            self._watchdog.stdin.close()


class Present:
    """The run of this process, once it has one."""

    lock = threading.Lock()
    run: Run | None = None


def current_run() -> Run:
    """The run of this process. The first call clears up after dead ones."""
    with Present.lock:
        if Present.run is None or Present.run.owner != os.getpid() or not Present.run.directory.exists():
            root = runs_root()
            with undisturbed(), counted(root):  # nobody sweeps a run that has a directory and not yet its lock
                sweep(root)
                Present.run = Run(root)
        return Present.run


@contextlib.contextmanager
def undisturbed() -> Iterator[None]:
    """Holds a Ctrl-C back until the block ends: no run may have a directory and nobody who would remove it."""
    held = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT, signal.SIGTERM, signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, held)


def runs_root() -> Path:
    """Where the runs of this user have their directories. ``LabError`` where somebody else owns it.

    Whoever has the directory of a run for its temporary files, as the processes of ``blackstart validate`` do, has a run
    beside that one: below it, no later run would find what a killed one has left.
    """
    temporary, name = Path(tempfile.gettempdir()).resolve(), f"blackstart-{os.getuid()}"
    root = next((place for place in temporary.parents if place.name == name), temporary / name)
    root.mkdir(mode=0o700, exist_ok=True)
    if root.is_symlink() or root.stat().st_uid != os.getuid():
        raise LabError("run", f"{root} belongs to another user", "Remove it, or set TMPDIR to a directory of your own.")
    return root.resolve()


def sweep(root: Path) -> list[Path]:
    """Clears up after runs whose process and watchdog were both killed; the directories it cleared."""
    dead = dead_runs(root)
    for directory in dead:
        with contextlib.suppress(Exception):  # no engine to remove its containers from: the next run tries again
            clear_run(directory)
    return dead


def clear_dead() -> None:
    """Clears up after the runs of this user whose processes are gone, without waiting for their watchdogs or the next run."""
    root = runs_root()
    with counted(root):
        for directory in dead_runs(root):
            with contextlib.suppress(Exception):  # as in sweep
                clear_patiently(directory, (LATER,))


def dead_runs(root: Path) -> list[Path]:
    """The directories of runs whose process is gone."""
    return [directory for directory in root.glob("run-*") if is_over(directory)]


def start_watchdog(directory: Path) -> subprocess.Popen[bytes]:
    """The watchdog, in a session of its own so that Ctrl-C does not reach it."""
    package_parent = str(Path(__file__).parents[2])
    path = os.pathsep.join(filter(None, [package_parent, os.environ.get("PYTHONPATH", "")]))
    return subprocess.Popen(
        [sys.executable, "-m", "harness.simulators.watchdog", str(directory)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        env={**os.environ, "PYTHONPATH": path},
        start_new_session=True,
    )
