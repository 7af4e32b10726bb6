"""Unresolved volumes: what a host sees of a copy, what each way to use it does, and what a boot makes of that."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import files, hosts, machines, registration, storage, unresolved
from harness.units import VolumeId
from harness.world.hosts import CONFIG_STORE, ESX_CONF
from harness.world.mounts import VolumeMounted
from harness.world.storage import Lun, Mount, VolumeFile
from harness.world.unresolved import Reason, unresolved_volumes
from tests.world.planting import add_copy
from tests.world.scene import NAMES

A, B, C = NAMES


@pytest.fixture(params=["5.0", "8.0"])
def scene(build, request):
    """Host A alone keeps the original; B and C see a copy of it instead."""
    made = build(request.param)
    made.add("web01")
    original = made.lun("vmfs01")
    copy = add_copy(made.gateway, original, frozenset({B, C}))
    for name in (B, C):
        made.gateway.perform(storage.unmount, name, original.vmfs.id)
    made.gateway.perform(storage.present, original.device, frozenset({A}))
    made.gateway.listen(lambda events, world: [served(event, world) for event in events if isinstance(event, VolumeMounted)])
    for name in (B, C):
        made.gateway.perform(storage.rescan, name)
    assert copy.device in made.gateway.world.hosts[B].devices
    return made


def served(event: VolumeMounted, world) -> None:
    """Nothing is mounted that is not presented, or not written to."""
    lun = world.luns[event.mount.device]
    assert lun.serves(event.host)
    assert lun.writable


def copied(scene) -> Lun:
    return next(lun for lun in scene.gateway.world.luns.values() if lun.array == "array02")


def volume_of(scene) -> VolumeId:
    return scene.lun("vmfs01").vmfs.id


def host(scene, name=B):
    return scene.gateway.world.hosts[name]


def view(scene, name=B) -> list[tuple[bool, Reason | None, Reason | None]]:
    found = unresolved_volumes(scene.gateway.world, host(scene, name))
    return [(volume.mounted, volume.unmountable, volume.unresignaturable) for volume in found]


def refused(scene, operation, *args, **fields) -> str:
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(operation, *args, **fields)
    return caught.value.reason


def force(scene, name=B, *, persistent: bool) -> None:
    scene.gateway.perform(unresolved.force_mount, name, volume_of(scene), persistent=persistent)


def restart(scene, name=B) -> None:
    """An orderly restart, which saves the configuration."""
    scene.gateway.perform(hosts.reboot, name, force=True)
    scene.pass_minutes(10)
    assert host(scene, name).running


def cut(scene, name=B) -> None:
    scene.gateway.perform(hosts.cut_power, name)
    scene.gateway.perform(hosts.give_power, name)
    scene.pass_minutes(10)
    assert host(scene, name).running


def configuration(scene, name=B) -> str:
    files = host(scene, name).files
    return "".join(files[path].content.decode() for path in (ESX_CONF, CONFIG_STORE) if path in files)


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


def test_a_mount_is_the_hosts_own_and_is_not_made_twice(scene):
    force(scene, persistent=False)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), copied(scene).device, forced=True, persistent=False)
    assert volume_of(scene) not in host(scene, C).mounts
    assert view(scene) == [(True, None, Reason.IN_USE)]
    assert view(scene, C) == [(False, None, Reason.IN_USE)]
    assert refused(scene, unresolved.force_mount, B, volume_of(scene), persistent=True) == "InvalidState"
    force(scene, C, persistent=False)


def test_a_mount_that_is_not_persistent_is_gone_after_a_boot(scene):
    before = configuration(scene)
    force(scene, persistent=False)
    assert configuration(scene) == before
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts
    assert view(scene) == [(False, None, None)]


def test_a_persistent_mount_is_there_again_after_a_boot(scene):
    force(scene, persistent=True)
    restart(scene)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), copied(scene).device, forced=True)


def test_a_persistent_mount_that_was_not_yet_saved_is_lost_with_the_power(scene):
    scene.pass_minutes(1)
    force(scene, persistent=True)
    cut(scene)
    assert volume_of(scene) not in host(scene).mounts
    force(scene, persistent=True)
    scene.pass_minutes(61)
    cut(scene)
    assert volume_of(scene) in host(scene).mounts


def test_a_copy_that_is_gone_or_read_only_at_boot_is_not_mounted(scene):
    force(scene, persistent=True)
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=False)
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=True)
    scene.gateway.perform(storage.present, copied(scene).device, frozenset())
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({B}))
    scene.gateway.perform(storage.rescan, B)
    assert host(scene).mounts[volume_of(scene)].forced, "the entry is still there"


def test_a_boot_takes_the_original_where_it_has_returned_beside_the_copy(scene):
    force(scene, persistent=True)
    original = scene.lun("vmfs01").device
    scene.gateway.perform(storage.present, original, frozenset({A, B}))
    scene.gateway.perform(storage.rescan, B)
    assert host(scene).mounts[volume_of(scene)].device == copied(scene).device, "nothing is mounted twice"
    restart(scene)
    assert host(scene).mounts[volume_of(scene)] == Mount(volume_of(scene), original)
    assert view(scene) == [(False, Reason.ORIGINAL_ONLINE, None)]


def test_an_entry_that_is_left_behind_mounts_a_later_copy_as_well(scene):
    """Quoted as a warning: virtuallyhyper 2012-08-20."""
    force(scene, persistent=True)
    restart(scene)
    scene.gateway.perform(storage.present, copied(scene).device, frozenset())
    restart(scene)
    later = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B, C}))
    for name in (B, C):
        scene.gateway.perform(storage.rescan, name)
    assert host(scene).mounts[volume_of(scene)].device == later.device
    assert volume_of(scene) not in host(scene, C).mounts, "it never mounted one persistently"


def test_an_unmount_takes_the_entry_away_and_nothing_else(scene):
    before = configuration(scene)
    force(scene, persistent=True)
    assert volume_of(scene) in configuration(scene)
    scene.gateway.perform(storage.unmount, B, volume_of(scene))
    assert volume_of(scene) not in configuration(scene)
    assert configuration(scene).startswith(before)
    scene.gateway.perform(storage.rescan, B)
    restart(scene)
    assert volume_of(scene) not in host(scene).mounts


def test_an_entry_that_somebody_writes_by_hand_counts(build):
    scene = build("5.0")
    copy = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B}))
    scene.gateway.perform(storage.unmount, B, copy.vmfs.id)
    scene.gateway.perform(storage.present, scene.lun("vmfs01").device, frozenset({A, C}))
    line = f'/fs/vmfs[{copy.vmfs.id}]/forceMountedLvm/forceMount = "true"\n'
    scene.gateway.perform(files.write, B, ESX_CONF, line.encode(), append=True)
    scene.gateway.perform(storage.rescan, B)
    assert host(scene).mounts[copy.vmfs.id].device == copy.device


def test_a_store_that_cannot_be_read_names_no_volume(build):
    scene = build("8.0")
    for content in (b"junk", b"CONFIGSTORE\x01[]", b"CONFIGSTORE\x01{"):
        scene.gateway.perform(files.write, B, CONFIG_STORE, content)
        scene.gateway.perform(storage.rescan, B)
    assert not any(mount.forced for mount in host(scene).mounts.values())


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
