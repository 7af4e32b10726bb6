"""Datastores: a client sees which hosts have mounted them and which reach them, as the hosts last reported it."""

from __future__ import annotations

import pytest
from pyVmomi import vim

from harness.operations import hosts, machines, storage
from harness.units import minutes
from harness.world.storage import VolumePath
from tests.vcenter.seam_site import Site, name_of


def mounts_of(datastore) -> dict[str, bool]:
    return {mount.key.name: mount.mountInfo.accessible for mount in datastore.host}


def test_a_volume_is_a_vmfs_datastore_of_each_host(site: Site):
    datastore, lun = site.all(vim.Datastore)["vmfs01"], site.lun("vmfs01")
    assert mounts_of(datastore) == {name_of(n): True for n in (1, 2, 3)}
    assert {mount.mountInfo.path for mount in datastore.host} == {f"/vmfs/volumes/{lun.vmfs.id}"}
    assert (datastore.info.vmfs.uuid, datastore.info.vmfs.extent[0].diskName) == (lun.vmfs.id, lun.device)
    assert (datastore.summary.type, datastore.summary.capacity, datastore.summary.accessible) == ("VMFS", lun.size, True)
    assert datastore.summary.multipleHostAccess
    assert sorted(d.name for d in site.host(2).datastore) == ["vmfs01", "vmfs02"]
    volumes = [m.volume.name for m in site.host(2).config.fileSystemVolume.mountInfo]
    assert sorted(volumes) == ["vmfs01", "vmfs02"]


def test_a_client_browses_the_files_that_the_world_wrote(site: Site):
    site.create("vm1")
    datastore = site.all(vim.Datastore)["vmfs01"]
    spec = vim.host.DatastoreBrowser.SearchSpec(matchPattern=["*"])
    found = site.do(datastore.browser.SearchDatastore_Task("[vmfs01] vm1", spec))
    assert {"vm1.vmx", "vm1.nvram"} <= {file.path for file in found.file}
    assert [vm.name for vm in datastore.vm] == ["vm1"]


def test_lost_paths_make_a_datastore_inaccessible_at_once(site: Site):
    shown, running = site.create("vm1"), site.create("vm2", on=True)
    datastore = site.all(vim.Datastore)["vmfs01"]
    site.gateway.perform(storage.lose, site.lun("vmfs01").device)
    assert mounts_of(datastore) == {name_of(n): False for n in (1, 2, 3)}
    assert not datastore.summary.accessible
    assert (shown.runtime.connectionState, running.runtime.connectionState) == ("inaccessible", "connected")
    assert site.fault(shown.PowerOnVM_Task())
    paths = site.host(1).configManager.storageSystem.storageDeviceInfo.multipathInfo.lun
    assert {unit.id: unit.path[0].pathState for unit in paths} == {
        site.lun("vmfs01").device: "dead",
        site.lun("vmfs02").device: "active",
    }
    site.gateway.perform(storage.bring_back, site.lun("vmfs01").device)
    assert datastore.summary.accessible
    assert shown.runtime.connectionState == "connected"


def test_devices_belong_to_their_host_alone(site: Site):
    site.gateway.perform(storage.present, site.lun("vmfs02").device, frozenset({name_of(2)}))
    states = {}
    for number in (1, 2):
        info = site.host(number).configManager.storageSystem.storageDeviceInfo
        states[number] = {lun.canonicalName: list(lun.operationalState) for lun in info.scsiLun}[site.lun("vmfs02").device]
    assert states == {1: ["lostCommunication"], 2: ["ok"]}
    assert mounts_of(site.all(vim.Datastore)["vmfs02"]) == {name_of(1): False, name_of(2): True, name_of(3): False}


def test_a_volume_is_unmounted_and_mounted(site: Site):
    datastore, volume = site.all(vim.Datastore)["vmfs01"], site.lun("vmfs01").vmfs.id
    site.create("vm1")
    system, used = site.host(2).configManager.storageSystem, site.host(1).configManager.storageSystem
    with pytest.raises(vim.fault.ResourceInUse):
        used.UnmountVmfsVolume(volume)
    system.UnmountVmfsVolume(volume)
    assert sorted(mounts_of(datastore)) == [name_of(1), name_of(3)]
    assert [d.name for d in site.host(2).datastore] == ["vmfs02"]
    with pytest.raises(vim.fault.NotFound):
        system.UnmountVmfsVolume(volume)
    system.MountVmfsVolume(volume)
    assert sorted(mounts_of(datastore)) == [name_of(1), name_of(2), name_of(3)]
    with pytest.raises(vim.fault.InvalidState):
        system.MountVmfsVolume(volume)
    with pytest.raises(vim.fault.NotFound):
        system.MountVmfsVolume("00000000-00000000-0000-000000000000")


