"""Ctrl-C and SIGTERM where they must not be raised in the middle of what is under way."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager


@contextmanager
def noted_interrupts() -> Iterator[list[int]]:
    """Ctrl-C and SIGTERM are noted in the list, and not raised: whatever is under way then comes to its end.

    What this process ignores, or has left to the system, stays so.
    """
    came: list[int] = []
    with ExitStack() as stack:
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                if callable(signal.getsignal(number)):
                    stack.callback(signal.signal, number, signal.signal(number, lambda number, _frame: came.append(number)))
        yield came


@contextmanager
def late_interrupts() -> Iterator[None]:
    """One that comes in the block is raised at its end. Where a pool of threads is just starting one, the pool would not know of
    it otherwise, and the process would wait for it for ever at its end.
    """
    came: list[int] = []
    try:
        with noted_interrupts() as came:
            yield
    finally:
        for number in came[:1]:
            signal.raise_signal(number)
