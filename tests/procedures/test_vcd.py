"""Fail-over and fail-back of a cloud as procedures, over the wires of a lab (VCD-01, VCD-06, VCD-08, VCD-09, VCD-12)."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Collection, Iterator
from datetime import datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

import pytest

from harness.journal import ApiCall, CommandRun
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.procedures.catalogue import PROCEDURES
from harness.procedures.conduct import Request, plan
from harness.procedures.events import Ended
from harness.units import Span, minutes
from tests.procedures.two_sites import FAILBACK, FAILOVER, RESOURCE, TARGETS, TwoSites, two_sites

ROUNDS = int(os.environ.get("BLACKSTART_ROUNDS", "2"))
"""How often the first test goes over and back."""
FORCED = "grep -c forceMountedLvm /etc/vmware/esx.conf"

pytestmark = pytest.mark.timeout(800)


@pytest.fixture
def sites(tmp_path: Path) -> Iterator[TwoSites]:
    with two_sites(tmp_path) as found:
        yield found


def acts(sites: TwoSites, since: int) -> list[object]:
    """What was done to the lab over its wires, looks left out."""
    looks = re.compile(r":|esx|ls |vmware|vim-cmd hostsvc/runtimeinfo")
    told = [entry.record for entry in sites.lab.journal.entries(since)]
    commands = [r for r in told if isinstance(r, CommandRun) and not looks.match(r.line)]
    quiet = {"RetrieveContents", "CurrentTime", "GET"}
    return [*commands, *(r for r in told if isinstance(r, ApiCall) and r.method not in quiet)]


@pytest.mark.timeout(600 + 100 * ROUNDS)
def test_over_and_back_again_and_again_by_both_branches_it_ends_in_the_start_state(sites):
    start, ends = sites.shown(), []
    for power_on in islice(cycle(("ha", "vcloud")), ROUNDS):
        sites.fail_over(power_on)
        ends.append(sites.tenants())
        sites.fail_back()
        assert sites.shown() == start
    assert [end for end in ends if end != ends[0]] == []
    running = {name for name, how in ends[0].items() if how[0] == "poweredOn"}
    assert len(running) == 50
    assert {ends[0][name][2] for name in running} == {"esx-b"}
    done = {event["step"]: event["how"] for event in sites.log(FAILOVER, "done")}
    assert done["register-vms"] == done["start-vapps"] == done["present-copies cg-tenants"] == "acted"


def test_where_replicas_are_presented_beforehand_steps_find_nothing_to_do_and_lag_is_told(tmp_path):
    variations = ("replicas presented beforehand", "asynchronous replication")
    with two_sites(tmp_path, "5.1", *variations) as sites:
        start, expected = sites.shown(), on(sites)
        change_after_the_last_replication(sites)
        sites.fail_over()
        check_last_replication(sites, expected)
        done = {event["step"]: event["how"] for event in sites.log(FAILOVER, "done")}
        assert done["present-copies cg-tenants"] == "already"
        (note,) = [event["notes"] for event in sites.log(FAILOVER, "note") if event["step"] == "break-replication cg-tenants"]
        assert note["state"] == "partitioned"
        assert re.match(r"2012-\d\d-\d\d \d\d:\d\d", note["completed"])
        sites.fail_back()
        assert sites.shown() == start


def test_vcloud_director_starts_what_ran_at_the_last_completed_replication_as_vsphere_ha_does(tmp_path):
    with two_sites(tmp_path, "5.1", "asynchronous replication") as sites:
        expected = on(sites)
        change_after_the_last_replication(sites)
        sites.fail_over("vcloud")
        check_last_replication(sites, expected)


def change_after_the_last_replication(sites: TwoSites) -> None:
    with sites.operator() as operator:
        operator.array("array-a").act("cg-tenants", "synchronise")
        machines = Machines(operator.at(RESOURCE))
        machines.power_on("acme-lab-05")
        machines.power_off("acme-mail-01")
    sites.lab.pass_time(minutes(2), "vSphere HA protects the one and forgets the other")
    assert {"acme-mail-01", "acme-lab-05"} & on(sites) == {"acme-lab-05"}


def check_last_replication(sites: TwoSites, expected: set[str]) -> None:
    (note,) = [event["notes"] for event in sites.log(FAILOVER, "note") if event["step"] == "read-copies"]
    assert (note["on-since"], note["off-since"], note["unread"]) == (["acme-lab-05"], ["acme-mail-01"], [])
    assert {name for name, how in sites.tenants().items() if how[0] == "poweredOn" and how[2] == "esx-b"} == expected


def on(sites: TwoSites) -> set[str]:
    return {name for name, how in sites.tenants().items() if how[0] == "poweredOn"}


def test_with_synchronous_replication_a_vm_that_vsphere_ha_did_not_protect_yet_stops_it(sites):
    """The copies hold the moment of the loss, so it ran in them as well: vSphere HA does not know it, and a person has to."""
    with sites.operator() as operator:
        Machines(operator.at(RESOURCE)).power_on("acme-lab-05")
    sites.site.write_text(sites.site.read_text() + "\n[waits]\nrestarts = 240\n")
    sites.lab.faults.lose_site("protected")
    ended = sites.run(FAILOVER)
    assert (ended.ending, ended.step) == ("stopped", "validate")
    assert "50 of 51; not: acme-lab-05: poweredOn (disconnected)" in ended.found
    assert ended.otherwise.startswith("The events of each VM in the cluster's vCenter say what keeps it")


def test_a_plan_touches_nothing(sites):
    before = len(sites.lab.journal)
    for name in (FAILOVER, FAILBACK):
        lines = plan(Request(PROCEDURES[name], sites.site))
        assert lines[1].endswith("steps. Nothing is touched by this plan.")
    assert any(
        line.endswith(
            "] mask-originals cg-management: Mask the originals of cg-management, before the hosts of the "
            "returning site have power."
        )
        for line in lines
    )
    assert not [e for e in sites.lab.journal.entries(before) if isinstance(e.record, ApiCall | CommandRun)]
    assert {file.name for file in sites.folder.iterdir()} == {"lab.toml", "lab.credentials.toml"}


def test_while_the_protected_site_runs_it_refuses_and_names_what_answers(sites):
    before = len(sites.lab.journal)
    ended = sites.run(FAILOVER)
    assert (ended.ending, ended.step) == ("stopped", "protected-site")
    answers = re.fullmatch(r".*expected that nothing answers there, but the network shows answers from (.*)", ended.found)
    assert answers
    wires = [name.rpartition(" (")[::2] for name in answers[1].split("), ")]
    assert [name for name, wire in wires if wire == "SSH"] == [host for host in sites.lab.hosts if "-a0" in host]
    assert {"array-a", "vc-mgmt-a.lab.example", "srm-a.lab.example"} <= {name for name, _ in wires}
    assert ended.otherwise.startswith("The protected site still runs: its VMs would run twice")
    assert acts(sites, before) == []
    sites.lab.faults.lose_site("protected")
    sites.lab.faults.return_array("array-a")
    ended = sites.run(FAILOVER, resume=True)
    assert ended.found.endswith("the network shows answers from array-a (array)")


def test_whoever_ignores_that_says_so_and_the_log_keeps_it(sites):
    sites.run_to("protected-site-ignored", given={"protected-site": "ignored"})
    assert sites.log(FAILOVER, "begin")[0]["branches"]["protected-site"] == "ignored"
    (seen,) = [event["seen"] for event in sites.log(FAILOVER, "check") if event["step"] == "protected-site-ignored"]
    assert "esx-a04.lab.example (SSH)" in seen


def test_a_site_that_comes_back_half_way_stops_it_before_the_hosts_are_used(sites):
    sites.lab.faults.lose_site("protected")
    sites.run_to("mount-copies esx-b04.lab.example")
    sites.lab.faults.return_array("array-a")
    ended = sites.run(FAILOVER, resume=True)
    assert (ended.ending, ended.step) == ("stopped", "leave-maintenance esx-b01.lab.example")
    assert "array-a (array)" in ended.found


def test_a_plan_that_fails_half_way_is_told_and_goes_on_with_resume(sites):
    sites.lab.faults.lose_site("protected")
    sites.lab.faults.stop_vcenter("vc-mgmt-b.lab.example")
    ended = sites.run(FAILOVER)
    assert (ended.ending, ended.step) == ("stopped", "recover-management")
    assert re.search(r"but SRM shows RECOVERY_INCOMPLETE: step 5, .*: vc-mgmt-b\.lab\.example does not answer$", ended.found)
    assert ended.otherwise.endswith("--resume runs the plan again.")
    sites.lab.faults.start_vcenter("vc-mgmt-b.lab.example")
    sites.run_to("recover-management", resume=True)


class CutOff:
    """The place where the line between the arrays is cut as soon as somebody waits for a whole copy."""

    def __init__(self, sites: TwoSites, group: str) -> None:
        self._lab, self._group = sites.lab, group

    def wait_for(self, seen: Callable[[], bool], limit: Span, why: str, asked: Collection[str] = ()) -> bool:
        if why == f"{self._group} replicates to the protected site, which has a whole copy":
            self._lab.faults.cut_replication(self._group)
        return self._lab.wait_for(seen, limit, why, asked)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        return getattr(self._lab, name)


def test_a_reverse_replication_that_does_not_end_stops_the_fail_back_in_time_and_it_goes_on_when_that_is_mended(sites):
    sites.fail_over()
    for ask in ("Give that array its power", "Give the protected site its power back now"):
        ended = sites.run(FAILBACK, resume=sites.begun(FAILBACK))
        assert ended.otherwise.startswith(ask)
        sites.lend_a_hand(ended)
    ended = sites.run(FAILBACK, CutOff(sites, "cg-tenants"), resume=True)
    assert (ended.ending, ended.step) == ("stopped", "copy-back cg-tenants")
    assert re.search(r"array-a shows partitioned to array-a since .* \(no connection between array-b and array-a\)$", ended.found)
    assert ended.otherwise.startswith("Look at the line between the arrays")
    (waited,) = [event for event in sites.log(FAILBACK, "wait") if event["step"] == "copy-back cg-tenants"]
    began, over = datetime.fromisoformat(waited["at"]), datetime.fromisoformat(sites.log(FAILBACK, "end")[-1]["at"])
    assert waited["limit"] <= (over - began).total_seconds() < waited["limit"] + 60
    sites.lab.faults.mend_replication("cg-tenants")
    ended = sites.run(FAILBACK, resume=True, unwanted=lambda: "copy-back cg-tenants" in sites.done(FAILBACK))
    assert (ended.ending, ended.step) == ("interrupted", "record-what-runs")


def test_there_is_nothing_to_fail_back_at_the_start(sites):
    before = len(sites.lab.journal)
    ended = sites.run(FAILBACK)
    assert (ended.ending, ended.step) == ("stopped", "failed-over")
    assert "SRM shows READY_STATE" in ended.found
    assert ended.otherwise.startswith("There is nothing to fail back")
    assert acts(sites, before) == []


def test_hosts_that_came_before_the_originals_were_masked_stop_the_fail_back(sites):
    sites.fail_over()
    sites.lab.faults.restore_site("protected")
    with sites.operator() as operator:
        operator.wait(operator.shell("esx-a01").answers, operator.limits.boot, "esx-a01 is up")
    ended = sites.run(FAILBACK)
    assert (ended.ending, ended.step) == ("stopped", "mask-originals cg-management")
    assert "esx-a01.lab.example (SSH)" in ended.found
    assert ended.otherwise.startswith("Its hosts came before the originals were masked")


def test_a_persistent_mount_is_forgotten_by_the_fail_back_and_vsphere_replication_protects_management_as_well(tmp_path):
    with two_sites(tmp_path, "5.1", "management by vSphere Replication") as sites:
        start = sites.shown()
        sites.lab.faults.lose_site("protected")
        sites.run_to("rescan-adapters esx-b04.lab.example")
        with sites.operator() as operator:
            operator.shell(TARGETS[0]).run("esxcfg-volume -M tenant-vmfs01").succeeded()
            assert operator.shell(TARGETS[0]).run(FORCED).output.strip() == "3"
        assert sites.run(FAILOVER, resume=True) == Ended("finished")
        sites.fail_back()
        with sites.operator() as operator:
            assert operator.shell(TARGETS[0]).run(FORCED).output.strip() == "0"
        assert sites.shown() == start


def test_a_management_vm_that_runs_at_both_sites_stops_the_fail_back(tmp_path):
    """Nothing masks the originals of VMs that no array replicates."""
    with two_sites(tmp_path, "5.1", "management by vSphere Replication") as sites:
        sites.fail_over()
        for ask in ("Give that array its power", "Give the protected site its power back now"):
            ended = sites.run(FAILBACK, resume=sites.begun(FAILBACK))
            assert ended.otherwise.startswith(ask)
            sites.lend_a_hand(ended)
        with sites.operator() as operator:
            center = operator.at("vc-mgmt-a.lab.example")
            operator.wait(lambda: center.vcenter.answers() and hears(center), operator.limits.services, "the site is up")
            Machines(center).power_on("vsm01")
        ended = sites.run(FAILBACK, resume=True)
        assert (ended.ending, ended.step) == ("stopped", "site-returns")
        assert "vsm01: poweredOn on mgmt-a01.lab.example" in ended.found
        assert ended.otherwise.startswith("It runs at both sites")


def hears(center: Operator) -> bool:
    return all(host.connection == "connected" for host in center.look().hosts.values())
