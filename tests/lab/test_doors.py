"""Doors that open and shut as one record of the world says."""

from __future__ import annotations

import socket

import pytest

from harness.lab.doors import Doors
from harness.patience import STUCK
from harness.simulators.front_door import Passage
from harness.units import Address
from harness.world.aggregate import World
from harness.world.sites import Site
from tests.sockets import listeners


def world_of(*sites: Site) -> World:
    return World(sites={site.name: site for site in sites})


def test_a_door_is_as_its_record_says_and_is_asked_for_only_when_that_is_another_one():
    asked: list[bool] = []

    def wanted(site: Site) -> Passage:
        asked.append(site.up)
        return "open" if site.up else "shut"

    with socket.create_server(("127.0.0.1", 0)) as target:
        doors = Doors()
        address = doors.add(Address(*target.getsockname()), lambda world: world.sites["a"], wanted)
        up, down, there = Site("a"), Site("a", up=False), Site("b")
        for world in (world_of(up, there), world_of(up), world_of(down, there), world_of(down), world_of(up)):
            doors.follow([], world)
            if world.sites["a"].up:
                socket.create_connection(address, timeout=STUCK).close()
            else:
                with pytest.raises(ConnectionRefusedError):
                    socket.create_connection(address, timeout=STUCK)
        assert asked == [True, False, True]
        serving = listeners([address.port])
        assert len(serving) == 1
        doors.discard()
        assert not serving & listeners([address.port])
