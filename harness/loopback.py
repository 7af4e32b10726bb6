"""Sockets of the simulated network, which is this machine's loopback."""

from __future__ import annotations

import socket
from typing import TypeAlias

LOOPBACK = "127.0.0.1"
BoundSocket: TypeAlias = socket.socket
"""A socket that has an address, and does not listen yet."""


def bound_socket(port: int) -> BoundSocket:
    """A loopback socket at ``port``. ``SO_REUSEPORT`` lets one that never listens share the port with one of ours that does.

    With ``SO_REUSEADDR`` anybody's listener could take the port while the door is shut, as a container engine's does.
    """
    # asyncio sends small packets without delay only where the protocol is named
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.bind((LOOPBACK, port))
    except OSError:
        bound.close()
        raise
    return bound


def reset_when_closed(connected: socket.socket | None) -> None:
    """Lets the kernel send a reset, as for a host that is gone, instead of an orderly end."""
    if connected is not None and connected.fileno() >= 0:
        connected.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")  # on, 0 seconds
