"""What probes of web interfaces are tested against."""

from __future__ import annotations

from tests.web_server import web_server

__all__ = ["web_server"]
