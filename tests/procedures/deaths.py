"""Runs that are killed at whatever point, and resumed until they come to their end."""

from __future__ import annotations

import itertools
import random
import time
from collections.abc import Callable
from typing import Any

from harness.journal import Record
from harness.lab import Lab
from harness.procedures.events import Ended
from harness.procedures.state import State
from harness.units import Instant
from tests.procedures.two_sites import TwoSites

FARTHEST = 40
"""Words over the wires after which a run is killed at the latest."""
PATIENT = "\n[waits]\n" + "".join(
    f"{name} = 36000\n" for name in ("boot", "agents", "connection", "restarts", "services", "copies")
)


class Killed(BaseException):
    """The end of a process, as far as one process can have it."""


class MortalJournal:
    """A journal in which the run dies at an entry that is ``fatal``: what is entered was done, and nobody learns of it."""

    def __init__(self, lab: Lab, fatal: Callable[[Record], bool]) -> None:
        self._journal, self._fatal = lab.journal, fatal

    def record(self, record: Record, began: Instant) -> None:
        self._journal.record(record, began)
        if self._fatal(record):
            raise Killed

    def __len__(self) -> int:
        return len(self._journal)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._journal, name)


class MortalPlace:
    """A lab with such a journal."""

    def __init__(self, lab: Lab, fatal: Callable[[Record], bool]) -> None:
        self._lab, self.journal = lab, MortalJournal(lab, fatal)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._lab, name)


def survive(sites: TwoSites, name: str, chance: random.Random) -> int:
    """Run a procedure to its end, killed at random words over the wires and resumed; how often it was killed."""
    return _persevere(sites, name, lambda: MortalPlace(sites.lab, _after(chance.randint(1, FARTHEST))))


def _after(words: int) -> Callable[[Record], bool]:
    """Tells the record that is the last of so many."""
    number = itertools.count(1)
    return lambda _record: next(number) == words


def die_at_each_step(sites: TwoSites, name: str) -> int:
    """The same where ``State.complete`` is :func:`dying`."""
    return _persevere(sites, name, lambda: None)


def _persevere(sites: TwoSites, name: str, place: Callable[[], Any]) -> int:
    kills, ended = 0, Ended("stopped")
    while ended.ending != "finished":
        try:
            ended = sites.run(name, place(), resume=sites.begun(name))
            assert ended.ending == "finished" or sites.lend_a_hand(ended), ended
        except Killed:
            kills += 1
    return kills


def dying(killed: set[tuple[str, str]]) -> Callable[[State, str, str], None]:
    """A ``State.complete`` that kills the run at each step, the first time: what was acted on is not recorded."""
    complete = State.complete

    def die_first(state: State, task: str, at: str) -> None:
        if (state.run, task) not in killed:
            killed.add((state.run, task))
            raise Killed
        complete(state, task, at)

    return die_first


def kill_and_resume(sites: TwoSites, name: str, lives: list[float], power: str = "") -> str:
    """Processes that are killed, each after so many wall seconds, then one to the end; what that one said.

    Somebody gives the protected site its power back when the step ``power`` is done.
    """
    for life in [*lives, 300.0]:
        process = sites.command(name, *(["--resume"] if sites.begun(name) else []))
        over = time.monotonic() + life
        while process.poll() is None and time.monotonic() < over:
            time.sleep(0.1)
            if power and sites.begun(name) and power in sites.done(name):
                sites.lab.faults.restore_site("protected")
        process.kill()
        said, errors = process.communicate()
        if process.returncode == 0:
            break
    assert (process.returncode, errors) == (0, ""), said
    return said
