"""Recovery plans whose VMs vSphere Replication copies in the place of the arrays."""

from __future__ import annotations

import pytest

from harness.units import minutes
from harness.world.recovery import PlanState
from tests.world.recovery_scene import HERE, SERVICES, by_hosts, lose, restore

STATE = PlanState


@pytest.mark.parametrize("objective", [15, 60])
def test_vsphere_replication_recovers_the_last_copy_of_each_vm(two_sites, objective):
    sites = two_sites(by_hosts(minutes(objective)))
    sites.write("vcd-db", "orders", b"x")
    sites.pass_minutes(20)
    lose(sites)
    sites.recover()
    assert sites.ready() == SERVICES
    assert sites.has("vcd-db", "orders") is (objective == 15)
    remark = next(step.remark for step in sites.run.steps if step.title.startswith("Make storage writable"))
    assert f"vcd-db as of {sites.protected('vcd-db').completed:%Y-%m-%dT%H:%M:%SZ}" in remark


def test_vsphere_replication_copies_the_moment_at_which_it_began(two_sites):
    sites = two_sites(by_hosts(minutes(15)))
    sites.pass_minutes(14)
    sites.write("vcd-db", "orders", b"x")
    sites.pass_minutes(1.5)
    sites.write("vcd-db", "invoices", b"x")
    sites.pass_minutes(2)
    lose(sites)
    sites.recover()
    assert (sites.has("vcd-db", "orders"), sites.has("vcd-db", "invoices")) == (True, False)


def test_vsphere_replication_tests_migrates_and_comes_back(two_sites):
    sites = two_sites(by_hosts(minutes(60)))
    before = {m.id: (m.name, m.host, m.vmx, m.power) for m in sites.gateway.world.machines.values()}
    sites.run_test()
    sites.write("vcd-db", "test-data", b"x", "recovery")
    sites.clean_up()
    sites.write("vcd-db", "orders", b"x")
    sites.recover(planned=True)
    assert sites.plan.state is STATE.RECOVERY_COMPLETE
    assert sites.has("vcd-db", "orders")
    assert not sites.has("vcd-db", "test-data")
    sites.write("vcd-db", "invoices", b"x", "recovery")
    sites.reprotect()
    sites.recover(planned=True, at=HERE)
    sites.reprotect(at=HERE)
    assert sites.has("vcd-db", "invoices", "protected")
    assert {m.id: (m.name, m.host, m.vmx, m.power) for m in sites.gateway.world.machines.values()} == before
    assert sites.ready() == SERVICES


def test_vsphere_replication_copies_nothing_while_a_side_is_gone_and_goes_on_afterwards(two_sites):
    sites = two_sites(by_hosts(minutes(15)))
    lose(sites, "recovery")
    held = sites.protected("vcd-db").completed
    sites.write("vcd-db", "orders", b"x")
    sites.pass_minutes(60)
    assert sites.protected("vcd-db").completed == held
    restore(sites, "recovery")
    sites.pass_minutes(20)
    assert sites.protected("vcd-db").completed > held
    lose(sites)
    sites.recover()
    assert sites.has("vcd-db", "orders")
