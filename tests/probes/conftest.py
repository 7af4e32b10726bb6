"""What probes of web interfaces are tested against."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from harness.protocols.web.server import WebServer


@pytest.fixture
def server() -> Iterator[WebServer]:
    made = WebServer()
    yield made
    made.stop()
