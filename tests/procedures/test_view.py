"""Fail-over and fail-back of View as procedures, over the wires of a lab (VIEW-01, VIEW-02, VIEW-07, VIEW-08)."""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.journal import ApiCall, CommandRun
from harness.procedures.catalogue import PROCEDURES
from harness.procedures.conduct import Request, plan
from harness.procedures.events import Ended
from tests.procedures.view_sites import FAILBACK, FAILOVER, ON, ViewSites, view_sites

ROUNDS = int(os.environ.get("BLACKSTART_ROUNDS", "2"))
"""How often the first test goes over and back."""

pytestmark = pytest.mark.timeout(800)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[ViewSites]:
    with view_sites(tmp_path) as found:
        yield found


@pytest.mark.timeout(600 + 100 * ROUNDS)
def test_over_and_back_again_and_again_it_ends_in_the_start_state_with_what_users_wrote(sites):
    start, desktops = sites.shown(), sites.users_find()
    for number in range(ROUNDS):
        sites.over()
        running = sites.running()
        assert len(running) == ON
        assert {host[:5] for host in running.values()} == {"esx-b"}
        sites.write("user-01", f"there-{number}")
        sites.back()
        assert sites.shown() == start
        assert sites.users_find() == desktops
    assert [sites.read("user-01", f"there-{number}") for number in range(ROUNDS)] == [
        f"user-01 has written there-{number}" for number in range(ROUNDS)
    ]


def test_recovery_hosts_that_wait_outside_of_the_cluster_are_added_to_it_and_taken_back(tmp_path):
    with view_sites(tmp_path, "5.0", "recovery hosts outside the cluster") as sites:
        start = sites.shown()
        sites.over()
        joined = {event["step"]: event["how"] for event in sites.log(FAILOVER, "done") if event["step"].startswith("join")}
        assert joined == {f"join-cluster esx-b0{number}.lab.example": "acted" for number in (1, 2)}
        assert len(sites.running()) == ON
        sites.back()
        assert sites.shown() == start


def test_a_run_stopped_at_every_step_goes_on_with_resume_and_ends_the_same(sites):
    start = sites.shown()
    sites.lab.faults.lose_site("protected")
    steps = in_pieces(sites, FAILOVER)
    assert "mount-copies esx-b02.lab.example" in steps
    assert len(sites.running()) == ON
    assert "start-desktops" in in_pieces(sites, FAILBACK)
    assert sites.shown() == start


def moved_on(sites: ViewSites, name: str, done: int) -> bool:
    return sites.begun(name) and len(sites.done(name)) > done


def in_pieces(sites: ViewSites, name: str) -> list[str]:
    """A procedure that a person interrupts each time that a step is done; its steps."""
    ended, done = Ended("interrupted"), 0
    while ended != Ended("finished"):
        begun = sites.begun(name)
        more = functools.partial(moved_on, sites, name, done)
        ended = sites.run(name, unwanted=more, resume=begun)
        assert ended.ending in {"interrupted", "finished"} or sites.lend_a_hand(ended), ended
        done = len(sites.done(name)) if sites.begun(name) else 0
    return list(sites.log(name, "begin")[0]["steps"])


def test_a_plan_touches_nothing(sites):
    before = len(sites.lab.journal)
    for name in (FAILOVER, FAILBACK):
        lines = plan(Request(PROCEDURES[name], sites.site))
        assert lines[1].endswith("steps. Nothing is touched by this plan.")
    assert not [e for e in sites.lab.journal.entries(before) if isinstance(e.record, ApiCall | CommandRun)]


def test_it_refuses_while_the_protected_site_runs_and_has_nothing_to_fail_back_at_the_start(sites):
    ended = sites.run(FAILOVER)
    assert (ended.ending, ended.step) == ("stopped", "protected-site")
    assert "esx-a01.lab.example (SSH)" in ended.found
    ended = sites.run(FAILBACK)
    assert (ended.ending, ended.step) == ("stopped", "failed-over")
    assert "blackstart procedure view-failover --resume" in ended.otherwise
