"""One thread that serves any number of DNS servers, each on a loopback port of its own, over UDP and TCP."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from typing import Any, TypeAlias, TypeVar, cast

from harness.errors import LabError
from harness.event_loops import LoopThread
from harness.patience import STUCK

T = TypeVar("T")
Responder: TypeAlias = Callable[[bytes, int], "bytes | None"]
"""Answers a message with at most so many bytes; None: with silence."""
LOOPBACK = "127.0.0.1"
LARGEST_DATAGRAM, LARGEST_MESSAGE = 1232, 65535
TRIES = 20
"""A port is wanted for both protocols: somebody else may hold it for one of them."""


class DnsServer:
    """Serves from its making on, until it is stopped. Its methods may be called from any thread but its own."""

    def __init__(self) -> None:
        self._thread = LoopThread("dns")
        self._datagrams: list[asyncio.DatagramTransport] = []
        self._listeners: list[asyncio.Server] = []
        self._talks: set[asyncio.Task[None]] = set()

    def serve(self, respond: Responder) -> int:
        """Have ``respond`` answer on a free port of 127.0.0.1, which is returned."""
        return self._ask(self._open(respond))

    def stop(self) -> None:
        """Close every listener and connection, and end the thread. Does nothing where nothing runs."""
        if not self._thread.running:
            return
        try:
            self._ask(self._close())
        finally:
            self._thread.end()

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._thread.run(work, STUCK)
        except (OSError, TimeoutError) as error:
            raise LabError("DNS server", str(error) or "its event loop does not answer") from error

    async def _open(self, respond: Responder) -> int:
        for left in reversed(range(TRIES)):
            datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
            datagrams.bind((LOOPBACK, 0))
            port = int(datagrams.getsockname()[1])
            try:
                await self._listen(respond, port)
            except OSError:
                datagrams.close()
                if not left:
                    raise
                continue
            loop = asyncio.get_running_loop()
            transport, _ = await loop.create_datagram_endpoint(lambda: _Datagrams(respond), sock=datagrams)
            self._datagrams.append(transport)
            return port
        raise AssertionError("the last try raises")

    async def _listen(self, respond: Responder, port: int) -> None:
        async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            task = asyncio.current_task()
            if task:
                self._talks.add(task)
                task.add_done_callback(self._talks.discard)
            await _talk(respond, reader, writer)

        self._listeners.append(await asyncio.start_server(talk, LOOPBACK, port))

    async def _close(self) -> None:
        for transport in self._datagrams:
            transport.abort()
        for listener in self._listeners:
            listener.close()
        talks = list(self._talks)
        for task in talks:
            task.cancel()
        await asyncio.gather(*talks, return_exceptions=True)


class _Datagrams(asyncio.DatagramProtocol):
    """Each message is answered on a thread of its own, as the world may be busy."""

    def __init__(self, respond: Responder) -> None:
        self._respond = respond
        self._tasks: set[asyncio.Task[None]] = set()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the way back; asyncio's own class is none of its DatagramTransport in Python 3.11."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: Any) -> None:  # noqa: ANN401 - asyncio's own
        """Answer one message."""
        task = asyncio.ensure_future(self._answer(data, addr))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _answer(self, data: bytes, addr: Any) -> None:  # noqa: ANN401 - see above
        reply = await asyncio.to_thread(self._respond, data, LARGEST_DATAGRAM)
        if reply and not self._transport.is_closing():
            self._transport.sendto(reply, addr)


async def _talk(respond: Responder, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One TCP connection: messages with their length before them, until the client leaves. Without an answer it is hung up."""
    try:
        while True:
            size = int.from_bytes(await reader.readexactly(2), "big")
            wire = await reader.readexactly(size)
            reply = await asyncio.to_thread(respond, wire, LARGEST_MESSAGE)
            if reply is None:
                break
            writer.write(len(reply).to_bytes(2, "big") + reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.transport.abort()
