"""The world's records as those of a DNS message, and back."""

from __future__ import annotations

from collections.abc import Iterable

import dns.name
import dns.rdata
import dns.rdatatype
import dns.rrset

from harness.physics.names import plain
from harness.world.names import Record, RecordType, Zone

TYPES: dict[int, RecordType] = {dns.rdatatype.A: "A", dns.rdatatype.CNAME: "CNAME"}
"""The types of records that the lab has, beside the SOA and NS that each zone gets."""
REFRESH, RETRY, EXPIRE, MINIMUM = 3600, 600, 86400, 60


def name_of(name: dns.name.Name) -> str:
    """A name as the world has it."""
    return plain(name.to_text())


def rrsets(records: Iterable[Record]) -> list[dns.rrset.RRset]:
    """Records as sets of one name and type each, in their order."""
    grouped: dict[tuple[str, RecordType], list[Record]] = {}
    for record in records:
        grouped.setdefault((record.name, record.type), []).append(record)
    return [
        dns.rrset.from_text(f"{name}.", found[0].ttl, "IN", kind, *(_text(record) for record in found))
        for (name, kind), found in grouped.items()
    ]


def _text(record: Record) -> str:
    return f"{record.value}." if record.type == "CNAME" else record.value


def record_of(name: str, data: dns.rdata.Rdata, ttl: int) -> Record:
    """The world's record for data of a type in ``TYPES``."""
    return Record(name, TYPES[data.rdtype], plain(data.to_text()), ttl)


def authority(zone: Zone, server: str) -> dns.rrset.RRset:
    """The SOA of a zone as ``server`` tells it; the times in it are assumed."""
    text = f"{server}. hostmaster.{zone.name}. {zone.serial} {REFRESH} {RETRY} {EXPIRE} {MINIMUM}"
    return dns.rrset.from_text(f"{zone.name}.", MINIMUM, "IN", "SOA", text)


def servers(zone: Zone, names: Iterable[str]) -> dns.rrset.RRset:
    """The NS records of a zone."""
    return dns.rrset.from_text(f"{zone.name}.", EXPIRE, "IN", "NS", *(f"{name}." for name in names))
