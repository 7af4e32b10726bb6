"""asyncssh, which sends twice as many packets as it has to and words all for a log that nobody reads, made to leave both.

Before every packet it sends an empty one that means nothing, as RFC 4251 (9.3.1) wants it for ciphers in CBC mode. Neither it nor
we offer any of those; with another cipher the empty packet protects nothing, and costs both ends as much as the one that it
precedes.
"""

from __future__ import annotations

from typing import Any

from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_IGNORE
from asyncssh.logging import SSHLogger
from asyncssh.packet import SSHPacketLogger

_send: Any = SSHConnection.send_packet
_log: Any = SSHLogger.log


def send_what_matters() -> None:
    """Have asyncssh work so from now on, in the whole process; a second time changes nothing."""
    SSHConnection.send_packet = _send_packet  # type: ignore[assignment, method-assign]
    SSHPacketLogger._log_packet = _say_nothing  # type: ignore[assignment, method-assign]
    SSHLogger.log = _log_what_is_read  # type: ignore[assignment, method-assign]


def _send_packet(connection: SSHConnection, kind: int, *parts: bytes, handler: SSHPacketLogger | None = None) -> None:
    if kind != MSG_IGNORE:
        _send(connection, kind, *parts, handler=handler)


def _say_nothing(*_of_a_packet: object) -> None:
    """Stands for texts that only asyncssh's third level of debugging would write down."""


def _log_what_is_read(logger: SSHLogger, level: int, message: object, *words: object, **more: object) -> None:
    if logger.isEnabledFor(level):
        _log(logger, level, message, *words, **more)
