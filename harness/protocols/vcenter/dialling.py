"""How the lab turns a request to its vcsim into a connection of its own, of JSON lines."""

from __future__ import annotations

import base64
import socket
import ssl
from contextlib import ExitStack

from harness.errors import LabError
from harness.patience import STUCK
from harness.tls import believing_anybody
from harness.units import Address, Credentials

HEAD_END = b"\r\n\r\n"


def dial(
    part: str, path: str, protocol: str, address: Address, agent: Credentials, deadline: float = STUCK
) -> tuple[ssl.SSLSocket, bytes]:
    """A connection of that protocol, and what has come on it already.

    Each step takes ``deadline`` seconds at most, as each does later. Raises ``LabError`` of ``part`` where vcsim does not
    agree, and ``OSError`` where it does not answer.
    """
    with ExitStack() as undo:
        plain = undo.enter_context(socket.create_connection(address, deadline))
        plain.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        wire = undo.enter_context(believing_anybody().wrap_socket(plain))
        wire.sendall(request(path, protocol, address, agent))
        head = b""
        while HEAD_END not in head:
            if not (data := wire.recv(4096)):
                raise ConnectionResetError("it hung up")
            head += data
        answer, _, begun = head.partition(HEAD_END)
        accept(part, address, answer)
        undo.pop_all()
    return wire, begun


def request(path: str, protocol: str, address: Address, agent: Credentials) -> bytes:
    """What vcsim is asked first."""
    secret = base64.b64encode(f"{agent.user}:{agent.password}".encode()).decode()
    return (
        f"GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: Upgrade\r\nUpgrade: {protocol}\r\n"
        f"Authorization: Basic {secret}\r\n\r\n"
    ).encode()


def accept(part: str, address: Address, answer: bytes) -> None:
    """Raises ``LabError`` of ``part`` where the answer is not that the connection is now of that protocol."""
    status = answer.decode(errors="replace").partition("\r\n")[0].partition(" ")[2]
    if not status.startswith("101"):
        raise LabError(part, f"vcsim at {address} answers {status!r} to the dial", refusal_remedy(status))


def refusal_remedy(status: str) -> str:
    """What to do about an HTTP status that is not 101."""
    if status.startswith("401"):
        return "Dial with the agent's user and password that this vcsim was started with."
    return "Is this Blackstart's own vcsim? Install it with: pip install ./vcsim"
