"""A lab whose simulated time runs beside wall time, as ``blackstart lab`` has it."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from harness.lab import Lab
from harness.units import seconds

TICK = 0.1


@contextmanager
def running_time(lab: Lab, pace: float) -> Iterator[None]:
    """``pace`` simulated seconds pass in each second meanwhile."""
    over = threading.Event()

    def run() -> None:
        last = time.monotonic()
        while not over.wait(TICK):
            now = time.monotonic()
            lab.let_time_run(seconds(round((now - last) * pace, 3)))
            last = now

    clock = threading.Thread(target=run)
    clock.start()
    try:
        yield
    finally:
        over.set()
        clock.join()
