"""Which array an operator asks for a consistency group, through front doors that one can shut."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from harness.probes.failures import Absent
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.probes.replicas import Replicas
from harness.protocols.array_api import make_application
from harness.protocols.web.server import WebServer
from harness.simulators.front_door import FrontDoor
from harness.units import Address, Credentials
from tests.probes.scene import Access, Spot
from tests.web_server import port_of
from tests.world.replicas import GROUP, replicate
from tests.world.scene import Scene, make_scene

LOGIN = Credentials("admin", "Arr@y-1")
SOURCE, TARGET = "array01", "array02"


class Storage(Spot):
    """A place with nothing but arrays."""

    def __init__(self, doors: dict[str, FrontDoor]) -> None:
        super().__init__(LOGIN)
        self.arrays = {name: Access(name, door.address, LOGIN) for name, door in doors.items()}
        self.hosts = self.vcenters = {}

    def asked(self) -> list[str]:
        return [call.server for call in self.told()]


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return replicate(make_scene(tmp_path), "synchronous")


@pytest.fixture
def doors(scene: Scene, server: WebServer) -> Iterator[dict[str, FrontDoor]]:
    ports = {name: port_of(server, make_application(scene.gateway, name, LOGIN)) for name in (SOURCE, TARGET)}
    doors = {name: FrontDoor(Address("127.0.0.1", port)) for name, port in ports.items()}
    for door in doors.values():
        door.open()
    yield doors
    for door in doors.values():
        door.discard()


@pytest.fixture
def place(doors: dict[str, FrontDoor]) -> Storage:
    return Storage(doors)


@pytest.fixture
def replicas(place: Storage, scene: Scene) -> Iterator[Replicas]:
    operator = Operator(place, limits_of(scene.gateway.release))
    yield Replicas(operator)
    operator.close()


def test_the_array_that_held_the_replicas_last_is_asked_first_and_alone(replicas, place):
    assert replicas.group(GROUP).target_array == TARGET
    assert replicas.group(GROUP) == replicas.group(GROUP)
    assert place.asked() == [SOURCE, TARGET, TARGET, TARGET]


def test_one_that_holds_them_no_more_is_not_taken_for_the_keeper(replicas, place):
    replicas.act(GROUP, "break")
    replicas.act(GROUP, "reverse")
    assert replicas.group(GROUP).target_array == SOURCE
    replicas.act(GROUP, "suspend")
    assert place.asked()[-4:] == [TARGET, SOURCE, SOURCE, SOURCE]


def test_where_the_keeper_does_not_answer_another_one_tells(replicas, place, doors):
    replicas.group(GROUP)
    doors[TARGET].close()
    assert replicas.group(GROUP).target_array == TARGET
    assert place.asked()[-2:] == [TARGET, SOURCE]
    doors[SOURCE].close()
    with pytest.raises(Absent, match="consistency group"):
        replicas.group(GROUP)
