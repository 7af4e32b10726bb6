"""vSphere HA: what makes it restart a VM, and what keeps it from doing so."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from harness.operations import availability, faults, files, hosts, machines, migration, storage
from harness.physics import protection
from harness.units import seconds
from harness.world.hosts import FDM
from harness.world.machines import Disk, Power
from harness.world.storage import VolumeFile
from tests.world.scene import NAMES

A, B, C = NAMES
RESTARTED = "com.vmware.vc.ha.VmRestartedByHAEvent"
FAILED = "com.vmware.vc.HA.DasHostFailedEvent"


def test_a_vm_is_restarted_elsewhere_connected_on_the_same_port(build):
    scene = build("5.0", ha=True)
    before = scene.add("web01")
    scene.pass_minutes(6)
    port, master = scene.port("web01"), scene.gateway.world.clusters["cluster01"].master
    assert before.host != master, "the detection time below is that of a slave"
    scene.lose_host()
    scene.gateway.pass_time(seconds(20.9))
    assert scene.machine("web01").power is Power.OFF
    scene.gateway.pass_time(seconds(0.2))
    after = scene.machine("web01")
    assert after.running
    assert after.host != before.host
    assert scene.nic("web01").connected
    assert scene.port("web01") == port
    assert RESTARTED in scene.kinds()
    assert FAILED in scene.kinds()


def test_the_loss_of_the_master_takes_an_election_more(build):
    scene = build("5.0", ha=True)
    master = scene.gateway.world.clusters["cluster01"].master
    scene.add("web01", host=NAMES.index(master) + 1)
    scene.pass_minutes(6)
    scene.lose_host()
    scene.gateway.pass_time(seconds(37))
    assert not scene.machine("web01").running
    scene.gateway.pass_time(seconds(2))
    assert scene.machine("web01").running
    assert scene.machine("web01").host != master


def test_with_ha_off_nothing_is_restarted(build):
    scene = build("5.0", ha=False)
    scene.add("web01")
    scene.pass_minutes(6)
    scene.lose_host()
    scene.pass_minutes(60)
    assert not scene.machine("web01").running
    assert scene.kinds() == ["HostConnectionLostEvent"]


def test_a_master_that_a_lab_opens_with_finds_a_dead_host_as_late_as_any_other(build):
    scene = build("5.0")
    scene.add("web01")
    scene.pass_minutes(6)
    scene.gateway.perform(availability.settle, "cluster01")
    assert scene.gateway.world.clusters["cluster01"].master == C
    scene.lose_host()
    scene.gateway.pass_time(seconds(17))
    assert FAILED not in scene.kinds()
    scene.gateway.pass_time(seconds(2))
    assert FAILED in scene.kinds()


def test_ha_that_is_switched_off_stops_its_agents_and_on_again_restarts_what_fails(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    scene.gateway.perform(availability.configure, "cluster01", enabled=False)
    assert [host.name for host in scene.gateway.world.hosts.values() if FDM in host.agents] == []
    scene.gateway.perform(availability.configure, "cluster01", enabled=True)
    scene.pass_minutes(6)
    scene.lose_host()
    scene.pass_minutes(2)
    assert scene.machine("web01").running


def test_hosts_without_the_datastore_are_no_candidates_until_they_see_it(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    device = scene.lun("vmfs01").device
    scene.gateway.perform(storage.present, device, frozenset({NAMES[0]}))
    scene.lose_host()
    scene.pass_minutes(60)
    assert not scene.machine("web01").running


def test_what_waits_for_a_place_starts_when_a_host_leaves_maintenance_mode(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    for name in NAMES[1:]:
        scene.gateway.perform(hosts.enter_maintenance, name)
    scene.lose_host()
    scene.pass_minutes(30)
    assert not scene.machine("web01").running
    assert "com.vmware.vc.HA.VcCannotFindMasterEvent" in scene.kinds()
    scene.gateway.perform(hosts.exit_maintenance, NAMES[1])
    scene.pass_minutes(2)
    assert scene.machine("web01").running
    assert scene.machine("web01").host == NAMES[1]


def test_a_vm_that_was_powered_off_cleanly_stays_off(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.add("web02")
    scene.pass_minutes(6)
    scene.gateway.perform(machines.power_off, scene.machine("web02").id)
    scene.lose_host()
    scene.pass_minutes(60)
    assert scene.machine("web01").running
    assert not scene.machine("web02").running


def test_after_the_loss_of_everything_what_ran_runs_again(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.add("web02", host=2, on=False)
    scene.pass_minutes(6)
    scene.gateway.perform(faults.black_out, NAMES, list(scene.gateway.world.luns))
    scene.pass_minutes(30)
    for device in scene.gateway.world.luns:
        scene.gateway.perform(storage.bring_back, device)
    scene.gateway.perform(faults.give_power_to_all, NAMES)
    scene.pass_minutes(10)
    assert scene.machine("web01").running
    assert not scene.machine("web02").running


def test_a_storage_vmotion_of_5_0_keeps_ha_from_restarting_the_vm(build):
    for release, restarted in (("5.0", False), ("5.1", True)):
        scene = build(release, ha=True)
        scene.add("web01")
        scene.pass_minutes(6)
        scene.gateway.perform(migration.move_storage, scene.machine("web01").id, scene.lun("vmfs02").vmfs.id)
        scene.pass_minutes(6)
        assert scene.nic("web01").connected
        assert scene.has_file(scene.port_file("web01")) is restarted
        scene.lose_host()
        scene.pass_minutes(60)
        assert scene.machine("web01").running is restarted


@pytest.mark.parametrize("wait", [13.5, 15.5, 17.5, 18.5, 20.5])
def test_a_host_on_its_way_into_maintenance_mode_does_not_keep_a_vm_that_ha_starts(build, wait):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.gateway.perform(hosts.enter_maintenance, NAMES[2])
    scene.pass_minutes(6)
    scene.lose_host()
    scene.gateway.pass_time(seconds(wait))
    entering = scene.gateway.begin(hosts.enter_maintenance, NAMES[1])
    scene.pass_minutes(10)
    assert scene.gateway.world.hosts[NAMES[1]].maintenance is not scene.machine("web01").running
    assert entering.done is scene.gateway.world.hosts[NAMES[1]].maintenance


def ha_file(scene, name: str, label: str = "vmfs01") -> VolumeFile:
    folder = scene.gateway.world.clusters["cluster01"].folder
    return VolumeFile(scene.lun(label).vmfs.id, f"{protection.HA_FOLDER}/{folder}/{name}")


def test_the_protected_list_lies_on_the_datastore_of_the_vm_and_follows_its_power(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.add("web02", datastore="vmfs02")
    scene.pass_minutes(6)
    read = lambda label: scene.gateway.store.read(scene.place(ha_file(scene, "protectedlist", label)))  # noqa: E731
    assert (read("vmfs01"), read("vmfs02")) == (b"web01/web01.vmx\n", b"web02/web02.vmx\n")
    scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    assert (read("vmfs01"), read("vmfs02")) == (b"", b"web02/web02.vmx\n")


@pytest.mark.parametrize("there", [True, False])
def test_ha_restarts_what_the_list_on_the_datastore_says_and_nothing_else(build, there):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    if not there:
        scene.gateway.perform(files.remove, NAMES[1], ha_file(scene, "protectedlist").absolute)
    scene.lose_host()
    scene.pass_minutes(10)
    assert scene.machine("web01").running is there


@pytest.mark.parametrize(
    ("beats", "limit"), [(True, "ha.dead-with-heartbeat-datastores"), (False, "ha.dead-without-heartbeat-datastores")]
)
def test_a_host_is_declared_dead_later_where_its_heartbeats_are_looked_for_on_datastores(build, beats, limit):
    scene = build("5.0", ha=True)
    scene.pass_minutes(6)
    for label in ("vmfs01", "vmfs02"):
        path = ha_file(scene, f"{NAMES[0]}-hb", label)
        assert scene.has_file(path)
        if not beats:
            scene.gateway.perform(files.remove, NAMES[1], path.absolute)
    span = scene.gateway.release.duration(limit)
    scene.gateway.perform(hosts.cut_power, NAMES[0])
    scene.gateway.pass_time(span - seconds(0.1))
    assert FAILED not in scene.kinds()
    scene.gateway.pass_time(seconds(0.1))
    assert FAILED in scene.kinds()


def test_the_host_that_sees_most_datastores_is_elected_and_among_equals_the_last_name(build):
    scene = build("5.0", ha=True)
    master = lambda: scene.gateway.world.clusters["cluster01"].master  # noqa: E731
    assert master() == NAMES[2]
    scene.gateway.perform(storage.unmount, NAMES[1], scene.lun("vmfs02").vmfs.id)
    scene.gateway.perform(hosts.enter_maintenance, NAMES[2])
    scene.pass_minutes(1)
    assert master() == NAMES[0]
    scene.gateway.perform(hosts.exit_maintenance, NAMES[2])
    scene.pass_minutes(5)
    assert master() == NAMES[0], "a master stays"
    assert all(FDM in host.agents for host in scene.gateway.world.hosts.values())


def test_the_reasons_why_no_host_is_compatible_are_all_told(build):
    scene = build("5.0", ha=True)
    disk = Disk(2000, VolumeFile(scene.lun("vmfs02").vmfs.id, "web01/web01.vmdk"), 2**30)
    scene.gateway.perform(files.write, NAMES[0], disk.file.absolute, b"a disk")
    scene.gateway.perform(machines.reconfigure, replace(scene.add("web01"), disks=(disk,)))
    scene.pass_minutes(6)
    scene.gateway.perform(hosts.enter_maintenance, NAMES[1])
    scene.gateway.perform(storage.unmount, NAMES[2], scene.lun("vmfs02").vmfs.id)
    scene.lose_host()
    scene.pass_minutes(5)
    assert not scene.machine("web01").running
    [told] = [a.message for a in scene.announced if a.kind == "NotEnoughResourcesToStartVmEvent"]
    assert f"{NAMES[1]} is in maintenance mode" in told
    assert f"datastore vmfs02 is not mounted on {NAMES[2]}" in told
    scene.gateway.perform(storage.mount, NAMES[2], scene.lun("vmfs02").vmfs.id)
    scene.pass_minutes(1)
    assert scene.machine("web01").host == NAMES[2]
    assert scene.machine("web01").running


def test_vms_that_start_at_one_moment_are_spread_over_the_hosts(build):
    scene = build("5.0", ha=True)
    names = [f"web{number:02}" for number in range(1, 9)]
    for name in names:
        scene.add(name)
    scene.pass_minutes(6)
    scene.gateway.perform(hosts.cut_power, A)
    scene.pass_minutes(5)
    placed = Counter(scene.machine(name).host for name in names if scene.machine(name).running)
    assert placed == {B: 4, C: 4}
