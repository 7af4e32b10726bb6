"""Arrays replicate real bytes: what a target holds, what a disaster loses, and what operators are refused."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import files, hosts, replication, storage
from harness.units import minutes, seconds
from harness.world.replication import GroupState
from tests.world.replicas import (
    GROUP,
    INTERVAL,
    NOTE,
    ask,
    contents,
    directory,
    group,
    note_on,
    refused,
    replicate,
    same,
    target,
    write,
)
from tests.world.scene import NAMES

A, B, C = NAMES
both_modes = pytest.mark.parametrize("mode", ["synchronous", "asynchronous"])


def test_what_is_written_on_a_source_is_on_a_synchronous_target_at_once(build):
    scene = replicate(build())
    scene.add("web01")
    write(scene, "one")
    assert note_on(scene, target(scene)) == "one"
    ask(scene, files.change_mode, A, NOTE, 0o400)
    ask(scene, files.make_folder, A, "/vmfs/volumes/vmfs01/folder")
    ask(scene, files.rename, A, NOTE, "/vmfs/volumes/vmfs01/folder/note")
    assert same(scene)
    assert contents(scene, target(scene))["folder/note"][:2] == (b"one", 0o400)
    ask(scene, files.remove, A, "/vmfs/volumes/vmfs01/folder/note")
    scene.pass_minutes(6)  # port files are refreshed
    assert same(scene)
    assert "folder/note" not in contents(scene, target(scene))


def test_an_asynchronous_target_is_the_source_as_the_last_completed_cycle_found_it(build):
    scene = replicate(build(), "asynchronous")
    begun = scene.gateway.now
    write(scene, "one")
    scene.gateway.pass_time(INTERVAL)
    write(scene, "two")  # after the cycle began, and before it ended
    assert note_on(scene, target(scene)) is None
    scene.gateway.pass_time(scene.gateway.release.duration("replication.transfer"))
    assert note_on(scene, target(scene)) == "one"
    assert group(scene.gateway).completed == begun + INTERVAL
    scene.gateway.pass_time(INTERVAL + minutes(1))
    assert note_on(scene, target(scene)) == "two"
    assert group(scene.gateway).completed == begun + 2 * INTERVAL


@pytest.mark.parametrize("stop", [replication.suspend, replication.break_replication])
def test_a_cycle_that_is_under_way_when_a_group_stops_ends_without_effect(build, stop):
    scene = replicate(build(), "asynchronous")
    begun = scene.gateway.now
    write(scene, "one")
    scene.gateway.pass_time(INTERVAL + seconds(10))
    ask(scene, stop, GROUP)
    scene.pass_minutes(40)
    assert note_on(scene, target(scene)) is None
    assert group(scene.gateway).completed == begun


@both_modes
def test_a_disaster_loses_what_was_not_yet_copied(build, mode):
    scene = replicate(build(), mode)
    write(scene, "one")
    ask(scene, replication.synchronise, GROUP)
    write(scene, "two")
    ask(scene, replication.switch_array, "array01", on=False)
    now = group(scene.gateway)
    assert (now.state, now.reason) == (GroupState.PARTITIONED, "array01 does not answer")
    scene.gateway.pass_time(3 * INTERVAL)
    ask(scene, replication.break_replication, GROUP)
    assert note_on(scene, target(scene)) == ("two" if mode == "synchronous" else "one")


def test_a_suspended_group_copies_nothing_and_says_since_when(build):
    scene = replicate(build())
    write(scene, "one")
    ask(scene, replication.suspend, GROUP)
    since = scene.gateway.now
    scene.pass_minutes(1)
    write(scene, "two")
    scene.pass_minutes(60)
    now = group(scene.gateway)
    assert (now.state, now.since, now.completed) == (GroupState.SUSPENDED, since, since)
    assert note_on(scene, target(scene)) == "one"
    assert "InvalidState" in refused(scene, replication.synchronise, GROUP)
    ask(scene, replication.resume, GROUP)
    assert note_on(scene, target(scene)) == "one"
    scene.gateway.pass_time(scene.gateway.release.duration("replication.resynchronise"))
    assert group(scene.gateway).state is GroupState.REPLICATING
    assert same(scene)


@both_modes
def test_what_somebody_else_than_a_host_wrote_into_a_volume_is_copied_too(build, mode):
    scene = replicate(build(), mode)
    volume = directory(scene, scene.lun("vmfs01").device)
    (volume / "vm1").mkdir()
    (volume / "vm1" / "vm1.vmdk").write_bytes(b"descriptor")
    ask(scene, replication.synchronise, GROUP)
    assert contents(scene, target(scene))["vm1/vm1.vmdk"][0] == b"descriptor"
    (volume / "vm1" / "vm1.vmdk").write_bytes(b"DESCRIPTOR")
    ask(scene, replication.synchronise, GROUP)
    assert contents(scene, target(scene))["vm1/vm1.vmdk"][0] == b"DESCRIPTOR"
    (volume / "vm1" / "vm1.vmdk").unlink()
    ask(scene, replication.suspend, GROUP)
    if mode == "synchronous":
        assert "vm1/vm1.vmdk" not in contents(scene, target(scene))


def test_a_cycle_without_changes_copies_nothing(build, monkeypatch):
    scene = replicate(build(), "asynchronous")
    write(scene, "one")
    scene.pass_minutes(20)
    moved = []
    monkeypatch.setattr(type(scene.gateway.store), "write", lambda _store, path, _content: moved.append(path))
    scene.gateway.pass_time(4 * INTERVAL)
    assert moved == []
    assert same(scene)


def test_a_masked_original_is_not_mounted_by_hosts_that_boot(build):
    scene = replicate(build())
    volume, original = scene.lun("vmfs01").vmfs.id, scene.lun("vmfs01").device
    ask(scene, hosts.cut_power, A)
    ask(scene, replication.mask, original)
    ask(scene, hosts.give_power, A)
    scene.pass_minutes(10)
    ask(scene, storage.rescan, A)
    assert volume not in scene.gateway.world.hosts[A].mounts
    ask(scene, replication.present, original, [A])
    ask(scene, storage.rescan, A)
    assert volume in scene.gateway.world.hosts[A].mounts


def test_a_mask_of_one_host_leaves_the_others_alone(build):
    scene = replicate(build())
    ask(scene, replication.mask, scene.lun("vmfs01").device, [A])
    assert scene.lun("vmfs01").presented == {B}


@both_modes
def test_a_line_that_is_cut_and_mended_resynchronises_by_itself(build, mode):
    scene = replicate(build(), mode)
    ask(scene, replication.switch_link, GROUP, up=False)
    assert group(scene.gateway).reason == "no connection between array01 and array02"
    write(scene, "one")
    scene.gateway.pass_time(2 * INTERVAL)
    assert note_on(scene, target(scene)) is None
    ask(scene, replication.switch_link, GROUP, up=True)
    assert group(scene.gateway).state is GroupState.RESYNCHRONISING
    scene.pass_minutes(11)
    assert group(scene.gateway).state is GroupState.REPLICATING
    assert note_on(scene, target(scene)) == "one"


def test_a_resynchronisation_that_was_interrupted_ends_without_effect(build):
    scene = replicate(build())
    ask(scene, replication.suspend, GROUP)
    write(scene, "one")
    ask(scene, replication.resume, GROUP)
    scene.pass_minutes(5)
    ask(scene, replication.switch_link, GROUP, up=False)
    ask(scene, replication.switch_link, GROUP, up=True)
    scene.pass_minutes(6)  # the first one would be over
    assert (group(scene.gateway).state, note_on(scene, target(scene))) == (GroupState.RESYNCHRONISING, None)
    ask(scene, replication.break_replication, GROUP)
    scene.pass_minutes(20)
    assert (group(scene.gateway).state, note_on(scene, target(scene))) == (GroupState.BROKEN, None)


def test_what_takes_the_place_of_something_else_between_two_cycles_is_copied(build):
    scene = replicate(build(), "asynchronous")
    folder = "/vmfs/volumes/vmfs01"
    for name in ("a", "b", "c"):
        write(scene, name, path=f"{folder}/{name}")
    ask(scene, replication.synchronise, GROUP)
    ask(scene, files.remove, A, f"{folder}/a")
    ask(scene, files.make_folder, A, f"{folder}/a")
    write(scene, "below", path=f"{folder}/a/note")
    ask(scene, files.rename, A, f"{folder}/b", f"{folder}/c")
    ask(scene, replication.synchronise, GROUP)
    assert same(scene)
    assert contents(scene, target(scene))["c"][0] == b"b"
    ask(scene, files.remove, A, f"{folder}/a/note")
    ask(scene, files.remove, A, f"{folder}/a")
    write(scene, "a file again", path=f"{folder}/a")
    ask(scene, replication.synchronise, GROUP)
    assert same(scene)


def test_a_synchronisation_that_the_loss_of_the_line_ends_says_so(build):
    scene = replicate(build(), "asynchronous")
    write(scene, "one")
    process = scene.gateway.begin(replication.synchronise, GROUP)
    ask(scene, replication.switch_link, GROUP, up=False)
    scene.pass_minutes(5)
    assert isinstance(process.error, Refusal)
    assert "partitioned" in str(process.error)
    assert note_on(scene, target(scene)) is None


def test_what_makes_no_sense_is_refused_with_the_way_out(build):
    scene = replicate(build())
    device = target(scene)
    assert "break the replication first" in refused(scene, replication.make_writable, device)
    assert refused(scene, replication.reverse, GROUP).endswith("this needs a group that is broken")
    assert "InvalidState" in refused(scene, replication.resume, GROUP)
    assert "InvalidState" in refused(scene, replication.resynchronise, GROUP)
    assert refused(scene, replication.present, device, ["esx99"]) == "NotFound: no host esx99"
    assert "NotFound" in refused(scene, replication.mask, "naa.1")
    assert "NotFound" in refused(scene, replication.suspend, "cg-nobody")
    ask(scene, replication.break_replication, GROUP)
    assert "is broken since 2012-02-09T09:02:20Z" in refused(scene, replication.break_replication, GROUP)
    ask(scene, replication.switch_array, "array01", on=False)
    assert refused(scene, replication.reverse, GROUP).startswith("HostNotReachable: array01 does not answer")
    assert "HostNotReachable" in refused(scene, replication.mask, scene.lun("vmfs01").device)
    ask(scene, replication.switch_array, "array02", on=False)
    assert "HostNotReachable" in refused(scene, replication.make_writable, device)


def test_an_array_takes_its_luns_with_it(build):
    scene = replicate(build())
    ask(scene, replication.switch_array, "array01", on=False)
    assert not scene.lun("vmfs01").online
    assert scene.gateway.world.luns[target(scene)].online
    ask(scene, replication.switch_array, "array01", on=True)
    assert scene.lun("vmfs01").online
    assert group(scene.gateway).state is GroupState.RESYNCHRONISING
    scene.gateway.pass_time(minutes(11))
    assert same(scene)
