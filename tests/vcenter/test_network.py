"""Distributed switches: ports, port groups and vNICs as a client sees and changes them."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from harness.operations import hosts
from harness.world.machines import DvBacking
from tests.vcenter.seam_site import Site, name_of


def card_of(shown):
    return next(d for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard))


def edit(device, operation="edit"):
    return vim.vm.ConfigSpec(deviceChange=[vim.vm.device.VirtualDeviceSpec(operation=operation, device=device)])


def add_group(site: Site, name: str, **more):
    site.do(site.switch.AddDVPortgroup_Task([vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=name, **more)]))
    return site.group(name)


def test_a_switch_has_the_identifier_that_hosts_print(site: Site):
    switch = site.switch
    assert switch.uuid == switch.config.uuid == switch.summary.uuid
    assert switch.uuid in site.world.switches
    assert switch.uuid.replace("-", " ").count(" ") == 15
    assert sorted(h.name for h in switch.summary.hostMember) == [name_of(n) for n in (1, 2, 3)]
    assert sorted(m.config.host.name for m in switch.config.host) == [name_of(n) for n in (1, 2, 3)]
    assert [g.config.uplink for g in switch.config.uplinkPortgroup] == [True]
    assert all(site.switch.uuid in h.proxies for h in site.world.hosts.values())


def test_port_keys_are_unique_in_the_switch(site: Site):
    add_group(site, "more", numPorts=4, type="earlyBinding")
    keys = [key for group in site.switch.portgroup for key in group.portKeys]
    assert len(keys) == len(set(keys)) == len(site.switch.FetchDVPorts(None))
    assert len(site.group("production").portKeys) == site.group("production").config.numPorts == 16


@pytest.mark.parametrize(("site", "expected"), [("5.0", False), ("5.1", True)], indirect=["site"])
def test_auto_expand_is_on_by_default_from_5_1(site: Site, expected: bool):
    group = add_group(site, "more", type="earlyBinding")
    assert (group.config.autoExpand, group.config.numPorts) == (expected, 8)


def test_a_full_group_refuses_and_nothing_is_left_behind(site: Site):
    add_group(site, "small", numPorts=1, type="earlyBinding", autoExpand=False)
    site.create("vm1", group="small")
    with pytest.raises(vim.fault.ResourceNotAvailable) as caught:
        site.create("vm2", group="small")
    assert caught.value.containerName == "small"
    assert list(site.all(vim.VirtualMachine)) == ["vm1"]
    assert [m.name for m in site.world.machines.values()] == ["vm1"]
    third = site.create("vm3", group="VM Network")
    assert isinstance(site.fault(third.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[site.card("small")]))), vim.fault.VimFault)
    assert len([d for d in third.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard)]) == 1


def test_an_elastic_group_grows(site: Site):
    group = add_group(site, "small", numPorts=1, type="earlyBinding", autoExpand=True)
    site.create("vm1", group="small")
    site.create("vm2", group="small")
    assert group.config.numPorts == len(group.portKeys) == 9
    assert sorted(vm.name for vm in group.vm) == ["vm1", "vm2"]


def test_fetched_ports_tell_who_holds_them(site: Site):
    shown = site.create("vm1", on=True)
    site.create("vm2")
    key = card_of(shown).backing.port.portKey
    (port,) = site.switch.FetchDVPorts(vim.dvs.PortCriteria(portKey=[key]))
    assert (port.connectee.connectedEntity, port.connectee.nicKey, port.connectee.type) == (shown, "4000", "vmVnic")
    assert (port.portgroupKey, port.state.runtimeInfo.linkUp) == (site.group("production").key, True)
    assert port.connectionCookie == card_of(shown).backing.port.connectionCookie
    inside = vim.dvs.PortCriteria(portgroupKey=[site.group("production").key], inside=True, connected=True)
    assert len(site.switch.FetchDVPorts(inside)) == 2
    assert len(site.switch.FetchDVPorts(vim.dvs.PortCriteria(active=True, uplinkPort=False))) == 1


def test_a_vnic_is_disconnected_and_connected_again(site: Site):
    shown = site.create("vm1", on=True)
    port = card_of(shown).backing.port.portKey
    card = card_of(shown)
    card.connectable.connected = False
    site.do(shown.ReconfigVM_Task(edit(card)))
    assert not card_of(shown).connectable.connected
    assert not shown.guest.net[0].connected
    assert not site.machine("vm1").nics[0].connected
    card.connectable.connected = True
    site.do(shown.ReconfigVM_Task(edit(card)))
    assert card_of(shown).connectable.connected
    assert card_of(shown).backing.port.portKey == port


def test_a_vnic_moves_to_another_group_and_is_removed(site: Site):
    shown = site.create("vm1", on=True)
    group = add_group(site, "other", numPorts=2, type="earlyBinding")
    card = card_of(shown)
    card.backing = site.card("other").device.backing
    site.do(shown.ReconfigVM_Task(edit(card)))
    moved = card_of(shown)
    assert moved.backing.port.portKey in group.portKeys
    assert moved.connectable.connected
    assert [n.name for n in shown.network] == ["other"]
    backing = site.machine("vm1").nics[0].backing
    assert isinstance(backing, DvBacking)
    assert backing.group == group.key
    site.do(shown.ReconfigVM_Task(edit(moved, "remove")))
    assert site.machine("vm1").nics == ()
    assert not [d for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard)]
    assert list(shown.network) == []


def test_a_second_vnic_gets_a_port_and_an_address_of_its_own(site: Site):
    shown = site.create("vm1", on=True)
    site.do(shown.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[site.card()])))
    cards = [d for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard)]
    assert [c.key for c in cards] == [4000, 4001]
    assert len({c.macAddress for c in cards}) == len({c.backing.port.portKey for c in cards}) == 2
    assert all(c.connectable.connected for c in cards)


def test_a_vnic_on_an_unknown_network_is_refused(site: Site):
    spec = site.card("VM Network")
    spec.device.backing.deviceName = "nosuch"
    shown = site.create("vm1")
    assert isinstance(site.fault(shown.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[spec]))), vim.fault.InvalidDeviceSpec)
    assert site.create("vm2").name == "vm2"


def test_name_size_and_memory_follow(site: Site):
    shown = site.create("vm1")
    site.do(shown.ReconfigVM_Task(vim.vm.ConfigSpec(name="vm9", memoryMB=2048, numCPUs=2, annotation="two lines")))
    machine = site.machine("vm9")
    assert (machine.memory, machine.cpus, machine.annotation) == (2048, 2, "two lines")
    assert (shown.name, shown.config.hardware.memoryMB, shown.config.hardware.numCPU) == ("vm9", 2048, 2)
    site.do(shown.Rename_Task("vm8"))
    assert (site.machine("vm8").id, shown.name) == (machine.id, "vm8")


def test_what_vcsim_refuses_the_world_takes_back(site: Site):
    shown = site.create("vm1")
    before = site.machine("vm1")
    site.fault(shown.ReconfigVM_Task(vim.vm.ConfigSpec(memoryMB=2048, guestId="no such guest")))
    assert site.machine("vm1") == before
    assert shown.config.hardware.memoryMB == 512


def test_groups_are_created_resized_renamed_and_removed(site: Site):
    kind = vim.dvs.DistributedVirtualPortgroup
    group = site.do(site.switch.CreateDVPortgroup_Task(kind.ConfigSpec(name="single", type="lateBinding", numPorts=2)))
    assert (group.name, group.config.numPorts, group.config.autoExpand) == ("single", 2, False)
    site.do(group.ReconfigureDVPortgroup_Task(kind.ConfigSpec(numPorts=5)))
    assert (group.config.numPorts, len(group.portKeys), group.config.name, group.config.type) == (5, 5, "single", "lateBinding")
    site.do(group.Rename_Task("renamed"))
    assert site.world.switches[site.switch.uuid].groups[group.key].name == group.name == "renamed"
    key = group.key
    site.do(group.Destroy_Task())
    assert key not in site.world.switches[site.switch.uuid].groups
    assert "renamed" not in site.all(vim.dvs.DistributedVirtualPortgroup)


def test_a_guest_tells_its_network_by_the_name_that_the_group_has_now(site: Site):
    shown = site.create("vm1", on=True)
    site.do(site.group("production").Rename_Task("renamed"))
    assert [nic.network for nic in shown.guest.net] == ["renamed"]


def test_a_group_in_use_is_not_removed(site: Site):
    site.create("vm1")
    assert isinstance(site.fault(site.group("production").Destroy_Task()), vim.fault.ResourceInUse)


def test_a_switch_gets_another_name_and_mtu_in_vcenter_and_on_its_hosts(site: Site):
    kind = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec
    site.do(site.switch.ReconfigureDvs_Task(kind(configVersion=site.switch.config.configVersion, name="dvs-new", maxMtu=9000)))
    switch = site.switch
    assert (switch.name, switch.config.name, switch.summary.name, switch.config.maxMtu) == ("dvs-new", "dvs-new", "dvs-new", 9000)
    assert {(p.name, p.mtu) for h in site.world.hosts.values() for p in h.proxies.values()} == {("dvs-new", 9000)}
    assert isinstance(site.fault(switch.ReconfigureDvs_Task(kind(maxMtu=100))), vmodl.fault.InvalidArgument)
    site.do(switch.Rename_Task("dvs-newer"))
    assert site.world.switches[switch.uuid].name == switch.config.name == "dvs-newer"


def test_what_the_world_refuses_of_a_switch_vcsim_does_not_do(site: Site):
    folder = site.content.rootFolder.childEntity[0].networkFolder
    config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name="dvs-two", maxMtu=1500)
    switch = site.do(folder.CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=config)))
    site.gateway.perform(hosts.cut_power, name_of(1))
    joining = vim.dvs.HostMember.ConfigSpec(operation="add", host=site.host(1))
    task = switch.ReconfigureDvs_Task(vim.DistributedVirtualSwitch.ConfigSpec(host=[joining]))
    assert isinstance(site.fault(task), vmodl.fault.HostNotReachable)
    assert list(switch.summary.hostMember) == []
    assert not site.world.switches[switch.uuid].members
    twice = vim.dvs.HostMember.ConfigSpec(operation="add", host=site.host(2))
    again = site.switch.ReconfigureDvs_Task(vim.DistributedVirtualSwitch.ConfigSpec(host=[twice], name="other"))
    assert isinstance(site.fault(again), vim.fault.AlreadyExists)
    assert "other" not in site.all(vim.DistributedVirtualSwitch)


def test_a_second_switch_with_members(site: Site):
    folder = site.content.rootFolder.childEntity[0].networkFolder
    member = vim.dvs.HostMember.ConfigSpec(operation="add", host=site.host(1))
    config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name="dvs-two", maxMtu=9000, host=[member])
    switch = site.do(folder.CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=config)))
    known = site.world.switches[switch.uuid]
    assert (known.name, known.mtu, switch.config.maxMtu, known.members) == ("dvs-two", 9000, 9000, {name_of(1)})
    assert isinstance(
        site.fault(folder.CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=config))), vmodl.MethodFault
    )
    leave = vim.dvs.HostMember.ConfigSpec(operation="remove", host=site.host(1))
    task = switch.ReconfigureDvs_Task(vim.DistributedVirtualSwitch.ConfigSpec(host=[leave]))
    assert isinstance(site.fault(task), vmodl.fault.NotSupported)
    site.do(site.content.dvSwitchManager.RectifyDvsOnHost_Task([site.host(1)]))
    switch.RefreshDVPortState(None)
