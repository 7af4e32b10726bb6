"""NFS datastores: what a mount leads to, by name and time, and what makes two mounts the same volume."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Refusal
from harness.operations import faults, files, hosts, machines, migration, nas, replication, storage
from harness.units import DeviceId, minutes, seconds
from harness.world.replication import ArraySwitched
from harness.world.storage import NasVolume, VolumeFile
from tests.nas import ALIAS, FAR, NEAR, VOLUME, alias_to, nas_scene
from tests.world.scene import NAMES, Scene

FIRST, SECOND, THIRD = NAMES


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return nas_scene(tmp_path, "5.0-716794", ha=True)


def repoint(scene: Scene) -> None:
    alias_to(scene.gateway, "nas-far.lab.example")


def server(scene: Scene, host: int, volume: NasVolume = VOLUME) -> str | None:
    mount = scene.gateway.world.hosts[NAMES[host - 1]].mounts.get(volume.id)
    return scene.gateway.world.exports[mount.device].array if mount else None


def add(scene: Scene, host: int, volume: NasVolume = VOLUME) -> None:
    scene.gateway.perform(nas.add, NAMES[host - 1], volume)


def log_of(scene: Scene, host: int) -> str:
    return scene.gateway.world.hosts[NAMES[host - 1]].files["/var/log/vmkernel.log"].content.decode()


def fail_over(scene: Scene) -> None:
    """All of it but the mount."""
    scene.gateway.perform(faults.lose_site, "near")
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    repoint(scene)


def test_the_identity_of_a_volume_is_of_server_and_share_as_they_were_given():
    assert VOLUME.id == replace(VOLUME, label="other").id == NasVolume("x", ALIAS, "/vol/desktops").id
    others = [replace(VOLUME, host=NEAR), replace(VOLUME, host="nas-near.lab.example"), replace(VOLUME, share="/vol/desktops/")]
    assert len({VOLUME.id, *(other.id for other in others)}) == 4
    assert [len(part) for part in VOLUME.id.split("-")] == [8, 8]


def test_the_arrays_of_a_site_go_dark_and_come_back_in_one_order(scene):
    switched: list[str] = []
    scene.gateway.listen(lambda events, world: switched.extend(e.array for e in events if isinstance(e, ArraySwitched)))
    scene.gateway.perform(faults.lose_site, "near")
    scene.gateway.perform(faults.restore_site, "near")
    assert switched == ["array01", "nas-near", "array01", "nas-near"]


def test_the_hosts_have_it_mounted_and_share_what_is_on_it(scene):
    assert (server(scene, 1), server(scene, 2), server(scene, 3)) == ("nas-near", "nas-near", None)
    scene.gateway.perform(files.write, FIRST, "/vmfs/volumes/nfs01/note.txt", b"hello")
    file = VolumeFile(VOLUME.id, "note.txt")
    place = scene.gateway.world.readable(SECOND, file)
    assert place is not None
    assert scene.gateway.store.read(place) == b"hello"
    assert scene.gateway.store.read(replace(place, device=DeviceId("nfs.nas-far.vol.desktops"))) == b"hello"


def test_same_name_at_the_other_site_keeps_the_paths_and_ha_restarts_what_ran(scene):
    scene.add("desk1", 1, "nfs01")
    scene.add("desk2", 1, "nfs01", on=False)
    scene.pass_minutes(6)
    path = scene.machine("desk1").vmx.absolute
    fail_over(scene)
    scene.pass_minutes(2)
    assert not scene.machine("desk1").running
    add(scene, 3)
    scene.pass_minutes(3)
    assert server(scene, 3) == "nas-far"
    moved = scene.machine("desk1")
    assert (moved.host, moved.running, moved.vmx.absolute) == (THIRD, True, path)
    assert moved.nics[0].connected
    assert not scene.machine("desk2").running


def test_alias_not_repointed_leads_to_the_lost_nas(scene):
    scene.gateway.perform(faults.lose_site, "near")
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    before = scene.gateway.now
    with pytest.raises(Refusal, match="Unable to connect to NFS server") as caught:
        add(scene, 3)
    assert caught.value.reason == "PlatformConfigFault"
    assert scene.gateway.now - before == seconds(30)
    assert "nfs01 not mounted, /vol/desktops of nas.lab.example (198.51.100.10): Unable to connect to NFS server" in log_of(
        scene, 3
    )
    assert server(scene, 3) is None


def test_a_host_believes_what_it_has_cached_until_the_time_to_live_has_passed(scene):
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    other = NasVolume("other", ALIAS, "/vol/none")
    with pytest.raises(Refusal, match="denied"):
        add(scene, 3, other)  # so that it has asked for the name
    fail_over_at = scene.gateway.now
    scene.gateway.perform(faults.lose_site, "near")
    repoint(scene)
    with pytest.raises(Refusal, match="Unable to connect"):
        add(scene, 3)
    scene.gateway.pass_time(fail_over_at + minutes(4) - scene.gateway.now)
    with pytest.raises(Refusal, match="Unable to connect"):
        add(scene, 3)
    scene.pass_minutes(1.5)
    add(scene, 3)
    assert server(scene, 3) == "nas-far"
    assert f"mounted /vol/desktops of {ALIAS} ({FAR}) as nfs01" in log_of(scene, 3)


def test_by_address_it_is_another_volume_and_the_vms_are_not_on_it(scene):
    scene.add("desk1", 1, "nfs01")
    scene.pass_minutes(6)
    fail_over(scene)
    by_address = replace(VOLUME, host=FAR)
    add(scene, 3, by_address)
    scene.pass_minutes(10)
    assert server(scene, 3, by_address) == "nas-far"
    machine = scene.machine("desk1")
    assert (machine.running, machine.host) == (False, FIRST)
    assert not scene.gateway.world.usable(THIRD, machine.vmx.volume)
    assert scene.gateway.world.locate(THIRD, machine.vmx.absolute) is None
    assert scene.gateway.world.locate(THIRD, "/vmfs/volumes/nfs01/desk1/desk1.vmx") == VolumeFile(
        by_address.id, "desk1/desk1.vmx"
    )


def test_locks_are_of_the_files_whatever_a_host_calls_the_volume(scene):
    scene.add("desk1", 1, "nfs01")
    scene.gateway.perform(nas.add, SECOND, replace(VOLUME, label="again", host=NEAR))
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(files.write, SECOND, "/vmfs/volumes/again/desk1/desk1.vmx", b"")
    assert caught.value.reason == "FileLocked"


def test_a_replica_can_be_mounted_and_takes_no_writes_until_replication_is_broken(scene):
    scene.add("desk1", 1, "nfs01", on=False)
    repoint(scene)
    add(scene, 3)
    assert server(scene, 3) == "nas-far"
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(files.write, THIRD, "/vmfs/volumes/nfs01/x", b"")
    assert caught.value.reason == "ReadOnlyFileSystem"
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    scene.gateway.perform(files.write, THIRD, "/vmfs/volumes/nfs01/x", b"")


def test_a_mount_stays_where_it_led_until_somebody_mounts_again(scene):
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    repoint(scene)
    scene.pass_minutes(10)
    assert server(scene, 1) == "nas-near"
    scene.gateway.perform(nas.restore, FIRST)
    assert server(scene, 1) == "nas-near", "it answers, so there is nothing to try again"
    scene.gateway.perform(replication.present, DeviceId("nfs.nas-far.vol.desktops"), [FIRST])
    scene.gateway.perform(nas.remove, FIRST, "nfs01")
    add(scene, 1)
    assert server(scene, 1) == "nas-far"
    assert server(scene, 2) == "nas-near"


def test_a_mount_out_of_reach_can_be_tried_again_by_the_name(scene):
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    scene.gateway.perform(replication.present, DeviceId("nfs.nas-far.vol.desktops"), [FIRST])
    scene.gateway.perform(replication.switch_array, "nas-near", on=False)
    repoint(scene)
    scene.gateway.perform(nas.restore, FIRST)
    assert server(scene, 1) == "nas-far"


def test_a_boot_mounts_what_the_saved_configuration_names_as_its_name_resolves_then(scene):
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    scene.gateway.perform(replication.present, DeviceId("nfs.nas-far.vol.desktops"), [FIRST, SECOND])
    repoint(scene)
    scene.gateway.perform(nas.remove, SECOND, "nfs01")
    scene.gateway.perform(hosts.save_configuration, SECOND)
    for name in (FIRST, SECOND):
        scene.gateway.perform(hosts.cut_power, name)
        scene.gateway.perform(hosts.give_power, name)
    scene.pass_minutes(10)
    assert (server(scene, 1), server(scene, 2)) == ("nas-far", None)


def test_a_mount_that_was_not_saved_is_lost_with_the_power(scene):
    scene.gateway.perform(replication.break_replication, "cg-desktops")
    repoint(scene)
    add(scene, 3)
    scene.gateway.perform(hosts.cut_power, THIRD)
    scene.gateway.perform(hosts.give_power, THIRD)
    scene.pass_minutes(10)
    assert server(scene, 3) is None


def test_hosts_that_boot_before_their_nas_mount_when_it_is_back(scene):
    scene.gateway.perform(replication.switch_array, "nas-near", on=False)
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.gateway.perform(hosts.give_power, FIRST)
    scene.pass_minutes(10)
    assert server(scene, 1) is None
    scene.gateway.perform(replication.switch_array, "nas-near", on=True)
    assert server(scene, 1) == "nas-near"
    assert VOLUME.id in scene.gateway.world.hosts[FIRST].late


def test_without_a_name_server_a_name_leads_nowhere_and_an_address_does(scene):
    scene.gateway.perform(faults.lose_site, "near")
    scene.gateway.perform(faults.lose_site, "far")
    scene.gateway.perform(faults.restore_site, "near")
    scene.gateway.perform(faults.restore_site, "far")
    scene.pass_minutes(10)
    world = scene.gateway.world
    assert server(scene, 1) == "nas-near"
    unknown = NasVolume("lost", "nowhere.lab.example", "/vol/desktops")
    with pytest.raises(Refusal, match="Unable to resolve hostname 'nowhere"):
        add(scene, 3, unknown)
    assert world.zones["lab.example"].serial == 1


def test_what_is_mounted_twice_is_refused(scene):
    for volume, reason in (
        (replace(VOLUME, label="again"), "AlreadyExists"),
        (replace(VOLUME, host=NEAR), "DuplicateName"),
        (NasVolume("vmfs01", NEAR, "/vol/desktops"), "DuplicateName"),
    ):
        with pytest.raises(Refusal) as caught:
            add(scene, 1, volume)
        assert caught.value.reason == reason


def test_a_datastore_that_vms_run_from_is_not_taken_away(scene):
    scene.add("desk1", 1, "nfs01")
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(nas.remove, FIRST, "nfs01")
    assert caught.value.reason == "ResourceInUse"
    scene.gateway.perform(machines.power_off, scene.machine("desk1").id)
    scene.gateway.perform(nas.remove, FIRST, "nfs01")
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(machines.power_on, scene.machine("desk1").id)
    assert caught.value.reason in {"InvalidDatastore", "FileNotFound", "InaccessibleDatastore"}
    with pytest.raises(Refusal, match="no NFS datastore"):
        scene.gateway.perform(nas.remove, FIRST, "nfs01")


def test_one_mounted_for_reading_alone_takes_no_writes(scene):
    scene.gateway.perform(nas.remove, FIRST, "nfs01")
    add(scene, 1, replace(VOLUME, read_only=True))
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(files.write, FIRST, "/vmfs/volumes/nfs01/x", b"")
    assert caught.value.reason == "ReadOnlyFileSystem"
    scene.gateway.perform(files.write, SECOND, "/vmfs/volumes/nfs01/x", b"")


def test_it_carries_port_files_and_the_lists_of_ha_as_vmfs_does(scene):
    scene.add("desk1", 1, "nfs01")
    scene.pass_minutes(6)
    place = scene.gateway.world.readable(FIRST, scene.port_file("desk1"))
    assert place is not None
    assert scene.gateway.store.read(place)
    listed = scene.gateway.store.entries(replace(place, path=".vSphere-HA"))
    assert len(listed) == 1
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.pass_minutes(5)
    assert (scene.machine("desk1").running, scene.machine("desk1").host) == (True, SECOND)


def test_a_vmfs_command_leaves_it_alone(scene):
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(storage.unmount, FIRST, VOLUME.id)
    assert caught.value.reason == "NotFound"


def test_a_storage_vmotion_moves_a_vm_there_with_its_port_file(tmp_path):
    scene = nas_scene(tmp_path, "5.1")
    scene.add("desk1", 1, "vmfs01")
    scene.gateway.perform(migration.move_storage, scene.machine("desk1").id, VOLUME.id)
    scene.pass_minutes(6)
    assert scene.machine("desk1").vmx.volume == VOLUME.id
    place = scene.gateway.world.readable(SECOND, scene.port_file("desk1"))
    assert place is not None
    assert scene.gateway.store.read(place)
