"""Power: what a client asks of VMs and hosts goes through the world, and is shown when the task ends."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from harness.operations import hosts, machines, storage
from harness.units import minutes
from tests.vcenter.seam_site import Site, name_of


def card_of(shown):
    return next(d for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard))


def test_a_vm_runs_when_its_task_has_ended(site: Site):
    shown = site.create("vm1")
    site.do(shown.PowerOnVM_Task())
    assert site.machine("vm1").running
    assert (shown.runtime.powerState, shown.summary.runtime.powerState) == ("poweredOn", "poweredOn")
    assert card_of(shown).connectable.connected
    assert [(n.connected, n.network) for n in shown.guest.net] == [(True, "production")]


def test_power_has_one_task_that_names_the_vm(site: Site):
    shown = site.create("vm1")
    task = shown.PowerOnVM_Task()
    site.do(task)
    assert [t.info.descriptionId for t in shown.recentTask if "power" in t.info.descriptionId] == ["VirtualMachine.powerOn"]
    assert task.info.entityName == "vm1"


def test_powering_on_twice_is_refused_with_both_states(site: Site):
    shown = site.create("vm1", on=True)
    fault = site.fault(shown.PowerOnVM_Task())
    assert isinstance(fault, vim.fault.InvalidPowerState)
    assert (fault.requestedState, fault.existingState) == ("poweredOn", "poweredOn")


def test_power_off_and_guest_shutdown(site: Site):
    first, second = site.create("vm1", on=True), site.create("vm2", on=True)
    site.do(first.PowerOffVM_Task())
    second.ShutdownGuest()
    assert [vm.runtime.powerState for vm in (first, second)] == ["poweredOff", "poweredOff"]
    assert not card_of(first).connectable.connected
    assert site.machine("vm2").clean


def test_a_reset_vm_still_runs(site: Site):
    shown = site.create("vm1", on=True)
    site.do(shown.ResetVM_Task())
    assert shown.runtime.powerState == "poweredOn"


def test_several_vms_at_once_pass_the_world(site: Site):
    idle, running = site.create("vm1"), site.create("vm2", on=True)
    result = site.do(site.content.rootFolder.childEntity[0].PowerOnMultiVM_Task([idle, running]))
    assert [entry.vm.name for entry in result.attempted] == ["vm1"]
    assert [(entry.vm.name, type(entry.fault)) for entry in result.notAttempted] == [("vm2", vim.fault.InvalidPowerState)]
    assert site.machine("vm1").running


def test_what_a_host_does_is_shown(site: Site):
    shown = site.create("vm1")
    site.gateway.perform(machines.power_on, site.machine("vm1").id)
    assert shown.runtime.powerState == "poweredOn"
    site.gateway.perform(machines.kill, site.machine("vm1").id, soft=True)
    assert shown.runtime.powerState == "poweredOff"


@pytest.mark.parametrize("site", ["5.0"], indirect=True)
def test_a_vm_whose_port_its_host_lost_runs_without_a_connection(site: Site):
    shown = site.create("vm1", on=True)
    device = site.lun("vmfs01").device
    for number in (1, 2, 3):
        site.gateway.perform(hosts.cut_power, name_of(number))
    site.gateway.perform(storage.lose, device)
    for number in (1, 2, 3):
        site.gateway.perform(hosts.give_power, name_of(number))
    site.gateway.pass_time(minutes(20))
    assert shown.runtime.connectionState == "inaccessible"
    site.gateway.perform(storage.bring_back, device)
    site.gateway.pass_time(minutes(20))
    if shown.runtime.powerState != "poweredOn":
        site.do(shown.PowerOnVM_Task())
    card = card_of(shown)
    assert shown.runtime.powerState == "poweredOn"
    assert (card.connectable.connected, card.connectable.startConnected) == (False, True)
    assert card.connectable.status == "unrecoverableError"
    assert not shown.guest.net[0].connected


def test_maintenance_mode_is_entered_and_left(site: Site):
    host = site.host(2)
    site.do(host.EnterMaintenanceMode_Task(timeout=0))
    assert host.runtime.inMaintenanceMode
    assert host.summary.runtime.inMaintenanceMode
    assert site.world.hosts[name_of(2)].maintenance
    assert isinstance(site.fault(host.EnterMaintenanceMode_Task(timeout=0)), vim.fault.InvalidState)
    site.do(host.ExitMaintenanceMode_Task(timeout=0))
    assert not host.runtime.inMaintenanceMode


def test_a_vm_does_not_start_on_a_host_in_maintenance_mode(site: Site):
    shown = site.create("vm1")
    site.do(site.host(1).EnterMaintenanceMode_Task(timeout=0))
    assert isinstance(site.fault(shown.PowerOnVM_Task()), vim.fault.InvalidState)
    assert shown.runtime.powerState == "poweredOff"


def test_a_reboot_needs_maintenance_mode_or_force(site: Site):
    host = site.host(1)
    assert isinstance(site.fault(host.RebootHost_Task(force=False)), vim.fault.InvalidState)
    before = host.runtime.bootTime
    task = host.RebootHost_Task(force=True)
    site.do(task)
    assert task.info.descriptionId == "HostSystem.reboot"
    assert host.runtime.connectionState == "connected"  # not missed yet
    site.gateway.pass_time(minutes(2))
    assert host.runtime.connectionState == "notResponding"
    site.gateway.pass_time(minutes(10))
    assert host.runtime.connectionState == "connected"
    assert host.runtime.bootTime > before


def test_a_shut_down_host_stops_responding(site: Site):
    host = site.host(3)
    site.do(host.ShutdownHost_Task(force=True))
    site.gateway.pass_time(minutes(5))
    assert (host.runtime.connectionState, host.runtime.powerState) == ("notResponding", "unknown")
    assert host.summary.runtime.connectionState == "notResponding"


def test_a_host_is_disconnected_and_reconnected(site: Site):
    host, shown = site.host(1), site.create("vm1")
    site.do(host.DisconnectHost_Task())
    assert (host.runtime.connectionState, shown.runtime.connectionState) == ("disconnected", "disconnected")
    with pytest.raises(vmodl.MethodFault) as caught:
        site.do(shown.PowerOnVM_Task())
    assert isinstance(caught.value, vmodl.fault.HostNotConnected)
    site.do(host.ReconnectHost_Task())
    assert (host.runtime.connectionState, shown.runtime.connectionState) == ("connected", "connected")


def test_services_are_read_and_switched(site: Site):
    services = site.host(1).configManager.serviceSystem
    running = {s.key: s.running for s in services.serviceInfo.service}
    assert running["TSM-SSH"]
    assert running["vpxa"]
    services.StopService("TSM-SSH")
    assert not site.world.hosts[name_of(1)].ssh
    assert not {s.key: s.running for s in services.serviceInfo.service}["TSM-SSH"]
    assert site.world.hosts[name_of(2)].ssh
    services.StartService("TSM-SSH")
    assert site.world.hosts[name_of(1)].ssh
    before = site.gateway.now
    services.RestartService("vpxa")
    assert site.gateway.now > before
    with pytest.raises(vim.fault.NotFound):
        services.RestartService("nosuch")


def test_maintenance_mode_waits_for_vms_to_leave(site: Site):
    shown, host = site.create("vm1", on=True), site.host(1)
    task = host.EnterMaintenanceMode_Task(timeout=0)
    site.do(shown.MigrateVM_Task(None, site.host(2), "defaultPriority", None))
    site.do(task)
    assert host.runtime.inMaintenanceMode
    assert shown.runtime.host.name == name_of(2)


def test_maintenance_mode_times_out_in_simulated_time(site: Site):
    site.create("vm1", on=True)
    task = site.host(1).EnterMaintenanceMode_Task(timeout=60)
    while not site.host(1).recentTask:
        pass
    site.gateway.pass_time(minutes(1))
    while task.info.state == "running":
        site.gateway.pass_time(minutes(1))
    assert isinstance(site.fault(task), vim.fault.Timedout)
    assert not site.host(1).runtime.inMaintenanceMode
