"""The addresses of a lab: open as long as what is behind them would answer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harness.simulators.front_door import Entrance, FrontDoor, OwnDoor, Passage
from harness.units import Address
from harness.world.aggregate import World
from harness.world.events import Event

T = TypeVar("T")


@dataclass
class Watched(Generic[T]):
    """A door, the record of the world that decides about it, and how; ``seen`` is that record as it was last."""

    door: FrontDoor | OwnDoor
    record: Callable[[World], T]
    wanted: Callable[[T], Passage]
    seen: T | None = None

    def follow(self, record: T) -> None:
        """Put the door into the state that the record wants."""
        state = self.wanted(record)
        if state != self.door.state:
            {"open": self.door.open, "refusing": self.door.refuse, "shut": self.door.close}[state]()
        self.seen = record


class Doors:
    """Front doors that open and shut as the world goes."""

    def __init__(self) -> None:
        self._doors: list[Watched[Any]] = []

    def add(self, target: Address | Entrance, record: Callable[[World], T], wanted: Callable[[T], Passage]) -> Address:
        """A door to ``target`` in the state that ``wanted`` gives for a record of the world; the address that clients use.

        A server of this process listens at its door itself.
        """
        door = FrontDoor(target) if isinstance(target, Address) else OwnDoor(target)
        self._doors.append(Watched(door, record, wanted))
        return door.address

    def follow(self, _events: list[Event], world: World) -> None:
        """Listen to the gateway: put every door into the state that the world wants now, where its record is another one."""
        for each in self._doors:
            if (record := each.record(world)) is not each.seen:
                each.follow(record)

    def discard(self) -> None:
        """Shut every door for good."""
        for each in self._doors:
            each.door.discard()
        self._doors.clear()
