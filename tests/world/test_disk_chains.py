"""Linked clones: their disks are descriptors on volumes, and a VM starts where a host can open all of a chain."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import files, hosts, machines, migration, registration, storage
from harness.physics import disks
from harness.world.machines import Machine
from harness.world.storage import VolumeFile
from tests.world.desktop_scene import A1, A2, B1, Desks, make_desks, recovered

OFF = "desk-04"
"""The desktop that is off when the place opens; it is on the second host."""


@pytest.fixture
def desks(tmp_path) -> Desks:
    return make_desks(tmp_path)


def power_on(desks: Desks, name: str = OFF) -> Machine:
    desks.gateway.perform(machines.power_on, desks.machine(name).id)
    return desks.machine(name)


def test_a_linked_clone_is_three_disks_on_their_volumes_and_names_its_replica_by_the_uuid_of_its_volume(desks):
    clone, replica = desks.machine("desk-01"), desks.machine("replica-office")
    os, configuration, persistent = clone.disks
    assert (os.file.volume, configuration.file.volume, persistent.file.volume) == (
        desks.volume("os-1"),
        desks.volume("os-1"),
        desks.volume("persistent"),
    )
    behind = f"/vmfs/volumes/{desks.volume('replica')}/replica-office/replica-office.vmdk"
    text = desks.read(A1, os.file.absolute)
    assert f'parentFileNameHint="{behind}"' in text
    assert 'createType="vmfsSparse"' in text
    parent = disks.read_descriptor(desks.read(A1, behind).encode())
    child = disks.read_descriptor(text.encode())
    assert parent
    assert child
    assert child.parent_cid == parent.cid != child.cid
    assert parent.parent_cid == disks.NO_PARENT
    assert os.parents == (replica.disks[0].file,)
    assert clone.needed == sorted(desks.volume(label) for label in ("replica", "os-1", "persistent"))
    vmx = desks.read(A1, clone.vmx.absolute)
    assert 'scsi0:0.fileName = "desk-01.vmdk"' in vmx
    assert f'scsi0:2.fileName = "/vmfs/volumes/{desks.volume("persistent")}/desk-01/desk-01-vdm-user-disk-D.vmdk"' in vmx


def test_descriptors_are_read_as_they_are_written(desks):
    for link in ("", "/vmfs/volumes/4f-1/replica/replica.vmdk"):
        descriptor = disks.Descriptor("0badcafe", "a-delta.vmdk", 2**30, link, "0badc0de" if link else disks.NO_PARENT)
        assert disks.read_descriptor(descriptor.text) == descriptor
    assert disks.read_descriptor(None) is None
    assert disks.read_descriptor(b"\0" * 512) is None


def test_a_desktop_with_a_whole_chain_starts_and_several_run_from_one_replica(desks):
    assert power_on(desks).running
    assert all(desks.machine(f"desk-0{number}").running for number in (1, 2, 3, 4))
    assert not desks.machine("replica-office").running


def replica_unmounted(desks: Desks) -> str:
    """As an outage would have it: the array masks the volume from the host, which boots without it."""
    lun = desks.lun("replica")
    desks.gateway.perform(storage.present, lun.device, frozenset({A1}))
    desks.gateway.perform(hosts.cut_power, A2)
    desks.gateway.perform(hosts.give_power, A2)
    desks.pass_minutes(10)
    return f"{desks.volume('replica')}/replica-office/replica-office.vmdk"


def extent_removed(desks: Desks) -> str:
    extent = f"{desks.volume('replica')}/replica-office/replica-office-flat.vmdk"
    desks.gateway.perform(files.remove, A2, f"/vmfs/volumes/{extent}")
    return extent


def descriptor_removed(desks: Desks) -> str:
    extent = f"{desks.volume('persistent')}/{OFF}/{OFF}-vdm-user-disk-D.vmdk"
    desks.gateway.perform(files.remove, A2, f"/vmfs/volumes/{extent}")
    return extent


@pytest.mark.parametrize("take_away", [replica_unmounted, extent_removed, descriptor_removed])
def test_a_missing_link_is_named_in_the_fault_and_in_the_log_of_the_vm(desks, take_away):
    link = take_away(desks)
    known = desks.machine(OFF)
    assert known.host == A2
    with pytest.raises(Refusal, match="or one of the snapshot disks it depends on") as caught:
        power_on(desks)
    assert caught.value.reason == "FileNotFound"
    assert caught.value.fields == {"file": f"/vmfs/volumes/{link}"}
    assert "The system cannot find the file specified" in str(caught.value)
    log = desks.read(A2, f"{known.vmx.parent.absolute}/vmware.log")
    assert f'DISKLIB-LINK  : "/vmfs/volumes/{link}" : failed to open' in log
    assert "[msg.disk.noBackEnd] Cannot open the disk" in log
    assert not desks.machine(OFF).running


def test_a_parent_with_another_content_id_than_the_one_it_had_is_refused(desks):
    path = desks.machine("replica-office").disks[0].file.absolute
    found = disks.read_descriptor(desks.read(A1, path).encode())
    assert found
    desks.write(A1, path, desks.read(A1, path).replace(f"CID={found.cid}", "CID=12345678", 1))
    with pytest.raises(Refusal, match="has been modified since the child was created") as caught:
        power_on(desks)
    assert caught.value.reason == "GenericVmConfigFault"


def test_vsphere_ha_waits_for_the_volume_of_the_replica_and_starts_the_desktops_when_it_is_there(desks):
    desks.pass_minutes(6)
    lun = desks.lun("replica")
    desks.gateway.perform(storage.present, lun.device, frozenset({A1}))
    desks.gateway.perform(hosts.cut_power, A1)
    desks.pass_minutes(5)
    assert not desks.machine("desk-01").running
    [told] = desks.told("NotEnoughResourcesToStartVmEvent", "desk-01")
    assert f"datastore replica is not mounted on {A2}" in told
    desks.gateway.perform(storage.present, lun.device, frozenset({A2}))
    desks.gateway.perform(storage.rescan, A2)
    desks.pass_minutes(5)
    assert desks.machine("desk-01").running
    assert desks.machine("desk-01").host == A2


def test_vsphere_ha_fails_to_start_a_desktop_whose_chain_is_broken_and_tells_why(desks):
    desks.pass_minutes(6)
    extent_removed(desks)
    desks.gateway.perform(hosts.cut_power, A1)
    desks.pass_minutes(60)
    assert not desks.machine("desk-01").running
    failed = desks.told("VmFailoverFailed", "desk-01")
    assert len(failed) == 5
    assert all("The system cannot find the file specified" in text for text in failed)


def test_a_replica_that_hosts_need_is_not_unmounted_under_their_desktops(desks):
    with pytest.raises(Refusal, match="needs replica") as caught:
        desks.gateway.perform(storage.unmount, A2, desks.volume("replica"))
    assert caught.value.reason == "ResourceInUse"


def test_a_desktop_does_not_move_to_a_host_without_its_replica_and_its_files_move_nowhere(desks):
    replica_unmounted(desks)
    with pytest.raises(Refusal, match="datastore replica is not mounted") as caught:
        desks.gateway.perform(migration.migrate, desks.machine("desk-01").id, A2)
    assert caught.value.reason == "InvalidDatastore"
    with pytest.raises(Refusal, match="is a linked clone") as caught:
        desks.gateway.perform(migration.move_storage, desks.machine("desk-01").id, desks.volume("os-2"))
    assert caught.value.reason == "NotSupported"


def test_at_the_other_site_a_chain_is_whole_where_all_volumes_keep_their_signatures(desks):
    recovered(desks)
    machine = desks.gateway.perform(registration.register_from_files, B1, desks.machine(OFF).vmx)
    assert machine.id == desks.machine(OFF).id
    assert power_on(desks).host == B1


def test_a_replica_with_a_new_signature_breaks_the_chain_of_all_its_clones(desks):
    link = f"/vmfs/volumes/{desks.volume('replica')}/replica-office/replica-office.vmdk"
    recovered(desks, "replica")
    desks.gateway.perform(registration.register_from_files, B1, desks.machine(OFF).vmx)
    with pytest.raises(Refusal, match="or one of the snapshot disks it depends on") as caught:
        power_on(desks)
    assert (caught.value.reason, caught.value.fields) == ("FileNotFound", {"file": link})
    desks.pass_minutes(30)
    assert not any(machine.running for machine in desks.world.machines.values() if machine.serves == "office")


def test_a_desktop_registered_from_a_volume_with_a_new_signature_still_names_the_old_ones(desks):
    old = desks.volume("persistent")
    recovered(desks, "replica", "os-1", "os-2", "persistent")
    volume = desks.lun("os-1", "array-b").vmfs.id
    machine = desks.gateway.perform(registration.register_from_files, B1, VolumeFile(volume, "desk-02/desk-02.vmx"))
    assert machine.disks[2].file.volume == old
    with pytest.raises(Refusal, match="datastore persistent is not mounted") as caught:
        desks.gateway.perform(machines.power_on, machine.id)
    assert caught.value.reason == "InvalidDatastore"


def test_a_vm_read_from_its_files_keeps_the_disks_whose_volume_the_host_has_not(desks):
    known = desks.machine(OFF)
    desks.gateway.perform(machines.unregister, known.id)
    replica_unmounted(desks)
    found = desks.gateway.perform(registration.read_machine, A2, known.vmx)
    assert found.disks == known.disks
    assert found.disks[0].parents == (VolumeFile(desks.volume("replica"), "replica-office/replica-office.vmdk"),)
    assert found.serves == "office"
