"""A scene's arrays behind their management APIs, over real HTTPS."""

from __future__ import annotations

import ssl
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from harness.patience import STUCK
from harness.protocols.array_api import make_application
from harness.protocols.web.server import WebServer
from harness.units import Credentials, DeviceId
from tests.web_server import port_of, web_server  # noqa: F401 - a fixture
from tests.world.replicas import replicate
from tests.world.scene import Scene, make_scene

LOGIN = Credentials("admin", "Arr@y-1")


@dataclass
class Served:
    """A scene, and a client of each of its arrays."""

    scene: Scene
    source: httpx.Client
    target: httpx.Client

    def pair(self, label: str = "vmfs01") -> tuple[DeviceId, DeviceId]:
        """A datastore's LUN and its replica."""
        luns = self.scene.gateway.world.luns
        pairs = [p for g in self.scene.gateway.world.replication.values() for p in g.pairs]
        return next((p.source, p.target) for p in pairs if luns[p.source].name == label)


def client(port: int, login: Credentials = LOGIN) -> httpx.Client:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return httpx.Client(base_url=f"https://127.0.0.1:{port}", auth=(login.user, login.password), verify=context, timeout=STUCK)


@pytest.fixture
def serve(server: WebServer, tmp_path: Path) -> Iterator[Callable[..., Served]]:
    with ExitStack() as clients:

        def make(mode: str = "synchronous", presents: str = "by-procedure") -> Served:
            scene = replicate(make_scene(tmp_path), mode, presents)  # type: ignore[arg-type]
            ports = [port_of(server, make_application(scene.gateway, name, LOGIN)) for name in ("array01", "array02")]
            return Served(scene, *(clients.enter_context(client(port)) for port in ports))

        yield make
