"""What stops a recovery plan of Site Recovery Manager, and how it goes on."""

from __future__ import annotations

from dataclasses import replace

from harness.operations import hosts, recovery, replication
from harness.releases import load
from harness.units import minutes
from harness.world.machines import MachineStopped
from harness.world.recovery import PlanState, Prompt, StepState
from harness.world.volume_files import FileRemoved, FileWritten
from tests.world.recovery_scene import CG, PLAN, SERVICES, THERE, asking, lose, make_sites, refused, restore

STATE = PlanState


def test_a_vm_that_does_not_start_stops_the_plan_there_and_the_next_run_goes_on(two_sites):
    sites = two_sites()
    lose(sites)
    device = sites.lun("mgmt-vmfs01", "array-b")
    content = sites.gateway.store.read(sites.place(device, "vc-res/vc-res.vmx"))
    sites.gateway.perform(_remove, device, "vc-res/vc-res.vmx")
    refusal = refused(sites.recover)
    assert "step 6, Recover VMs: no file vc-res/vc-res.vmx" in str(refusal)
    assert (sites.plan.state, sites.group.state.value) == (STATE.RECOVERY_INCOMPLETE, "PARTIALLY_RECOVERED")
    assert (sites.protected("vc-res").status, sites.run.failure) == ("RECOVERY_ERROR", str(refusal))
    assert not sites.machine("vcd-db").running
    sites.gateway.perform(_put_back, device, "vc-res/vc-res.vmx", content)
    sites.recover()
    assert sites.plan.state is STATE.DISASTER_RECOVERY_COMPLETE
    assert sites.ready() == SERVICES


def test_hosts_that_die_on_the_way_stop_the_plan_between_priorities_and_it_goes_on_later(two_sites):
    sites = two_sites()
    lose(sites)
    process = sites.gateway.begin(recovery.recover, THERE, PLAN, planned=False)
    assert sites.gateway.wait_until(lambda world: "vcloud-database" in _ready(world), minutes(30))
    for name in sites.hosts_at("recovery"):
        sites.gateway.perform(hosts.cut_power, name)
    sites.pass_minutes(20)
    assert process.done
    assert "Power on priority 2 VMs" in str(process.error)
    assert sites.plan.state is STATE.RECOVERY_INCOMPLETE
    for name in sites.hosts_at("recovery"):
        sites.gateway.perform(hosts.give_power, name)
    sites.pass_minutes(20)
    sites.recover()
    assert sites.ready() == SERVICES


def _ready(world) -> set[str]:
    return {name for name, service in world.services.items() if service.ready}


def test_an_array_that_refuses_stops_the_plan_and_it_goes_on_when_the_array_answers(two_sites):
    sites = two_sites()
    lose(sites)
    sites.gateway.perform(replication.switch_array, "array-b", on=False)
    refusal = refused(sites.recover)
    assert "step 5, Make storage writable at the recovery site: array-b does not answer" in str(refusal)
    assert sites.plan.state is STATE.RECOVERY_INCOMPLETE
    sites.gateway.perform(replication.switch_array, "array-b", on=True)
    sites.recover()
    assert sites.ready() == SERVICES


def test_a_planned_migration_stops_where_a_disaster_recovery_does_not(two_sites):
    sites = two_sites()
    sites.gateway.perform(replication.switch_link, CG, up=False)
    refusal = refused(lambda: sites.recover(planned=True))
    assert "step 1, Synchronise storage beforehand" in str(refusal)
    assert sites.machine("vcd-db", "protected").running
    sites.recover()
    assert sites.plan.state is STATE.DISASTER_RECOVERY_COMPLETE
    assert sites.steps(StepState.WARNING) == ["Synchronise storage beforehand", "Synchronise storage"]
    assert not sites.machine("vcd-db", "protected").running


