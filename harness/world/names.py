"""Names: DNS zones with the servers that serve them, and what a host has cached of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness.records import replace
from harness.units import Instant
from harness.world.events import Event, put
from harness.world.hosts import Host, HostEvent, Resolution

if TYPE_CHECKING:
    from harness.world.aggregate import World

RecordType: TypeAlias = Literal["A", "CNAME"]
LONGEST_CHAIN = 8
"""How many aliases are followed before a name counts as unresolvable (assumed)."""


@dataclass(frozen=True)
class Record:
    """A resource record: the address, or for a CNAME the name, that ``name`` stands for; ``ttl`` in seconds.

    Names are in lower case and without the final dot.
    """

    name: str
    type: RecordType
    value: str
    ttl: int


@dataclass(frozen=True)
class Zone:
    """A zone with all its records; ``serial`` grows with each change."""

    name: str
    records: tuple[Record, ...] = ()
    serial: int = 1

    def covers(self, name: str) -> bool:
        """Whether the name is in the zone."""
        return name == self.name or name.endswith(f".{self.name}")

    def at(self, name: str) -> tuple[Record, ...]:
        """The records of one name."""
        return tuple(record for record in self.records if record.name == name)


@dataclass(frozen=True)
class NameServer:
    """A DNS server at a site. All servers serve all zones, and have each change at once (assumed)."""

    name: str
    site: str


def zone_of(world: World, name: str) -> Zone | None:
    """The zone that a name is in: of several the innermost."""
    return innermost(world.zones.values(), name)


def innermost(zones: Iterable[Zone], name: str) -> Zone | None:
    """The zone among these that a name is in, and no other inside it is."""
    return max((zone for zone in zones if zone.covers(name)), key=lambda zone: len(zone.name), default=None)


def follow(world: World, name: str) -> tuple[Record, ...]:
    """What a name leads to: aliases in their order, then the addresses. The addresses lack where it leads nowhere."""
    found: list[Record] = []
    for _ in range(LONGEST_CHAIN):
        zone = zone_of(world, name)
        here = zone.at(name) if zone else ()
        found += here
        alias = next((record for record in here if record.type == "CNAME"), None)
        if alias is None:
            break
        name = alias.value
    return tuple(found)


def address_of(world: World, name: str) -> str:
    """The first address that a name leads to; empty where it leads to none."""
    return next((record.value for record in follow(world, name) if record.type == "A"), "")


def serving(world: World) -> list[NameServer]:
    """The DNS servers that answer now: those whose site has power."""
    return [server for server in world.nameservers.values() if world.sites[server.site].up]


@dataclass(frozen=True)
class ZoneChanged(Event):
    """A zone has these records from now on."""

    zone: str
    records: tuple[Record, ...]

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        before = world.zones[self.zone]
        return world.with_zone(replace(before, records=self.records, serial=before.serial + 1))

    @property
    def subject(self) -> str:
        """The zone."""
        return self.zone

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"has {len(self.records)} record(s): {_listed(record for record in self.records if record.type == 'CNAME')}"


def _listed(records: Iterable[Record]) -> str:
    return ", ".join(f"{record.name} is {record.value}" for record in records) or "no alias"


@dataclass(frozen=True)
class NameCached(HostEvent):
    """A host's resolver has learnt what a name leads to."""

    name: str
    address: str
    until: Instant

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, resolved=put(host.resolved, self.name, Resolution(self.address, self.until)))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"resolves {self.name} to {self.address} until {self.until:%H:%M:%S}"
