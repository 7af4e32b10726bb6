"""Event loops on threads of their own, for the parts of a lab that talk to many clients at once."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

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

    def submit(self, work: Coroutine[Any, Any, T]) -> Future[T]:
        """Have ``work`` done; may be called from any thread."""
        return asyncio.run_coroutine_threadsafe(work, self.loop)

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
