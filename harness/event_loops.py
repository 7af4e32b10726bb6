"""Event loops on threads of their own, for the parts of a lab that talk to many clients at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from concurrent.futures import Future
from typing import Any, Protocol, TypeVar

T = TypeVar("T")
FAREWELL = 5.0
"""Wall seconds that a loop gets to end."""


class LoopThread:
    """A running event loop, made on its own thread: a Ctrl-C interrupts the main thread alone, and cannot leave half a loop."""

    def __init__(self, name: str) -> None:
        begun: Future[asyncio.AbstractEventLoop] = Future()
        self._thread = threading.Thread(target=self._run, args=(begun,), name=name, daemon=True)
        self._thread.start()
        self.loop = begun.result()

    @property
    def running(self) -> bool:
        """Whether it has not ended yet."""
        return self._thread.is_alive()

    def run(self, work: Coroutine[Any, Any, T], limit: float | None = None) -> T:
        """Have ``work`` done and return its result, or raise what it raises; may be called from any thread but this one.

        Work that takes more than ``limit`` wall seconds is cancelled, and ``TimeoutError`` raised.
        """
        told: Future[T] = Future()
        begun: list[asyncio.Task[None]] = []
        self.loop.call_soon_threadsafe(lambda: begun.append(self.loop.create_task(_tell(work, told))))
        try:
            return told.result(limit)
        except TimeoutError:
            self.loop.call_soon_threadsafe(lambda: [task.cancel() for task in begun])
            raise

    def end(self) -> None:
        """Stop and close the loop; nothing happens where it has ended."""
        if self.running:
            self.loop.call_soon_threadsafe(self.loop.stop)
            self._thread.join(FAREWELL)

    @staticmethod
    def _run(begun: Future[asyncio.AbstractEventLoop]) -> None:
        loop = asyncio.new_event_loop()
        asyncio.set_event_loop(loop)
        loop.call_soon(begun.set_result, loop)
        try:
            loop.run_forever()
        finally:
            loop.run_until_complete(loop.shutdown_asyncgens())
            loop.close()


class Listening(Protocol):
    """A server of asyncio or asyncssh."""

    @property
    def sockets(self) -> Sequence[Any]:
        """What it listens with."""

    def close(self) -> None:
        """Listen no more."""


async def stop_listening(server: Listening) -> None:
    """Have a server of this loop listen no more. Whoever was taken up before that is known to its protocol by then.

    One that is just closed forgets whom it has accepted in the same turn: that client would wait for as long as it has patience.
    """
    for listener in server.sockets:
        asyncio.get_running_loop().remove_reader(listener.fileno())
    for _ in range(3):  # turns of the loop: it is accepted, has a transport, has a connection
        await asyncio.sleep(0)
    server.close()


async def _tell(work: Coroutine[Any, Any, T], told: Future[T]) -> None:
    """Whoever waits learns of the end in the same turn of the loop: asyncio's own way takes two more."""
    try:
        told.set_result(await work)
    except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to who waits
        told.set_exception(error)
