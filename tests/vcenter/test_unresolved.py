"""Unresolved volumes as clients of a vCenter see and resolve them, and what becomes of datastores."""

from __future__ import annotations

import pytest
from pyVmomi import vim, vmodl

from harness.operations import hosts, storage, unresolved
from harness.units import VolumeId, minutes
from harness.world.storage import Lun, VolumePath
from tests.vcenter.seam_site import Site, name_of
from tests.vcenter.two_views import open_shells
from tests.world.planting import add_copy


def show_copy(site: Site, *, keep_original: bool = True) -> Lun:
    """Hosts 2 and 3 see a copy of ``vmfs01`` in place of the original, which host 1 keeps, or else loses."""
    original = site.lun("vmfs01")
    copy = add_copy(site.gateway, original, frozenset({name_of(2), name_of(3)}))
    for number in (2, 3) if keep_original else (1, 2, 3):
        site.gateway.perform(storage.unmount, name_of(number), original.vmfs.id)
    site.gateway.perform(storage.present, original.device, frozenset({name_of(1)} if keep_original else ()))
    for number in (1, 2, 3):
        site.host(number).configManager.storageSystem.RescanAllHba()
    return copy


def fail_over(site: Site) -> Lun:
    """Host 1 dies with the original; hosts 2 and 3 boot and see a copy, and the VMs registered on them have lost their files."""
    site.gateway.perform(hosts.cut_power, name_of(1))
    copy = add_copy(site.gateway, site.lun("vmfs01"), frozenset({name_of(2), name_of(3)}))
    site.gateway.perform(storage.present, site.lun("vmfs01").device, frozenset())
    for number in (2, 3):
        site.gateway.perform(hosts.reboot, name_of(number), force=True)
    site.gateway.pass_time(minutes(15))
    return copy


def system(site: Site, number: int):
    return site.host(number).configManager.storageSystem


def seen(site: Site, number: int) -> list[tuple[str, str, bool, bool]]:
    found = system(site, number).QueryUnresolvedVmfsVolume()
    same = site.host(number).configManager.datastoreSystem.QueryUnresolvedVmfsVolumes()
    assert [volume.vmfsUuid for volume in found] == [volume.vmfsUuid for volume in same]
    status = [(volume, volume.resolveStatus) for volume in found]
    return [(v.vmfsUuid, v.vmfsLabel, s.resolvable, s.multipleCopies) for v, s in status]


def resolve(site: Site, number: int, *luns: Lun, how: str = "forceMount"):
    specs = [
        vim.host.UnresolvedVmfsResolutionSpec(extentDevicePath=[f"/vmfs/devices/disks/{lun.device}:1"], uuidResolution=how)
        for lun in luns
    ]
    return system(site, number).ResolveMultipleUnresolvedVmfsVolumes(specs)


def volumes(site: Site, number: int) -> dict[str, vim.host.VmfsVolume]:
    return {found.volume.name: found.volume for found in site.host(number).config.fileSystemVolume.mountInfo}


def hosts_of(datastore) -> set[str]:
    return {mount.key.name for mount in datastore.host}


