"""A server of web applications, for whoever talks to one over the wire. Import the fixture into a ``conftest.py``."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from harness.loopback import bound_socket
from harness.protocols.web.server import WebServer


@pytest.fixture(name="server")
def web_server() -> Iterator[WebServer]:
    made = WebServer()
    yield made
    made.stop()


def port_of(server: WebServer, app: Any) -> int:  # noqa: ANN401 - any ASGI application
    """Has ``app`` answer without a door, at the port on 127.0.0.1 that is returned, until the server is stopped."""
    bound = bound_socket(0)
    server.entrance(app).let_in(bound)
    return int(bound.getsockname()[1])
