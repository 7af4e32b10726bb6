"""The single door from the wires to the world: it serialises, keeps time, and tells who listens what has happened."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, TypeAlias, TypeVar

from harness.journal import Journal
from harness.physics.effects import Await, Operation, Rest
from harness.physics.engine import Engine, Process
from harness.physics.laws import Laws
from harness.physics.moments import Deed, Moments
from harness.releases import Release
from harness.units import Instant, Span
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.store import Store

P = ParamSpec("P")
T = TypeVar("T")
Listener: TypeAlias = Callable[[list[Event], World], None]
"""Told, after each moment in which something happened, what happened (in order) and the world as it is then: once for all that
happens at one time while somebody waits."""


class Gateway:
    """Operations from any thread, one moment at a time.

    While an operation is unfinished simulated time jumps from event to event; otherwise it stands still until
    :meth:`pass_time`. Listeners are called while the door is shut: they may look, but must not call back in.
    """

    def __init__(self, laws: Laws, journal: Journal, moments: Moments | None = None) -> None:
        """With ``moments``, what is performed until :meth:`go_on` comes again where it has happened before in the same world."""
        self._laws = laws
        self._moments = moments
        self._engine = Engine(laws, journal)
        self._engine.observers.append(self._note)
        self._door = threading.RLock()
        self._news: list[Event] = []
        self._events = 0
        self._begun: list[Process[Any]] = []
        self._listeners: list[Listener] = []
        self.journal = journal

    @property
    def world(self) -> World:
        """The world as it is now: frozen, so safe to look at for as long as one likes."""
        return self._laws.world

    @property
    def release(self) -> Release:
        """The release that the world follows."""
        return self._laws.release

    @property
    def store(self) -> Store:
        """The bytes of the volumes, to read."""
        return self._laws.store

    @property
    def now(self) -> Instant:
        """Simulated time."""
        return self._laws.now

    @property
    def happened(self) -> int:
        """Counts events, and ends of what was set going: while it stays the same, no wire has anything new to show but time."""
        return self._events + sum(process.done for process in self._begun)

    def listen(self, listener: Listener) -> None:
        """Have ``listener`` told of everything from now on."""
        with self._door:
            self._listeners.append(listener)

    def go_on(self, seed: int) -> None:
        """The start is over: from now on chance draws from ``seed``, and whatever is performed is worked out."""
        with self._door:
            self._moments = None
            self._laws.chance.go_on(seed)

    def perform(self, operation: Callable[Concatenate[Laws, P], Operation[T]], /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an operation to its end and return its value, or raise what it raises (``Refusal`` where the world says no)."""
        with self._door:
            process = self._start(Deed(operation, args, kwargs))
            try:
                self._tell()
                while not process.done:
                    self._advance(process)
                    self._tell()
            finally:
                self._tell()
        if process.error is not None:
            raise process.error
        return process.value  # type: ignore[return-value]  # done without an error: it has the operation's value

    def _start(self, deed: Deed) -> Process[Any]:
        if self._moments is None:
            return self._engine.start(deed.begin(self._laws))
        return self._moments.start(self._engine, deed)

    def _advance(self, process: Process[T]) -> None:
        """Jump to the next moment for the sake of ``process``, and let all happen that is due then, unless it is done before."""
        self._engine.advance(process)
        while not process.done and self._engine.step(self.now):
            pass

    def begin(self, operation: Callable[Concatenate[Laws, P], Operation[T]], /, *args: P.args, **kwargs: P.kwargs) -> Process[T]:
        """Set an operation going and return; it goes on as simulated time passes. Raises what it refuses at once."""
        with self._door:
            try:
                process = self._engine.start(operation(self._laws, *args, **kwargs))
            finally:
                self._tell()
        if process.error is not None:
            raise process.error
        self._begun.append(process)
        return process

    def pass_time(self, span: Span) -> None:
        """Let simulated time pass, with all that happens in it."""
        self.perform(_rest, span)

    def wait_until(self, done: Callable[[World], bool], limit: Span) -> bool:
        """Let simulated time pass until ``done`` is true of the world, at most ``limit``; returns whether it became true."""
        return self.perform(_await, done, limit)

    def close(self) -> None:
        """The lab is over, and nobody comes in any more: who still has the door keeps neither world nor journal alive by it."""
        with self._door:
            self._engine.close()
            self._listeners.clear()
            self._begun.clear()
            del self._engine, self._laws, self.journal

    def _note(self, event: Event) -> None:
        self._news.append(event)
        self._events += 1

    def _tell(self) -> None:
        news, self._news = self._news, []
        if news:
            for listener in self._listeners:
                listener(news, self._laws.world)


def _rest(_laws: Laws, span: Span) -> Operation[None]:
    yield Rest(span)


def _await(_laws: Laws, done: Callable[[World], bool], limit: Span) -> Operation[bool]:
    answer: bool = yield Await(done, limit)
    return answer
