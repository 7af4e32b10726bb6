"""Groups whose replication is broken: what hosts make of the replicas, and the way back."""

from __future__ import annotations

import pytest

from harness.operations import replication, storage, unresolved
from harness.physics.replication import targets
from harness.world.replication import GroupState
from tests.world.replicas import GROUP, ask, group, note_on, refused, replicate, same, target, write
from tests.world.scene import NAMES, Scene

A, B, C = NAMES
both_kinds = pytest.mark.parametrize("presents", ["beforehand", "by-procedure"])


@both_kinds
def test_a_broken_replica_is_mounted_by_force_and_only_then(build, presents):
    scene = replicate(build(), presents=presents)
    device, volume = target(scene), scene.lun("vmfs01").vmfs.id
    before = scene.gateway.world.hosts[C].devices
    assert (device in before) is (presents == "beforehand")
    ask(scene, storage.rescan, C)
    assert volume not in scene.gateway.world.hosts[C].mounts
    assert refused(scene, unresolved.force_mount, C, volume, persistent=True).startswith(
        "HostConfigFault" if presents == "beforehand" else "NotFound"
    )
    ask(scene, replication.break_replication, GROUP)
    assert scene.gateway.world.luns[device].writable is (presents == "beforehand")
    ask(scene, replication.make_writable, device)
    ask(scene, replication.present, device, [C])
    if presents == "by-procedure":
        # the adapters have to be rescanned first
        assert "NotFound" in refused(scene, unresolved.force_mount, C, volume, persistent=True)
    ask(scene, storage.rescan, C)
    assert volume not in scene.gateway.world.hosts[C].mounts  # its header names the source
    ask(scene, unresolved.force_mount, C, volume, persistent=True)
    mount = scene.gateway.world.hosts[C].mounts[volume]
    assert (mount.device, mount.forced) == (device, True)


def test_what_the_platform_does_not_require_is_done_without_effect(build):
    scene = replicate(build(), presents="beforehand")
    ask(scene, replication.break_replication, GROUP)
    world, now = scene.gateway.world, scene.gateway.now
    ask(scene, replication.make_writable, target(scene))
    ask(scene, replication.present, target(scene), [C])
    assert (scene.gateway.world, scene.gateway.now) == (world, now)


def fail_over(scene: Scene) -> None:
    ask(scene, replication.break_replication, GROUP)
    for device in targets(group(scene.gateway)):
        ask(scene, replication.make_writable, device)
        ask(scene, replication.present, device, [C])
        ask(scene, storage.rescan, C)
        ask(scene, unresolved.force_mount, C, scene.gateway.world.luns[device].vmfs.id, persistent=True)


def test_after_fail_over_and_fail_back_the_original_fits_its_header_again(build):
    scene = replicate(build())
    original, replica = scene.lun("vmfs01").device, target(scene)
    write(scene, "one")
    ask(scene, replication.switch_array, "array01", on=False)
    fail_over(scene)
    write(scene, "at the recovery site", host=C)
    ask(scene, replication.switch_array, "array01", on=True)
    assert note_on(scene, original) == "one"
    ask(scene, replication.reverse, GROUP)
    now = group(scene.gateway)
    assert (now.state, now.source_array, now.completed) == (GroupState.RESYNCHRONISING, "array02", None)
    assert "holds no complete copy" in refused(scene, replication.break_replication, GROUP)
    scene.gateway.pass_time(scene.gateway.release.duration("replication.resynchronise"))
    assert note_on(scene, original) == "at the recovery site"
    assert scene.gateway.world.luns[replica].vmfs.written_for == original
    ask(scene, replication.break_replication, GROUP)
    ask(scene, replication.make_writable, original)
    assert scene.gateway.world.luns[original].resolved
    ask(scene, replication.reverse, GROUP)
    scene.gateway.pass_time(scene.gateway.release.duration("replication.resynchronise"))
    assert group(scene.gateway).source_array == "array01"
    assert same(scene)


def test_a_source_that_is_resignatured_takes_its_target_along(build):
    scene = replicate(build())
    original, replica, volume = scene.lun("vmfs01").device, target(scene), scene.lun("vmfs01").vmfs.id
    fail_over(scene)
    for name in (A, B):
        ask(scene, storage.unmount, name, volume)
    ask(scene, replication.reverse, GROUP)
    scene.gateway.pass_time(scene.gateway.release.duration("replication.resynchronise"))
    assert "being actively used" in refused(scene, unresolved.resignature, C, volume)
    ask(scene, storage.unmount, C, volume)
    new = ask(scene, unresolved.resignature, C, volume)
    assert scene.gateway.world.luns[original].vmfs == scene.gateway.world.luns[replica].vmfs
    assert scene.gateway.world.luns[original].vmfs.id == new
    assert not scene.gateway.world.luns[original].resolved, "the header was written for the other device"


def test_a_replica_that_was_resignatured_brings_another_volume_to_the_original(build):
    scene = replicate(build())
    original, replica, volume = scene.lun("vmfs01").device, target(scene), scene.lun("vmfs01").vmfs.id
    ask(scene, replication.break_replication, GROUP)
    ask(scene, replication.make_writable, replica)
    ask(scene, replication.present, replica, [C])
    ask(scene, storage.rescan, C)
    renewed = ask(scene, unresolved.resignature, C, volume)
    ask(scene, replication.reverse, GROUP)
    scene.gateway.pass_time(scene.gateway.release.duration("replication.resynchronise"))
    header = scene.gateway.world.luns[original].vmfs
    assert (header.id, header.written_for) == (renewed, replica)
    assert volume not in scene.gateway.world.hosts[A].mounts  # it has lost what it had mounted from there


def test_writes_on_both_sides_of_a_broken_group_are_told_apart(build):
    scene = replicate(build(), presents="beforehand")
    write(scene, "before")
    ask(scene, replication.break_replication, GROUP)
    ask(scene, unresolved.force_mount, C, scene.lun("vmfs01").vmfs.id, persistent=True)
    write(scene, "original")
    while scene.gateway.world.luns[target(scene)].writes + 1 < scene.lun("vmfs01").writes:
        write(scene, "", path="/vmfs/volumes/vmfs01/filler", host=C)
    write(scene, "replicas", host=C)  # same path, mode, size, moment and number of the write
    assert [note_on(scene, d) for d in (scene.lun("vmfs01").device, target(scene))] == ["original", "replicas"]
    ask(scene, replication.resynchronise, GROUP)
    assert not scene.gateway.world.luns[target(scene)].writable
    scene.gateway.pass_time(scene.gateway.release.duration("replication.resynchronise"))
    assert note_on(scene, target(scene)) == "original"
