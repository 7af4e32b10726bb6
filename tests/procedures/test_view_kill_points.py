"""Fail-over and fail-back of View that are killed, at whatever point and however often, end as ones that were not (VIEW-08)."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from harness.procedures.state import State
from tests.procedures.deaths import PATIENT, die_at_each_step, dying, kill_and_resume, survive
from tests.procedures.running_time import running_time
from tests.procedures.view_sites import FAILBACK, FAILOVER, NFS, ON, ViewSites, view_sites

pytestmark = pytest.mark.timeout(1000)
PACE = 120.0


def there(sites: ViewSites) -> int:
    """How many desktops run at the recovery site."""
    return sum(host.startswith("esx-b") for host in sites.running().values())


def test_killed_at_random_points_and_resumed_both_end_as_if_nothing_had_been(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with view_sites(tmp_path) as sites:
        start, desktops = sites.shown(), sites.users_find()
        sites.lab.faults.lose_site("protected")
        kills = survive(sites, FAILOVER, chance)
        assert there(sites) == ON, seed
        kills += survive(sites, FAILBACK, chance)
        assert (sites.shown(), sites.users_find()) == (start, desktops), seed
        assert kills > 20


def test_killed_in_each_step_when_it_was_acted_on_and_not_recorded_both_end_as_if_nothing_had_been_on_nfs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    killed: set[tuple[str, str]] = set()
    monkeypatch.setattr(State, "complete", dying(killed))
    with view_sites(tmp_path, "5.0", NFS) as sites:
        start, desktops = sites.shown(), sites.users_find()
        sites.lab.faults.lose_site("protected")
        for name in (FAILOVER, FAILBACK):
            assert die_at_each_step(sites, name) == len(sites.done(name)) > 15
        assert {task.partition(" ")[0] for _, task in killed} >= {
            "repoint-alias",
            "mount-nfs",
            "mount-nfs-originals",
            "remove-nfs",
        }
        assert (sites.shown(), sites.users_find()) == (start, desktops)


def test_killed_with_sigkill_at_random_times_and_resumed_it_fails_over_and_back_on_nfs(tmp_path: Path) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with view_sites(tmp_path, "5.0", NFS) as sites, running_time(sites.lab, PACE):
        start, desktops = sites.shown(), sites.users_find()
        sites.site.write_text(sites.site.read_text() + PATIENT)
        sites.lab.faults.lose_site("protected")
        kill_and_resume(sites, FAILOVER, [1 + chance.random() * 6 for _ in range(4)])
        assert there(sites) == ON, seed
        for name in ("array-a", "nas-a"):
            sites.lab.faults.return_array(name)
        kill_and_resume(sites, FAILBACK, [1 + chance.random() * 4 for _ in range(4)], "mask-originals cg-desktops")
        assert (sites.shown(), sites.users_find()) == (start, desktops), seed
