"""A fail-over and a fail-back that are killed, at whatever point and however often, end as ones that were not (VCD-09)."""

from __future__ import annotations

import random
import time
from pathlib import Path
from typing import Any

import pytest

from harness.journal import Record
from harness.lab import Lab
from harness.procedures.events import Ended
from harness.procedures.state import State
from harness.units import Instant
from tests.procedures.running_time import running_time
from tests.procedures.two_sites import FAILBACK, FAILOVER, TwoSites, two_sites

pytestmark = pytest.mark.timeout(600)
FARTHEST = 40
"""Words over the wires after which a run is killed at the latest."""
PACE = 120.0
PATIENT = "\n[waits]\n" + "".join(
    f"{name} = 36000\n" for name in ("boot", "agents", "connection", "restarts", "services", "copies")
)


class Killed(BaseException):
    """The end of a process, as far as one process can have it."""


class MortalJournal:
    """A journal in which the run dies at its ``moment``-th entry: what is entered was done, and nobody learns of it."""

    def __init__(self, lab: Lab, moment: int) -> None:
        self._journal, self._left = lab.journal, moment

    def record(self, record: Record, began: Instant) -> None:
        self._journal.record(record, began)
        self._left -= 1
        if self._left == 0:
            raise Killed

    def __len__(self) -> int:
        return len(self._journal)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._journal, name)


class MortalPlace:
    """A lab with such a journal."""

    def __init__(self, lab: Lab, moment: int) -> None:
        self._lab, self.journal = lab, MortalJournal(lab, moment)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._lab, name)


def survive(sites: TwoSites, name: str, chance: random.Random) -> int:
    """Run a procedure to its end, resumed after each kill; how often it was killed."""
    kills, ended, begun = 0, Ended("stopped"), False
    while ended.ending != "finished":
        try:
            ended = sites.run(name, MortalPlace(sites.lab, chance.randint(1, FARTHEST)), resume=begun)
            assert ended.ending == "finished" or sites.lend_a_hand(ended), ended
        except Killed:
            kills += 1
        begun = sites.begun(name)
    return kills


def test_killed_at_random_points_and_resumed_both_end_as_if_nothing_had_been(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with two_sites(tmp_path) as sites:
        start = sites.shown()
        sites.lab.faults.lose_site("protected")
        kills = survive(sites, FAILOVER, chance)
        tenants = sites.tenants()
        assert sum(how[0] == "poweredOn" and how[2] == "esx-b" for how in tenants.values()) == 50, seed
        kills += survive(sites, FAILBACK, chance)
        assert sites.shown() == start, seed
        assert kills > 20


def test_killed_in_each_step_when_it_was_acted_on_and_not_recorded_both_end_as_if_nothing_had_been(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    complete, killed = State.complete, set[str]()

    def die_first(state: State, task: str, at: str) -> None:
        if task not in killed:
            killed.add(task)
            raise Killed
        complete(state, task, at)

    monkeypatch.setattr(State, "complete", die_first)
    with two_sites(tmp_path) as sites:
        start = sites.shown()
        sites.lab.faults.lose_site("protected")
        for name in (FAILOVER, FAILBACK):
            killed.clear()
            assert persevere(sites, name) == len(killed) == len(sites.done(name)) > 30
        assert sites.shown() == start


def persevere(sites: TwoSites, name: str) -> int:
    """Run a procedure to its end, resumed after each kill; how often it was killed."""
    kills, ended = 0, Ended("stopped")
    while ended.ending != "finished":
        try:
            ended = sites.run(name, resume=sites.begun(name))
            assert ended.ending == "finished" or sites.lend_a_hand(ended), ended
        except Killed:
            kills += 1
    return kills


def test_killed_with_sigkill_at_random_times_and_resumed_it_fails_over_and_back(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with two_sites(tmp_path, "5.1") as sites, running_time(sites.lab, PACE):
        start = sites.shown()
        sites.site.write_text(sites.site.read_text() + PATIENT)
        sites.lab.faults.lose_site("protected")
        kill_and_resume(sites, FAILOVER, [1 + chance.random() * 6 for _ in range(4)], seed)
        tenants = sites.tenants()
        assert sum(how[0] == "poweredOn" and how[2] == "esx-b" for how in tenants.values()) == 50, seed
        sites.lab.faults.return_array("array-a")
        kill_and_resume(sites, FAILBACK, [1 + chance.random() * 4 for _ in range(4)], seed)
        assert sites.shown() == start, seed


def kill_and_resume(sites: TwoSites, name: str, lives: list[float], seed: int) -> None:
    """Runs that are killed, each after so many wall seconds, then one to the end; somebody gives power when it is asked for."""
    for life in [*lives, 300.0]:
        process = sites.command(name, *(["--resume"] if sites.begun(name) else []))
        over = time.monotonic() + life
        while process.poll() is None and time.monotonic() < over:
            time.sleep(0.1)
            if name == FAILBACK and sites.begun(name) and "mask-originals cg-tenants" in sites.done(name):
                sites.lab.faults.restore_site("protected")
        process.kill()
        said, errors = process.communicate()
        if process.returncode == 0:
            break
    assert (process.returncode, errors) == (0, ""), (seed, said)
