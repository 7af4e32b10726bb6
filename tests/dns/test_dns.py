"""DNS on the wire: queries, signed updates with their prerequisites, and a server whose site has no power."""

from __future__ import annotations

import socket

import dns.exception
import dns.flags
import dns.message
import dns.opcode
import dns.query
import dns.rcode
import dns.rdatatype
import dns.tsig
import pytest

from harness.operations import faults
from harness.patience import STUCK
from harness.units import Credentials
from tests.dns.conftest import HOST, KEY
from tests.nas import ALIAS

CHAIN = [f"{ALIAS}. 300 IN CNAME nas-near.lab.example.", "nas-near.lab.example. 600 IN A 198.51.100.10"]


@pytest.mark.parametrize("tcp", [False, True], ids=["udp", "tcp"])
def test_an_alias_is_answered_with_what_it_leads_to(servers, tcp):
    answer = servers.ask(ALIAS, tcp=tcp)
    assert answer.flags & dns.flags.AA
    assert [line for found in answer.answer for line in found.to_text().splitlines()] == CHAIN
    shouted = servers.lines(ALIAS.upper(), tcp=tcp, at="far")
    assert [line.lower() for line in shouted] == [line.lower() for line in CHAIN], "names know no case"


@pytest.mark.parametrize(
    ("name", "kind", "code", "lines", "soa"),
    [
        ("nas-far.lab.example", "A", "NOERROR", ["nas-far.lab.example. 600 IN A 198.51.100.20"], False),
        (ALIAS, "CNAME", "NOERROR", CHAIN[:1], False),
        (ALIAS, "ANY", "NOERROR", CHAIN[:1], False),
        (ALIAS, "AAAA", "NOERROR", CHAIN[:1], True),
        ("nas-far.lab.example", "CNAME", "NOERROR", [], True),
        ("nowhere.lab.example", "A", "NXDOMAIN", [], True),
        ("lab.example", "A", "NOERROR", [], True),
        ("www.example.org", "A", "REFUSED", [], False),
        ("lab.example", "AXFR", "REFUSED", [], False),
    ],
)
def test_what_is_not_there_is_told_apart(servers, name, kind, code, lines, soa):
    if kind == "AXFR":
        query = dns.message.make_query(name, kind)
        assert dns.rcode.to_text(dns.query.udp(query, HOST, timeout=STUCK, port=servers.ports["near"]).rcode()) == code
        return
    answer = servers.ask(name, kind)
    assert dns.rcode.to_text(answer.rcode()) == code
    assert [line for found in answer.answer for line in found.to_text().splitlines()] == lines
    assert [found.rdtype for found in answer.authority] == ([dns.rdatatype.SOA] if soa else [])


def test_a_zone_tells_its_servers_and_a_serial_that_grows(servers):
    assert sorted(line.split()[-1] for line in servers.lines("lab.example", "NS")) == [
        "dns-far.lab.example.",
        "dns-near.lab.example.",
    ]
    first = servers.lines("lab.example", "SOA")[0].split()
    assert (first[4], first[6]) == ("dns-near.lab.example.", "1")
    assert servers.update(lambda message: message.add("new.lab.example.", 60, "A", "192.0.2.99")) == "NOERROR"
    assert servers.lines("lab.example", "SOA")[0].split()[6] == "2"
    assert servers.lines("new.lab.example", at="far") == ["new.lab.example. 60 IN A 192.0.2.99"]


def test_an_alias_is_repointed_at_once_on_all_servers(servers):
    def repoint(message):
        message.present(f"{ALIAS}.", "CNAME", "nas-near.lab.example.")
        message.replace(f"{ALIAS}.", 120, "CNAME", "nas-far.lab.example.")

    assert servers.update(repoint) == "NOERROR"
    for site in ("near", "far"):
        assert servers.lines(ALIAS, at=site) == [
            f"{ALIAS}. 120 IN CNAME nas-far.lab.example.",
            "nas-far.lab.example. 600 IN A 198.51.100.20",
        ]
    assert servers.update(repoint) == "NXRRSET", "it is no longer as required"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda m: m.present("nas-far.lab.example."), "NOERROR"),
        (lambda m: m.present("nowhere.lab.example."), "NXDOMAIN"),
        (lambda m: m.present(f"{ALIAS}.", "CNAME"), "NOERROR"),
        (lambda m: m.present(f"{ALIAS}.", "A"), "NXRRSET"),
        (lambda m: m.absent("nowhere.lab.example."), "NOERROR"),
        (lambda m: m.absent(f"{ALIAS}."), "YXDOMAIN"),
        (lambda m: m.absent(f"{ALIAS}.", "CNAME"), "YXRRSET"),
        (lambda m: m.add("nas-far.lab.example.", 60, "TXT", '"x"'), "REFUSED"),
        (lambda m: m.delete(f"{ALIAS}.", "TXT"), "NOERROR"),
    ],
)
def test_prerequisites_fail_with_their_own_codes_and_change_nothing(servers, change, code):
    before = servers.scene.gateway.world.zones["lab.example"]
    assert servers.update(change) == code
    assert servers.scene.gateway.world.zones["lab.example"] == before


