"""Unresolved volumes: what a host sees of a copy, and what each way to use it does."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import hosts, machines, registration, storage, unresolved
from harness.world.storage import Mount, VolumeFile
from harness.world.unresolved import Reason
from tests.world.copies import configuration, copied, force, host, refused, restart, view, volume_of, with_copy
from tests.world.planting import add_copy
from tests.world.scene import NAMES

A, B, C = NAMES


@pytest.fixture(params=["5.0", "8.0"])
def scene(build, request):
    return with_copy(build(request.param))


def test_a_copy_is_seen_after_a_rescan_and_by_nobody_else(scene):
    assert view(scene, A) == []
    assert view(scene, B) == view(scene, C) == [(False, None, None)]
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({A, B}))
    assert view(scene, A) == []
    assert view(scene, C) == []
    scene.gateway.perform(storage.rescan, A)
    assert view(scene, A) == [(False, Reason.ORIGINAL_ONLINE, None)]


def test_while_the_original_is_online_a_copy_is_resignatured_and_not_mounted(scene):
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({A}))
    scene.gateway.perform(storage.rescan, A)
    assert refused(scene, unresolved.force_mount, A, volume_of(scene), persistent=False) == "VmfsAlreadyMounted"
    new = scene.gateway.perform(unresolved.resignature, A, volume_of(scene))
    assert set(host(scene, A).mounts) >= {new, volume_of(scene)}
    assert scene.machine("web01").running


def test_an_original_that_is_lost_but_still_mounted_keeps_the_copy_out(scene):
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({A}))
    scene.gateway.perform(storage.lose, scene.lun("vmfs01").device)
    scene.gateway.perform(storage.rescan, A)
    assert view(scene, A) == [(False, Reason.MOUNTED, None)]
    assert refused(scene, unresolved.force_mount, A, volume_of(scene), persistent=False) == "VmfsAlreadyMounted"


def test_a_read_only_copy_is_seen_and_neither_mounted_nor_resignatured(scene):
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=False)
    assert view(scene) == [(False, Reason.READ_ONLY, Reason.READ_ONLY)]
    assert refused(scene, unresolved.force_mount, B, volume_of(scene), persistent=True) == "HostConfigFault"
    assert refused(scene, unresolved.resignature, B, volume_of(scene)) == "HostConfigFault"
    assert volume_of(scene) not in host(scene).mounts
    assert "forceMount" not in configuration(scene)
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=True)
    force(scene, persistent=True)


def test_a_copy_is_not_mounted_as_a_volume_of_its_own(scene):
    assert refused(scene, storage.mount, B, volume_of(scene)) == "NotFound"
    assert refused(scene, unresolved.force_mount, B, scene.lun("vmfs02").vmfs.id, persistent=True) == "NotFound"


def test_of_two_copies_one_has_to_be_named_by_its_device(scene):
    second = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B}))
    scene.gateway.perform(storage.rescan, B)
    assert view(scene) == [(False, Reason.DUPLICATE, Reason.DUPLICATE)]
    assert refused(scene, unresolved.force_mount, B, volume_of(scene), persistent=True) == "VmfsAmbiguousMount"
    assert refused(scene, unresolved.resignature, B, volume_of(scene)) == "VmfsAmbiguousMount"
    scene.gateway.perform(unresolved.force_mount, B, volume_of(scene), second.device, persistent=True)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), second.device, forced=True)
    assert sorted(view(scene)) == [(False, Reason.MOUNTED, None), (True, None, Reason.IN_USE)]


def test_a_resignature_is_on_disk_and_others_see_it_after_their_rescan(scene):
    old, device = volume_of(scene), copied(scene).device
    text = scene.gateway.store.read(scene.gateway.world.copy(A, scene.machine("web01").vmx).at("web01/web01.vmx"))
    new = scene.gateway.perform(unresolved.resignature, B, old)
    header = copied(scene).vmfs
    assert (header.id, header.written_for) == (new, device)
    assert new != old
    assert new.endswith(host(scene).mac.replace(":", ""))
    assert header.label.startswith("snap-")
    assert header.label.endswith("-vmfs01")
    assert len(header.label) == len("snap-01234567-vmfs01")
    assert host(scene).mounts[new] == Mount(new, device)
    assert old not in host(scene).mounts
    assert new not in host(scene, C).mounts
    assert view(scene) == view(scene, C) == []
    scene.gateway.perform(storage.rescan, C)
    assert host(scene, C).mounts[new] == Mount(new, device)
    place = scene.gateway.world.copy(C, VolumeFile(new, "web01/web01.vmx"))
    assert scene.gateway.store.read(place) == text
    restart(scene)
    assert host(scene).mounts[new] == Mount(new, device), "it needs no force any more"


def test_a_copy_in_use_is_not_resignatured_whichever_host_uses_it(scene):
    force(scene, C, persistent=False)
    assert refused(scene, unresolved.resignature, B, volume_of(scene)) == "HostConfigFault"
    scene.gateway.perform(storage.unmount, C, volume_of(scene))
    scene.gateway.perform(unresolved.resignature, B, volume_of(scene))


def test_a_host_whose_paths_are_down_cannot_hold_a_copy_against_a_resignature(scene):
    force(scene, C, persistent=False)
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({B}))
    scene.gateway.perform(unresolved.resignature, B, volume_of(scene))
    assert volume_of(scene) not in host(scene, C).mounts


def test_a_vm_of_a_resignatured_volume_has_lost_its_files_until_it_is_registered_again(build):
    scene = build("5.0")
    scene.add("web01", host=2, on=False)
    scene.pass_minutes(6)
    original, old = scene.lun("vmfs01"), scene.machine("web01")
    stale = scene.port_file("web01")
    copy = add_copy(scene.gateway, original, frozenset({B}))
    scene.gateway.perform(hosts.cut_power, B)
    scene.gateway.perform(storage.present, original.device, frozenset({A, C}))
    scene.gateway.perform(hosts.give_power, B)
    scene.pass_minutes(10)
    new = scene.gateway.perform(unresolved.resignature, B, copy.vmfs.id)
    assert refused(scene, machines.power_on, old.id) == "InvalidDatastore"
    assert scene.gateway.world.locate(B, stale.absolute) is None
    assert scene.gateway.world.locate(B, f"/vmfs/volumes/{new}/{stale.path}") == VolumeFile(new, stale.path)
    scene.gateway.perform(machines.unregister, old.id)
    again = scene.gateway.perform(registration.register_from_files, B, VolumeFile(new, old.vmx.path))
    scene.gateway.perform(machines.power_on, again.id)
    assert scene.machine("web01").vmx.volume == new
    assert scene.port_file("web01").volume == new


def test_a_host_that_goes_down_meanwhile_mounts_and_resignatures_nothing(scene):
    for operation, more in ((unresolved.force_mount, {"persistent": True}), (unresolved.resignature, {})):
        process = scene.gateway.begin(operation, B, volume_of(scene), **more)
        scene.gateway.perform(hosts.cut_power, B)
        scene.pass_minutes(1)
        assert isinstance(process.error, Refusal)
        assert process.error.reason == "HostNotReachable"
        assert copied(scene).vmfs.id == volume_of(scene)
        scene.gateway.perform(hosts.give_power, B)
        scene.pass_minutes(10)
        assert volume_of(scene) not in host(scene).mounts
