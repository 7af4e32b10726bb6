"""Where a scenario's journal says that everything stands: which lane of a timeline a host, a VM, a LUN ... belongs to."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple

from harness.report.scenario import Entry

SHARED = "vCenter Server and vSphere HA"
SERVED = "What the VMs serve"
HAND = ""
"""The group of what is done to the lab and in it: faults, the operator, procedures."""
ORDER = ("site", "DNS server", "array", "SRM", "vCenter", "host")
"""How the lanes of a site follow each other."""


class Lane(NamedTuple):
    """A row of a timeline: its group, its place in that, and its name."""

    group: str
    rank: int
    name: str


def names_of(lanes: Iterable[Lane]) -> str:
    """The names of ``lanes``, those that stand at a site together with where: ``esx-a01, esx-a02 (protected site); vc-res``."""
    listed = []
    for group, there in groupby(lanes, key=lambda lane: lane.group):
        names = ", ".join(lane.name for lane in there)
        listed.append(names if group in (HAND, SHARED, SERVED) else f"{names} ({group[0].lower()}{group[1:]})")
    return "; ".join(listed)


@dataclass
class Landscape:
    """Knows what stands where; VMs move, so entries have to be seen in their order."""

    places: dict[str, tuple[str, str, str]] = field(default_factory=dict)
    """Kind, site and owner by subject."""
    hosts: dict[str, str] = field(default_factory=dict)
    """The host that each VM was registered on last; a placeholder may have the name of a VM that runs."""
    runs: dict[str, str] = field(default_factory=dict)
    """The host on which each VM was powered on last."""
    known: dict[str, Lane | None] = field(default_factory=dict)
    """The lane of each name that was asked for; where things stand does not change."""

    @classmethod
    def of(cls, entries: Iterable[Entry]) -> Landscape:
        """That which the journal tells at the end of its lab's start."""
        places: dict[str, tuple[str, str, str]] = {}
        for entry in entries:
            if entry.kind == "place":
                data = entry.data
                places.setdefault(str(data["subject"]), (str(data["kind"]), str(data["site"]), str(data["owner"])))
        return cls(places)

    @property
    def sites(self) -> list[str]:
        """The sites, as the lab lists them."""
        return [name for name, (kind, _, _) in self.places.items() if kind == "site"]

    def see(self, entry: Entry) -> None:
        """Follow a VM to the host that registers it, and to the one that runs it."""
        if entry.kind != "event":
            return
        name, text = str(entry.data["subject"]), str(entry.data["text"])
        if entry.data["kind"] == "MachineRegistered":
            self.hosts[name] = text.removeprefix("registered on ")
        elif entry.data["kind"] == "MachineStarted" and name in self.hosts:
            self.runs[name] = self.hosts[name]

    def last_lane(self, machine: str) -> Lane | None:
        """The lane of the host that ran a VM before it stopped."""
        return self.lane(self.runs.get(machine, machine))

    def lane(self, subject: str) -> Lane | None:
        """The lane that ``subject`` has its part in; None for one that nothing places."""
        name = self.hosts.get(subject, subject)
        if name not in self.places:
            _, _, name = subject.rpartition(" of ")
        if name not in self.known:
            self.known[name] = self._lane(name, *self.places[name]) if name in self.places else None
        return self.known[name]

    def _lane(self, name: str, kind: str, site: str, owner: str) -> Lane | None:
        if kind in ("LUN", "export", "consistency group", "recovery plan") and owner in self.places:
            return self._lane(owner, *self.places[owner])
        if kind == "cluster":
            return Lane(SHARED, 1, f"vSphere HA, {name}")
        if kind == "service" or (kind == "vCenter" and not site and self.sites):
            return Lane(SERVED, 0, short(name))
        if kind not in ORDER:
            return None
        return Lane(self.group(site) if site or kind != "vCenter" else SHARED, ORDER.index(kind), short(name))

    def group(self, site: str) -> str:
        """What the lanes of a site stand under."""
        named = site if "site" in site else f"{site} site"
        return f"{named[0].upper()}{named[1:]}" if site else "Hosts and storage"


def short(name: str) -> str:
    """A host or server without its domain."""
    first, dot, rest = name.partition(".")
    return first if dot and not rest.startswith("arpa") else name
