"""Scenarios that begin alike go to one worker as long as another one has something else to do, and none is left out."""

from __future__ import annotations

import random
from collections.abc import Sequence
from types import SimpleNamespace

import pytest

from harness.report.distribution import Outline, Together

FEATURE = "Feature: a\n" + "\n".join(
    f"""
  Scenario: {kind} {number}
    Given {lab}
    Then it holds
"""
    for number in range(4)
    for kind, lab in (("with", "a lab"), ("without", "no lab"))
)


class Options:
    """As much of pytest's configuration as a scheduler asks for."""

    def getvalue(self, name: str) -> list[str]:
        return {"tx": ["2*popen"]}[name]

    def getoption(self, name: str) -> None:
        return {"maxschedchunk": None}[name]


class Worker:
    """Notes what it is sent."""

    def __init__(self) -> None:
        self.gateway = SimpleNamespace(id="gw")
        self.sent: list[int] = []
        self.shutting_down = False

    def send_runtest_some(self, indices: Sequence[int]) -> None:
        self.sent += indices

    def shutdown(self) -> None:
        self.shutting_down = True


@pytest.fixture
def workers() -> tuple[Worker, Worker]:
    return Worker(), Worker()


def begin(workers: Sequence[Worker], scenarios: str) -> Together:
    """Scenarios whose beginnings are single letters, long ones in capitals, handed out as far as they are when a run begins."""
    names = [f"{number}{letter}" for number, letter in enumerate(scenarios)]
    scheduler = Together(Options(), None, lambda: {name: Outline(name[-1].lower(), 3 + name[-1].isupper()) for name in names})
    for worker in workers:
        scheduler.add_node(worker)
        scheduler.add_node_collection(worker, names)
    scheduler.schedule()
    return scheduler


def complete(scheduler: Together, worker: Worker, count: int, done: int = 0) -> None:
    for place in range(done, done + count):
        scheduler.mark_test_complete(worker, worker.sent[place], 1.0)


@pytest.mark.parametrize(
    ("scenarios", "first", "second"),
    [
        pytest.param("ababababab", [0, 2, 4, 6, 8], [1, 3], id="it goes on with what begins like its last scenario"),
        pytest.param("abaBaAaA", [5, 7, 0, 2, 4], [3, 1], id="the long ones of these come first: none is left for the end"),
        pytest.param("aabbbbcdcd", [0, 1, 6, 8, 7], [2, 3], id="then comes the first of a kind that nobody is at"),
    ],
)
def test_what_a_worker_gets_that_completes_three_scenarios(workers, scenarios, first, second):
    scheduler = begin(workers, scenarios)
    complete(scheduler, workers[0], 3)
    assert workers[0].sent == first
    assert workers[1].sent == second


def test_in_the_end_workers_share_what_is_left_so_that_none_idles(workers):
    scheduler = begin(workers, "aabbbbbb")
    complete(scheduler, workers[0], 2)
    complete(scheduler, workers[1], 2)
    complete(scheduler, workers[0], 2, done=2)
    assert workers[0].sent == [0, 1, 4, 5]
    assert workers[1].sent == [2, 3, 6, 7]
    assert workers[0].shutting_down


def test_what_a_dead_worker_had_before_it_goes_to_the_other_one(workers):
    scheduler = begin(workers, "aaabbb")
    assert scheduler.remove_node(workers[0]) == "0a"
    complete(scheduler, workers[1], 4)
    assert workers[1].sent == [3, 4, 5, 2, 1]


@pytest.fixture
def interleaved(bench, add_steps):
    """A bench with four scenarios of each of two kinds, one of the first, one of the second, and so on."""
    add_steps("\n@given('no lab')\ndef _(): pass\n")
    bench.feature("a.feature", FEATURE)
    return bench


def test_a_run_keeps_its_kinds_of_scenarios_apart(interleaved):
    record = interleaved.run(workers=2)
    workers = {each.name: each.worker for each in record.scenarios}
    assert record.counts["passed"] == 8
    assert workers["with 0"] == workers["with 1"] != workers["without 0"] == workers["without 1"]


def test_an_order_that_was_asked_for_stays_as_it_is(interleaved):
    record = interleaved.run(workers=2, shuffle=True, seed=0)
    order = [each.name for each in record.scenarios]
    random.Random(0).shuffle(order)
    workers = {each.name: each.worker for each in record.scenarios}
    assert [name.partition(" ")[0] for name in order[:4]] == ["with", "without", "without", "with"]
    assert workers[order[0]] == workers[order[1]] != workers[order[2]] == workers[order[3]]
