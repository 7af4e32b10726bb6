"""asyncssh, made to leave out what it does for nobody: packets that mean nothing, texts for a log, the same worked out again.

Before every packet it sends an empty one that means nothing, as RFC 4251 (9.3.1) wants it for ciphers in CBC mode. Neither it nor
we offer any of those; with another cipher the empty packet protects nothing, and costs both ends as much as the one that it
precedes.

Each packet is a write of its own, and so a turn of the other side's loop. What is said at one time goes in one write here.

For every connection it reads its configuration files and works out all options anew, at both ends and in a thread. We have no
such files, and the options that we give it are ready.
"""

from __future__ import annotations

from collections.abc import Coroutine
from contextlib import suppress
from copy import copy
from functools import lru_cache
from typing import Any, TypeAlias

import asyncssh.auth
import asyncssh.connection
import asyncssh.crypto.cipher
from asyncssh.channel import SSHChannel
from asyncssh.connection import SSHConnection, SSHConnectionOptions, SSHServerConnection
from asyncssh.constants import MSG_IGNORE
from asyncssh.logging import SSHLogger
from asyncssh.packet import SSHPacketLogger
from asyncssh.saslprep import saslprep
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

Options: TypeAlias = type[SSHConnectionOptions[Any]]

_send: Any = SSHConnection.send_packet
_write: Any = SSHConnection._send
_create_task: Any = SSHConnection.create_task
_receive: Any = SSHConnection.data_received
_log: Any = SSHLogger.log
_construct: Any = SSHConnectionOptions.construct.__func__  # type: ignore[attr-defined]
_with_key = lru_cache(128)(AESGCM)
"""A key is expanded for each packet otherwise, which takes longer than to encrypt what is in it."""
_prepared = lru_cache(64)(saslprep)
"""RFC 4013 looks at each character of a user's name and a password in a dozen tables: those of a lab are few."""


def send_what_matters() -> None:
    """Have asyncssh work so from now on, in the whole process; a second time changes nothing."""
    SSHConnection.send_packet = _send_packet  # type: ignore[assignment, method-assign]
    SSHConnection._send = _write_or_hold  # type: ignore[assignment, method-assign]
    SSHConnection.data_received = _receive_and_answer  # type: ignore[assignment, method-assign]
    SSHConnection.create_task = _begin  # type: ignore[assignment, method-assign]
    SSHPacketLogger.log_sent_packet = _say_nothing  # type: ignore[assignment, method-assign]
    SSHPacketLogger.log_received_packet = _say_nothing  # type: ignore[assignment, method-assign]
    SSHLogger.log = _log_what_is_read  # type: ignore[assignment, method-assign]
    SSHConnectionOptions.construct = classmethod(_take_as_they_are)  # type: ignore[assignment, method-assign, arg-type]
    SSHServerConnection.reload_config = _keep_options  # type: ignore[assignment, method-assign]
    asyncssh.crypto.cipher.AESGCM = _with_key  # type: ignore[assignment, attr-defined]
    for module in (asyncssh.auth, asyncssh.connection):
        module.saslprep = _prepared  # type: ignore[attr-defined]


class Breath:
    """What a connection has to say meanwhile goes out in one write, at the end. Nobody else may run meanwhile: no ``await``."""

    def __init__(self, connection: SSHConnection) -> None:
        self._connection, self._transport = connection, connection._transport
        self.held: list[bytes] = []

    def __enter__(self) -> None:
        vars(self._connection)["breath"] = self

    def __exit__(self, *_error: object) -> None:
        del vars(self._connection)["breath"]
        if self.held and self._transport:
            self._transport.write(b"".join(self.held))


def _receive_and_answer(connection: SSHConnection, data: bytes, datatype: int | None = None) -> None:
    with Breath(connection):
        _receive(connection, data, datatype)


def _write_or_hold(connection: SSHConnection, data: bytes) -> None:
    breath = vars(connection).get("breath")
    if breath is None:
        _write(connection, data)
    elif connection._transport:
        breath.held.append(data)


def _send_packet(connection: SSHConnection, kind: int, *parts: bytes, handler: SSHPacketLogger | None = None) -> None:
    if kind != MSG_IGNORE:
        _send(connection, kind, *parts, handler=handler)


def _say_nothing(*_of_a_packet: object) -> None:
    """Stands for texts that only asyncssh's third level of debugging would write down."""


def _log_what_is_read(logger: SSHLogger, level: int, message: object, *words: object, **more: object) -> None:
    if logger.logger.isEnabledFor(level):
        _log(logger, level, message, *words, **more)


def _begin(connection: SSHConnection, work: Coroutine[Any, Any, None], logger: SSHLogger | None = None) -> object:
    """A task for what may have to wait. What never does is done at once, and needs none."""
    if getattr(work, "cr_code", None) not in _NEVER_WAITING:
        return _create_task(connection, work, logger)
    with suppress(StopIteration):
        work.send(None)
    return None


_NEVER_WAITING = {SSHChannel._start_reading.__code__, SSHChannel._finish_open_request.__code__}
"""A channel's first steps at either end; ours have a session ready for whoever opens one."""


async def _take_as_they_are(kind: Options, options: SSHConnectionOptions[Any] | None = None, **further: object) -> object:
    """Options that were given ready, at the address and for the factory that are given with them; all others as ever."""
    where = {name: further.pop(name) for name in _OF_ONE_CONNECTION if name in further}
    if options is None or any(value != () for value in further.values()):
        return await _construct(kind, options, **where, **further)
    taken = copy(options)
    for name, value in where.items():
        for attribute in _OF_ONE_CONNECTION[name] if value != () else ():
            setattr(taken, attribute, value)
    return taken


_OF_ONE_CONNECTION = {"host": ("host", "orig_host"), "port": ("port",), "server_factory": ("protocol_factory",)}


async def _keep_options(_connection: SSHServerConnection) -> None:
    """Stands for a look into configuration files, which may say something else for each user."""
