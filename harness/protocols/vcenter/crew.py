"""Threads for the questions of one link."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable
from typing import TypeAlias

Work: TypeAlias = Callable[[], None]


class Crew:
    """At most ``size`` daemon threads that do what is submitted, first come, first served.

    Not an executor of the standard library: its threads keep the interpreter from ending while one of them is stuck.
    """

    def __init__(self, name: str, size: int) -> None:
        self._name = name
        self._size = size
        self._work: queue.SimpleQueue[Work | None] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._threads = 0
        self._idle = 0  # threads that wait, less the work that waits

    def submit(self, work: Work) -> None:
        """Has ``work`` done as soon as a thread is free. It must not raise."""
        with self._lock:
            if self._idle <= 0 and self._threads < self._size:
                self._threads += 1
                threading.Thread(target=self._run, name=f"{self._name}-{self._threads}", daemon=True).start()
            else:
                self._idle -= 1
        self._work.put(work)

    def dismiss(self) -> None:
        """Lets each thread end after what it does now."""
        with self._lock:
            for _ in range(self._threads):
                self._work.put(None)

    def _run(self) -> None:
        while (work := self._work.get()) is not None:
            work()
            with self._lock:
                self._idle += 1
