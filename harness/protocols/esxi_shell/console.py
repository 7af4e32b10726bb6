"""A client's keyboard and screen, as a command in a worker thread uses them."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
from collections.abc import Callable, Coroutine
from contextlib import suppress
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

import asyncssh

from harness.protocols.esxi_shell.session import Interrupted

_FLUSH_AT = 8192
_ENDS_OF_INPUT = (Interrupted, asyncssh.Error, asyncssh.BreakReceived, asyncssh.SignalReceived)

NextLine: TypeAlias = Callable[[], Coroutine[None, None, str]]
"""Gives a line of the client's input with its newline; empty at its end."""


class Screen:
    """Collects what a command writes and hands it to the event loop, in order; ``send(text, is_error)`` runs there."""

    def __init__(self, loop: asyncio.AbstractEventLoop, send: Callable[[str, bool], None]) -> None:
        self._loop, self._send = loop, send
        self._pending: list[tuple[str, bool]] = []
        self._size = 0
        self._lock = threading.Lock()

    def write(self, text: str, is_error: bool) -> None:
        """Show ``text`` soon."""
        with self._lock:
            self._pending.append((text, is_error))
            self._size += len(text)
            full = self._size >= _FLUSH_AT
        if full or is_error:
            self.flush()

    def flush(self) -> None:
        """Show what was collected soon. What cannot be shown any more is dropped."""
        if pending := self._taken():
            with suppress(RuntimeError):  # the loop is closed, and the client gone with it
                self._loop.call_soon_threadsafe(self._deliver, pending)

    def show(self) -> None:
        """Show what was collected now; to be called on the loop, when what was flushed before is shown."""
        self._deliver(self._taken())

    def _taken(self) -> list[tuple[str, bool]]:
        with self._lock:
            pending, self._pending, self._size = self._pending, [], 0
            return pending

    def _deliver(self, pending: list[tuple[str, bool]]) -> None:
        """As few texts as keep their order: each goes to the client in a packet of its own."""
        for is_error, texts in groupby(pending, itemgetter(1)):
            self._send("".join(text for text, _ in texts), is_error)


class ScreenOutput:
    """Standard output, or standard error, of a command whose screen is the client's."""

    def __init__(self, screen: Screen, is_error: bool) -> None:
        self._screen, self._is_error = screen, is_error

    def write(self, text: str) -> None:
        """Show ``text``."""
        self._screen.write(text, self._is_error)


class Keyboard:
    """The client's side of standard input. Nothing is read before a command asks.

    ``check`` raises Interrupted where the client has pressed Ctrl-C since the command began.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop, next_line: NextLine, screen: Screen, check: Callable[[], None]) -> None:
        self._loop, self._next_line, self._screen, self._check = loop, next_line, screen, check
        self.waiting = False

    def read(self) -> str:
        """Everything up to the end, or up to Ctrl-D. Raises Interrupted on Ctrl-C, or when the client goes away."""
        return self._wait(self._read_all())

    def readline(self) -> str:
        """One line; empty at the end."""
        return self._wait(self._next_line())

    def _wait(self, reading: Coroutine[None, None, str]) -> str:
        self._screen.flush()
        listening = self._listen(reading)
        try:
            return asyncio.run_coroutine_threadsafe(listening, self._loop).result()
        except (*_ENDS_OF_INPUT, concurrent.futures.CancelledError, RuntimeError):
            listening.close()
            reading.close()
            raise Interrupted from None

    async def _listen(self, reading: Coroutine[None, None, str]) -> str:
        """On the loop, where Ctrl-C comes too: it has come before the command waits, and is found here, or ends the waiting."""
        self._check()
        self.waiting = True
        try:
            return await reading
        finally:
            self.waiting = False

    async def _read_all(self) -> str:
        lines: list[str] = []
        while line := await self._next_line():
            lines.append(line)
        return "".join(lines)
