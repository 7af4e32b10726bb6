"""What ``blackstart validate`` had on the machine is gone however it ends: by itself, by its watchdogs, or by the next run."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import docker
import pytest

from harness.patience import STUCK
from harness.simulators.container import engine_answers
from harness.simulators.remains import PROCESSES, RUN_LABEL, process_start
from tests.vcsim_lab import freeze, until

ROOT = Path(__file__).parents[2]
PROC = Path("/proc")
WATCHDOG = "harness.simulators.watchdog"
FAILING = """Feature: a scenario that fails in its lab
  Scenario: a host that answers is said not to
    Given a cluster of three hosts
    Then "esx01" answers its operators
    And "esx01" does not respond to vCenter
"""
needs_docker = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers on this machine")
pytestmark = pytest.mark.skipif(not PROC.is_dir(), reason="this machine has no /proc to find the processes of a run in")


def blackstart(directory: Path, *arguments: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *arguments],
        cwd=directory,
        env={**os.environ, "TMPDIR": str(directory), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


def descendants(pid: int) -> dict[int, str]:
    """The command lines of the process's children and theirs, by process id."""
    parents: dict[int, int] = {}
    for entry in PROC.glob("[0-9]*"):
        with contextlib.suppress(OSError):
            parents[int(entry.name)] = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
    found, generation = [], {pid}
    while generation := {child for child, parent in parents.items() if parent in generation}:
        found += generation
    lines = {}
    for child in found:
        with contextlib.suppress(OSError):
            lines[child] = (PROC / str(child) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    return lines


def containers(directory: Path) -> list[str]:
    client = docker.from_env()
    try:
        found = client.containers.list(all=True, filters={"label": RUN_LABEL}, ignore_removed=True)
        labels = [container.labels[RUN_LABEL] for container in found]
    finally:
        client.close()
    return [label for label in labels if label.startswith(str(directory))]


class Working:
    """A ``validate`` that is at work on two workers, each with its simulator."""

    def __init__(self, directory: Path, kind: str, tags: str = "@VDS-05 or @VDS-06") -> None:
        self.directory, self.kind = directory, kind
        self.simulators: list[int] = []
        chosen = ("--workers", "2", "--tags", tags)
        self.process = blackstart(
            directory, "validate", "--simulator", kind, *chosen, "--output", str(directory.parent / "reports")
        )
        until(self.is_at_work)

    def is_at_work(self) -> bool:
        assert self.process.poll() is None
        if self.kind == "container":
            return len(containers(self.directory)) > 1
        started = {str(pid) for pid, line in descendants(self.process.pid).items() if "bin/vcsim" in line}
        return len(started & self.noted()) > 1  # one that is not noted yet ends by itself, unless it is frozen then

    def noted(self) -> set[str]:
        """The process ids that its workers have noted for whoever clears up after them."""
        records = [record.read_text() for record in self.directory.glob(f"*/run-*/{PROCESSES}")]
        return {line.partition(" ")[0] for record in records for line in record.splitlines()}

    def kill(self, *, watchdogs: bool) -> None:
        """Kills everything of the run at once but its simulators and, unless told to, its watchdogs."""
        lines = descendants(self.process.pid)
        self.simulators = [pid for pid, line in lines.items() if "bin/vcsim" in line]
        for pid in self.simulators:
            freeze(pid)  # else it would notice by itself
        parts = [self.process.pid, *(pid for pid, line in lines.items() if watchdogs or WATCHDOG not in line)]
        for number in (signal.SIGSTOP, signal.SIGKILL):  # else those that are killed last learn of the others' end
            for pid in parts:
                if pid not in self.simulators:
                    with contextlib.suppress(ProcessLookupError):
                        os.kill(pid, number)
        self.process.wait()

    def check_end(self) -> None:
        """Its files are gone by now; what it has killed, and the engine removes, is so a moment later."""
        assert list(self.directory.iterdir()) == []
        until(lambda: not self.remains())

    def remains(self) -> list[str]:
        left = [str(pid) for pid in self.simulators if process_start(pid)] + [str(file) for file in self.directory.iterdir()]
        return left + (containers(self.directory) if self.kind == "container" else [])


KINDS = ["process", pytest.param("container", marks=needs_docker)]


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    (tmp_path / "scratch").mkdir()
    return tmp_path / "scratch"


@pytest.fixture(params=KINDS)
def working(request: pytest.FixtureRequest, scratch: Path) -> Iterator[Working]:
    run = Working(scratch, request.param)
    yield run
    if run.process.poll() is None:
        run.kill(watchdogs=False)
    blackstart(run.directory, "doctor").wait(STUCK)


@pytest.mark.parametrize("kind", KINDS)
def test_a_failed_scenario_leaves_nothing(scratch: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "a.feature").write_text(FAILING)
    arguments = ("validate", "--simulator", kind, "--features", str(tmp_path), "--output", str(tmp_path / "reports"))
    assert blackstart(scratch, *arguments).wait(STUCK) == 1
    assert list(scratch.iterdir()) == []
    assert kind == "process" or containers(scratch) == []


def test_a_ctrl_c_leaves_nothing(working: Working) -> None:
    working.simulators = [pid for pid, line in descendants(working.process.pid).items() if "bin/vcsim" in line]
    working.process.send_signal(signal.SIGINT)
    assert working.process.wait(STUCK) == 2
    working.check_end()


@needs_docker
def test_a_ctrl_c_while_labs_with_three_vcenters_start_leaves_nothing(scratch: Path) -> None:
    working = Working(scratch, "container", "@VCD-02")
    try:
        working.process.send_signal(signal.SIGINT)
        assert working.process.wait(STUCK) == 2
        working.check_end()
    finally:
        blackstart(scratch, "doctor").wait(STUCK)


def test_the_watchdogs_of_a_killed_run_leave_nothing(working: Working) -> None:
    working.kill(watchdogs=False)
    until(lambda: not working.remains())


def test_the_next_run_leaves_nothing_where_the_watchdogs_were_killed_too(working: Working) -> None:
    working.kill(watchdogs=True)
    assert len(containers(working.directory) if working.kind == "container" else working.simulators) == 2
    assert list(working.directory.iterdir())
    blackstart(working.directory, "doctor").wait(STUCK)  # the next run
    until(lambda: not working.remains())
