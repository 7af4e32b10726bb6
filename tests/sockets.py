"""Who listens on this machine. Whether a port is open tells nothing once it was given back: anybody may have taken it since."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

LISTENING = "0A"
"""The state that proc(5) gives such a socket."""


def listeners(ports: Iterable[int]) -> set[str]:
    """The sockets that listen at these ports of 127.0.0.1, by numbers that no other socket ever has."""
    places = {f"0100007F:{port:04X}" for port in ports}
    rows = [line.split() for line in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    return {row[9] for row in rows if row[1] in places and row[3] == LISTENING}
