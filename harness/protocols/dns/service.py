"""What one DNS server says to a message: decode, look at the world or ask the gateway, encode."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import dns.exception
import dns.message
import dns.name
import dns.opcode
import dns.rcode
import dns.rdata
import dns.rdataclass
import dns.rdatatype
import dns.tsig
import dns.tsigkeyring
import dns.update

from harness.errors import LabError, Refusal
from harness.gateway import Gateway
from harness.operations import names
from harness.protocols.dns.answers import answer
from harness.protocols.dns.records import name_of
from harness.protocols.dns.updates import UpdateRefused, update_of
from harness.units import Credentials
from harness.world.names import serving

ALGORITHM = "hmac-sha256"
HEADER = 12
"""Bytes without which a message has no id to answer to."""


def signing_key(login: Credentials) -> dns.tsig.Key:
    """The key with which whoever is ``login`` signs updates: its name, and its secret in base64."""
    return dns.tsig.Key(login.user, login.password, ALGORITHM)


@dataclass
class NameService:
    """The DNS server ``name``. Anybody may ask; ``login`` alone may change zones."""

    gateway: Gateway
    name: str
    login: Credentials

    def respond(self, wire: bytes, limit: int) -> bytes | None:
        """The answer to a message, of at most ``limit`` bytes; None where nothing is said: its site has no power, say."""
        if self.name not in {server.name for server in serving(self.gateway.world)} or len(wire) < HEADER:
            return None
        key = signing_key(self.login)
        try:
            query = dns.message.from_wire(wire, keyring={key.name: key})
        except (dns.message.UnknownTSIGKey, dns.tsig.BadKey, dns.tsig.BadAlgorithm):
            return _distrusted(wire, dns.rcode.BADKEY)
        except (dns.tsig.BadSignature, dns.tsig.BadTime) as error:
            return _distrusted(wire, dns.rcode.BADTIME if isinstance(error, dns.tsig.BadTime) else dns.rcode.BADSIG)
        except dns.exception.DNSException:
            return _bare(wire, dns.rcode.FORMERR)
        return None if query.flags & dns.flags.QR else self._reply(query, limit)

    def _reply(self, query: dns.message.Message, limit: int) -> bytes:
        reply = dns.message.make_response(query)
        if isinstance(query, dns.update.UpdateMessage):
            reply.set_rcode(self._update(query))
        elif query.opcode() == dns.opcode.QUERY:
            answer(self.gateway.world, self.name, query, reply)
        else:
            reply.set_rcode(dns.rcode.NOTIMP)
        try:
            return reply.to_wire(max_size=limit)
        except dns.exception.TooBig:
            short = dns.message.make_response(query)
            short.flags |= dns.flags.TC
            return short.to_wire()

    def _update(self, message: dns.update.UpdateMessage) -> dns.rcode.Rcode:
        if not message.had_tsig:
            return dns.rcode.REFUSED
        if len(message.zone) != 1 or message.zone[0].rdtype != dns.rdatatype.SOA:
            return dns.rcode.FORMERR
        try:
            self.gateway.perform(names.change, name_of(message.zone[0].name), update_of(message).edit)
        except UpdateRefused as refused:
            return refused.code
        except Refusal:
            return dns.rcode.NOTAUTH
        except LabError:
            return dns.rcode.SERVFAIL
        return dns.rcode.NOERROR


def _distrusted(wire: bytes, error: dns.rcode.Rcode) -> bytes:
    """NOTAUTH, with a signature that says why and signs nothing (RFC 8945, 5.3.2)."""
    try:
        query = dns.message.from_wire(wire, keyring=False)
    except dns.exception.DNSException:
        return _bare(wire, dns.rcode.FORMERR)
    reply = dns.message.make_response(query)
    reply.set_rcode(dns.rcode.NOTAUTH)
    assert query.tsig is not None  # noqa: S101 - else nothing would have been distrusted
    said, owner = _bytes(query.tsig[0].replace(mac=b"", error=int(error))), _bytes(query.tsig.name)
    header, body = bytearray(reply.to_wire()[:HEADER]), reply.to_wire()[HEADER:]
    header[-2:] = (int.from_bytes(header[-2:], "big") + 1).to_bytes(2, "big")
    kind = struct.pack("!HHIH", dns.rdatatype.TSIG, dns.rdataclass.ANY, 0, len(said))
    return bytes(header) + body + owner + kind + said


def _bytes(part: dns.name.Name | dns.rdata.Rdata) -> bytes:
    return part.to_wire() or b""


def _bare(wire: bytes, code: dns.rcode.Rcode) -> bytes:
    """An answer without anything but a code, to a message that could not be read or trusted."""
    reply = dns.message.Message(id=int.from_bytes(wire[:2], "big"))
    reply.flags = dns.flags.QR
    reply.set_opcode(dns.opcode.Opcode((wire[2] >> 3) & 0xF))
    reply.set_rcode(code)
    return reply.to_wire()
