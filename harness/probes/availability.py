"""vSphere HA and the events of a vCenter Server."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeAlias

from pyVmomi import vim

from harness.journal import DurationSpent
from harness.probes.failures import Absent, CenterUnreachable, Unmet
from harness.probes.looks import HOSTS_ALONE, WITHOUT_HARDWARE
from harness.probes.operator import Operator
from harness.probes.session import Session
from harness.units import Provenance, Span

READY = {"master", "connectedToMaster"}
MOST_EVENTS = 1000
"""As many as vcsim gives at once; it gives the last ten where a filter does not say."""
EventKeys: TypeAlias = Mapping[str, int]
"""By vCenter Server, the key of an event: which events are newer."""
WEAKEST: tuple[Provenance, ...] = ("assumed", "stated", "quoted")


@dataclass(frozen=True)
class EventSeen:
    """An event; ``kind`` is its type, or the type id of an ``EventEx``."""

    key: int
    kind: str
    text: str


class Availability:
    """What an operator does to vSphere HA, and reads in the events."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def switch(self, *, on: bool, cluster: str = "") -> None:
        """Switch vSphere HA of a cluster (of the only one, where none is named) on, until its agents are ready, or off."""
        seen = self._operator.look(HOSTS_ALONE)
        if not cluster and len(seen.clusters) != 1:
            raise Absent("single cluster", "", seen.where, tuple(seen.clusters))
        found = seen.cluster(cluster or next(iter(seen.clusters)))
        spec = vim.cluster.ConfigSpecEx(dasConfig=vim.cluster.DasConfigInfo(enabled=on, hostMonitoring="enabled" if on else None))
        about = f"vSphere HA {'on' if on else 'off'}"
        self._operator.call(found.ref, "ReconfigureComputeResource_Task", spec, True, about=about)
        if on:
            limit = self._operator.limits.protection
            self._operator.wait(lambda: self._ready(found.ref), limit, "the agents of vSphere HA are ready")

    def check_switched(self, cluster: str, *, on: bool) -> None:
        """VCenter shows vSphere HA of the cluster as on, or off."""
        shown = bool(self._operator.look(HOSTS_ALONE).cluster(cluster).values.get("configuration.dasConfig.enabled"))
        if shown is not on:
            raise Unmet(f"vSphere HA of {cluster}", "on" if on else "off", [("vCenter", "on" if shown else "off")])

    def _ready(self, cluster: Any) -> bool:  # noqa: ANN401
        hosts = self._operator.look(HOSTS_ALONE).hosts.values()
        states = [host.ha for host in hosts if host.cluster == cluster and not host.maintenance]
        return set(states) <= READY and states.count("master") == 1

    def last_event(self) -> EventKeys:
        """The newest event's key of each vCenter Server that answers and has any."""
        newest = {}
        for session in self._operator.centers:
            with suppress(CenterUnreachable):
                if found := self._events(session, vim.event.EventFilterSpec(maxCount=1)):
                    newest[session.name] = max(event.key for event in found)
        return newest

    def events(self, subject: str, kind: str, since: EventKeys) -> list[EventSeen]:
        """The events of that kind about a VM, a host or a cluster with keys above those of ``since``."""
        about = self._entity(subject)
        entity = vim.event.EventFilterSpec.ByEntity(entity=about, recursion="self")
        session = next(each for each in self._operator.centers if each.owns(about))
        wanted = vim.event.EventFilterSpec(entity=entity, eventTypeId=[kind], maxCount=MOST_EVENTS)
        found = self._events(session, wanted, f"{kind} for {subject}")
        return [event for event in found if event.kind == kind and event.key > since.get(session.name, 0)]

    def check_event(self, subject: str, kind: str, since: EventKeys, naming: str = "") -> None:
        """The event is posted, and its text holds ``naming``."""
        texts: list[str] = []

        def posted() -> bool:
            texts[:] = [event.text for event in self.events(subject, kind, since)]
            return bool(texts)

        self._operator.wait(posted, self._operator.limits.connection, f"{kind} is posted for {subject}")
        if not any(naming in text for text in texts):
            raise Unmet(f"{kind} for {subject}", f"a text with {naming}", [("vCenter", texts)])

    def check_no_event(self, subject: str, kind: str, since: EventKeys) -> None:
        """No such event is posted."""
        if found := self.events(subject, kind, since):
            raise Unmet(subject, f"no event {kind}", [("vCenter", [event.text for event in found])])

    def await_master(self, hosts: Iterable[str]) -> None:
        """Wait until one of these hosts is a master of vSphere HA, as vCenter shows it."""
        names, limit = list(hosts), self._operator.limits.protection
        self._operator.wait(lambda: any(self._leads(host) for host in names), limit, "vSphere HA has elected a master")

    def check_no_master(self, hosts: Iterable[str]) -> None:
        """VCenter shows none of these hosts as a master of vSphere HA."""
        masters = [host for host in hosts if self._leads(host)]
        if masters:
            raise Unmet(", ".join(masters), "no master", [("vCenter", "master")])

    def _leads(self, host: str) -> bool:
        return self._operator.around(host).look(HOSTS_ALONE).host(host).ha == "master"

    def check_restored_sooner(self, first: str, second: str) -> None:
        """The cure of one VM's host until its power-on was over took less time than the other's; both are written down."""
        spans = [self._restoring(machine) for machine in (first, second)]
        if not spans[0] < spans[1]:
            raise Unmet(f"restoring {first}", f"sooner than restoring {second}", [(first, spans[0]), (second, spans[1])])

    def _restoring(self, machine: str) -> Span:
        notes, journal = self._operator.notes, self._operator.place.journal
        host = self._operator.look(WITHOUT_HARDWARE).machine(machine).host
        began, ended = notes.cures[host], notes.restored[machine]
        records = [entry.record for entry in journal.entries() if began <= entry.began and entry.ended <= ended]
        spent = [each for each in records if isinstance(each, DurationSpent) and each.subject in {host, machine}]
        provenance, source = sum_up(spent)
        journal.record(DurationSpent(f"restoring {machine}", machine, ended - began, provenance, source))
        return ended - began

    def _events(self, session: Session, filtered: Any, about: str = "") -> list[EventSeen]:  # noqa: ANN401
        found = session.call(session.manager("eventManager"), "QueryEvents", filtered, about=about)
        return [EventSeen(int(event.key), event_kind(event), str(event.fullFormattedMessage or "")) for event in found or ()]

    def _entity(self, name: str) -> Any:  # noqa: ANN401
        seen = self._operator.look(WITHOUT_HARDWARE)
        if name in seen.machines:
            return seen.machine(name).ref
        if name in seen.clusters:
            return seen.cluster(name).ref
        if name.partition(".")[0] in {host.partition(".")[0] for host in seen.hosts}:
            return seen.host(name).ref
        raise Absent("VM, host or cluster", name, seen.where, (*seen.machines, *seen.hosts, *seen.clusters))


def event_kind(event: Any) -> str:  # noqa: ANN401
    """An event's type id where it has one (``com.vmware.vc.HA.DasHostFailedEvent``), else the name of its type."""
    return str(getattr(event, "eventTypeId", "") or event._wsdlName)


def sum_up(spent: Iterable[DurationSpent]) -> tuple[Provenance, str]:
    """The weakest provenance of the durations that took part, and a sentence with all of them."""
    parts = {each.name: each for each in spent}
    found = {each.provenance for each in parts.values()}
    weakest: Provenance = next((each for each in WEAKEST if each in found), "assumed")
    named = ", ".join(f"{each.name} {each.span / timedelta(seconds=1):g} s ({each.provenance})" for each in parts.values())
    return weakest, f"simulated; in it: {named or 'no duration of the release data'}"
