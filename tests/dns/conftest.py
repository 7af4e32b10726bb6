"""The DNS servers of a small world, asked by dnspython as any client does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import pytest

from harness.patience import STUCK
from harness.protocols.dns import DnsServer, NameService
from harness.units import Credentials
from tests.nas import nas_scene
from tests.world.scene import Scene

KEY = Credentials("operator.test.", "c2VjcmV0IG9mIGEgdGVzdCwgbm90IG9mIHZhbHVl")
HOST = "127.0.0.1"


@dataclass
class Servers:
    """Both servers of the scene, by the site that they stand at."""

    scene: Scene
    ports: dict[str, int]

    def ask(self, name: str, kind: str = "A", *, at: str = "near", tcp: bool = False) -> dns.message.Message:
        query = dns.message.make_query(name, kind)
        ask = dns.query.tcp if tcp else dns.query.udp
        return ask(query, HOST, timeout=STUCK, port=self.ports[at])

    def lines(self, name: str, kind: str = "A", **more: object) -> list[str]:
        return [line for found in self.ask(name, kind, **more).answer for line in found.to_text().splitlines()]

    def update(self, change, zone: str = "lab.example", key: Credentials | None = KEY, at: str = "near") -> str:
        """Sends what ``change`` makes of an update; the code of the answer."""
        signed = {}
        if key:
            made = dns.tsig.Key(key.user, key.password, "hmac-sha256")
            signed = {"keyring": {made.name: made}, "keyname": made.name}
        message = dns.update.UpdateMessage(zone, **signed)
        change(message)
        return dns.rcode.to_text(dns.query.tcp(message, HOST, timeout=STUCK, port=self.ports[at]).rcode())


@pytest.fixture
def servers(tmp_path) -> Iterator[Servers]:
    scene, server = nas_scene(tmp_path, "5.0"), DnsServer()
    ports = {site: server.serve(NameService(scene.gateway, f"dns-{site}.lab.example", KEY).respond) for site in ("near", "far")}
    yield Servers(scene, ports)
    server.stop()
