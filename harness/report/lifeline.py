"""A run must not outlive the program that started it: when that one dies, however it dies, the run is interrupted."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def hold() -> Iterator[int]:
    """The end for a run: what it inherits to :func:`watch`. The other end closes with the block, or when this process dies."""
    ours, theirs = os.pipe()
    try:
        yield ours
    finally:
        os.close(ours)
        os.close(theirs)


def watch(descriptor: int, scratch: Path) -> Callable[[], None]:
    """Interrupt this process, as Ctrl-C would, when the other end of the pipe ``descriptor`` closes.

    Call what this returns when everything is cleaned up: it removes ``scratch`` if nobody else is left to do it.
    """
    os.set_inheritable(descriptor, False)
    orphaned = threading.Event()
    threading.Thread(target=_wait, args=(descriptor, orphaned), name="lifeline", daemon=True).start()

    def leave() -> None:
        if orphaned.is_set():
            shutil.rmtree(scratch, ignore_errors=True)

    return leave


def _wait(descriptor: int, orphaned: threading.Event) -> None:
    while os.read(descriptor, 1):
        pass
    orphaned.set()
    if os.getpgrp() == os.getpid():
        os.killpg(os.getpid(), signal.SIGINT)  # workers, too
    else:
        os.kill(os.getpid(), signal.SIGINT)
