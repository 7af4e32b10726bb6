"""Volumes: which ones hosts mount by themselves, what they do without their paths, and where their bytes lie."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from harness.errors import Refusal
from harness.operations import hosts, machines, migration, storage
from harness.units import DeviceId
from harness.volume_store import DirectoryStore
from harness.world.storage import VolumePath
from tests.world.scene import NAMES

FIRST, SECOND = NAMES[:2]


def labels(scene, name) -> set[str]:
    world = scene.gateway.world
    return {world.luns[m.device].vmfs.label for m in world.hosts[name].mounts.values()}


def refused(scene, operation, *arguments) -> str:
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(operation, *arguments)
    return caught.value.reason


def test_without_its_paths_a_volume_stays_mounted_and_answers_nobody_until_they_return(build):
    scene = build()
    scene.add("web01")
    idle = scene.add("web02", on=False)
    device = scene.lun("vmfs01").device
    scene.gateway.perform(storage.lose, device)
    scene.gateway.perform(storage.rescan, FIRST)
    assert labels(scene, FIRST) == {"vmfs01", "vmfs02"}
    assert scene.machine("web01").running
    assert not scene.gateway.world.usable(FIRST, idle.vmx.volume)
    assert refused(scene, machines.power_on, idle.id) == "InvalidDatastore"
    assert refused(scene, migration.move_storage, idle.id, scene.lun("vmfs02").vmfs.id) == "InvalidDatastore"
    assert scene.has_file(idle.vmx), "its bytes are still on the array"
    scene.gateway.perform(storage.bring_back, device)
    scene.gateway.perform(machines.power_on, idle.id)
    assert scene.machine("web02").running


def test_each_dead_path_makes_a_rescan_slow(build):
    scene = build()
    spans = []
    for _ in range(2):
        before = scene.gateway.now
        scene.gateway.perform(storage.rescan, FIRST)
        spans.append(scene.gateway.now - before)
        scene.gateway.perform(storage.lose, scene.lun("vmfs01").device)
    release = scene.gateway.release
    assert spans == [
        release.duration("storage.rescan"),
        release.duration("storage.rescan") + release.duration("storage.rescan-dead-path"),
    ]


def test_a_host_that_boots_without_an_array_finds_its_volume_when_that_returns(build):
    scene = build()
    device = scene.lun("vmfs01").device
    scene.gateway.perform(storage.lose, device)
    scene.gateway.perform(hosts.reboot, FIRST, force=True)
    scene.pass_minutes(10)
    assert labels(scene, FIRST) == {"vmfs02"}
    assert device not in scene.gateway.world.hosts[FIRST].devices
    scene.gateway.perform(storage.bring_back, device)
    assert labels(scene, FIRST) == {"vmfs01", "vmfs02"}


def test_what_is_presented_anew_is_found_by_a_rescan(build):
    scene = build()
    device = scene.lun("vmfs01").device
    scene.gateway.perform(storage.present, device, frozenset(NAMES[1:]))
    scene.gateway.perform(hosts.reboot, FIRST, force=True)
    scene.pass_minutes(10)
    scene.gateway.perform(storage.present, device, frozenset(NAMES))
    scene.pass_minutes(30)
    assert labels(scene, FIRST) == {"vmfs02"}
    scene.gateway.perform(storage.rescan, FIRST)
    assert labels(scene, FIRST) == {"vmfs01", "vmfs02"}


def test_a_volume_whose_signature_names_another_device_is_not_mounted_by_itself(build):
    def copied(world):
        lun = next(lun for lun in world.luns.values() if lun.vmfs.label == "vmfs01")
        return world.with_lun(replace(lun, vmfs=replace(lun.vmfs, written_for=DeviceId("naa.of-another-array"))))

    scene = build(change=copied)
    scene.gateway.perform(hosts.reboot, FIRST, force=True)
    scene.pass_minutes(10)
    scene.gateway.perform(storage.rescan, FIRST)
    assert labels(scene, FIRST) == {"vmfs02"}
    assert scene.lun("vmfs01").device in scene.gateway.world.hosts[FIRST].devices


def test_each_host_mounts_for_itself(build):
    scene = build()
    volume = scene.lun("vmfs01").vmfs.id
    scene.gateway.perform(storage.unmount, FIRST, volume)
    assert (labels(scene, FIRST), labels(scene, SECOND)) == ({"vmfs02"}, {"vmfs01", "vmfs02"})
    assert refused(scene, storage.unmount, FIRST, volume) == "NotFound"
    scene.gateway.perform(storage.mount, FIRST, volume)
    assert refused(scene, storage.mount, FIRST, volume) == "InvalidState"


def test_a_storage_vmotion_to_where_the_vm_is_keeps_its_files(build):
    scene = build()
    web01 = scene.add("web01")
    scene.gateway.perform(migration.move_storage, web01.id, web01.vmx.volume)
    assert scene.has_file(web01.vmx)


@pytest.mark.parametrize("path", ["../secret", "a/../../secret", "link", "away/secret", "away/new", "/etc/passwd"])
def test_the_store_reads_and_writes_nothing_outside_its_volume(tmp_path: Path, path: str):
    store, device = DirectoryStore(tmp_path / "volumes"), DeviceId("naa.1")
    (tmp_path / "volumes" / "secret").parent.mkdir()
    (tmp_path / "volumes" / "secret").write_bytes(b"secret")
    (store.directory(device) / "link").symlink_to(tmp_path / "volumes" / "secret")
    (store.directory(device) / "away").symlink_to(tmp_path / "volumes")
    place = VolumePath(device, path)
    for act in (store.read, store.size, store.is_folder, store.entries, store.make_folder, store.remove):
        with pytest.raises(FileNotFoundError):
            act(place)
    with pytest.raises(FileNotFoundError):
        store.write(place, b"")
    store.write(VolumePath(device, "mine"), b"")
    with pytest.raises(FileNotFoundError):
        store.move(VolumePath(device, "mine"), place)
    assert store.entries(VolumePath(device, "")) == ["mine"]
    assert (tmp_path / "volumes" / "secret").read_bytes() == b"secret"
