"""The mirror: after each moment of the world, vCenter shows what it has heard of it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping, Set
from typing import Any, TypeVar

from harness.errors import LabError
from harness.protocols.vcenter.album import Course
from harness.protocols.vcenter.announcements import TOLD, Announcer
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.growth import Growth
from harness.protocols.vcenter.projection.devices import Shelf
from harness.protocols.vcenter.projection.facts import UNSURE, Fact, Showing
from harness.protocols.vcenter.projection.hosts import OF_CLUSTER, OF_HOST, show_host
from harness.protocols.vcenter.projection.machines import show_machine
from harness.protocols.vcenter.projection.network import show_group, show_switch
from harness.protocols.vcenter.projection.sight import Sight, look
from harness.protocols.vcenter.projection.storage import show_access, show_use
from harness.units import HostName, MachineId
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.machines import Machine
from harness.world.network import Switch

K = TypeVar("K")
V = TypeVar("V")


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
        self._draw(self._project(before, now, discovered), self._announcer.word(news, world))

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
        yield from self._use(sight)
        for switch in sight.switches.values():
            yield from self._switch(sight, switch)

    def _project(self, before: Sight, now: Sight, discovered: Set[MachineId]) -> Iterator[Showing]:
        if now is before:
            return
        heard = changed(before.reach, now.reach, key=_itself) | (before.silent ^ now.silent)
        bearing = changed(before.hosts, now.hosts, key=lambda host: (host.connection, host.reported)) | heard
        machines = changed(before.machines, now.machines) | discovered
        moved = differing(before, now, machines, lambda machine: machine.host) | discovered
        yield from self._hosts(before, now, heard, moved)
        renamed = _renamed(before, now)
        for machine in now.machines.values():
            if (machine.id in machines or machine.host in bearing or renamed) and self._directory.machines.find(machine.id):
                yield from show_machine(now, self._directory, self._shelf, machine)
        if bearing:
            for volume in now.datastores:
                yield from show_access(now, self._directory, volume)
        fresh = now.datastores.keys() - before.datastores.keys()
        if fresh or moved or differing(before, now, machines, lambda machine: (machine.vmx, machine.disks)):
            yield from self._use(now)
        for switch in now.switches.values():
            if moved or switch is not before.switches.get(switch.id):
                yield from self._switch(now, switch)

    def _hosts(self, before: Sight, now: Sight, heard: Set[HostName], moved: Set[MachineId]) -> Iterator[Showing]:
        hosts = changed(before.hosts, now.hosts, key=OF_HOST) | heard
        hosts |= {machine.host for name in moved for machine in _versions(before, now, name)}
        clusters = changed(before.clusters, now.clusters, key=OF_CLUSTER)
        media = changed(before.luns, now.luns, key=lambda lun: (lun.online, lun.presented, lun.vmfs))
        media |= changed(before.exports, now.exports, key=lambda export: (export.online, export.presented))
        for host in now.hosts.values():
            if media or host.name in hosts or host.cluster in clusters:
                yield from show_host(now, self._directory, host)

    def _use(self, sight: Sight) -> Iterator[Showing]:
        needing = sight.machines_by_volume()
        return (show_use(self._directory, volume, needing.get(volume, ())) for volume in sight.datastores)

    def _switch(self, sight: Sight, switch: Switch) -> Iterator[Fact]:
        if self._directory.switches.find(switch.id) is None:
            return
        yield from show_switch(self._directory, switch)
        for group in switch.groups.values():
            if self._directory.groups.find(group.key):
                yield from show_group(sight, self._directory, switch, group)


def changed(before: Mapping[K, V], now: Mapping[K, V], key: Callable[[V], object] = id) -> set[K]:
    """The names whose values are others than before, or that one of both lacks; ``key`` tells what counts of a value."""
    if before is now:
        return set()
    found = {name for name, value in now.items() if (known := before.get(name)) is not value and _is_other(known, value, key)}
    return found | (before.keys() - now.keys())


def _is_other(known: V | None, value: V, key: Callable[[V], object]) -> bool:
    return known is None or key(known) != key(value)


def _renamed(before: Sight, now: Sight) -> bool:
    """Whether paths of files, which begin with the names of datastores, may read otherwise."""
    stores = changed(before.datastores, now.datastores, key=lambda store: store.name)
    return bool(stores or changed(before.luns, now.luns, key=lambda lun: lun.vmfs))


def _itself(value: V) -> V:
    return value


def differing(before: Sight, now: Sight, machines: Set[MachineId], key: Callable[[Machine], object]) -> set[MachineId]:
    """Those of ``machines`` that only one of both knows, or that differ in what ``key`` tells of them."""
    versions = ((name, [key(machine) for machine in _versions(before, now, name)]) for name in machines)
    return {name for name, told in versions if len(told) != 2 or told[0] != told[1]}


def _versions(before: Sight, now: Sight, machine: MachineId) -> Iterator[Machine]:
    for sight in (before, now):
        if machine in sight.machines:
            yield sight.machines[machine]
