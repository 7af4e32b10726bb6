"""The threads on which commands run."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable

import pytest

from harness.patience import STUCK
from harness.protocols.esxi_shell.workers import Workers


def on_threads_of(workers: Workers, *works: Callable[[], object]) -> list[object]:
    """What comes of pieces of work that are given at one time."""

    async def together() -> list[object]:
        return await asyncio.gather(*(workers.run("work", work) for work in works))

    return asyncio.run(together())


def test_one_thread_does_one_thing_after_the_other():
    workers = Workers()
    threads = {on_threads_of(workers, threading.current_thread)[0] for _ in range(5)}
    assert workers.end(STUCK) == []
    (thread,) = threads
    assert isinstance(thread, threading.Thread)
    thread.join(STUCK)
    assert not thread.is_alive()


def test_what_waits_for_each_other_has_threads_of_its_own():
    workers = Workers()
    met = threading.Barrier(3)
    on_threads_of(workers, *[lambda: met.wait(STUCK)] * 3)
    assert workers.end(STUCK) == []


def test_an_error_comes_back_and_the_thread_goes_on():
    workers = Workers()
    with pytest.raises(ZeroDivisionError):
        on_threads_of(workers, lambda: 1 / 0)
    assert on_threads_of(workers, lambda: 1) == [1]
    assert workers.end(STUCK) == []


def test_a_thread_that_was_stuck_ends_with_its_work():
    workers = Workers()
    entered, released = threading.Event(), threading.Event()
    stuck: list[threading.Thread] = []

    def work() -> None:
        stuck.append(threading.current_thread())
        entered.set()
        released.wait(STUCK)

    async def give_up() -> None:
        waiting = asyncio.create_task(workers.run("stuck", work))
        await asyncio.to_thread(entered.wait, STUCK)
        waiting.cancel()

    asyncio.run(give_up())
    assert workers.end(0.1) == ["stuck"]
    released.set()
    stuck[0].join(STUCK)
    assert not stuck[0].is_alive()
    assert workers.running() == []
