"""Site Recovery Manager by its mechanisms: tests, recoveries and reprotects."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.operations import machines, recovery, replication
from harness.releases import load
from harness.units import minutes
from harness.world.machines import StandardBacking
from harness.world.recovery import TEST_NETWORK, PlanState, StepState
from harness.world.replication import GroupState
from tests.world.recovery_scene import (
    CG,
    GROUP,
    HERE,
    NAMES,
    PLAN,
    SERVICES,
    THERE,
    asynchronous,
    lose,
    make_sites,
    refused,
    restore,
)

STATE = PlanState


def test_placeholders_keep_places_and_do_not_start(two_sites):
    sites = two_sites()
    placeholder = sites.machine("vc-res")
    assert {m.name for m in sites.group.machines} == set(NAMES)
    assert placeholder.id != sites.machine("vc-res", "protected").id
    refusal = refused(lambda: sites.gateway.perform(machines.power_on, placeholder.id))
    assert (refusal.reason, "placeholder" in refusal.message) == ("InvalidState", True)


def test_after_the_loss_of_a_site_its_vms_run_at_the_other_one_and_what_they_serve_answers(two_sites):
    sites = two_sites()
    before = {name: sites.machine(name).id for name in NAMES}
    lose(sites)
    assert not sites.ready()
    sites.recover()
    assert sites.plan.state is STATE.DISASTER_RECOVERY_COMPLETE
    assert (sites.ready(), sites.statuses()) == (SERVICES, {"RECOVERY_SUCCEEDED"})
    assert {name: sites.machine(name).id for name in NAMES} == before
    assert all(sites.machine(name).running for name in NAMES)
    assert sites.cg.state is GroupState.BROKEN
    assert [step.title for step in sites.run.steps if step.state is StepState.SKIPPED] == [
        "Synchronise storage beforehand",
        "Shut down VMs at the protected site",
        "Synchronise storage",
        "Release storage at the protected site",
    ]


def test_priorities_wait_for_what_the_ones_before_them_serve(two_sites):
    sites = two_sites()
    lose(sites)
    sites.recover()
    began = {step.title: step for step in sites.run.steps if step.title.startswith("Power on")}
    assert list(began) == [f"Power on priority {n} VMs" for n in (1, 2, 3, 4)]
    first, second = began["Power on priority 1 VMs"], began["Power on priority 2 VMs"]
    assert first.ended - first.began >= minutes(2)  # the database's start
    assert second.began == first.ended
    assert second.ended - second.began >= minutes(5)  # vCenter's start


def test_a_recovered_volume_has_a_signature_of_its_own_and_a_name_of_its_own_unless_the_server_restores_it(two_sites, tmp_path):
    sites = two_sites()
    source = sites.gateway.world.luns[sites.lun("mgmt-vmfs01", "array-a")]
    lose(sites)
    sites.recover()
    recovered = sites.gateway.world.luns[sites.lun("mgmt-vmfs01", "array-b")]
    assert (recovered.resolved, recovered.vmfs.label) == (True, "mgmt-vmfs01")
    assert recovered.vmfs.id != source.vmfs.id
    plain = make_sites(
        tmp_path / "plain",
        lambda b: replace(b, recovery_servers=tuple(replace(server, restores_names=False) for server in b.recovery_servers)),
    )
    lose(plain)
    plain.recover()
    label = plain.gateway.world.luns[plain.lun("mgmt-vmfs01", "array-b")].vmfs.label
    assert label.startswith("snap-")
    assert label.endswith("-mgmt-vmfs01")


@pytest.mark.parametrize("presents", ["by-procedure", "beforehand"])
def test_a_planned_migration_loses_nothing(two_sites, presents):
    sites = two_sites(asynchronous(minutes(60), presents))
    sites.pass_minutes(5)
    sites.write("vcd-db", "orders", b"the last one")
    sites.recover(planned=True)
    assert sites.plan.state is STATE.RECOVERY_COMPLETE
    assert sites.has("vcd-db", "orders")
    assert not any(sites.machine(name, "protected").running for name in NAMES)
    assert all(sites.machine(name, "protected").clean for name in NAMES)
    assert sites.ready() == SERVICES


def test_a_disaster_recovery_loses_what_was_written_since_the_last_completed_replication(two_sites):
    sites = two_sites(asynchronous(minutes(15)))
    sites.write("vcd-db", "orders", b"in time")
    sites.pass_minutes(16.5)
    sites.write("vcd-db", "later", b"too late")
    completed = sites.cg.completed
    lose(sites)
    sites.recover()
    assert sites.has("vcd-db", "orders")
    assert not sites.has("vcd-db", "later")
    remark = next(step.remark for step in sites.run.steps if step.title.startswith("Make storage writable"))
    assert f"cg-management as of {completed:%Y-%m-%dT%H:%M:%SZ}" in remark


def test_while_replication_is_suspended_more_is_lost_and_the_plan_says_so(two_sites):
    sites = two_sites()
    sites.gateway.perform(replication.suspend, CG)
    suspended = sites.gateway.now
    sites.pass_minutes(60)
    sites.write("vcd-db", "orders", b"never copied")
    assert "suspended" in str(refused(lambda: sites.recover(planned=True)))
    assert sites.plan.state is STATE.RECOVERY_INCOMPLETE
    lose(sites)
    sites.recover()
    assert not sites.has("vcd-db", "orders")
    remark = next(step.remark for step in sites.run.steps if step.title.startswith("Make storage writable"))
    assert remark == f"cg-management as of {suspended:%Y-%m-%dT%H:%M:%SZ}, suspended (somebody asked for it)"


def test_a_test_changes_nothing_at_the_protected_site_and_leaves_nothing_behind(two_sites):
    sites = two_sites()
    world = sites.gateway.world
    sites.run_test()
    now = sites.gateway.world
    assert (sites.plan.state, sites.statuses()) == (STATE.TEST_COMPLETE, {"TEST_SUCCEEDED"})
    protected = {name for name, host in world.hosts.items() if host.site == "protected"}
    assert {m: now.machines[m] for m in world.machines if world.machines[m].host in protected} == {
        m.id: m for m in world.machines.values() if m.host in protected
    }
    assert all(now.hosts[name] == world.hosts[name] for name in protected)
    assert all(now.luns[device] == lun for device, lun in world.luns.items() if lun.array == "array-a")
    assert sites.cg.mirrors
    assert sites.machine("vcd-db").running
    sites.clean_up()
    assert sites.plan.state is STATE.READY
    assert sites.gateway.world.luns.keys() == world.luns.keys()
    assert {m.id: m.vmx for m in sites.gateway.world.machines.values()} == {m.id: m.vmx for m in world.machines.values()}
    assert all(h.mounts == world.hosts[h.name].mounts for h in sites.gateway.world.hosts.values())


def test_a_test_writes_to_a_snapshot_while_the_replica_goes_on(two_sites):
    sites = two_sites()
    sites.run_test()
    sites.write("vcd-db", "test-data", b"x", "recovery")
    sites.write("vcd-db", "orders", b"x", "protected")
    assert not sites.has("vcd-db", "orders")
    sites.clean_up()
    lose(sites)
    sites.recover()
    assert sites.has("vcd-db", "orders")
    assert not sites.has("vcd-db", "test-data")


def test_what_a_test_starts_is_reached_by_nobody(two_sites):
    sites = two_sites()
    sites.gateway.perform(machines.power_off, sites.machine("vc-res", "protected").id)
    sites.run_test()
    sites.pass_minutes(20)
    assert sites.machine("vc-res").running
    assert sites.machine("vc-res").nics[0].backing == StandardBacking(TEST_NETWORK)
    assert "vc-res.lab.example" not in sites.ready()


def test_a_test_with_recent_changes_copies_them_first(two_sites):
    sites = two_sites(asynchronous(minutes(600)))
    sites.write("vcd-db", "orders", b"x")
    sites.run_test()
    assert not sites.has("vcd-db", "orders")
    sites.clean_up()
    sites.run_test(synchronise=True)
    assert sites.has("vcd-db", "orders")


def test_the_server_of_the_protected_site_sends_one_to_the_other(two_sites):
    sites = two_sites()
    refusal = refused(lambda: sites.recover(at=HERE))
    assert refusal.reason == "WrongSite"
    assert str(refusal) == "This recovery plan action needs to be initiated from the other SRM instance"
    assert not sites.plan.runs


@pytest.mark.parametrize(
    ("before", "act", "way_out"),
    [
        ("run_test", "run_test", "clean the test up first"),
        ("run_test", "recover", "clean the test up first"),
        ("recover", "run_test", "run the recovery again"),
        ("recover", "reprotect", "run the recovery again"),
        ("pass", "reprotect", "nothing was done"),
        ("pass", "clean_up", "nothing was done"),
    ],
)
def test_what_does_not_follow_is_refused_with_the_way_out(two_sites, before, act, way_out):
    sites = two_sites()
    if before == "recover":
        lose(sites)
    if before != "pass":
        getattr(sites, before)()
    refusal = refused(getattr(sites, act))
    assert refusal.reason == "InvalidState"
    assert way_out in str(refusal)


def test_a_plan_runs_once_at_a_time(two_sites):
    sites = two_sites()
    running = sites.gateway.begin(recovery.run_test, THERE, PLAN)
    refusal = refused(sites.recover)
    assert str(refusal).startswith("management runs: test, ")
    sites.pass_minutes(10)
    assert running.done
    assert running.error is None


def test_reprotect_needs_a_complete_recovery_and_both_sites_then_protects_the_other_way(two_sites):
    sites = two_sites()
    lose(sites)
    sites.recover()
    restore(sites)
    assert "run the recovery again" in str(refused(sites.reprotect))
    sites.recover(planned=True)
    assert sites.plan.state is STATE.RECOVERY_COMPLETE
    sites.reprotect()
    assert (sites.plan.state, sites.group.protected, sites.cg.source_array) == (STATE.READY, THERE, "array-b")
    assert sites.cg.mirrors
    assert refused(sites.run_test).reason == "WrongSite"
    placeholder = sites.machine("vcd-db", "protected")
    assert refused(lambda: sites.gateway.perform(machines.power_on, placeholder.id)).reason == "InvalidState"


def test_fail_over_and_fail_back_end_where_they_began(two_sites):
    sites = two_sites()
    before = {m.id: (m.name, m.host, m.vmx.path, m.power) for m in sites.gateway.world.machines.values()}
    presented = {device: (lun.presented, lun.writable) for device, lun in sites.gateway.world.luns.items()}
    for _ in range(2):
        lose(sites)
        sites.recover()
        sites.gateway.perform(replication.switch_array, "array-a", on=True)
        sites.gateway.perform(replication.mask, sites.lun("mgmt-vmfs01", "array-a"))
        restore(sites)
        assert not sites.machine("vcd-db", "protected").running
        sites.recover(planned=True)
        sites.reprotect()
        sites.recover(planned=True, at=HERE)
        sites.reprotect(at=HERE)
    assert {m.id: (m.name, m.host, m.vmx.path, m.power) for m in sites.gateway.world.machines.values()} == before
    assert {device: (lun.presented, lun.writable) for device, lun in sites.gateway.world.luns.items()} == presented
    labels = [lun.vmfs.label for lun in sites.gateway.world.luns.values() if lun.name == "mgmt-vmfs01"]
    assert labels == ["mgmt-vmfs01", "mgmt-vmfs01"]
    assert (sites.group.protected, sites.cg.source_array, sites.ready()) == (HERE, "array-a", SERVICES)


def test_originals_that_came_back_with_their_site_are_shut_down_before_a_reprotect(two_sites):
    sites = two_sites()
    lose(sites)
    sites.recover()
    restore(sites)  # nobody has masked the originals: vSphere HA starts the VMs there as well
    assert sites.machine("vcd-db", "protected").running
    sites.recover(planned=True)
    assert not sites.machine("vcd-db", "protected").running
    assert sites.machine("vcd-db").running


def test_a_release_without_the_product_has_no_servers(tmp_path):
    release = load("9.0")
    without = replace(release, products={key: product for key, product in release.products.items() if key != "srm"})
    sites = make_sites(tmp_path, release=without)
    assert not sites.gateway.world.recovery_servers
    assert not sites.gateway.world.protection


def test_groups_that_another_plan_has_begun_something_with_are_left_alone(two_sites):
    double = lambda b: replace(b, recovery_plans=(*b.recovery_plans, replace(b.recovery_plans[0], name="other")))  # noqa: E731
    sites = two_sites(double)
    sites.run_test()
    refusal = refused(lambda: sites.gateway.perform(recovery.run_test, THERE, "other"))
    assert "PROTECTION_GROUPS_IN_USE" in str(refusal)
    assert sites.gateway.world.protection[GROUP].plan == PLAN
