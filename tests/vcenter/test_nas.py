"""NFS datastores in vCenter: what hosts report of them, and what clients ask of hosts."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyVmomi import vim, vmodl

from harness.blueprints import Blueprint, load_blueprint
from harness.operations import nas, replication, storage
from harness.units import DeviceId
from harness.world.storage import NasVolume
from tests.nas import ALIAS, FAR, SOURCE, VOLUME, alias_to
from tests.vcenter.seam_site import Site, name_of, open_site


@pytest.fixture
def blueprint() -> Blueprint:
    return load_blueprint(SOURCE)


@pytest.fixture
def site(blueprint: Blueprint, tmp_path: Path) -> Iterator[Site]:
    for opened in open_site(blueprint, "5.0", tmp_path):
        opened.gateway.perform(replication.begin)
        yield opened


def stores(site: Site, number: int):
    return site.host(number).configManager.datastoreSystem


def spec(host: str = ALIAS, share: str = "/vol/desktops", name: str = "nfs01", mode: str = "readWrite"):
    return vim.host.NasVolume.Specification(remoteHost=host, remotePath=share, localPath=name, accessMode=mode)


def mounts(store) -> dict[str, bool]:
    return {mount.key.name: mount.mountInfo.accessible for mount in store.host}


def separate(site: Site) -> None:
    site.gateway.perform(replication.break_replication, "cg-desktops")
    alias_to(site.gateway, "nas-far.lab.example")


def test_an_nfs_datastore_is_shown_with_server_and_share_as_given(site: Site):
    store = site.all(vim.Datastore)["nfs01"]
    assert isinstance(store.info, vim.host.NasDatastoreInfo)
    found = store.info.nas
    assert (found.name, found.remoteHost, found.remotePath, found.type) == ("nfs01", ALIAS, "/vol/desktops", "NFS")
    assert (store.summary.type, store.summary.capacity, store.summary.accessible) == ("NFS", 200 * 2**30, True)
    assert mounts(store) == {name_of(1): True, name_of(2): True}
    assert {mount.mountInfo.path for mount in store.host} == {f"/vmfs/volumes/{VOLUME.id}"}
    volumes = [m.volume for m in site.host(1).config.fileSystemVolume.mountInfo]
    assert {type(volume) for volume in volumes} == {vim.host.NasVolume, vim.host.VmfsVolume}
    with pytest.raises(vim.fault.NotFound):
        site.host(1).configManager.storageSystem.UnmountVmfsVolume(VOLUME.id)


def test_vms_live_there_and_a_lost_nas_makes_them_inaccessible(site: Site):
    shown = site.create("vm1", store="nfs01")
    running = site.create("vm2", store="nfs01", on=True)
    assert site.machine("vm1").vmx.volume == VOLUME.id
    site.gateway.perform(replication.switch_array, "nas-near", on=False)
    store = site.all(vim.Datastore)["nfs01"]
    assert mounts(store) == {name_of(1): False, name_of(2): False}
    assert not store.summary.accessible
    assert (shown.runtime.connectionState, running.runtime.connectionState) == ("inaccessible", "connected")
    assert site.fault(shown.PowerOnVM_Task())


def test_the_same_name_mounted_elsewhere_is_the_same_datastore_with_its_vms(site: Site):
    shown = site.create("vm1", store="nfs01")
    store = site.all(vim.Datastore)["nfs01"]
    separate(site)
    site.gateway.perform(nas.add, name_of(3), VOLUME)
    assert name_of(3) not in mounts(store), "not before somebody refreshes it"
    site.host(3).configManager.storageSystem.RefreshStorageSystem()
    assert mounts(store)[name_of(3)]
    for number in (1, 2):
        site.gateway.perform(nas.remove, name_of(number), "nfs01")
        site.gateway.perform(storage.refresh, name_of(number))
    assert mounts(store) == {name_of(3): True}
    again = site.all(vim.Datastore)["nfs01"]
    assert (again._moId, again.info.nas.remoteHost) == (store._moId, ALIAS)
    assert shown.runtime.connectionState == "inaccessible", "its own host has it no longer"


def test_a_client_mounts_one_and_takes_it_away(site: Site):
    site.gateway.perform(replication.break_replication, "cg-desktops")
    made = stores(site, 3).CreateNasDatastore(spec(FAR, name="by-address"))
    assert (made.name, made.info.nas.remoteHost, mounts(made)) == ("by-address", FAR, {name_of(3): True})
    assert NasVolume("by-address", FAR, "/vol/desktops").id in site.world.hosts[name_of(3)].mounts
    stores(site, 3).RemoveDatastore(made)
    assert sorted(site.all(vim.Datastore)) == ["nfs01", "vmfs01"]
    with pytest.raises(vim.fault.NotFound):
        stores(site, 3).RemoveDatastore(site.all(vim.Datastore)["nfs01"])


def test_by_address_under_the_same_name_it_is_another_datastore_and_its_vms_are_not_there(site: Site):
    shown = site.create("vm1", store="nfs01")
    site.gateway.perform(replication.break_replication, "cg-desktops")
    site.gateway.perform(replication.switch_array, "nas-near", on=False)
    other = stores(site, 3).CreateNasDatastore(spec(FAR))
    assert sorted(site.all(vim.Datastore)) == ["nfs01", "nfs01 (1)", "vmfs01"]
    assert (other.name, mounts(other), len(other.vm)) == ("nfs01 (1)", {name_of(3): True}, 0)
    assert [vm.name for vm in site.all(vim.Datastore)["nfs01"].vm] == ["vm1"]
    assert shown.runtime.connectionState == "inaccessible"


def test_what_cannot_be_mounted_is_refused_with_the_apis_faults(site: Site):
    with pytest.raises(vim.fault.AlreadyExists):
        stores(site, 1).CreateNasDatastore(spec(name="again"))
    with pytest.raises(vim.fault.DuplicateName):
        stores(site, 1).CreateNasDatastore(spec(FAR))
    with pytest.raises(vim.fault.PlatformConfigFault) as denied:
        stores(site, 3).CreateNasDatastore(spec(share="/vol/none", name="none"))
    assert "denied" in denied.value.text
    version_4 = spec(name="four")
    version_4.type = "NFS41"
    with pytest.raises(vmodl.fault.NotSupported):
        stores(site, 3).CreateNasDatastore(version_4)
    for_reading = stores(site, 3).CreateNasDatastore(spec(mode="readOnly"))
    assert [m.mountInfo.accessMode for m in for_reading.host if m.key.name == name_of(3)] == ["readOnly"]
    site.create("vm1", store="nfs01")
    with pytest.raises(vim.fault.ResourceInUse):
        stores(site, 1).RemoveDatastore(site.all(vim.Datastore)["nfs01"])


def test_a_mask_takes_it_from_one_host(site: Site):
    site.gateway.perform(replication.mask, DeviceId("nfs.nas-near.vol.desktops"), [name_of(2)])
    assert mounts(site.all(vim.Datastore)["nfs01"]) == {name_of(1): True, name_of(2): False}
