"""The addresses of a lab: open as long as what is behind them would answer."""

from __future__ import annotations

from collections.abc import Callable

from harness.simulators.front_door import Entrance, FrontDoor, OwnDoor, Passage
from harness.units import Address
from harness.world.aggregate import World
from harness.world.events import Event


class Doors:
    """Front doors that open and shut as the world goes."""

    def __init__(self) -> None:
        self._doors: list[tuple[FrontDoor | OwnDoor, Callable[[World], Passage]]] = []

    def add(self, target: Address | Entrance, wanted: Callable[[World], Passage]) -> Address:
        """A door to ``target`` in the state that ``wanted`` gives for the world; returns the address that clients use.

        A server of this process listens at its door itself.
        """
        door = FrontDoor(target) if isinstance(target, Address) else OwnDoor(target)
        self._doors.append((door, wanted))
        return door.address

    def follow(self, _events: list[Event], world: World) -> None:
        """Listen to the gateway: put every door into the state that the world wants now."""
        for door, wanted in self._doors:
            state = wanted(world)
            if state != door.state:
                {"open": door.open, "refusing": door.refuse, "shut": door.close}[state]()

    def discard(self) -> None:
        """Shut every door for good."""
        for door, _ in self._doors:
            door.discard()
        self._doors.clear()
