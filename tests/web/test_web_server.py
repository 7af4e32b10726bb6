"""Applications over HTTPS on loopback: their certificate, several at a time, and an end without remains."""

from __future__ import annotations

import asyncio
import ssl
import threading
import time
from collections.abc import Callable

import httpx
import pytest
from cryptography import x509
from fastapi import FastAPI

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.web import server as web
from harness.protocols.web.server import WebServer
from tests.sockets import listeners
from tests.vcsim_lab import until
from tests.web_server import port_of


def greeter(word: str) -> FastAPI:
    app = FastAPI()
    app.get("/")(lambda: word)
    return app


def get(port: int, path: str = "/") -> httpx.Response:
    return httpx.get(f"https://127.0.0.1:{port}{path}", verify=False, timeout=STUCK)


def ask_in_vain(port: int, then: Callable[[], None] = lambda: None) -> threading.Thread:
    def ask() -> None:
        with pytest.raises(httpx.TransportError):
            get(port)
        then()

    asking = threading.Thread(target=ask)
    asking.start()
    return asking


def test_each_application_answers_at_its_own_port_until_the_end():
    served = WebServer()
    ports = [port_of(served, greeter(word)) for word in ("a", "b")]
    assert [get(port).json() for port in ports] == ["a", "b"]
    serving = listeners(ports)
    assert len(serving) == 2
    served.stop()
    assert not serving & listeners(ports)
    served.stop()


def test_the_certificate_is_an_own_one_for_loopback_and_the_same_for_all():
    served = WebServer()
    ports = [port_of(served, greeter("a")) for _ in range(2)]
    shown = {ssl.get_server_certificate(("127.0.0.1", port)) for port in ports}
    served.stop()
    (pem,) = shown
    certificate = x509.load_pem_x509_certificate(pem.encode())
    names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    assert [str(address) for address in names.get_values_for_type(x509.IPAddress)] == ["127.0.0.1"]
    assert certificate.issuer == certificate.subject


def test_a_client_that_trusts_the_certificate_gets_through_with_every_check_on(tmp_path):
    served = WebServer()
    port = port_of(served, greeter("a"))
    context = ssl.create_default_context(cadata=ssl.get_server_certificate(("127.0.0.1", port)))
    assert httpx.get(f"https://127.0.0.1:{port}/", verify=context, timeout=STUCK).json() == "a"
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{port}/", timeout=STUCK)
    served.stop()


def test_the_end_does_not_wait_for_clients_that_stay_connected():
    served = WebServer()
    port = port_of(served, greeter("a"))
    with httpx.Client(base_url=f"https://127.0.0.1:{port}", verify=False, timeout=STUCK) as client:
        client.get("/")
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < web.STUCK / 2
        with pytest.raises(httpx.TransportError):
            client.get("/")


def test_the_end_waits_for_a_request_that_is_under_way():
    began, released, ended = threading.Event(), threading.Event(), threading.Event()
    app = FastAPI()

    @app.get("/")
    def slow() -> None:
        began.set()
        released.wait(STUCK / 2)
        ended.set()

    served = WebServer()
    port = port_of(served, app)
    asking = ask_in_vain(port, released.set)  # the end has begun by then
    assert began.wait(STUCK)
    served.stop()
    assert ended.is_set()
    asking.join(STUCK)


def test_a_request_that_never_ends_is_told(monkeypatch):
    monkeypatch.setattr(web, "STUCK", 0.2)
    app = FastAPI()

    @app.get("/")
    async def stuck() -> None:
        while True:
            try:
                await asyncio.sleep(60)
            except asyncio.CancelledError:
                return

    served = WebServer()
    port = port_of(served, app)
    asking = ask_in_vain(port)
    until(lambda: bool(served._listeners[0].state.tasks))
    with pytest.raises(LabError, match="does not end"):
        served.stop()
    asking.join(STUCK)


def test_nothing_of_a_server_is_left():
    before = {thread.name for thread in threading.enumerate()}
    served = WebServer()
    get(port_of(served, greeter("a")))
    served.stop()
    until(lambda: {thread.name for thread in threading.enumerate()} <= before)
