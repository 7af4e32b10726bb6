"""One VMFS volume on two LUNs, an original and a copy of it: each host reads, writes and locks what it has mounted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import Refusal
from harness.operations import faults, files, hosts, machines, migration, registration, storage, unresolved
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.releases import load
from harness.units import HostName, MachineId, VolumeId
from harness.world.agents import AgentStarted, AgentStopped
from harness.world.hosts import HOSTD, VMKERNEL_LOG
from harness.world.machines import DvBacking
from harness.world.storage import Lun, VolumeFile, VolumePath
from tests.world.planting import add_copy, move_to_copy
from tests.world.scene import NAMES

A, B, C = NAMES
VMX = "/vmfs/volumes/vmfs01/web01/web01.vmx"


@pytest.fixture
def scene(build):
    """``web01`` runs on A from the original; B has mounted the copy, and C the original."""
    made = build("5.0")
    made.add("web01", group="VM Network")
    move_to_copy(made.gateway, B, add_copy(made.gateway, made.lun("vmfs01"), frozenset({B})))
    return made


def copied(scene) -> Lun:
    return next(lun for lun in scene.gateway.world.luns.values() if not lun.resolved)


def devices(scene) -> tuple[str, str]:
    return scene.lun("vmfs01").device, copied(scene).device


def refused(scene, operation, *args, **fields) -> Refusal:
    with pytest.raises(Refusal) as caught:
        scene.gateway.perform(operation, *args, **fields)
    return caught.value


def text(scene, host, path: str = VMX) -> bytes:
    file = scene.gateway.world.locate(host, path)
    return scene.gateway.store.read(scene.gateway.world.readable(host, file))


def register_on_copy(scene) -> MachineId:
    vmx = VolumeFile(copied(scene).vmfs.id, "web01/web01.vmx")
    return scene.gateway.perform(registration.register_from_files, B, vmx).id


def test_a_file_is_on_the_lun_that_the_host_has_mounted(scene):
    world, file = scene.gateway.world, scene.machine("web01").vmx
    original, copy = devices(scene)
    assert world.copy(A, file) == VolumePath(original, "web01/web01.vmx")
    assert world.copy(B, file) == VolumePath(copy, "web01/web01.vmx")
    assert world.locate(A, VMX) == world.locate(B, VMX) == file
    assert world.hosts[B].mounts[file.volume].forced
    assert not world.hosts[C].mounts[file.volume].forced


def test_what_one_host_writes_the_host_of_another_copy_does_not_see(scene):
    scene.gateway.perform(files.write, B, "/vmfs/volumes/vmfs01/notes", b"on the copy\n")
    assert text(scene, B, "/vmfs/volumes/vmfs01/notes") == b"on the copy\n"
    for host in (A, C):
        with pytest.raises(FileNotFoundError):
            text(scene, host, "/vmfs/volumes/vmfs01/notes")


def test_a_vm_registered_on_a_copy_is_what_the_copy_says(scene):
    changed = text(scene, B).replace(b'memSize = "1024"', b'memSize = "2048"').replace(b'"web01"', b'"web01 of the copy"')
    scene.gateway.perform(files.write, B, VMX, changed)
    register_on_copy(scene)
    assert scene.machine("web01 of the copy").memory == 2048
    assert scene.machine("web01").memory == 1024
    assert b"web01 of the copy" not in text(scene, A)


def test_a_header_is_that_of_the_copy_that_the_host_has_mounted(scene):
    volume, known = copied(scene).vmfs.id, scene.gateway.world
    world = known.with_lun(replace(copied(scene), vmfs=replace(copied(scene).vmfs, label="renamed")))
    assert (world.label(A, volume), world.label(B, volume)) == ("vmfs01", "renamed")
    bare = world.with_host(replace(world.hosts[B], mounts={}))
    assert bare.label(B, volume) == "renamed", "B knows the device of the copy only"
    assert replace(bare, luns={}).with_host(bare.hosts[B]).label(B, volume) == volume


def test_locks_on_two_copies_are_independent(scene):
    twin = register_on_copy(scene)
    scene.gateway.perform(machines.power_on, twin)
    assert scene.machine("web01").running
    assert scene.gateway.world.machines[twin].running


def test_locks_hold_for_every_host_of_the_same_copy(scene):
    assert refused(scene, files.write, C, VMX, b"").reason == "FileLocked"
    scene.gateway.perform(files.write, B, VMX, text(scene, B) + b"# by B\n")
    assert b"# by B" not in text(scene, A)
    vmx = scene.machine("web01").vmx
    assert refused(scene, registration.register_from_files, C, vmx).reason == "AlreadyExists"


def test_a_vm_of_a_copy_does_not_start_where_its_host_now_has_the_original(scene):
    twin = register_on_copy(scene)
    scene.gateway.perform(hosts.cut_power, B)
    scene.gateway.perform(storage.present, copied(scene).device, frozenset())
    scene.gateway.perform(storage.present, scene.lun("vmfs01").device, frozenset(NAMES))
    scene.gateway.perform(hosts.give_power, B)
    scene.pass_minutes(10)
    assert refused(scene, machines.power_on, twin).reason == "FileLocked"
    scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    scene.gateway.perform(machines.power_on, twin)


def test_a_running_vm_does_not_move_to_a_host_of_another_copy(scene):
    web01 = scene.machine("web01").id
    assert refused(scene, migration.migrate, web01, B).reason == "InvalidDatastore"
    scene.gateway.perform(migration.migrate, web01, C)
    assert scene.machine("web01").host == C


def test_a_host_that_sees_both_mounts_the_original_only(scene):
    scene.gateway.perform(storage.present, copied(scene).device, frozenset({B, C}))
    scene.gateway.perform(storage.unmount, C, copied(scene).vmfs.id)
    scene.gateway.perform(storage.rescan, C)
    assert scene.gateway.world.hosts[C].devices >= set(devices(scene))
    assert scene.gateway.world.hosts[C].mounts[copied(scene).vmfs.id].device == scene.lun("vmfs01").device
    scene.gateway.perform(storage.unmount, C, copied(scene).vmfs.id)
    scene.gateway.perform(storage.mount, C, copied(scene).vmfs.id)
    assert scene.gateway.world.hosts[C].mounts[copied(scene).vmfs.id].device == scene.lun("vmfs01").device


def test_a_volume_that_is_mounted_from_a_copy_is_not_mounted_again(scene):
    scene.gateway.perform(storage.present, scene.lun("vmfs01").device, frozenset(NAMES))
    scene.gateway.perform(storage.rescan, B)
    mounts = scene.gateway.world.hosts[B].mounts
    assert scene.gateway.world.hosts[B].devices >= set(devices(scene))
    assert mounts[copied(scene).vmfs.id].device == copied(scene).device
    assert len(mounts) == 2
    assert refused(scene, storage.mount, B, copied(scene).vmfs.id).reason == "InvalidState"


def test_a_copy_mounts_on_no_host_by_itself(scene):
    scene.gateway.perform(storage.unmount, B, copied(scene).vmfs.id)
    scene.gateway.perform(storage.rescan, B)
    assert copied(scene).device in scene.gateway.world.hosts[B].devices
    assert copied(scene).vmfs.id not in scene.gateway.world.hosts[B].mounts


def recover_on_copy(build, *, listed: bool = True, hits: bool = False, restart: bool = False):
    """All is lost but host B and a copy of the volume, which B mounts; ``restart``: and then its agents start anew."""
    scene = build(load("5.0").reading("late-mount-hits-later-registrations", present=hits), ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    copy = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B}))
    scene.gateway.perform(faults.black_out, NAMES, [])
    scene.gateway.perform(storage.present, scene.lun("vmfs01").device, frozenset())
    scene.gateway.perform(hosts.give_power, B)
    scene.pass_minutes(10)
    assert not scene.machine("web01").running
    if not listed:
        folder = scene.gateway.world.clusters["cluster01"].folder
        place = VolumePath(copy.device, f".vSphere-HA/{folder}/protectedlist")
        assert scene.gateway.store.read(place) == b"web01/web01.vmx\n"
        scene.gateway.store.write(place, b"")
    scene.gateway.perform(_mount_late, B, copy.vmfs.id, restart=restart)
    scene.pass_minutes(10)
    return scene


def _mount_late(laws: Laws, name: HostName, volume: VolumeId, *, restart: bool) -> Operation[None]:
    yield from unresolved.force_mount(laws, name, volume, persistent=False)
    if restart:
        yield AgentStopped(name, HOSTD)
        yield AgentStarted(name, HOSTD)


@pytest.mark.parametrize(("hits", "restart", "connected"), [(True, False, False), (True, True, True), (False, True, True)])
def test_a_late_mount_may_hide_the_port_files_of_vms_that_are_registered_later(build, hits, restart, connected):
    scene = recover_on_copy(build, hits=hits, restart=restart)
    assert (scene.machine("web01").running, scene.machine("web01").host) == (True, B)
    assert scene.nic("web01").connected is connected
    log = scene.gateway.world.hosts[B].files[VMKERNEL_LOG].content.decode()
    assert (scene.port_file("web01").absolute in log) is not connected


def test_ha_reads_the_protected_list_and_the_port_file_of_the_copy(build):
    scene = recover_on_copy(build)
    assert (scene.machine("web01").running, scene.machine("web01").host) == (True, B)
    assert scene.nic("web01").connected


def test_what_is_not_on_the_copys_list_ha_does_not_start(build):
    scene = recover_on_copy(build, listed=False)
    assert not scene.machine("web01").running
    folder = scene.gateway.world.clusters["cluster01"].folder
    place = VolumePath(scene.lun("vmfs01").device, f".vSphere-HA/{folder}/protectedlist")
    assert scene.gateway.store.read(place) == b"web01/web01.vmx\n", "the original's list still names it"


def test_the_master_leaves_a_vm_alone_that_runs_from_another_copy(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    copy = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B}))
    move_to_copy(scene.gateway, B, copy)
    world, vmx = scene.gateway.world, scene.machine("web01").vmx
    assert world.machine_at(A, vmx) == world.machine_at(C, vmx) == scene.machine("web01")
    assert world.machine_at(B, vmx) is None


def test_a_read_only_lun_is_not_mounted_and_says_so(scene):
    volume = copied(scene).vmfs.id
    scene.gateway.perform(storage.unmount, B, volume)
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=False)
    problem = refused(scene, unresolved.force_mount, B, volume, persistent=True)
    assert (problem.reason, problem.subject) == ("HostConfigFault", volume)
    assert str(problem) == f"volume {volume} on {copied(scene).device} cannot be mounted: its device is read-only"
    assert volume not in scene.gateway.world.hosts[B].mounts
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=True)
    scene.gateway.perform(unresolved.force_mount, B, volume, persistent=True)
    assert scene.gateway.world.hosts[B].mounts[volume].device == copied(scene).device


def test_a_read_only_original_does_not_mount_by_itself(scene):
    lun = scene.lun("vmfs02")
    scene.gateway.perform(storage.unmount, C, lun.vmfs.id)
    scene.gateway.perform(storage.set_access, lun.device, writable=False)
    scene.gateway.perform(storage.rescan, C)
    assert lun.vmfs.id not in scene.gateway.world.hosts[C].mounts
    scene.gateway.perform(storage.set_access, lun.device, writable=True)
    scene.gateway.perform(storage.rescan, C)
    assert scene.gateway.world.hosts[C].mounts[lun.vmfs.id].device == lun.device


def test_a_lun_that_became_read_only_takes_no_writes_and_is_still_read(scene):
    twin = register_on_copy(scene)
    before = text(scene, B)
    scene.gateway.perform(storage.set_access, copied(scene).device, writable=False)
    for operation, args in (
        (files.write, (B, VMX, b"")),
        (files.remove, (B, VMX)),
        (files.make_folder, (B, "/vmfs/volumes/vmfs01/new")),
        (files.rename, (B, VMX, VMX + ".old")),
        (files.change_mode, (B, VMX, 0o600)),
    ):
        assert refused(scene, operation, *args).reason == "ReadOnlyFileSystem"
    problem = refused(scene, machines.power_on, twin)
    assert (problem.reason, str(problem)) == ("InvalidDatastore", f"datastore vmfs01 is read-only on {B}")
    assert refused(scene, migration.move_storage, twin, scene.lun("vmfs02").vmfs.id).reason == "InvalidDatastore"
    assert text(scene, B) == before
    scene.gateway.perform(files.write, C, "/vmfs/volumes/vmfs01/notes", b"the original takes writes\n")


def test_ha_does_not_start_a_vm_on_a_read_only_lun_and_says_so(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    scene.gateway.perform(storage.set_access, scene.lun("vmfs01").device, writable=False)
    scene.gateway.perform(hosts.cut_power, scene.machine("web01").host)
    scene.pass_minutes(30)
    assert not scene.machine("web01").running
    reasons = [a.message for a in scene.announced if a.kind == "NotEnoughResourcesToStartVmEvent"]
    assert any("datastore vmfs01 is read-only on" in reason for reason in reasons)
    scene.gateway.perform(storage.set_access, scene.lun("vmfs01").device, writable=True)
    scene.pass_minutes(5)
    assert scene.machine("web01").running


def test_port_files_on_a_read_only_lun_are_left_as_they_are(build):
    scene = build("5.0")
    scene.add("web01")
    scene.pass_minutes(6)
    place = scene.place(scene.port_file("web01"))
    scene.gateway.perform(storage.set_access, place.device, writable=False)
    facts = scene.gateway.world.luns[place.device].facts
    scene.pass_minutes(20)
    scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    assert scene.gateway.world.luns[place.device].facts == facts


def test_two_vms_of_one_path_hold_ports_of_their_own(build):
    scene = build("5.0")
    scene.add("web01")
    copy = add_copy(scene.gateway, scene.lun("vmfs01"), frozenset({B}))
    move_to_copy(scene.gateway, B, copy)
    twin = scene.gateway.perform(registration.register_from_files, B, scene.machine("web01").vmx)
    assert isinstance(twin.nics[0].backing, DvBacking)
    assert twin.nics[0].backing.port not in {None, scene.port("web01")}