@pytest.mark.parametrize("ask", ["RescanAllHba", "RescanVmfs", "RefreshStorageSystem"])
def test_what_a_host_unmounted_by_itself_shows_after_a_rescan_or_refresh(site: Site, ask: str):
    datastore = site.all(vim.Datastore)["vmfs02"]
    site.gateway.perform(storage.unmount, name_of(1), site.lun("vmfs02").vmfs.id)
    assert name_of(1) in mounts_of(datastore)
    system = site.host(1).configManager.storageSystem
    if ask == "RefreshStorageSystem":
        system.RefreshStorageSystem()
        assert name_of(1) not in mounts_of(datastore)
    else:
        getattr(system, ask)()
        host = site.world.hosts[name_of(1)]
        assert (name_of(1) in mounts_of(datastore)) == (site.lun("vmfs02").vmfs.id in host.mounts)
        assert host.reported == host.mounts


def test_refreshing_a_datastore_keeps_its_size(site: Site):
    datastore = site.all(vim.Datastore)["vmfs01"]
    datastore.RefreshDatastore()
    assert datastore.summary.capacity == site.lun("vmfs01").size


def test_no_volume_is_unresolved(site: Site):
    assert list(site.host(1).configManager.storageSystem.QueryUnresolvedVmfsVolume()) == []
    assert list(site.host(1).configManager.datastoreSystem.QueryUnresolvedVmfsVolumes()) == []


def test_a_vm_moves_to_another_datastore_with_its_files(site: Site):
    shown = site.create("vm1", on=True)
    target = site.all(vim.Datastore)["vmfs02"]
    site.do(shown.RelocateVM_Task(vim.vm.RelocateSpec(datastore=target)))
    machine = site.machine("vm1")
    assert machine.vmx.volume == site.lun("vmfs02").vmfs.id
    assert shown.config.files.vmPathName == shown.summary.config.vmPathName == "[vmfs02] vm1/vm1.vmx"
    assert [d.name for d in shown.datastore] == ["vmfs02"]
    assert [vm.name for vm in target.vm] == ["vm1"]
    assert list(site.all(vim.Datastore)["vmfs01"].vm) == []
    assert "vm1.vmx" in site.gateway.store.entries(VolumePath(site.lun("vmfs02").device, "vm1"))
    assert shown.runtime.powerState == "poweredOn"


def test_a_vm_moves_to_another_host(site: Site):
    running, idle = site.create("vm1", on=True), site.create("vm2")
    site.do(running.MigrateVM_Task(None, site.host(2), "defaultPriority", None))
    site.do(idle.RelocateVM_Task(vim.vm.RelocateSpec(host=site.host(3))))
    assert (running.runtime.host.name, running.summary.runtime.host.name) == (name_of(2), name_of(2))
    assert [vm.name for vm in site.host(2).vm] == ["vm1"]
    assert [vm.name for vm in site.host(3).vm] == ["vm2"]
    assert list(site.host(1).vm) == []
    assert running.guest.net[0].connected
    assert site.machine("vm2").host == name_of(3)
    site.do(site.host(1).EnterMaintenanceMode_Task(timeout=0))
    assert isinstance(site.fault(idle.MigrateVM_Task(None, site.host(1), "defaultPriority", None)), vim.fault.InvalidState)


def test_a_silent_host_is_shown_as_it_was_last_heard(site: Site):
    shown = site.create("vm1", on=True)
    host, datastore = site.host(1), site.all(vim.Datastore)["vmfs02"]
    site.gateway.perform(hosts.stop_agent, name_of(1), "vpxa")
    site.gateway.perform(machines.kill, site.machine("vm1").id, soft=True)
    site.gateway.perform(storage.lose, site.lun("vmfs02").device)
    assert (shown.runtime.powerState, shown.runtime.connectionState) == ("poweredOn", "connected")
    assert mounts_of(datastore) == {name_of(1): True, name_of(2): False, name_of(3): False}
    site.gateway.pass_time(minutes(2))
    assert (host.runtime.connectionState, shown.runtime.connectionState) == ("notResponding", "disconnected")
    assert shown.runtime.powerState == "poweredOn"
    assert not datastore.summary.accessible
    site.gateway.perform(hosts.start_agent, name_of(1), "vpxa")
    site.gateway.pass_time(minutes(2))
    assert (host.runtime.connectionState, shown.runtime.connectionState) == ("connected", "connected")
    assert shown.runtime.powerState == "poweredOff"
    assert not any(mounts_of(datastore).values())


def test_a_silent_host_can_be_asked_nothing(site: Site):
    shown = site.create("vm1")
    site.gateway.perform(hosts.cut_power, name_of(1))
    for ask in (shown.PowerOnVM_Task, lambda: site.host(1).EnterMaintenanceMode_Task(timeout=0)):
        assert type(site.fault(ask())).__name__.endswith("HostNotReachable")
    site.gateway.pass_time(minutes(2))
    for ask in (shown.PowerOnVM_Task, lambda: site.host(1).RebootHost_Task(force=True)):
        assert type(site.fault(ask())).__name__.endswith("HostNotConnected")
    assert site.fault(site.host(1).ReconnectHost_Task())