def test_a_forced_recovery_leaves_the_protected_site_alone_where_the_server_allows_it(two_sites, tmp_path):
    sites = two_sites()
    assert refused(lambda: sites.recover(skip_protected=True)).reason == "NotSupported"
    change = lambda b: replace(b, recovery_servers=tuple(replace(s, forces=True) for s in b.recovery_servers))  # noqa: E731
    forced = make_sites(tmp_path / "forced", change)
    forced.recover(skip_protected=True)
    assert forced.machine("vcd-db", "protected").running  # and so runs twice
    assert forced.machine("vcd-db").running
    assert forced.plan.state is STATE.DISASTER_RECOVERY_COMPLETE


def test_a_plan_waits_at_a_prompt_until_somebody_dismisses_it(two_sites):
    sites = two_sites(asking(Prompt("Is the database consistent?", 2)))
    lose(sites)
    process = sites.gateway.begin(recovery.recover, THERE, PLAN, planned=False)
    sites.pass_minutes(60)
    assert (sites.plan.state, process.done) == (STATE.WAITING_FOR_USER_INPUT, False)
    assert not sites.machine("vc-res").running
    assert refused(lambda: sites.gateway.perform(recovery.dismiss, THERE, PLAN, 2)).reason == "InvalidState"
    sites.gateway.perform(recovery.dismiss, THERE, PLAN, 1)
    assert sites.plan.state is STATE.RECOVERY_IN_PROGRESS
    sites.pass_minutes(60)
    assert (process.done, sites.plan.state) == (True, STATE.DISASTER_RECOVERY_COMPLETE)


def test_a_run_that_is_cancelled_ends_after_its_step_and_can_be_run_again(two_sites):
    sites = two_sites(asking(Prompt("Go on?", 1)))
    process = sites.gateway.begin(recovery.run_test, THERE, PLAN)
    sites.pass_minutes(5)
    sites.gateway.perform(recovery.cancel, THERE, PLAN)
    assert process.done
    assert (sites.plan.state, "cancelled" in sites.run.failure) == (STATE.TEST_INCOMPLETE, True)
    assert refused(lambda: sites.gateway.perform(recovery.cancel, THERE, PLAN)).reason == "InvalidState"
    sites.clean_up()
    assert sites.plan.state is STATE.READY


def test_a_server_that_loses_its_power_takes_its_run_with_it(two_sites):
    sites = two_sites()
    process = sites.gateway.begin(recovery.run_test, THERE, PLAN)
    sites.pass_minutes(1)
    lose(sites, "recovery")
    sites.pass_minutes(20)
    assert process.done
    assert sites.plan.state is STATE.TEST_INCOMPLETE
    restore(sites, "recovery")
    sites.clean_up()
    assert sites.plan.state is STATE.READY


def test_a_service_that_does_not_come_is_a_warning_and_the_plan_goes_on(tmp_path):
    facts = load("5.0")
    slow = replace(facts.timings["service.database-start"], value=minutes(20))
    sites = make_sites(tmp_path, release=replace(facts, timings={**facts.timings, "service.database-start": slow}))
    lose(sites)
    sites.recover()
    assert sites.protected("vcd-db").status == "RECOVERY_WARNING"
    assert "vcloud-database does not answer on vcd-db after 0:15:00" in sites.protected("vcd-db").message
    assert sites.machine("vcd-cell02").running
    assert sites.plan.state is STATE.DISASTER_RECOVERY_COMPLETE


def test_a_vm_that_dies_while_it_is_waited_for_is_an_error_and_is_started_again_by_the_next_run(two_sites):
    sites = two_sites()
    lose(sites)
    process = sites.gateway.begin(recovery.recover, THERE, PLAN, planned=False)
    assert sites.gateway.wait_until(lambda world: sites.machine("vcd-db").running, minutes(30))
    sites.gateway.perform(_die, sites.machine("vcd-db").id)
    sites.pass_minutes(60)
    assert "step 7, Power on priority 1 VMs: vcd-db is powered off" in str(process.error)
    assert sites.protected("vcd-db").status == "RECOVERY_ERROR"
    assert not sites.machine("vc-res").running
    sites.recover()
    assert sites.ready() == SERVICES


def _remove(_laws, device, path):
    yield FileRemoved(device, path)


def _put_back(laws, device, path, content):
    yield FileWritten(device, path, content, laws.now)


def _die(_laws, machine):
    yield MachineStopped(machine, "vcd-db")
