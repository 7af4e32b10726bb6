"""The DNS servers of a lab: real DNS over UDP and TCP, with signed dynamic updates (RFC 2136, RFC 8945)."""

from harness.protocols.dns.server import DnsServer
from harness.protocols.dns.service import NameService, signing_key

__all__ = ["DnsServer", "NameService", "signing_key"]
