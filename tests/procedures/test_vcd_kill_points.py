"""A fail-over and a fail-back that are killed, at whatever point and however often, end as ones that were not (VCD-09)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from harness.journal import ApiCall, Record
from harness.procedures.events import Ended
from harness.procedures.state import State
from tests.procedures.deaths import PATIENT, Killed, MortalPlace, die_at_each_step, dying, kill_and_resume, survive
from tests.procedures.running_time import running_time
from tests.procedures.two_sites import FAILBACK, FAILOVER, two_sites

pytestmark = pytest.mark.timeout(1000)
PACE = 120.0


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
    killed: set[tuple[str, str]] = set()
    monkeypatch.setattr(State, "complete", dying(killed))
    with two_sites(tmp_path) as sites:
        start = sites.shown()
        sites.lab.faults.lose_site("protected")
        for name in (FAILOVER, FAILBACK):
            assert die_at_each_step(sites, name) == len(sites.done(name)) > 30
        assert sites.shown() == start


def test_what_a_killed_run_asked_of_vcloud_director_is_waited_for_and_need_not_be_asked_again(tmp_path: Path) -> None:
    def is_order(record: Record) -> bool:
        return isinstance(record, ApiCall) and record.target.endswith("/power/action/powerOn")

    with two_sites(tmp_path) as sites:
        sites.lab.faults.lose_site("protected")
        with pytest.raises(Killed):
            sites.run(FAILOVER, MortalPlace(sites.lab, is_order), given={"power-on": "vcloud"})  # type: ignore[arg-type]
        assert sites.run(FAILOVER, resume=True) == Ended("finished")


def test_killed_with_sigkill_at_random_times_and_resumed_it_fails_over_and_back(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with two_sites(tmp_path, "5.1") as sites, running_time(sites.lab, PACE):
        start = sites.shown()
        sites.site.write_text(sites.site.read_text() + PATIENT)
        sites.lab.faults.lose_site("protected")
        kill_and_resume(sites, FAILOVER, [1 + chance.random() * 6 for _ in range(4)])
        tenants = sites.tenants()
        assert sum(how[0] == "poweredOn" and how[2] == "esx-b" for how in tenants.values()) == 50, seed
        sites.lab.faults.return_array("array-a")
        kill_and_resume(sites, FAILBACK, [1 + chance.random() * 4 for _ in range(4)], "mask-originals cg-tenants")
        assert sites.shown() == start, seed
