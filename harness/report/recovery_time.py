"""The simulated recovery time of a scenario: from the first loss to the moment at which all that was lost runs again.

Lost is a VM that stopped without a clean power-off or whose vNIC lost its connection, and a service of VMs that nobody serves any
more, each after a fault was injected. A VM is back when it runs with all the connections that it had. All of it is read from the
journal of the scenario; what a person thinks, types or waits for is in it only where simulated time passed meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import groupby
from typing import NamedTuple

from harness.report.scenario import Entry, ScenarioResult
from harness.units import number_of

BACKGROUND = frozenset(
    {"network.sync", "host.auto-backup", "storage.path-evaluation", "ha.nfs-heartbeat", "replication.transfer"}
)
"""Timings that go round whether or not anything happens."""
UNPLUGGED = "not connected"
"""A vNIC without a connection and without a fault: nobody lost it; so is that of a VM of the same name that is off elsewhere."""
COMPARED = "restoring "
"""How the name begins of a duration that a step has summed up."""


@dataclass(frozen=True, slots=True)
class Outage:
    """What was lost: a ``VM`` or a ``service``, and when.

    ``on`` is when it ran or answered again, ``back`` when it had its connections as well; None where the scenario ended before.
    """

    name: str
    kind: str
    lost: float
    on: float | None = None
    back: float | None = None


class Part(NamedTuple):
    """A stretch of a recovery time, in seconds since the epoch. ``provenance`` is empty where no release data times it."""

    what: str
    subject: str
    began: float
    ended: float
    provenance: str
    source: str

    @property
    def seconds(self) -> float:
        """How long it took."""
        return round(self.ended - self.began, 3)


@dataclass(frozen=True, slots=True)
class RecoveryTime:
    """Losses and returns of a scenario. ``ended`` is None where something did not run again: then there is no recovery time."""

    began: float
    ended: float | None
    outages: tuple[Outage, ...]
    parts: tuple[Part, ...]
    """The unbroken chain of durations that leads to ``ended``: each began when the one before it had ended."""

    @property
    def seconds(self) -> float:
        """The recovery time; 0 where there is none."""
        return 0.0 if self.ended is None else round(self.ended - self.began, 3)

    @property
    def off(self) -> tuple[Outage, ...]:
        """What did not run or answer again."""
        return tuple(outage for outage in self.outages if outage.on is None)

    @property
    def disconnected(self) -> tuple[Outage, ...]:
        """What runs again, and lacks a network connection that it had. With one of these the time counts to power-on alone."""
        return tuple(outage for outage in self.outages if outage.on is not None and outage.back is None)


def tally(outages: Sequence[Outage]) -> str:
    """How many VMs and services these are: ``55 VMs and 1 service``."""
    counts = [(sum(each.kind == kind for each in outages), kind) for kind in ("VM", "service")]
    return " and ".join(number_of(count, kind) for count, kind in counts if count)


@lru_cache(maxsize=10_000)  # while the clock stands, entry after entry has the same
def moment(instant: str) -> float:
    """An instant of the record in seconds since the epoch, to the millisecond."""
    return round(datetime.fromisoformat(instant).timestamp(), 3)


def recovery_time(scenario: ScenarioResult) -> RecoveryTime | None:
    """How long what was lost in ``scenario`` took to come back; None where nothing was lost."""
    watch = Watch()
    for entry in scenario.entries:
        watch.see(entry)
    outages = watch.outages()
    if not outages:
        return None
    began = min(outage.lost for outage in outages)
    ended = _latest([outage.back for outage in outages]) or _latest([outage.on for outage in outages])
    parts = chain(scenario.entries, began, ended) if ended is not None else ()
    return RecoveryTime(began, ended, outages, tuple(parts))


def _latest(moments: Sequence[float | None]) -> float | None:
    """The last of them; None where one is missing."""
    return max(each for each in moments if each is not None) if None not in moments else None


WATCHED = frozenset({"MachineStarted", "MachineStopped", "NicSet", "ServiceStarted", "ServiceStopped"})
"""The kinds of events by which something is lost or comes back: one in three."""


@dataclass
class Watch:
    """Follows what runs, by the events of a journal in their order."""

    faulted: bool = False
    running: set[str] = field(default_factory=set)
    clean: set[str] = field(default_factory=set)
    """VMs that were last powered off cleanly: what they served was stopped on purpose."""
    links: dict[str, set[str]] = field(default_factory=dict)
    providers: dict[str, set[str]] = field(default_factory=dict)
    needed: dict[str, set[str]] = field(default_factory=dict)
    found: dict[tuple[str, str], Outage] = field(default_factory=dict)

    def see(self, entry: Entry) -> None:
        """Take the next entry in."""
        self.faulted = self.faulted or entry.kind == "fault"
        if entry.kind != "event" or entry.data["kind"] not in WATCHED:
            return
        name, text, at = str(entry.data["subject"]), str(entry.data["text"]), moment(entry.ended)
        match entry.data["kind"]:
            case "MachineStarted":
                self.running.add(name)
                self._settle(name, at)
            case "MachineStopped":
                self._stop(name, at, clean=text == "powered off")
            case "NicSet":
                self._link(name, text, at)
            case "ServiceStarted":
                self.providers.setdefault(name, set()).add(text)
                self._return("service", name, at)
            case "ServiceStopped":
                self._withdraw(name, text, at)

    def outages(self) -> tuple[Outage, ...]:
        """What was lost so far, in the order of its loss."""
        return tuple(sorted(self.found.values(), key=lambda each: (each.lost, each.name)))

    def _stop(self, name: str, at: float, *, clean: bool) -> None:
        had = self.links.pop(name, set())
        was = name in self.running
        self.running.discard(name)
        (self.clean.add if clean else self.clean.discard)(name)
        if was and self.faulted and not clean:
            self._lose("VM", name, at)
            self.needed.setdefault(name, had)

    def _link(self, name: str, text: str, at: float) -> None:
        nic, _, state = text.partition(" ")
        had = self.links.setdefault(name, set())
        if state == "connected":
            had.add(nic)
            self._settle(name, at)
        elif nic in had and state != UNPLUGGED:
            if self.faulted and name in self.running:
                self._lose("VM", name, at)
                self.needed.setdefault(name, set(had))
            had.discard(nic)

    def _withdraw(self, name: str, text: str, at: float) -> None:
        there = self.providers.setdefault(name, set())
        there.discard(text.replace("no longer answers", "answers"))
        if not there and self.faulted and text.rpartition(" on ")[2] not in self.clean:
            self._lose("service", name, at)

    def _settle(self, name: str, at: float) -> None:
        if name in self.running:
            whole = self.needed.get(name, set()) <= self.links.get(name, set())
            self._return("VM", name, at, whole=whole)

    def _lose(self, kind: str, name: str, at: float) -> None:
        before = self.found.get((kind, name))
        on = (before.on if before else at) if kind == "VM" and name in self.running else None
        self.found[kind, name] = Outage(name, kind, before.lost if before else at, on)

    def _return(self, kind: str, name: str, at: float, *, whole: bool = True) -> None:
        outage = self.found.get((kind, name))
        if outage and outage.back is None:
            on = at if outage.on is None else outage.on
            self.found[kind, name] = Outage(name, kind, outage.lost, on, at if whole else None)


def chain(entries: Iterable[Entry], began: float, ended: float) -> list[Part]:
    """What the time from ``began`` to ``ended`` is made of, found backwards: a duration that ends where the next one begins.

    Of several that end there it is the one of the same subject, else of the same kind, else the longest. Where none does, the
    time back to the end of the last one before is a part of its own, without provenance.
    """
    listed = list(entries)
    spent = [part for part in map(_spent, listed) if part and began < part.ended <= ended]
    waits = [entry for entry in listed if entry.kind == "time"]
    parts: list[Part] = []
    while ended > began:
        parts.append(_cause(spent, ended, parts[-1] if parts else None) or _gap(spent, waits, began, ended))
        ended = parts[-1].began
    if parts and parts[-1].began < began:
        first = parts[-1]
        parts[-1] = Part(first.what, first.subject, began, first.ended, first.provenance, first.source)
    return parts[::-1]


def _spent(entry: Entry) -> Part | None:
    if entry.kind != "duration" or entry.data["name"] in BACKGROUND or str(entry.data["name"]).startswith(COMPARED):
        return None
    data = entry.data
    times = moment(entry.began), moment(entry.ended)
    return Part(str(data["name"]), str(data["subject"]), *times, str(data["provenance"]), str(data["source"]))


def _cause(spent: Iterable[Part], ended: float, following: Part | None) -> Part | None:
    subject, what = (following.subject, following.what) if following else ("", "")

    def distance(part: Part) -> tuple[bool, bool, float, str, str]:
        kin = part.what.partition(".")[0] == what.partition(".")[0]
        return part.subject != subject, not kin, part.began, part.what, part.subject

    return min((part for part in spent if part.ended == ended and part.began < ended), key=distance, default=None)


def _gap(spent: Iterable[Part], waits: Sequence[Entry], began: float, ended: float) -> Part:
    start = max((part.ended for part in spent if part.ended < ended), default=began)
    why = next((str(each.data["why"]) for each in waits if moment(each.began) < ended and moment(each.ended) > start), "")
    return Part(f"time passes: {why}" if why else "no duration of the release data", "", start, ended, "", "")


def provenance_of(parts: Iterable[Part]) -> list[tuple[str, float]]:
    """How many seconds of a recovery time rest on what: the least known first, what no release data times last, under ``""``."""
    totals: dict[str, float] = {}
    for part in parts:
        totals[part.provenance] = totals.get(part.provenance, 0.0) + part.seconds
    return [(word, round(totals[word], 3)) for word in ("assumed", "stated", "quoted", "") if word in totals]


def merged_parts(parts: Sequence[Part]) -> list[Part]:
    """The parts of a recovery time, what is alike and follows each other as one; its subjects are counted."""
    merged = []
    for (what, provenance, source), group in groupby(parts, key=lambda part: (part.what, part.provenance, part.source)):
        listed = list(group)
        subject = listed[0].subject if len({part.subject for part in listed}) == 1 else f"{len(listed)} in a row"
        merged.append(Part(what, subject, listed[0].began, listed[-1].ended, provenance, source))
    return merged


_last: list[tuple[tuple[ScenarioResult, ...], tuple[RecoveryTime | None, ...]]] = []


def recovery_times(scenarios: tuple[ScenarioResult, ...]) -> tuple[RecoveryTime | None, ...]:
    """The `recovery_time` of each; all forms of a report ask for those of one record, one after the other."""
    if not _last or _last[0][0] is not scenarios:
        _last[:] = [(scenarios, tuple(map(recovery_time, scenarios)))]
    return _last[0][1]


def recovered(scenarios: tuple[ScenarioResult, ...]) -> list[tuple[ScenarioResult, RecoveryTime]]:
    """The scenarios in which something was lost, each with what is known of its recovery time."""
    return [(scenario, found) for scenario, found in zip(scenarios, recovery_times(scenarios), strict=True) if found]
