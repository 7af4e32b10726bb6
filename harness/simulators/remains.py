"""Clearing away what a run has left: its processes, its containers, its directory.

Used at the end of a run, by the watchdog of a run that was killed, and by the next run, for one whose watchdog was
killed too. All it needs to know is in the run's directory.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

RUN_LABEL = "blackstart.run"
"""The label of our containers: the directory of their run."""

LOCK = "lock"
PROCESSES = "processes"
CONTAINERS = "containers"

CENSUS = ".census"
"""The file of the root whose lock is held while runs are counted, so that none is taken for dead or away as it begins."""

GOING = 409
"""The engine's status for a container that somebody else is removing at this moment."""


@contextlib.contextmanager
def counted(root: Path) -> Iterator[None]:
    """Holds the lock of ``root``, which is made where there is none."""
    while True:
        root.mkdir(mode=0o700, exist_ok=True)
        try:
            census = (root / CENSUS).open("w")
        except FileNotFoundError:  # its last run removed it in this moment
            continue
        with census:
            fcntl.flock(census, fcntl.LOCK_EX)
            if is_file_at(root / CENSUS, census.fileno()):
                yield
                return


def is_file_at(path: Path, descriptor: int) -> bool:
    """Whether an open file is still the one of that name."""
    try:
        return os.path.samestat(path.stat(), os.fstat(descriptor))
    except FileNotFoundError:
        return False


def leave_root(root: Path) -> None:
    """Removes the root after the last of its runs. It never makes one: another run may be removing it at this moment."""
    with contextlib.suppress(FileNotFoundError), (root / CENSUS).open("r+") as census:
        fcntl.flock(census, fcntl.LOCK_EX)
        if is_file_at(root / CENSUS, census.fileno()) and {file.name for file in root.iterdir()} == {CENSUS}:
            (root / CENSUS).unlink()
            root.rmdir()


def clear_run(directory: Path) -> None:
    """Ends and removes all that the run in ``directory`` has left, the directory last. May be called again."""
    kill_processes(directory / PROCESSES)
    if (directory / CONTAINERS).exists():
        remove_containers(directory)
    shutil.rmtree(directory, ignore_errors=True)


def clear_patiently(directory: Path, pauses: tuple[float, ...]) -> None:
    """Clears a run that was killed: an engine may still have been making a container then.

    So its containers, where it has any, are removed once more after each pause (seconds), and its directory only then: the next
    run looks there.
    """
    kill_processes(directory / PROCESSES)
    for pause in pauses if (directory / CONTAINERS).exists() else ():
        remove_containers(directory)
        time.sleep(pause)
    clear_run(directory)


def is_over(directory: Path) -> bool:
    """Whether the run's process is gone: it held a lock on a file of its directory for as long as it lived.

    To be asked while runs are counted: nobody is making one then. So one without its lock was killed as it began or as it was
    cleared, unless its process lives and somebody else has removed the file.
    """
    try:
        with (directory / LOCK).open("r+") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except FileNotFoundError:
        return not process_start(int(directory.name.split("-")[1]))
    except OSError:  # not ours to judge: of another user
        return False
    return True


def kill_processes(record: Path) -> None:
    """Kills the processes in the record that are still the ones that were recorded."""
    lines = record.read_text().splitlines() if record.exists() else []
    for line in lines:
        pid, _, started = line.partition(" ")
        if started and process_start(int(pid)) == started:
            with contextlib.suppress(ProcessLookupError):
                os.kill(int(pid), signal.SIGKILL)


def process_start(pid: int) -> str:
    """When the process started, as the system tells it; empty where there is none. A reused pid has another one."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            return stat.read_text().rpartition(")")[2].split()[19]
        except (OSError, IndexError):
            return ""
    told = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return told.stdout.strip()


def remove_containers(directory: Path) -> None:
    """Removes the run's containers, by label. Raises what the Docker SDK raises where the engine does not answer."""
    import docker  # noqa: PLC0415 - slow to import, and most runs have no containers

    client = docker.from_env(timeout=30)
    try:
        label = f"{RUN_LABEL}={directory}"
        for container in client.containers.list(all=True, filters={"label": label}, ignore_removed=True):
            try:
                container.remove(force=True, v=True)
            except docker.errors.APIError as error:
                if not isinstance(error, docker.errors.NotFound) and error.status_code != GOING:
                    raise
    finally:
        client.close()