def test_a_copy_is_shown_to_clients_of_the_hosts_that_see_it(site: Site):
    copy = show_copy(site)
    (found,) = system(site, 2).QueryUnresolvedVmfsVolume()
    assert (found.vmfsUuid, found.vmfsLabel, found.totalBlocks) == (copy.vmfs.id, "vmfs01", copy.size // 2**20)
    (extent,) = found.extent
    assert (extent.device.diskName, extent.device.partition, extent.isHeadExtent) == (copy.device, 1, True)
    assert (extent.devicePath, extent.reason) == (f"/vmfs/devices/disks/{copy.device}:1", "diskIdMismatch")
    assert seen(site, 2) == seen(site, 3) == [(copy.vmfs.id, "vmfs01", True, False)]
    assert seen(site, 1) == []


def test_what_can_be_done_with_a_copy_is_in_its_status(site: Site):
    copy = show_copy(site)
    site.gateway.perform(storage.set_access, copy.device, writable=False)
    assert seen(site, 2) == [(copy.vmfs.id, "vmfs01", False, False)]
    (refused,) = resolve(site, 2, copy)
    assert isinstance(refused.fault, vim.fault.VmfsAlreadyMounted), "host 1 has the original"
    site.gateway.perform(storage.set_access, copy.device, writable=True)
    add_copy(site.gateway, site.lun("vmfs01"), frozenset({name_of(2)}))
    system(site, 2).RescanAllHba()
    assert seen(site, 2) == [(copy.vmfs.id, "vmfs01", False, True)]


def test_a_read_only_copy_is_refused_as_a_fault_of_the_host(site: Site):
    copy = show_copy(site, keep_original=False)
    site.gateway.perform(storage.set_access, copy.device, writable=False)
    for how in ("forceMount", "resignature"):
        (refused,) = resolve(site, 2, copy, how=how)
        assert type(refused.fault) is vim.fault.HostConfigFault
        assert "its device is read-only" in refused.fault.msg
        assert refused.vmfs is None
        assert refused.spec.uuidResolution == how


def test_a_forced_mount_brings_the_datastore_back_as_the_same_object(site: Site):
    site.create("vm1", host=2)
    datastore = site.all(vim.Datastore)["vmfs01"]
    vm = site.vm("vm1")
    copy = fail_over(site)
    assert not datastore.summary.accessible
    assert vm.runtime.connectionState == "inaccessible"
    (done,) = resolve(site, 2, copy)
    assert done.fault is None
    assert (done.vmfs.uuid, done.vmfs.extent[0].diskName) == (copy.vmfs.id, copy.device)
    assert (done.vmfs.forceMountedInfo.persist, done.vmfs.forceMountedInfo.mounted) == (True, True)
    assert site.all(vim.Datastore)["vmfs01"]._moId == datastore._moId
    assert datastore.summary.accessible
    assert datastore.info.vmfs.forceMountedInfo.mounted
    assert hosts_of(datastore) == {name_of(1), name_of(2)}, "not host 3; of host 1 vCenter has heard nothing new"
    assert volumes(site, 2)["vmfs01"].forceMountedInfo.persist
    assert volumes(site, 2)["vmfs02"].forceMountedInfo is None
    assert vm.runtime.connectionState == "connected"
    site.do(vm.PowerOnVM_Task())


def test_no_volume_is_force_mounted_twice_in_a_datacenter_through_vcenter(site: Site):
    copy = show_copy(site, keep_original=False)
    assert resolve(site, 2, copy)[0].fault is None
    (refused,) = resolve(site, 3, copy)
    assert isinstance(refused.fault, vim.fault.VmfsAlreadyMounted)
    assert refused.fault.uuid == copy.vmfs.id
    assert f"mounted on {name_of(2)} in datacenter" in refused.fault.msg
    assert copy.vmfs.id not in site.world.hosts[name_of(3)].mounts
    with open_shells(site) as shells:
        assert shells.run(name_of(3), f"esxcfg-volume -M {copy.vmfs.id}") == f"Persistently Mounting volume {copy.vmfs.id}\n"
    assert site.world.hosts[name_of(3)].mounts[copy.vmfs.id].device == copy.device


def test_hosts_that_do_not_respond_keep_no_copy_out(site: Site):
    copy = show_copy(site)
    assert isinstance(resolve(site, 2, copy)[0].fault, vim.fault.VmfsAlreadyMounted)
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(2))
    assert site.host(1).runtime.connectionState == "notResponding"
    assert resolve(site, 2, copy)[0].fault is None


def test_each_specification_has_its_own_result(site: Site):
    copy = show_copy(site, keep_original=False)
    stranger = site.lun("vmfs02")
    good, bad = resolve(site, 2, copy, stranger)
    assert good.fault is None
    assert isinstance(bad.fault, vim.fault.NotFound)
    with pytest.raises(vmodl.fault.InvalidArgument):
        resolve(site, 2, copy, how="sideways")
    unknown = vim.host.UnresolvedVmfsResolutionSpec(extentDevicePath=["/vmfs/devices/disks/naa.0:1"], uuidResolution="forceMount")
    (result,) = system(site, 2).ResolveMultipleUnresolvedVmfsVolumes([unknown])
    assert isinstance(result.fault, vim.fault.NotFound)


def test_a_mount_in_the_shell_comes_into_sight_with_a_refresh(site: Site):
    copy = show_copy(site, keep_original=False)
    datastore = site.all(vim.Datastore)["vmfs01"]
    with open_shells(site) as shells:
        shells.run(name_of(2), f"esxcfg-volume -m {copy.vmfs.id}")
    assert not datastore.summary.accessible
    system(site, 2).RefreshStorageSystem()
    assert datastore.summary.accessible
    assert datastore.info.vmfs.extent[0].diskName == copy.device
    assert volumes(site, 2)["vmfs01"].forceMountedInfo.persist is False
    assert seen(site, 2) == [(copy.vmfs.id, "vmfs01", True, False)], "it is no less unresolved"


