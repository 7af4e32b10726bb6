"""A second look at a world in motion: every event is applied again, on a world of the test's own."""

from __future__ import annotations

from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.invariants import check


class Replay:
    """Listens to a gateway: checks the invariants after each event, and that nothing but events has written the world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def follow(self, events: list[Event], now: World) -> None:
        for event in events:
            self._world = event.apply(self._world)
            check(self._world)
        assert self._world == now, "something other than an event has written the world"
        self._world = now
