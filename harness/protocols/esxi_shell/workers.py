"""Threads for what may block: the interpreter and the gateway behind it are synchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue
from typing import TypeVar

_T = TypeVar("_T")


class Workers:
    """Runs each piece of work in a thread that does nothing else meanwhile, and waits for the next one after that.

    The threads are daemons: a stuck one never keeps the process alive.
    """

    def __init__(self) -> None:
        self._given: SimpleQueue[Callable[[], None] | None] = SimpleQueue()
        self._running: dict[object, str] = {}
        self._idle = 0
        self._ended = False
        self._changed = threading.Condition()

    async def run(self, what: str, work: Callable[[], _T]) -> _T:
        """The result of ``work``, or its exception. Cancelling stops the waiting, not the work."""
        loop = asyncio.get_running_loop()
        waiting: asyncio.Future[_T] = loop.create_future()
        number = object()

        def body() -> None:
            try:
                settle = partial(waiting.set_result, work())
            except BaseException as error:  # noqa: BLE001 - whatever it was, it belongs to who waits
                settle = partial(waiting.set_exception, error)
            self._finish(number)
            with suppress(RuntimeError):  # the loop is closed: nobody waits any more
                loop.call_soon_threadsafe(lambda: waiting.done() or settle())

        self._begin(number, what)
        self._given.put(body)
        return await waiting

    def _begin(self, number: object, what: str) -> None:
        with self._changed:
            self._running[number] = what
            if self._idle:
                self._idle -= 1
            else:
                threading.Thread(target=self._serve, name="esxi-shell-command", daemon=True).start()

    def _serve(self) -> None:
        while body := self._given.get():
            body()

    def _finish(self, number: object) -> None:
        with self._changed:
            del self._running[number]
            if self._ended:
                self._given.put(None)
            else:
                self._idle += 1
            self._changed.notify_all()

    def running(self) -> list[str]:
        """What runs at this moment."""
        with self._changed:
            return list(self._running.values())

    def end(self, patience: float) -> list[str]:
        """Wait so many wall seconds for what still runs, and name what is left after that. Each thread ends with its work."""
        with self._changed:
            self._changed.wait_for(lambda: not self._running, patience)
            self._ended = True
            for _ in range(self._idle):
                self._given.put(None)
            self._idle = 0
            return list(self._running.values())
