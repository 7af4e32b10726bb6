"""VMs come into the inventory and leave it: in vCenter and in the world alike, with their files on the datastore."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pyVmomi import vim, vmodl

from harness.errors import Refusal
from harness.operations import machines, registration, storage
from harness.physics import vmx
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import HostName
from harness.world.machines import Disk, DvBacking, Machine, MachineChanged
from harness.world.storage import VolumeFile, VolumePath
from tests.vcenter.seam_site import Site, name_of


def change(_laws: Laws, machine: Machine) -> Operation[None]:
    yield MachineChanged(machine.id, machine.name, machine)


def port_of(site: Site, name: str) -> str | None:
    backing = site.machine(name).nics[0].backing
    assert isinstance(backing, DvBacking)
    return backing.port


def folder_of(site: Site):
    return site.content.rootFolder.childEntity[0].vmFolder


def test_a_created_vm_is_the_same_in_vcenter_and_in_the_world(site: Site):
    shown = site.create("vm1", host=2)
    machine = site.machine("vm1")
    assert (machine.id, machine.uuid) == (shown.config.instanceUuid, shown.config.uuid)
    assert (machine.host, machine.memory) == (shown.runtime.host.name, shown.config.hardware.memoryMB)
    assert shown.config.files.vmPathName == "[vmfs01] vm1/vm1.vmx"
    card = next(d for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard))
    assert (card.backing.port.portKey, card.macAddress) == (port_of(site, "vm1"), machine.nics[0].mac)
    keys = vmx.read(site.gateway.store.read(VolumePath(site.lun("vmfs01").device, machine.vmx.path)))
    assert (keys["displayName"], keys["ethernet0.dvs.portId"]) == ("vm1", port_of(site, "vm1"))
    assert keys["ethernet0.dvs.switchId"] == site.switch.uuid
    assert "vm1/vm1.nvram" in site.lun("vmfs01").facts


def test_a_vm_without_a_named_host_goes_to_one_that_reaches_the_datastore(site: Site):
    site.gateway.perform(storage.unmount, name_of(1), site.lun("vmfs02").vmfs.id)
    site.gateway.perform(storage.unmount, name_of(2), site.lun("vmfs02").vmfs.id)
    hosts_before = list(site.cluster.host)
    files = vim.vm.FileInfo(vmPathName="[vmfs02]")
    shown = site.do(folder_of(site).CreateVM_Task(vim.vm.ConfigSpec(name="vm1", files=files), site.cluster.resourcePool, None))
    assert shown.runtime.host.name == name_of(3)
    assert site.machine("vm1").vmx.volume == site.lun("vmfs02").vmfs.id
    assert list(site.cluster.host) == hosts_before


@pytest.mark.parametrize("path", ["[nosuch]", "[nosuch] a/a.vmx", "no datastore path"])
def test_a_datastore_that_is_not_there_is_refused_and_vcsim_lives(site: Site, path: str):
    config = vim.vm.ConfigSpec(name="vm1", files=vim.vm.FileInfo(vmPathName=path))
    fault = site.fault(folder_of(site).CreateVM_Task(config, site.cluster.resourcePool, site.host(1)))
    assert isinstance(fault, vim.fault.InvalidDatastore | vim.fault.InvalidDatastorePath)
    register = folder_of(site).RegisterVM_Task(path, None, False, site.cluster.resourcePool, site.host(1))
    assert isinstance(site.fault(register), vim.fault.InvalidDatastore | vim.fault.InvalidDatastorePath)
    assert site.create("vm2").name == "vm2"


def test_a_host_that_does_not_mount_the_datastore_is_refused(site: Site):
    site.host(2).configManager.storageSystem.UnmountVmfsVolume(site.lun("vmfs01").vmfs.id)
    config = vim.vm.ConfigSpec(name="vm1", files=vim.vm.FileInfo(vmPathName="[vmfs01]"))
    fault = site.fault(folder_of(site).CreateVM_Task(config, site.cluster.resourcePool, site.host(2)))
    assert isinstance(fault, vim.fault.InvalidDatastore)


def test_an_unregistered_vm_leaves_its_files_and_its_port(site: Site):
    shown = site.create("vm1")
    port, vmx_file = port_of(site, "vm1"), site.machine("vm1").vmx
    shown.UnregisterVM()
    assert not site.world.machines
    assert "vm1" not in site.all(vim.VirtualMachine)
    assert list(site.host(1).vm) == []
    assert site.gateway.store.read(VolumePath(site.lun("vmfs01").device, vmx_file.path))
    assert [p.key for p in site.switch.FetchDVPorts(vim.dvs.PortCriteria(connected=True, uplinkPort=False))] == []
    again = site.do(folder_of(site).RegisterVM_Task("[vmfs01] vm1/vm1.vmx", None, False, site.cluster.resourcePool, site.host(3)))
    assert again._moId != shown._moId
    assert port_of(site, "vm1") == port
    card = next(d for d in again.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard))
    assert (card.backing.port.portKey, card.macAddress) == (port, site.machine("vm1").nics[0].mac)
    assert (again.name, again.config.hardware.memoryMB, again.runtime.host.name) == ("vm1", 512, name_of(3))
    site.do(again.PowerOnVM_Task())
    assert again.guest.net[0].connected


def test_registering_what_is_registered_or_missing_is_refused(site: Site):
    site.create("vm1")
    pool, host = site.cluster.resourcePool, site.host(1)
    again = folder_of(site).RegisterVM_Task("[vmfs01] vm1/vm1.vmx", None, False, pool, host)
    assert isinstance(site.fault(again), vim.fault.AlreadyExists)
    missing = folder_of(site).RegisterVM_Task("[vmfs01] vm9/vm9.vmx", None, False, pool, host)
    assert isinstance(site.fault(missing), vim.fault.FileNotFound)


def test_a_running_vm_is_not_unregistered(site: Site):
    shown = site.create("vm1", on=True)
    with pytest.raises(vim.fault.InvalidPowerState):
        shown.UnregisterVM()
    assert isinstance(site.fault(shown.Destroy_Task()), vim.fault.InvalidPowerState)
    assert site.machine("vm1").running


def test_a_destroyed_vm_takes_its_files_along(site: Site):
    shown = site.create("vm1")
    folder = site.machine("vm1").vmx.parent
    site.do(shown.Destroy_Task())
    assert not site.world.machines
    assert not site.gateway.store.is_folder(VolumePath(site.lun("vmfs01").device, folder.path))
    assert "vm1" not in site.all(vim.VirtualMachine)
    with pytest.raises(vmodl.fault.ManagedObjectNotFound):
        _ = shown.runtime


def test_what_the_world_cannot_lose_is_not_destroyed(site: Site):
    fault = site.fault(site.host(1).Destroy_Task())
    assert isinstance(fault, vmodl.fault.NotSupported)
    empty = site.content.rootFolder.childEntity[0].vmFolder.CreateFolder("tenants")
    assert isinstance(site.fault(empty.Destroy_Task()), vmodl.fault.NotSupported)


def test_a_vm_that_a_host_registers_is_discovered(site: Site):
    site.create("vm1").UnregisterVM()
    vmx_file = VolumeFile(site.lun("vmfs01").vmfs.id, "vm1/vm1.vmx")
    site.gateway.perform(registration.register_from_files, name_of(2), vmx_file)
    shown = site.vm("vm1")
    assert shown.runtime.host.name == name_of(2)
    assert shown.config.instanceUuid == site.machine("vm1").id
    site.gateway.perform(machines.unregister, site.machine("vm1").id)
    assert "vm1" not in site.all(vim.VirtualMachine)


def test_files_are_read_back_as_they_were_written(site: Site):
    site.create("vm1")
    before = site.machine("vm1")
    site.gateway.perform(machines.unregister, before.id)
    assert site.gateway.perform(registration.register_from_files, before.host, before.vmx) == before
    with pytest.raises(Refusal, match="already registered"):
        site.gateway.perform(registration.register_from_files, HostName(before.host), before.vmx)


def test_disks_are_files_of_the_datastore(site: Site):
    controller = vim.vm.device.VirtualLsiLogicController(key=-1, busNumber=0, sharedBus="noSharing")
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName="", diskMode="persistent")
    disk = vim.vm.device.VirtualDisk(key=-2, controllerKey=-1, unitNumber=0, capacityInKB=2**20, backing=backing)
    spec = vim.vm.device.VirtualDeviceSpec
    changes = [spec(operation="add", device=controller), spec(operation="add", fileOperation="create", device=disk)]
    files = vim.vm.FileInfo(vmPathName="[vmfs01]")
    config = vim.vm.ConfigSpec(name="vm1", files=files, deviceChange=changes)
    shown = site.do(folder_of(site).CreateVM_Task(config, site.cluster.resourcePool, site.host(1)))
    assert [(d.file.path, d.size) for d in site.machine("vm1").disks] == [("vm1/vm1.vmdk", 2**30)]
    extra = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(fileName="[vmfs02] vm1/data.vmdk", diskMode="persistent")
    key = next(d.key for d in shown.config.hardware.device if isinstance(d, vim.vm.device.VirtualSCSIController))
    more = vim.vm.device.VirtualDisk(key=-1, controllerKey=key, unitNumber=1, capacityInKB=2**10, backing=extra)
    site.lun("vmfs02")
    browser = site.content.fileManager
    browser.MakeDirectory("[vmfs02] vm1", site.content.rootFolder.childEntity[0], True)
    site.do(shown.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=[spec(operation="add", fileOperation="create", device=more)])))
    assert [d.file.path for d in site.machine("vm1").disks] == ["vm1/vm1.vmdk", "vm1/data.vmdk"]
    assert site.machine("vm1").disks[1].file.volume == site.lun("vmfs02").vmfs.id
    assert sorted(d.name for d in shown.datastore) == ["vmfs01", "vmfs02"]
    shown.UnregisterVM()
    again = site.do(folder_of(site).RegisterVM_Task("[vmfs01] vm1/vm1.vmx", None, False, site.cluster.resourcePool, site.host(1)))
    disks = [d for d in again.config.hardware.device if isinstance(d, vim.vm.device.VirtualDisk)]
    assert [d.backing.fileName for d in disks] == ["[vmfs01] vm1/vm1.vmdk", "[vmfs02] vm1/data.vmdk"]
    assert [d.capacityInKB for d in disks] == [2**20, 2**10]


def test_a_vm_that_gets_its_first_disk_from_elsewhere_gets_a_controller_and_loses_both_again(site: Site):
    """As a placeholder does that becomes the recovered VM, and that VM when it becomes one."""
    shown, bare = site.create("vm1"), site.machine("vm1")
    disk = Disk(2000, VolumeFile(bare.vmx.volume, "vm1/vm1.vmdk"), 2**20)
    for disks in ((disk,), ()):
        site.gateway.perform(change, replace(bare, disks=disks))
        kinds = (vim.vm.device.VirtualSCSIController, vim.vm.device.VirtualDisk)
        assert sum(isinstance(device, kinds) for device in shown.config.hardware.device) == 2 * len(disks)
