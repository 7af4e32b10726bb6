"""The door of a server of this process, with the shell of a host behind it."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

import pytest

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.simulators.front_door import OwnDoor
from tests.esxi_shell.memory_host import MemoryHost
from tests.sockets import listeners


@pytest.fixture
def shells() -> Iterator[ShellServer]:
    server = ShellServer(standard_registry())
    server.start()
    yield server
    server.stop()


@pytest.fixture
def door(shells: ShellServer) -> Iterator[OwnDoor]:
    made = OwnDoor(shells.entrance(MemoryHost()))
    yield made
    made.discard()


def connect(door: OwnDoor) -> socket.socket:
    return socket.create_connection(door.address, timeout=STUCK)


def greeted(client: socket.socket) -> bool:
    return client.recv(7) == b"SSH-2.0"


def rest(client: socket.socket) -> bytes:
    """What was under way; raises ``ConnectionResetError``."""
    got = b""
    while more := client.recv(65536):
        got += more
    return got


def test_it_starts_shut_and_opens(door: OwnDoor) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect(door)
    door.open()
    door.open()
    assert door.state == "open"
    with connect(door) as client:
        assert greeted(client)


def test_closing_resets_sessions_and_refuses_new_ones_until_it_opens_on_the_same_port(door: OwnDoor) -> None:
    door.open()
    address = door.address
    with connect(door) as client:
        assert greeted(client)
        door.close()
        with pytest.raises(ConnectionResetError):
            rest(client)
    with pytest.raises(ConnectionRefusedError):
        connect(door)
    door.open()
    assert door.address == address
    with connect(door) as client:
        assert greeted(client)


def test_whoever_is_on_the_way_in_when_it_closes_is_reset(door: OwnDoor) -> None:
    for _ in range(50):
        door.open()
        with connect(door) as client:
            door.close()
            with pytest.raises(ConnectionResetError):
                rest(client)


def test_a_refusing_door_lets_no_one_in_and_leaves_sessions_alone(door: OwnDoor) -> None:
    door.open()
    with connect(door) as session:
        assert greeted(session)
        door.refuse()
        assert door.state == "refusing"
        with pytest.raises(ConnectionRefusedError):
            connect(door)
        session.settimeout(0.3)
        with pytest.raises(TimeoutError):  # nothing ends it
            rest(session)
        door.open()
        door.close()
        session.settimeout(STUCK)
        with pytest.raises(ConnectionResetError):
            rest(session)


def test_one_host_that_goes_leaves_the_others_alone(shells: ShellServer, door: OwnDoor) -> None:
    other = OwnDoor(shells.entrance(MemoryHost("esx02")))
    other.open()
    door.open()
    with connect(other) as client:
        assert greeted(client)
        door.close()
        client.settimeout(0.3)
        with pytest.raises(TimeoutError):
            rest(client)
    other.discard()


def test_nobody_else_listens_at_the_port_of_a_shut_door(door: OwnDoor) -> None:
    door.open()
    door.close()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        with pytest.raises(OSError, match="in use"):
            other.bind(door.address)


def test_a_discarded_door_cannot_be_opened_over_somebody_else(door: OwnDoor) -> None:
    door.discard()
    with socket.socket() as other:
        with suppress(OSError):  # somebody else was faster, which is as good
            other.bind(door.address)
            other.listen()
        with pytest.raises(LabError, match="cannot be opened"):
            door.open()


def test_it_can_be_discarded_after_its_server_has_ended(shells: ShellServer, door: OwnDoor) -> None:
    door.open()
    serving = listeners([door.address.port])
    assert len(serving) == 1
    shells.stop()
    door.discard()
    assert not serving & listeners([door.address.port])
