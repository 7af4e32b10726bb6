"""A datastore whose hosts have its volume from another LUN: the same object for clients, with other bytes behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyVmomi import vim

from harness.blueprints import Blueprint
from harness.operations import files, hosts, machines, registration, storage
from harness.simulators.container import engine_answers
from harness.units import minutes
from harness.world.storage import Lun, VolumeFile, VolumePath
from tests.vcenter.seam_site import Site, name_of, open_site
from tests.world.planting import add_copy, move_to_copy

VIEW = "views/vc01.lab.example"


needs_docker = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers on this machine")


@pytest.fixture(params=["process", pytest.param("container", marks=needs_docker)])
def either(three_hosts: Blueprint, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    """A site whose vcsim runs the one way or the other."""
    yield from open_site(three_hosts, "6.7", tmp_path, request.param)


def take_copy(site: Site) -> Lun:
    return add_copy(site.gateway, site.lun("vmfs01"), frozenset())


def browse(site: Site, folder: str) -> set[str]:
    spec = vim.host.DatastoreBrowser.SearchSpec(matchPattern=["*"])
    datastore = site.all(vim.Datastore)["vmfs01"]
    return {f.path for f in site.do(datastore.browser.SearchDatastore_Task(f"[vmfs01] {folder}", spec)).file}


def extent(site: Site) -> str:
    return site.all(vim.Datastore)["vmfs01"].info.vmfs.extent[0].diskName


def extents_of(site: Site, number: int) -> dict[str, str]:
    volumes = site.host(number).config.fileSystemVolume.mountInfo
    return {found.volume.name: found.volume.extent[0].diskName for found in volumes}


def fail_over(site: Site) -> Lun:
    """Host 1 dies with the original; host 2 has mounted a copy of it, host 3 nothing."""
    copy = take_copy(site)
    original = site.lun("vmfs01").device
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.perform(storage.unmount, name_of(3), copy.vmfs.id)
    site.gateway.perform(storage.present, original, frozenset({name_of(1), name_of(2)}))
    site.host(3).configManager.storageSystem.RefreshStorageSystem()
    move_to_copy(site.gateway, name_of(2), copy)
    site.host(2).configManager.storageSystem.RefreshStorageSystem()
    return copy


def test_a_datastore_stays_the_same_object_and_shows_the_new_extent_and_the_new_bytes(site: Site):
    site.create("vm1")
    datastore = site.all(vim.Datastore)["vmfs01"]
    before, original = (datastore._moId, datastore.summary.url), site.lun("vmfs01").device
    assert extent(site) == original
    copy = fail_over(site)
    now = site.all(vim.Datastore)["vmfs01"]
    assert (now._moId, now.summary.url) == before
    assert extent(site) == extents_of(site, 2)["vmfs01"] == copy.device
    assert now.info.vmfs.uuid == copy.vmfs.id
    site.gateway.perform(files.write, name_of(2), "/vmfs/volumes/vmfs01/vm1/on-the-copy", b"new")
    assert "on-the-copy" in browse(site, "vm1")
    assert not site.gateway.store.is_folder(VolumePath(original, "vm1/on-the-copy"))
    devices = {lun.canonicalName for lun in site.host(2).configManager.storageSystem.storageDeviceInfo.scsiLun}
    assert copy.device in devices
    assert original not in devices


def test_what_vcsim_writes_lands_on_the_copy_and_not_on_the_original(either: Site):
    site = either
    original, copy = site.lun("vmfs01").device, fail_over(site)
    shown = site.create("vm2", host=2, on=True)
    assert shown.runtime.powerState == "poweredOn"
    assert "vm2.vmx" in site.gateway.store.entries(VolumePath(copy.device, "vm2"))
    assert not site.gateway.store.is_folder(VolumePath(original, "vm2"))
    assert "vm2/vm2.nvram" in site.world.luns[copy.device].facts
    assert [vm.name for vm in site.all(vim.Datastore)["vmfs01"].vm] == ["vm2"]


def test_a_vm_of_the_dead_host_is_registered_from_the_copy_under_its_old_path(site: Site):
    site.create("vm1")
    path, copy = site.vm("vm1").config.files.vmPathName, take_copy(site)
    site.vm("vm1").UnregisterVM()
    site.gateway.perform(hosts.cut_power, name_of(1))
    move_to_copy(site.gateway, name_of(2), copy)
    site.host(2).configManager.storageSystem.RefreshStorageSystem()
    site.gateway.perform(storage.unmount, name_of(3), copy.vmfs.id)
    site.host(3).configManager.storageSystem.RefreshStorageSystem()
    folder, pool = site.content.rootFolder.childEntity[0].vmFolder, site.cluster.resourcePool
    again = site.do(folder.RegisterVM_Task(path, None, False, pool, site.host(2)))
    assert (again.config.files.vmPathName, again.runtime.host.name) == (path, name_of(2))
    site.do(again.PowerOnVM_Task())
    place = site.world.copy(name_of(2), site.machine("vm1").vmx)
    assert place == VolumePath(copy.device, "vm1/vm1.vmx")


def test_a_datastore_stays_on_its_lun_while_a_host_that_is_heard_has_it_from_there(site: Site):
    original, copy = site.lun("vmfs01").device, take_copy(site)
    move_to_copy(site.gateway, name_of(2), copy)
    site.host(2).configManager.storageSystem.RefreshStorageSystem()
    assert extent(site) == original
    assert [extents_of(site, n)["vmfs01"] for n in (1, 2, 3)] == [original, copy.device, original]
    mounts = {m.key.name: m.mountInfo.accessible for m in site.all(vim.Datastore)["vmfs01"].host}
    assert mounts == {name_of(n): True for n in (1, 2, 3)}
    folder = site.content.rootFolder.childEntity[0].vmFolder
    config = vim.vm.ConfigSpec(name="vm1", files=vim.vm.FileInfo(vmPathName="[vmfs01]"))
    fault = site.fault(folder.CreateVM_Task(config, site.cluster.resourcePool, site.host(2)))
    assert isinstance(fault, vim.fault.InvalidDatastore)
    site.create("vm1", host=1)
    for number in (1, 3):
        site.gateway.perform(hosts.cut_power, name_of(number))
    site.gateway.pass_time(minutes(2))
    assert extent(site) == copy.device


def test_a_vm_that_a_host_of_another_copy_registers_besides_comes_into_sight_when_the_first_goes(site: Site):
    site.create("vm1")
    copy = take_copy(site)
    move_to_copy(site.gateway, name_of(2), copy)
    site.host(2).configManager.storageSystem.RefreshStorageSystem()
    vmx = VolumeFile(copy.vmfs.id, "vm1/vm1.vmx")
    twin = site.gateway.perform(registration.register_from_files, name_of(2), vmx)
    first = next(m for m in site.world.machines.values() if m.host == name_of(1))
    assert [vm.config.instanceUuid for vm in site.all(vim.VirtualMachine).values()] == [first.id]
    site.gateway.perform(machines.unregister, first.id)
    assert [vm.config.instanceUuid for vm in site.all(vim.VirtualMachine).values()] == [twin.id]


def test_a_vm_on_a_volume_that_its_host_has_not_yet_reported_is_shown_afterwards(site: Site):
    site.create("vm1").UnregisterVM()
    volume = site.lun("vmfs01").vmfs.id
    site.gateway.perform(storage.unmount, name_of(2), volume)
    site.host(2).configManager.storageSystem.RefreshStorageSystem()
    site.gateway.perform(storage.mount, name_of(2), volume)
    site.gateway.perform(registration.register_from_files, name_of(2), VolumeFile(volume, "vm1/vm1.vmx"))
    assert not site.all(vim.VirtualMachine)
    site.host(2).configManager.storageSystem.RefreshStorageSystem()
    assert site.vm("vm1").runtime.host.name == name_of(2)


def test_a_read_only_volume_is_refused_as_the_api_says_it(site: Site):
    volume, system = site.lun("vmfs01").vmfs.id, site.host(2).configManager.storageSystem
    system.UnmountVmfsVolume(volume)
    site.gateway.perform(storage.set_access, site.lun("vmfs01").device, writable=False)
    with pytest.raises(vim.fault.HostConfigFault, match="is read-only"):
        system.MountVmfsVolume(volume)
    folder = site.content.rootFolder.childEntity[0].vmFolder
    config = vim.vm.ConfigSpec(name="vm1", files=vim.vm.FileInfo(vmPathName="[vmfs01]"))
    fault = site.fault(folder.CreateVM_Task(config, site.cluster.resourcePool, site.host(1)))
    assert isinstance(fault, vim.fault.InvalidDatastore)
    assert not site.gateway.store.is_folder(VolumePath(site.lun("vmfs01").device, "vm1"))


def test_the_view_of_a_vcenter_is_a_relative_link_within_the_store(site: Site, tmp_path):
    view = tmp_path / VIEW / site.lun("vmfs01").vmfs.id
    assert str(view.readlink()) == f"../../{site.lun('vmfs01').device}"
    assert site.all(vim.Datastore)["vmfs01"].summary.url == str(view)
    copy = fail_over(site)
    assert str(view.readlink()) == f"../../{copy.device}"
    assert sorted(entry.name for entry in view.parent.iterdir()) == sorted(lun.vmfs.id for lun in originals(site))


def originals(site: Site) -> list[Lun]:
    return [lun for lun in site.world.luns.values() if lun.resolved]
