"""The mirror: after each moment of the world, vCenter shows what it has heard of it."""

from __future__ import annotations

import threading
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any

from harness.errors import LabError
from harness.protocols.vcenter.album import Course
from harness.protocols.vcenter.announcements import TOLD, Announcer
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.growth import Growth
from harness.protocols.vcenter.projection.devices import Shelf
from harness.protocols.vcenter.projection.difference import Difference, show_network, show_use_of_all
from harness.protocols.vcenter.projection.facts import UNSURE, Showing
from harness.protocols.vcenter.projection.hosts import show_host
from harness.protocols.vcenter.projection.machines import show_machine
from harness.protocols.vcenter.projection.sight import Sight, look
from harness.units import MachineId
from harness.world.aggregate import World
from harness.world.events import Event


class Mirror:
    """Keeps what was last shown, and shows what differs: one call to vcsim for each moment in which anything does."""

    def __init__(
        self,
        console: Console,
        directory: Directory,
        shelf: Shelf,
        growth: Growth,
        announcer: Announcer,
        course: Course,
    ) -> None:
        self._course = course
        self._console, self._directory, self._shelf = console, directory, shelf
        self._growth, self._announcer = growth, announcer
        self._failure: LabError | None = None
        self.stopped = False
        self._shown: dict[str, Mapping[str, Hashable]] = {}
        self._lock = threading.RLock()
        self.sight = Sight(directory.center)
        self._since: World | None = None  # a later world than that of the sight, in which there was nothing new

    def follow(self, news: list[Event], world: World) -> None:
        """Listen to the gateway: show the world and what there is to say of it. What fails is told by :meth:`check`."""
        with self._lock:
            if self.stopped:
                return
            try:
                self.show(world, news)
            except (LabError, OSError) as error:
                failure = LabError("vCenter mirror", f"vCenter no longer shows the world: {error}")
                failure.__cause__ = error
                self._failure = self._failure or failure

    def check(self) -> None:
        """Raises ``LabError`` where something could not be shown."""
        if self._failure:
            raise self._failure

    def go_on(self) -> None:
        """The start is over: from now on what is shown is drawn."""
        with self._lock:
            self._course.end()

    def stop(self) -> None:
        """Show nothing any more."""
        with self._lock:
            self.stopped = True

    def show(self, world: World, news: Iterable[Event] = ()) -> None:
        """Have vCenter show ``world`` as far as it hears of it, and then post what it has to say of ``news``."""
        with self._lock:
            told = [event for event in news if type(event) in TOLD]
            self._course.take(world, (told, self._announcer.now), lambda: self._show(world, told))

    def _show(self, world: World, news: list[Event]) -> None:
        before, now = self.sight, look(self.sight, world, self._since)
        if now is before and not news:
            self._since = world
            return
        known = self._directory.machines.all().keys()
        for moref in self._growth.follow(before, now):
            self.forget(moref)
        self.sight, self._since = now, world
        discovered = self._directory.machines.all().keys() - known
        difference = Difference(before, now, discovered, self._directory, self._shelf)
        self._draw(difference.shown(), self._announcer.word(news, world))

    def state(self) -> tuple[Sight, Mapping[str, Mapping[str, Hashable]]]:
        """What vCenter knows and what it shows."""
        return self.sight, dict(self._shown)

    def restore(self, state: tuple[Sight, Mapping[str, Mapping[str, Hashable]]]) -> None:
        """Take that for known and shown."""
        self.sight, self._shown, self._since = state[0], dict(state[1]), None

    def show_again(self, machine: MachineId) -> None:
        """Show all of one VM once more, whatever was shown before: vcsim has changed it by itself."""
        with self._lock:
            obj = self._directory.machines.find(machine)
            known = self.sight.machines.get(machine)
            if obj is None or known is None:
                return
            self._shown[obj._moId] = dict.fromkeys(self._shown.get(obj._moId, ()), UNSURE)
            self._draw(self._everything_about(machine))

    def forget(self, moref: str) -> None:
        """The managed object is gone from vcsim."""
        with self._lock:
            self._shown.pop(moref, None)

    def _draw(self, facts: Iterable[Showing], events: Iterable[Managed] = ()) -> None:
        """Have vCenter show what differs from what is shown."""
        news: list[tuple[Showing, Any]] = []
        for fact in facts:
            shown = self._shown.get(fact.target._moId, {})
            if fact.path not in shown or shown[fact.path] != fact.data:
                news.append((fact, shown.get(fact.path)))
        self._console.set((change for fact, shown in news for change in fact.changes(shown)), events)
        fresh: dict[str, dict[str, Hashable]] = {}
        for fact, _ in news:
            fresh.setdefault(fact.target._moId, {})[fact.path] = fact.data
        for moref, data in fresh.items():
            self._shown[moref] = {**self._shown.get(moref, {}), **data}  # never changed: the course keeps it

    def _everything_about(self, machine: MachineId) -> Iterator[Showing]:
        sight, directory = self.sight, self._directory
        known = sight.machines[machine]
        yield from show_machine(sight, directory, self._shelf, known)
        yield from show_host(sight, directory, sight.hosts[known.host])
        yield from show_use_of_all(sight, directory)
        for switch in sight.switches.values():
            yield from show_network(sight, directory, switch)
