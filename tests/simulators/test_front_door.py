"""The front door, with plain sockets and a target that echoes."""

from __future__ import annotations

import socket
import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, cast

import pytest

from harness.errors import LabError
from harness.patience import STUCK
from harness.simulators.front_door import Corridor, FrontDoor
from harness.units import Address
from tests.soap import open_session
from tests.vcsim_lab import Lab, until


class Echo(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        while data := self.request.recv(65536):
            self.request.sendall(data)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True


@pytest.fixture
def target() -> Iterator[Address]:
    with Server(("127.0.0.1", 0), Echo) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield Address(*server.server_address)
        server.shutdown()


@pytest.fixture
def door(target: Address) -> Iterator[FrontDoor]:
    made = FrontDoor(target)
    yield made
    made.discard()


def connect(door: FrontDoor) -> socket.socket:
    return socket.create_connection(door.address, timeout=STUCK)


def echoes(client: socket.socket, text: bytes = b"hello") -> bool:
    client.sendall(text)
    got = b""
    while len(got) < len(text) and (more := client.recv(65536)):
        got += more
    return got == text


def test_it_starts_shut_and_opens(door: FrontDoor) -> None:
    with pytest.raises(ConnectionRefusedError):
        connect(door)
    door.open()
    with connect(door) as client:
        assert echoes(client)


def test_closing_resets_sessions_and_refuses_new_ones_until_it_opens_on_the_same_port(door: FrontDoor) -> None:
    door.open()
    address = door.address
    with connect(door) as client:
        assert echoes(client)
        door.close()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(door)
    door.open()
    assert door.address == address
    with connect(door) as client:
        assert echoes(client)


def test_a_shut_door_keeps_its_port(door: FrontDoor) -> None:
    door.open()
    door.close()
    with socket.socket() as other, pytest.raises(OSError, match="in use"):
        other.bind(door.address)


@pytest.mark.parametrize("opened_before", [False, True])
def test_nobody_else_listens_at_the_port_of_a_shut_door(door: FrontDoor, opened_before: bool) -> None:
    if opened_before:
        door.open()
        with connect(door) as client:
            assert echoes(client)
        door.close()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the proxy of a container engine asks for it
        with pytest.raises(OSError, match="Address already in use"):
            other.bind(door.address)
    door.open()
    with connect(door) as client:
        assert echoes(client)


def test_silence_accepts_and_never_answers(door: FrontDoor) -> None:
    door.open()
    with connect(door) as before:
        assert echoes(before)
        door.silence()
        with connect(door) as during:
            for client in (before, during):
                client.settimeout(0.3)
                client.sendall(b"anyone?")
                with pytest.raises(TimeoutError):
                    client.recv(1)
            door.open()
            during.settimeout(STUCK)
            with pytest.raises(ConnectionResetError):
                during.recv(1)
    with connect(door) as client:
        assert echoes(client)


def test_a_vcenter_behind_it_lives_on_with_the_same_inventory(empty_lab: Lab) -> None:
    door = FrontDoor(empty_lab.vcenter.address)
    door.open()
    login = empty_lab.vcenter.operator
    before, content = open_session(door.address, login)
    created = content.rootFolder.CreateFolder("kept")
    door.close()
    with pytest.raises(OSError):  # reset or refused; SSL has words of its own for it
        before.CurrentTime()
    with pytest.raises(LabError, match="refused"):
        open_session(door.address, login)
    empty_lab.vcenter.check()
    door.open()
    assert [child._moId for child in open_session(door.address, login)[1].rootFolder.childEntity] == [created._moId]
    before.CurrentTime()  # the session of before is still known, as its cookie is
    door.discard()


@pytest.mark.parametrize("shut", [FrontDoor.close, FrontDoor.refuse])
def test_a_client_that_comes_at_the_moment_in_which_it_shuts_is_reset(door: FrontDoor, shut: Callable[[FrontDoor], None]) -> None:
    door.open()
    assert Corridor.thread
    loop, holding, held = cast("Any", Corridor.thread.loop), threading.Event(), threading.Event()
    loop.call_soon_threadsafe(lambda: (holding.set(), held.wait(STUCK)))
    assert holding.wait(STUCK)
    with connect(door) as client:
        shutting = threading.Thread(target=shut, args=(door,))
        shutting.start()
        until(lambda: bool(loop._ready))  # now both wait for the loop
        held.set()
        shutting.join(STUCK)
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with pytest.raises(ConnectionRefusedError):
        connect(door)


def test_much_passes_unchanged(door: FrontDoor) -> None:
    door.open()
    sent = bytes(range(256)) * 40_000
    with connect(door) as client:
        threading.Thread(target=client.sendall, args=(sent,), daemon=True).start()
        got = bytearray()
        while len(got) < len(sent):
            got += client.recv(1 << 20)
    assert got == sent


def test_a_half_closed_session_still_gets_its_answer(door: FrontDoor) -> None:
    door.open()
    with connect(door) as client:
        client.sendall(b"last words")
        client.shutdown(socket.SHUT_WR)
        assert client.recv(100) == b"last words"
        assert client.recv(100) == b""


def test_nobody_behind_an_open_door_is_a_reset() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        lonely = FrontDoor(Address(*unused.getsockname()))
        lonely.open()
        with pytest.raises(ConnectionResetError), connect(lonely) as client:
            client.recv(1)
        lonely.discard()


def test_many_doors_and_threads(target: Address) -> None:
    doors = [FrontDoor(target) for _ in range(20)]

    def flip(door: FrontDoor) -> None:
        for _ in range(10):
            door.open()
            door.close()
        door.open()

    threads = [threading.Thread(target=flip, args=(door,)) for door in doors for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(STUCK)
    for door in doors:
        with connect(door) as client:
            assert echoes(client)
        door.discard()
    assert len({door.address for door in doors}) == 20


def test_a_discarded_door_cannot_be_opened_over_somebody_else(target: Address) -> None:
    door = FrontDoor(target)
    door.discard()
    with socket.socket() as other:
        with suppress(OSError):  # somebody else was faster, which is as good
            other.bind(door.address)
            other.listen()
        with pytest.raises(LabError, match="cannot be opened"):
            door.open()


def test_a_refusing_door_lets_no_one_in_and_leaves_sessions_alone(door: FrontDoor) -> None:
    door.open()
    with connect(door) as session:
        assert echoes(session, b"before")
        door.refuse()
        with pytest.raises(ConnectionRefusedError):
            connect(door)
        assert echoes(session, b"meanwhile")
        door.open()
        assert echoes(session, b"again")
        door.close()
        with pytest.raises(ConnectionResetError):
            session.recv(1)
