"""The DNS servers of a lab. They say nothing while their site has no power, and need no front door for it."""

from __future__ import annotations

from contextlib import ExitStack

from harness.gateway import Gateway
from harness.lab.access import NameAccess
from harness.units import Address, Credentials

KEY = Credentials("operator.blackstart.", "cmVoZWFyc2UtYS1ibGFja3N0YXJ0LW9mLW5hbWVzISE=")
"""Who changes the zones of a lab. Nothing of value is behind this key."""
LOOPBACK = "127.0.0.1"


def serve_names(gateway: Gateway, parts: ExitStack) -> dict[str, NameAccess]:
    """Every DNS server of the world, by name, from one thread, which ends with ``parts``."""
    if not gateway.world.nameservers:
        return {}
    from harness.protocols.dns import DnsServer, NameService  # noqa: PLC0415 - only a lab that has DNS imports it

    server = DnsServer()
    parts.callback(server.stop)
    served = {}
    for name, known in gateway.world.nameservers.items():
        port = server.serve(NameService(gateway, name, KEY).respond)
        served[name] = NameAccess(name, known.site, Address(LOOPBACK, port), KEY)
    return served