def test_all_of_an_update_happens_or_nothing(servers):
    def half(message):
        message.delete(f"{ALIAS}.", "CNAME")
        message.add("x.lab.example.", 60, "TXT", '"x"')

    assert servers.update(half) == "REFUSED"
    assert servers.lines(ALIAS, "CNAME") == CHAIN[:1]


def test_records_are_added_and_deleted_and_an_alias_stands_alone(servers):
    assert servers.update(lambda m: m.add("nas-far.lab.example.", 60, "A", "198.51.100.21")) == "NOERROR"
    assert len(servers.lines("nas-far.lab.example")) == 2
    assert servers.update(lambda m: m.delete("nas-far.lab.example.", "A", "198.51.100.20")) == "NOERROR"
    assert servers.lines("nas-far.lab.example") == ["nas-far.lab.example. 60 IN A 198.51.100.21"]
    assert servers.update(lambda m: m.add("nas-far.lab.example.", 60, "CNAME", f"{ALIAS}.")) == "NOERROR"
    assert servers.update(lambda m: m.add(f"{ALIAS}.", 60, "A", "198.51.100.30")) == "NOERROR"
    assert servers.lines("nas-far.lab.example", "ANY") == ["nas-far.lab.example. 60 IN A 198.51.100.21"]
    assert servers.lines(ALIAS, "ANY") == CHAIN[:1], "RFC 2136, 3.4.2.2: such an addition is passed over"
    assert servers.update(lambda m: m.delete("nas-far.lab.example.")) == "NOERROR"
    assert dns.rcode.to_text(servers.ask("nas-far.lab.example").rcode()) == "NXDOMAIN"


@pytest.mark.parametrize(
    ("key", "zone", "code"),
    [
        (None, "lab.example", "REFUSED"),
        (KEY, "other.example", "NOTAUTH"),
    ],
)
def test_updates_without_a_key_or_of_other_zones_are_refused(servers, key, zone, code):
    assert servers.update(lambda m: m.add(f"x.{zone}.", 60, "A", "192.0.2.1"), zone, key) == code
    assert servers.scene.gateway.world.zones["lab.example"].serial == 1


@pytest.mark.parametrize(
    ("key", "error"),
    [
        (Credentials(KEY.user, "b3RoZXI="), dns.tsig.PeerBadSignature),
        (Credentials("stranger.", KEY.password), dns.tsig.PeerBadKey),
    ],
)
def test_a_wrong_key_is_not_believed_and_told_why(servers, key, error):
    with pytest.raises(error):
        servers.update(lambda m: m.add("x.lab.example.", 60, "A", "192.0.2.1"), key=key)
    assert servers.scene.gateway.world.zones["lab.example"].serial == 1


def test_a_server_without_power_says_nothing_and_the_other_one_does(servers):
    servers.scene.gateway.perform(faults.lose_site, "near")
    with pytest.raises((EOFError, ConnectionError)):
        servers.ask(ALIAS, tcp=True)
    with pytest.raises(dns.exception.Timeout):
        dns.query.udp(dns.message.make_query(ALIAS, "A"), HOST, timeout=0.2, port=servers.ports["near"])
    assert servers.lines(ALIAS, at="far") == CHAIN
    servers.scene.gateway.perform(faults.restore_site, "near")
    assert servers.lines(ALIAS) == CHAIN


def test_what_is_no_message_is_answered_as_far_as_it_can_be(servers):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as wire:
        wire.settimeout(STUCK)
        wire.connect((HOST, servers.ports["near"]))
        wire.send(b"\x12\x34" + b"\xff")
        wire.send(b"\x12\x35\x01\x00\x00\x05\x00\x00\x00\x00\x00\x00broken")
        reply = dns.message.from_wire(wire.recv(512))
        assert (reply.id, reply.rcode()) == (0x1235, dns.rcode.FORMERR)
        notify = dns.message.make_query("lab.example", "SOA")
        notify.set_opcode(dns.opcode.NOTIFY)
        wire.send(notify.to_wire())
        assert dns.message.from_wire(wire.recv(512)).rcode() == dns.rcode.NOTIMP


def test_an_answer_that_is_too_large_for_a_datagram_is_truncated(servers):
    def many(message):
        for number in range(1, 120):
            message.add("many.lab.example.", 60, "A", f"192.0.2.{number}")

    assert servers.update(many) == "NOERROR"
    assert servers.ask("many.lab.example").flags & dns.flags.TC
    assert len(servers.lines("many.lab.example", tcp=True)) == 119
