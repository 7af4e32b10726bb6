"""Moments that come again: what an operation did that took no time, kept, so that the same one need not be worked out twice.

Such an operation follows from the world, the release, the time, how chance stands and the bytes that it looks at, and nothing
else: where all of them are the same, so is all that it does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from harness.journal import Record
from harness.physics.chance import Luck
from harness.physics.effects import After, At, Operation
from harness.physics.engine import Engine, Process
from harness.physics.laws import Laws
from harness.physics.witness import Trace, Witness
from harness.releases import Release
from harness.units import Instant
from harness.world.aggregate import World
from harness.world.events import Event

MOST = 100
"""How many moments are kept: more than the start of a lab has."""


class Deed(NamedTuple):
    """An operation that somebody asks for, with what he says to it."""

    operation: Callable[..., Operation[Any]]
    arguments: tuple[Any, ...]
    named: Mapping[str, Any]

    def begin(self, laws: Laws) -> Operation[Any]:
        """The operation in progress."""
        return self.operation(laws, *self.arguments, **self.named)


class Situation(NamedTuple):
    """What an operation follows from, beside the bytes of volumes."""

    deed: Deed
    now: Instant
    luck: Luck
    release: Release

    @classmethod
    def of(cls, laws: Laws, deed: Deed) -> Situation:
        """That of ``deed`` as everything stands."""
        return cls(deed, laws.now, laws.chance.luck, laws.release)


@dataclass(frozen=True)
class Moment:
    """What an operation did; ``world`` and ``luck`` are as it left them."""

    world: World
    luck: Luck
    trace: Trace
    events: tuple[Event, ...]
    records: tuple[Record, ...]
    plans: tuple[After | At, ...]
    value: Any

    def again(self, engine: Engine) -> Operation[Any]:
        """All of it at once, as an operation."""
        yield from ()
        laws = engine.laws
        laws.world, laws.chance.luck = self.world, self.luck
        self.trace.lay(laws.store)
        engine.journal.record_all(self.records)
        for plan in self.plans:
            engine.plan(plan)
        for event in self.events:
            engine.tell(event)
        return self.value


class Moments:
    """The moments of one way to begin. For gateways that stand in the same world: the very same, not one like it."""

    def __init__(self) -> None:
        self._kept: dict[int, list[tuple[World, Situation, Moment]]] = {}
        """By the identity of the world before, which is kept with them."""
        self._count = 0

    def start(self, engine: Engine, deed: Deed) -> Process[Any]:
        """Run an operation up to where it first has to wait, as :meth:`Engine.start` does, or have it come again."""
        if engine.awaited:
            return engine.start(deed.begin(engine.laws))  # somebody else may go on in this moment
        situation = Situation.of(engine.laws, deed)
        for _, known, moment in self._kept.get(id(engine.laws.world), ()):
            if known == situation and moment.trace.fits(engine.laws.store):
                return engine.start(moment.again(engine))
        return self._watch(engine, situation)

    def _watch(self, engine: Engine, situation: Situation) -> Process[Any]:
        laws, store, timers = engine.laws, engine.laws.store, engine.timers
        world, witness = laws.world, Witness(store)
        events: list[Event] = []
        plans: list[After | At] = []
        laws.store = witness
        engine.observers.append(events.append)
        engine.planners.append(plans.append)
        try:
            process = engine.start(situation.deed.begin(laws))
        finally:
            engine.planners.remove(plans.append)
            engine.observers.remove(events.append)
            laws.store = store
        whole = process.done and process.error is None and engine.timers == timers + len(plans)
        if whole and witness.clear and self._count < MOST:
            records = tuple(record for event in events for record in engine.records_of(event))
            happened = tuple(events), records, tuple(plans)
            moment = Moment(laws.world, laws.chance.luck, witness.trace(), *happened, process.value)
            moment.trace.note(store)
            self._kept.setdefault(id(world), []).append((world, situation, moment))
            self._count += 1
        return process
