"""The door of a server of this process, with a web application behind it that takes its time."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import httpx
import pytest

from harness.patience import STUCK
from harness.protocols.web.server import WebServer
from harness.simulators.front_door import OwnDoor
from tests.sockets import listeners
from tests.web_server import web_server  # noqa: F401 - a fixture


class Slow:
    """An application that answers ``/`` at once, ``/wait`` when it is let, and ``/shut`` after it has shut its own door."""

    def __init__(self) -> None:
        self.door: OwnDoor | None = None
        self.asked, self.let = threading.Event(), threading.Event()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        if scope["path"] == "/wait":
            self.asked.set()
            self.let.wait(STUCK / 2)
        elif scope["path"] == "/shut":
            assert self.door
            self.door.close()
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})


@pytest.fixture
def app() -> Slow:
    return Slow()


@pytest.fixture
def door(server: WebServer, app: Slow) -> Iterator[OwnDoor]:
    made = app.door = OwnDoor(server.entrance(app))
    yield made
    made.discard()


@pytest.fixture
def client(door: OwnDoor) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"https://{door.address}", verify=False, timeout=STUCK) as made:
        yield made


def refused(door: OwnDoor) -> bool:
    try:
        ssl.get_server_certificate(door.address, timeout=STUCK)
    except ConnectionRefusedError:
        return True
    return False


def test_it_starts_shut_opens_and_comes_back_at_the_same_port(door: OwnDoor, client: httpx.Client) -> None:
    assert refused(door)
    for _ in range(3):
        door.open()
        assert client.get("/").status_code == 204
        door.close()
        assert refused(door)


def test_sessions_that_stand_are_cut_off(door: OwnDoor) -> None:
    door.open()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with context.wrap_socket(socket.create_connection(door.address, timeout=STUCK)) as session:
        door.close()
        # An end and then a reset: which of them the client hears of first is up to the network.
        with pytest.raises((ConnectionResetError, BrokenPipeError, ssl.SSLError)):
            session.unwrap()


def test_whoever_is_on_the_way_in_when_it_closes_is_cut_off(door: OwnDoor) -> None:
    for _ in range(50):
        door.open()
        with socket.create_connection(door.address, timeout=STUCK) as client:
            door.close()
            with suppress(ConnectionResetError):
                assert client.recv(1) == b""


def test_a_refusing_door_lets_no_one_in_and_leaves_sessions_alone(door: OwnDoor, client: httpx.Client) -> None:
    door.open()
    client.get("/")
    door.refuse()
    assert refused(door)
    assert client.get("/").status_code == 204


def test_it_closes_while_a_request_waits_for_whoever_closes_it(door: OwnDoor, app: Slow, client: httpx.Client) -> None:
    door.open()
    failed: list[Exception] = []

    def ask() -> None:
        try:
            client.get("/wait")
        except httpx.TransportError as error:
            failed.append(error)

    asking = threading.Thread(target=ask)
    asking.start()
    assert app.asked.wait(STUCK)
    door.close()
    assert refused(door)
    asking.join(STUCK)
    assert failed
    app.let.set()


def test_a_request_may_shut_the_door_that_it_came_in_by(door: OwnDoor, client: httpx.Client) -> None:
    door.open()
    with pytest.raises(httpx.TransportError):
        client.get("/shut")
    assert refused(door)


def test_one_that_goes_leaves_the_others_alone(server: WebServer, door: OwnDoor) -> None:
    other = OwnDoor(server.entrance(Slow()))
    other.open()
    door.open()
    with httpx.Client(base_url=f"https://{other.address}", verify=False, timeout=STUCK) as kept:
        kept.get("/")
        door.close()
        assert kept.get("/").status_code == 204
    other.discard()


def test_it_can_be_discarded_after_its_server_has_ended(server: WebServer, door: OwnDoor) -> None:
    door.open()
    serving = listeners([door.address.port])
    assert len(serving) == 1
    server.stop()
    door.discard()
    assert not serving & listeners([door.address.port])
