"""Site Recovery Manager in a lab, over the wires alone: a site is lost, and what ran there answers at the other one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from harness.blueprints import load_blueprint
from harness.cli.lab import _lines
from harness.journal import ApiCall
from harness.lab import Lab, open_lab
from harness.probes.failures import CenterUnreachable, RecoveryRefusal, RecoveryUnreachable
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.probes.recoveries import Recoveries
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from harness.units import minutes
from tests.lab.test_two_sites import MANAGEMENT_A, MANAGEMENT_B, RESOURCE, identities

PLAN, NAMES = "management", {"vcd-db", "vc-res", "vsm01", "vcd-cell01", "vcd-cell02"}


@pytest.fixture
def lab() -> Iterator[Lab]:
    with open_lab(load_blueprint("two-sites"), load("5.0"), ProcessSimulator(), 3) as lab:
        yield lab
        lab.check()


@pytest.fixture
def operator(lab: Lab) -> Iterator[Operator]:
    operator = Operator(lab, limits_of(lab.release))
    yield operator
    operator.close()


@pytest.fixture
def recoveries(operator: Operator) -> Recoveries:
    return Recoveries(operator)


def shown(operator: Operator, center: str) -> dict[str, Any]:
    return dict(operator.at(center).look().machines)


def lines(operator: Operator, center: str) -> dict[str, str]:
    """What a person sees of the VMs of a vCenter, and where in it they are."""
    operator.wait(operator.center(center).answers, minutes(1), f"{center} answers, if not to the session that it had")
    return {name: f"{seen.ref._moId} {seen}" for name, seen in shown(operator, center).items()}


def datastores(operator: Operator, center: str) -> set[str]:
    return set(operator.at(center).look().datastores)


def test_the_resource_vcenter_is_lost_with_its_site_and_answers_again_with_the_same_ids(lab, operator, recoveries):
    before, places = identities(operator, RESOURCE), identities(operator, MANAGEMENT_B)
    assert {vm: seen.power for vm, seen in shown(operator, MANAGEMENT_B).items()} == dict.fromkeys(NAMES, "poweredOff")
    lab.faults.lose_site("protected")
    assert not operator.center(RESOURCE).answers()
    with pytest.raises(RecoveryUnreachable):
        operator.srm("srm-a").plans()
    recoveries.recover(PLAN, planned=False)
    assert recoveries.look(PLAN).state == "DISASTER_RECOVERY_COMPLETE"
    assert operator.center(RESOURCE).answers()
    assert identities(operator, RESOURCE) == before
    now = identities(operator, MANAGEMENT_B)
    assert now["vim.VirtualMachine"] == places["vim.VirtualMachine"]
    found = shown(operator, MANAGEMENT_B)
    assert {vm: (seen.power, seen.connection, seen.datastore) for vm, seen in found.items()} == dict.fromkeys(
        NAMES, ("poweredOn", "connected", "mgmt-vmfs01")
    )
    assert all(seen.nic.connected for seen in found.values())
    run = recoveries.last_run(PLAN)
    assert (run.mode, run.error) == ("disaster recovery", "")
    assert run.step("Shut down VMs at the protected site").state == "SKIPPED"


def test_until_the_plan_has_come_so_far_nobody_answers(lab, operator):
    server = operator.srm("srm-b")
    lab.faults.lose_site("protected")
    task = server.recover(server.plan(PLAN), planned=False)
    lab.pass_time(minutes(4), "the database starts, then the VM of the resource vCenter")
    assert not server.task(task).ended
    with pytest.raises(CenterUnreachable):
        operator.at(RESOURCE).look()
    operator.wait(lambda: server.task(task).ended, minutes(60), "the plan")
    assert operator.center(RESOURCE).answers()
    server.check(server.task(task))


def test_a_test_leaves_no_trace_in_either_vcenter(lab, operator, recoveries):
    before = {center: (lines(operator, center), identities(operator, center)) for center in (MANAGEMENT_A, MANAGEMENT_B)}
    recoveries.test(PLAN)
    assert {seen.power for seen in shown(operator, MANAGEMENT_B).values()} == {"poweredOn"}
    assert any(name.startswith("snap-") for name in datastores(operator, MANAGEMENT_B))
    assert lines(operator, MANAGEMENT_A) == before[MANAGEMENT_A][0]
    recoveries.clean_up(PLAN)
    for center, (machines, ids) in before.items():
        assert lines(operator, center) == machines
        assert identities(operator, center) == ids


def test_fail_over_and_fail_back_end_in_the_inventory_of_the_start(lab, operator, recoveries):
    before = {center: identities(operator, center) for center in (MANAGEMENT_A, MANAGEMENT_B, RESOURCE)}
    seen = {center: lines(operator, center) for center in before}
    for _ in range(2):
        recoveries.recover(PLAN, planned=True)
        assert recoveries.look(PLAN).state == "RECOVERY_COMPLETE"
        recoveries.reprotect(PLAN)
        assert recoveries.find(PLAN)[0].name == "srm-a.lab.example"
        recoveries.recover(PLAN, planned=True)
        recoveries.reprotect(PLAN)
    assert {center: lines(operator, center) for center in before} == seen
    for center, ids in before.items():
        now = identities(operator, center)
        assert {kind: names for kind, names in now.items() if kind != "vim.Datastore"} == {
            kind: names for kind, names in ids.items() if kind != "vim.Datastore"
        }
        assert now["vim.Datastore"].keys() == ids["vim.Datastore"].keys()


def test_by_vsphere_replication_everything_comes_back_to_where_it_was():
    blueprint = load_blueprint("two-sites", "management by vSphere Replication")
    with open_lab(blueprint, load("5.1"), ProcessSimulator(), 3) as lab:
        operator = Operator(lab, limits_of(lab.release))
        recoveries = Recoveries(operator)
        before = {center: (lines(operator, center), identities(operator, center)) for center in (MANAGEMENT_A, MANAGEMENT_B)}
        recoveries.test(PLAN)
        recoveries.clean_up(PLAN)
        for _ in ("there", "back"):
            recoveries.recover(PLAN, planned=True)
            recoveries.reprotect(PLAN)
        assert {center: (lines(operator, center), identities(operator, center)) for center in before} == before
        lab.check()
        operator.close()


def test_a_plan_that_stops_is_told_and_goes_on(lab, operator, recoveries):
    lab.faults.lose_site("protected")
    lab.faults.lose_array("array-b")
    with pytest.raises(RecoveryRefusal, match="step 5, Make storage writable at the recovery site: array-b does not answer"):
        recoveries.recover(PLAN, planned=False)
    assert recoveries.look(PLAN).state == "RECOVERY_INCOMPLETE"
    assert not operator.center(RESOURCE).answers()
    lab.faults.return_array("array-b")
    recoveries.recover(PLAN, planned=False)
    assert operator.center(RESOURCE).answers()


def test_what_is_asked_is_written_down_without_passwords(lab, operator, recoveries):
    recoveries.recover(PLAN, planned=True)
    calls = [e.record for e in lab.journal.entries() if isinstance(e.record, ApiCall) and e.record.server.startswith("srm")]
    (act,) = [call for call in calls if call.target.endswith("/actions/recovery")]
    assert (act.method, "'planned_failover': True" in act.arguments, act.fault) == ("POST", True, "")
    assert not any(access.login.password in str(calls) for access in lab.srm.values())


def test_a_placeholder_does_not_start(operator):
    from harness.probes.failures import ApiFault
    from harness.probes.machines import Machines

    with pytest.raises(ApiFault, match="is a placeholder"):
        Machines(operator.at(MANAGEMENT_B)).power_on("vc-res")


def test_a_release_without_the_product_has_no_servers_and_no_placeholders():
    release = load("9.0")
    without = replace(release, products={key: product for key, product in release.products.items() if key != "srm"})
    with open_lab(load_blueprint("two-sites"), without, ProcessSimulator(), 3) as lab:
        assert lab.srm == {}
        said = "Site Recovery Manager srm-a.lab.example, srm-b.lab.example: the release has none, so nobody serves it."
        assert said in _lines(lab)
        operator = Operator(lab, limits_of(lab.release))
        assert shown(operator, MANAGEMENT_B) == {}
        operator.close()
