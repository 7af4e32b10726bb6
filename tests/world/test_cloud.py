"""What vCloud Director asks of the VMs of a vApp, over a world without wires."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import Refusal
from harness.operations import availability, cloud, hosts, machines
from harness.physics.engine import Process
from harness.units import MachineId
from harness.world.aggregate import World
from harness.world.cloud import Cloud, CloudMachine, StopAction, hindrance
from harness.world.machines import MachineStarted, MachineStopped
from harness.world.services import Service
from tests.world.scene import NAMES, Scene, make_scene

CENTER = "vc01.lab.example"
CLOUD = Cloud("vcloud", CENTER, "cells", "database")
MEMBERS = (
    CloudMachine("web", "vm-1", 1),
    CloudMachine("db", "vm-2", 0, StopAction.SHUT_DOWN),
    CloudMachine("cache", "vm-3", 0),
)


def with_services(world: World) -> World:
    somebody = frozenset({MachineId("somebody")})
    for name, kind in (("cells", "vcd-cell"), ("database", "database")):
        world = world.with_service(Service(name, kind, somebody))
    return world.with_cloud(CLOUD)


@pytest.fixture
def scene(tmp_path) -> Scene:
    scene = make_scene(tmp_path, change=with_services)
    for number, member in enumerate(MEMBERS, 1):
        scene.add(member.name, host=number, on=False)
    return scene


def locate(scene: Scene):
    there = {member.moref: member.name for member in MEMBERS}
    known = {machine.name: machine.id for machine in scene.gateway.world.machines.values()}
    return lambda moref: known.get(there.get(moref, ""))


def ask(scene: Scene, operation, members=MEMBERS):
    return scene.gateway.perform(operation, "vcloud", members, locate(scene))


def told(scene: Scene, *kinds: type):
    """The moments and names of events of those kinds from now on."""
    seen: list[tuple[float, str]] = []
    began = scene.gateway.now

    def note(events, _world):
        seen.extend(((scene.gateway.now - began).total_seconds(), e.name) for e in events if isinstance(e, kinds))

    scene.gateway.listen(note)
    return seen


def running(scene: Scene) -> set[str]:
    return {machine.name for machine in scene.gateway.world.machines.values() if machine.running}


def test_vms_start_in_their_order_and_those_of_the_same_place_together(scene):
    seen = told(scene, MachineStarted)
    ask(scene, cloud.power_on)
    span = scene.gateway.release.duration("machine.power-on").total_seconds()
    assert seen == [(span, "db"), (span, "cache"), (2 * span, "web")]


def test_vms_that_run_are_left_alone_and_all_of_them_running_is_refused(scene):
    scene.gateway.perform(machines.power_on, scene.machine("db").id)
    seen = told(scene, MachineStarted, MachineStopped)
    ask(scene, cloud.power_on)
    assert [name for _, name in seen] == ["cache", "web"]
    with pytest.raises(Refusal) as caught:
        ask(scene, cloud.power_on)
    assert caught.value.reason == "InvalidPowerState"


def test_a_vapp_stops_in_the_reverse_order_and_each_vm_by_its_own_action(scene):
    ask(scene, cloud.power_on)
    seen = told(scene, MachineStopped)
    ask(scene, cloud.stop)
    off = scene.gateway.release.duration("machine.power-off").total_seconds()
    down = scene.gateway.release.duration("machine.guest-shutdown").total_seconds()
    assert seen == [(off, "web"), (2 * off, "cache"), (2 * off + down, "db")]
    assert all(scene.machine(member.name).clean for member in MEMBERS)


@pytest.mark.parametrize(
    "operation, timing", [(cloud.power_off, "machine.power-off"), (cloud.shut_down, "machine.guest-shutdown")]
)
def test_power_off_and_shutdown_ask_all_vms_at_once(scene, operation, timing):
    ask(scene, cloud.power_on)
    seen = told(scene, MachineStopped)
    ask(scene, operation)
    span = scene.gateway.release.duration(timing).total_seconds()
    assert {moment for moment, _ in seen} == {span}
    assert len(seen) == 3
    with pytest.raises(Refusal, match="no VM is powered on"):
        ask(scene, operation)


def test_a_vm_that_cannot_start_keeps_its_fellows_from_nothing_and_those_after_it_from_starting(scene):
    scene.gateway.perform(hosts.enter_maintenance, NAMES[1])
    with pytest.raises(Refusal, match="maintenance mode") as caught:
        ask(scene, cloud.power_on)
    assert (caught.value.reason, caught.value.subject) == ("InvalidState", "db")
    assert running(scene) == {"cache"}


def test_a_vm_that_is_not_at_its_moref_is_not_found_by_its_name(scene):
    members = (*MEMBERS[:2], replace(MEMBERS[2], moref="vm-77"))
    with pytest.raises(Refusal, match=r"no VM at the MoRef of cache \(vm-77\)") as caught:
        ask(scene, cloud.power_on, members)
    assert caught.value.reason == "ManagedObjectNotFound"
    assert running(scene) == set()


def test_hosts_that_vcenter_does_not_hear_are_asked_nothing(scene):
    ask(scene, cloud.power_on)
    scene.gateway.perform(hosts.cut_power, NAMES[0])
    scene.pass_minutes(5)
    with pytest.raises(Refusal, match=f"web: {NAMES[0]} is notResponding") as caught:
        ask(scene, cloud.power_on)
    assert caught.value.reason == "HostNotConnected"


@pytest.mark.parametrize("lacking", ["cells", "database", CENTER])
def test_nothing_is_asked_while_a_part_of_the_cloud_is_missing(scene, lacking):
    take_away(scene, lacking)
    with pytest.raises(Refusal) as caught:
        ask(scene, cloud.power_on)
    assert caught.value.reason == "NotConnected"
    assert running(scene) == set()


@pytest.mark.parametrize("lacking", ["database", CENTER])
def test_what_hinders_the_cells_is_named(scene, lacking):
    assert hindrance(scene.gateway.world, CLOUD) == ""
    take_away(scene, lacking)
    assert lacking in hindrance(scene.gateway.world, CLOUD)


def test_a_vcenter_that_goes_off_meanwhile_ends_a_power_on_where_it_is(scene):
    process: Process[None] = scene.gateway.begin(cloud.power_on, "vcloud", MEMBERS, locate(scene))
    take_away(scene, CENTER)
    scene.pass_minutes(2)
    assert process.done
    assert isinstance(process.error, Refusal)
    assert process.error.reason == "NotConnected"
    assert running(scene) == {"db", "cache"}


def test_a_vm_that_somebody_else_starts_meanwhile_is_no_failure(scene):
    scene.gateway.begin(machines.power_on, scene.machine("db").id)
    process: Process[None] = scene.gateway.begin(cloud.power_on, "vcloud", MEMBERS, locate(scene))
    scene.pass_minutes(2)
    assert process.done
    assert process.error is None
    assert running(scene) == {"db", "cache", "web"}


def take_away(scene: Scene, part: str) -> None:
    if part == CENTER:
        scene.gateway.perform(availability.switch_center, CENTER, on=False)
    else:
        service = scene.gateway.world.services[part]
        scene.gateway._laws.world = scene.gateway.world.with_service(replace(service, providers=frozenset()))
