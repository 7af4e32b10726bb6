"""Answers to queries, out of the world."""

from __future__ import annotations

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from harness.protocols.dns.records import authority, name_of, rrsets, servers
from harness.world.aggregate import World
from harness.world.names import Record, Zone, follow, zone_of

TRANSFERS = {dns.rdatatype.AXFR, dns.rdatatype.IXFR}


def answer(world: World, server: str, query: dns.message.Message, reply: dns.message.Message) -> None:
    """Fill ``reply`` with what ``server`` says to ``query``: of zones that it does not have it says REFUSED."""
    if len(query.question) != 1:
        reply.set_rcode(dns.rcode.FORMERR)
        return
    question = query.question[0]
    name = name_of(question.name)
    zone = zone_of(world, name)
    if zone is None or question.rdclass != dns.rdataclass.IN or question.rdtype in TRANSFERS:
        reply.set_rcode(dns.rcode.REFUSED)
        return
    reply.flags |= dns.flags.AA
    reply.answer, last = _found(world, server, zone, name, question.rdtype)
    home = zone_of(world, last)
    if home and not exists(home, last):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    if home and not any(question.rdtype in {found.rdtype, dns.rdatatype.ANY} for found in reply.answer):
        reply.authority = [authority(home, server)]


def _found(world: World, server: str, zone: Zone, name: str, wanted: int) -> tuple[list[dns.rrset.RRset], str]:
    """The records for a question, and the name to which its aliases lead."""
    here = zone.at(name)
    if name == zone.name and wanted == dns.rdatatype.SOA:
        return [authority(zone, server)], name
    if name == zone.name and wanted == dns.rdatatype.NS:
        return [servers(zone, world.nameservers)], name
    if wanted in {dns.rdatatype.CNAME, dns.rdatatype.ANY}:
        return rrsets(record for record in here if wanted == dns.rdatatype.ANY or record.type == "CNAME"), name
    chain = follow(world, name)
    kept = [record for record in chain if record.type == "CNAME" or wanted == dns.rdatatype.A]
    return rrsets(kept), _last(chain, name)


def _last(chain: tuple[Record, ...], name: str) -> str:
    return next((record.value for record in reversed(chain) if record.type == "CNAME"), name)


def exists(zone: Zone, name: str) -> bool:
    """Whether a name is in use in a zone, if only as the end of longer ones."""
    return name == zone.name or any(record.name == name or record.name.endswith(f".{name}") for record in zone.records)
