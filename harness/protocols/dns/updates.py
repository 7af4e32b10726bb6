"""Dynamic updates (RFC 2136): what they require of a zone, and what they make of it."""

from __future__ import annotations

from dataclasses import dataclass

import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset
import dns.update

from harness.errors import BlackstartError
from harness.protocols.dns.records import TYPES, name_of, record_of
from harness.world.names import Record, Zone


@dataclass
class UpdateRefused(BlackstartError):
    """An update that leaves a zone as it is, for the reason that ``code`` names."""

    code: dns.rcode.Rcode

    def __str__(self) -> str:
        return dns.rcode.to_text(self.code)


@dataclass(frozen=True)
class Update:
    """What an update requires and does, in the sections of its message."""

    prerequisites: tuple[dns.rrset.RRset, ...]
    changes: tuple[dns.rrset.RRset, ...]

    def edit(self, zone: Zone) -> tuple[Record, ...]:
        """The zone's records afterwards; all or nothing. Raises ``UpdateRefused``."""
        for required in self.prerequisites:
            _require(zone, required)
        for change in self.changes:
            _check(zone, change)
        records = list(zone.records)
        for change in self.changes:
            records = _changed(records, change)
        return tuple(records)


def update_of(message: dns.update.UpdateMessage) -> Update:
    """The update that a message asks for."""
    return Update(tuple(message.prerequisite), tuple(message.update))


def _refuse_unless(condition: bool, code: dns.rcode.Rcode) -> None:
    if not condition:
        raise UpdateRefused(code)


def _require(zone: Zone, required: dns.rrset.RRset) -> None:
    """RFC 2136, 3.2: each kind of prerequisite with the code that it fails with."""
    name, any_type = name_of(required.name), required.rdtype == dns.rdatatype.ANY
    _refuse_unless(zone.covers(name), dns.rcode.NOTZONE)
    here = zone.at(name)
    same = {record.value for record in here if record.type == TYPES.get(required.rdtype)}
    match required.deleting:
        case dns.rdataclass.ANY:
            code = dns.rcode.NXDOMAIN if any_type else dns.rcode.NXRRSET
            _refuse_unless(bool(here) if any_type else bool(same), code)
        case dns.rdataclass.NONE:
            code = dns.rcode.YXDOMAIN if any_type else dns.rcode.YXRRSET
            _refuse_unless(not here if any_type else not same, code)
        case _:
            wanted = {record_of(name, data, 0).value for data in required} if required.rdtype in TYPES else set()
            _refuse_unless(bool(wanted) and wanted == same, dns.rcode.NXRRSET)


def _check(zone: Zone, change: dns.rrset.RRset) -> None:
    """Records of other types than the lab has are refused; to take such away does nothing (RFC 2136, 3.4.2)."""
    _refuse_unless(zone.covers(name_of(change.name)), dns.rcode.NOTZONE)
    _refuse_unless(bool(change.deleting) or change.rdtype in TYPES, dns.rcode.REFUSED)


def _changed(records: list[Record], change: dns.rrset.RRset) -> list[Record]:
    name, kind = name_of(change.name), TYPES.get(change.rdtype)
    if change.deleting == dns.rdataclass.ANY:
        return [r for r in records if r.name != name or (change.rdtype != dns.rdatatype.ANY and r.type != kind)]
    if change.deleting == dns.rdataclass.NONE:
        gone = {record_of(name, data, 0).value for data in change} if kind else set()
        return [r for r in records if (r.name, r.type) != (name, kind) or r.value not in gone]
    for data in change:
        records = _added(records, record_of(name, data, change.ttl))
    return records


def _added(records: list[Record], new: Record) -> list[Record]:
    """An alias stands alone: it takes the place of another one, and nothing comes beside it (RFC 2136, 3.4.2.2)."""
    here = [record for record in records if record.name == new.name]
    if any((record.type == "CNAME") is not (new.type == "CNAME") for record in here):
        return records
    replaced = here if new.type == "CNAME" else [record for record in here if record.value == new.value]
    place = records.index(replaced[0]) if replaced else len(records)
    kept = [record for record in records if record not in replaced]
    return [*kept[:place], new, *kept[place:]]
