"""Operations that take time look again when it is over: what they found at first may no longer be so."""

from __future__ import annotations

from dataclasses import replace

from harness.errors import Refusal
from harness.operations import hosts, machines, migration, storage
from harness.units import seconds
from tests.world.scene import NAMES

FIRST, SECOND, THIRD = NAMES


def refusal(process) -> str:
    assert isinstance(process.error, Refusal), process.error
    return process.error.reason


def test_a_vm_that_two_clients_power_on_starts_once(build):
    scene = build()
    web01 = scene.add("web01", group="ephemeral", on=False)
    asked = [scene.gateway.begin(machines.power_on, web01.id) for _ in range(2)]
    scene.pass_minutes(1)
    assert asked[0].error is None
    assert refusal(asked[1]) == "InvalidPowerState"
    assert scene.nic("web01").connected


def test_a_vm_does_not_start_on_a_host_that_lost_its_power_meanwhile(build):
    scene = build()
    asked = scene.gateway.begin(machines.power_on, scene.add("web01", on=False).id)
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.pass_minutes(1)
    assert refusal(asked) == "HostNotReachable"


def test_a_host_that_lost_its_power_meanwhile_mounts_nothing(build):
    scene = build()
    volume = scene.lun("vmfs01").vmfs.id
    scene.gateway.perform(storage.unmount, FIRST, volume)
    asked = scene.gateway.begin(storage.mount, FIRST, volume)
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.pass_minutes(1)
    assert refusal(asked) == "HostNotReachable"


def test_a_vm_does_not_move_to_a_host_that_entered_maintenance_mode_meanwhile(build):
    scene = build()
    web01 = scene.add("web01")
    asked = scene.gateway.begin(migration.migrate, web01.id, SECOND)
    scene.gateway.perform(hosts.enter_maintenance, SECOND)
    scene.pass_minutes(1)
    assert refusal(asked) == "InvalidState"
    assert scene.machine("web01").host == FIRST


def test_a_vm_that_was_powered_off_meanwhile_does_not_move(build):
    scene = build()
    web01 = scene.add("web01")
    asked = scene.gateway.begin(migration.migrate, web01.id, SECOND)
    scene.gateway.perform(machines.power_off, web01.id)
    scene.pass_minutes(1)
    assert refusal(asked) == "InvalidState"


def test_a_volume_lost_during_a_storage_vmotion_leaves_the_vm_where_it_was(build):
    scene = build()
    web01 = scene.add("web01")
    asked = scene.gateway.begin(migration.move_storage, web01.id, scene.lun("vmfs02").vmfs.id)
    scene.gateway.perform(storage.lose, scene.lun("vmfs01").device)
    scene.pass_minutes(5)
    assert refusal(asked) == "InvalidDatastore"
    assert scene.machine("web01").vmx == web01.vmx
    assert scene.has_file(web01.vmx)


def test_what_a_client_changes_says_nothing_of_where_the_vm_is_and_whether_it_runs(build):
    scene = build(ha=True)
    stale = scene.add("web01")
    scene.pass_minutes(1)
    scene.gateway.perform(migration.migrate, stale.id, SECOND)
    scene.gateway.perform(machines.reconfigure, replace(stale, memory=2048))
    now = scene.machine("web01")
    assert (now.memory, now.host, now.running, now.protected) == (2048, SECOND, True, True)
    assert scene.nic("web01").connected


def test_a_host_does_not_enter_maintenance_mode_twice(build):
    scene = build()
    asked = [scene.gateway.begin(hosts.enter_maintenance, THIRD) for _ in range(2)]
    scene.pass_minutes(1)
    assert asked[0].error is None
    assert refusal(asked[1]) == "InvalidState"


def test_ha_looks_for_another_place_where_its_first_choice_entered_maintenance_mode_meanwhile(build):
    scene = build(ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    assert scene.gateway.world.clusters["cluster01"].master == THIRD
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.gateway.pass_time(seconds(14))
    scene.gateway.begin(hosts.enter_maintenance, SECOND)
    scene.gateway.pass_time(seconds(4.5))
    assert scene.machine("web01").host == SECOND, "placed there, not started yet"
    scene.pass_minutes(5)
    assert scene.gateway.world.hosts[SECOND].maintenance
    assert (scene.machine("web01").host, scene.machine("web01").running) == (THIRD, True)