def test_a_forced_mount_is_unmounted_and_no_other(site: Site):
    copy = show_copy(site, keep_original=False)
    resolve(site, 2, copy)
    system(site, 2).UnmountForceMountedVmfsVolume(copy.vmfs.id)
    assert copy.vmfs.id not in site.world.hosts[name_of(2)].mounts
    assert not site.all(vim.Datastore)["vmfs01"].summary.accessible
    for volume in (copy.vmfs.id, site.lun("vmfs02").vmfs.id):
        with pytest.raises(vim.fault.NotFound):
            system(site, 2).UnmountForceMountedVmfsVolume(volume)
    with pytest.raises(vim.fault.NotFound, match="which is unresolved"):
        system(site, 2).MountVmfsVolume(copy.vmfs.id)
    with pytest.raises(vim.fault.NotFound):
        site.host(2).configManager.storageSystem.UnmountVmfsVolume(copy.vmfs.id)


def test_a_forced_mount_that_a_vm_needs_is_not_unmounted(site: Site):
    copy = show_copy(site, keep_original=False)
    resolve(site, 2, copy)
    site.create("vm1", host=2)
    with pytest.raises(vim.fault.ResourceInUse):
        system(site, 2).UnmountForceMountedVmfsVolume(copy.vmfs.id)


def test_a_resignatured_volume_is_a_new_datastore_on_all_hosts_and_the_old_one_stays_without_files(site: Site):
    site.create("vm1", host=2)
    old, vm = site.all(vim.Datastore)["vmfs01"], site.vm("vm1")
    copy = fail_over(site)
    spec = vim.host.UnresolvedVmfsResignatureSpec(extentDevicePath=[f"/vmfs/devices/disks/{copy.device}:1"])
    result = site.do(site.host(2).configManager.datastoreSystem.ResignatureUnresolvedVmfsVolume_Task(spec))
    new = result.result
    assert sorted(entry.host.name for entry in result.rescan) == [name_of(2), name_of(3)]
    assert new._moId != old._moId
    assert new.name.startswith("snap-")
    assert new.name.endswith("-vmfs01")
    assert new.info.vmfs.forceMountedInfo is None
    assert new.summary.accessible
    assert hosts_of(new) == {name_of(2), name_of(3)}
    assert (old.name, old.summary.accessible, hosts_of(old)) == ("vmfs01", False, {name_of(1)})
    assert [machine.name for machine in old.vm] == ["vm1"]
    assert vm.runtime.connectionState == "inaccessible"
    assert seen(site, 2) == seen(site, 3) == []
    vm.UnregisterVM()
    folder = site.content.rootFolder.childEntity[0].vmFolder
    again = site.do(folder.RegisterVM_Task(f"[{new.name}] vm1/vm1.vmx", None, False, site.cluster.resourcePool, site.host(3)))
    assert again._moId != vm._moId
    assert [store.name for store in again.datastore] == [new.name]
    site.do(again.PowerOnVM_Task())


def test_through_the_storage_system_a_resignature_is_known_to_one_host(site: Site):
    copy = show_copy(site)
    (done,) = resolve(site, 2, copy, how="resignature")
    assert done.vmfs.uuid != copy.vmfs.id
    assert done.vmfs.forceMountedInfo is None
    new = site.all(vim.Datastore)[done.vmfs.name]
    assert hosts_of(new) == {name_of(2)}
    system(site, 3).RescanVmfs()
    assert hosts_of(new) == {name_of(2), name_of(3)}
    assert site.all(vim.Datastore)["vmfs01"].summary.accessible, "host 1 has the original"
    (refused,) = resolve(site, 2, copy, how="resignature")
    assert isinstance(refused.fault, vim.fault.NotFound)


def test_a_copy_in_use_is_not_resignatured(site: Site):
    copy = show_copy(site, keep_original=False)
    resolve(site, 2, copy)
    (refused,) = resolve(site, 3, copy, how="resignature")
    assert isinstance(refused.fault, vim.fault.HostConfigFault)
    assert "being actively used" in refused.fault.msg
    spec = vim.host.UnresolvedVmfsResignatureSpec(extentDevicePath=[f"/vmfs/devices/disks/{copy.device}:1"])
    fault = site.fault(site.host(3).configManager.datastoreSystem.ResignatureUnresolvedVmfsVolume_Task(spec))
    assert isinstance(fault, vim.fault.HostConfigFault)


def test_what_vcsim_writes_after_a_resignature_lies_on_the_copy(site: Site):
    copy = show_copy(site)
    new = VolumeId(site.gateway.perform(unresolved.resignature, name_of(2), copy.vmfs.id))
    system(site, 2).RefreshStorageSystem()
    label = site.world.luns[copy.device].vmfs.label
    site.create("vm2", host=2, store=label, on=True)
    assert site.machine("vm2").vmx.volume == new
    assert "vm2.vmx" in site.gateway.store.entries(VolumePath(copy.device, "vm2"))
    assert not site.gateway.store.is_folder(VolumePath(site.lun("vmfs01").device, "vm2"))
