"""Threads for what may block: the interpreter and the gateway behind it are synchronous."""

from __future__ import annotations

import asyncio
import concurrent.futures
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

_T = TypeVar("_T")


class Workers:
    """Runs each piece of work in a thread of its own. The threads are daemons: a stuck one never keeps the process alive."""

    def __init__(self) -> None:
        self._running: dict[threading.Thread, str] = {}
        self._lock = threading.Lock()

    async def run(self, what: str, work: Callable[[], _T]) -> _T:
        """The result of ``work``, or its exception. Cancelling stops the waiting, not the work."""
        done: concurrent.futures.Future[_T] = concurrent.futures.Future()
        waiting = asyncio.wrap_future(done)

        def body() -> None:
            try:
                result = work()
            except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to who waits
                self._finish(thread, partial(done.set_exception, error))
            else:
                self._finish(thread, partial(done.set_result, result))

        thread = threading.Thread(target=body, name="esxi-shell-command", daemon=True)
        with self._lock:
            self._running[thread] = what
        thread.start()
        return await waiting

    def _finish(self, thread: threading.Thread, settle: Callable[[], object]) -> None:
        with self._lock:
            self._running.pop(thread, None)
        with suppress(concurrent.futures.InvalidStateError, RuntimeError):
            settle()  # nobody waits any more: cancelled, or the loop is closed

    def running(self) -> list[str]:
        """What runs at this moment."""
        with self._lock:
            return list(self._running.values())

    def join(self, patience: float) -> list[str]:
        """Wait so many wall seconds for what still runs, and name what is left after that."""
        deadline = time.monotonic() + patience
        with self._lock:
            threads = list(self._running)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        with self._lock:
            return [what for thread, what in self._running.items() if thread.is_alive()]
