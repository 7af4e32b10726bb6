"""How a client of a lab waits: simulated time passes until it sees what it wants, and it looks only where there may be news."""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise

import pytest

from harness.blueprints import load_blueprint
from harness.lab import Lab
from harness.lab.access import HostAccess, RecoveryAccess
from harness.lab.appliances import Appliances
from harness.lab.laboratory import Wires
from harness.operations import faults, hosts, recovery
from harness.units import Address, Credentials, Span, minutes, seconds
from harness.world.recovery import RecoveryPlan
from tests.world.recovery_scene import PLAN, THERE, make_sites
from tests.world.scene import NAMES, Scene, make_scene

LIMIT = minutes(60)


class Client:
    """Waits in a lab, and counts its looks."""

    def __init__(self, scene: Scene) -> None:
        self.lab = Lab(scene.gateway, load_blueprint("three-hosts"), Wires({}, {}, Appliances(), {}, "none", lambda _: None))
        self.looks = 0

    def wait(self, seen: Callable[[], bool], limit: Span = LIMIT) -> Span | None:
        """How long it took; None where it did not come."""
        began, self.looks = self.lab.now(), 0

        def look() -> bool:
            self.looks += 1
            return seen()

        return self.lab.now() - began if self.lab.wait_for(look, limit, "a test") else None


@pytest.fixture
def scene(tmp_path) -> Scene:
    return make_scene(tmp_path, "5.0")


@pytest.fixture
def client(scene) -> Client:
    return Client(scene)


def test_where_nothing_happens_a_client_looks_at_the_beginning_once_again_and_at_the_end(scene, client):
    happened = scene.gateway.happened
    assert client.wait(lambda: False, minutes(2)) is None
    assert (scene.gateway.happened, client.looks) == (happened, 3)


def test_what_comes_is_seen_at_the_end_of_the_pause_in_which_it_came(scene, client):
    scene.gateway.perform(hosts.reboot, NAMES[0], force=True)
    booted = client.wait(lambda: scene.gateway.world.hosts[NAMES[0]].running)
    took = scene.gateway.world.hosts[NAMES[0]].booted - (client.lab.now() - booted)
    assert Span() <= booted - took < seconds(10)
    assert client.looks < booted / seconds(10)


def test_an_operation_that_ends_without_an_event_is_seen_too(scene, client):
    scene.add("db01")
    entering = scene.gateway.begin(hosts.enter_maintenance, NAMES[0], seconds(75))
    assert client.wait(lambda: entering.done) == seconds(80)
    assert str(entering.error).endswith("still runs VMs")


def test_what_time_alone_brings_is_seen_at_the_limit(client):
    end = client.lab.now() + minutes(2)
    assert client.wait(lambda: client.lab.now() >= end, seconds(125)) == seconds(125)


def test_who_asks_a_host_alone_looks_where_it_or_a_vm_is_otherwise_and_sees_that_in_time(scene):
    name, login = NAMES[0], Credentials("root", "secret")
    access = HostAccess(name, scene.gateway.world.hosts[name].center, Address("127.0.0.1", 1), login)
    wires = Wires({}, {name: access}, Appliances(), {}, "none", lambda _: None)
    lab, looks = Lab(scene.gateway, load_blueprint("three-hosts"), wires), []
    scene.gateway.perform(hosts.reboot, name, force=True)
    scene.gateway.perform(hosts.reboot, NAMES[1], force=True)

    def up() -> bool:
        looks.append(scene.gateway.world.hosts[name])
        return looks[-1].running

    assert lab.wait_for(up, LIMIT, "a test", [name])
    assert all(now is not before for before, now in pairwise(looks))
    assert lab.now() - looks[-1].booted < seconds(10)


def test_who_asks_srm_alone_looks_where_a_plan_is_in_another_state_and_sees_the_end_in_time(tmp_path):
    gateway = make_sites(tmp_path).gateway
    access = RecoveryAccess(THERE, "recovery", Address("127.0.0.1", 1), Credentials("", ""))
    lab = Lab(gateway, load_blueprint("two-sites"), Wires({}, {}, Appliances(srm={THERE: access}), {}, "none", lambda _: None))
    gateway.perform(faults.lose_site, "protected")
    gateway.begin(recovery.recover, THERE, PLAN, planned=False)
    seen: list[RecoveryPlan] = []

    def ended() -> bool:
        seen.append(gateway.world.plans[PLAN])
        return seen[-1].runs[-1].ended is not None

    assert lab.wait_for(ended, LIMIT, "a test", [THERE])
    assert len(seen) > 1
    assert all(now.state is not before.state or now.current is None for before, now in pairwise(seen))
    assert lab.now() - seen[-1].runs[-1].ended < seconds(10)
