"""Names: how a host's resolver finds an address, and how long it believes it."""

from __future__ import annotations

from collections.abc import Generator
from ipaddress import ip_address

from harness.physics.effects import Effect
from harness.physics.laws import Laws
from harness.units import HostName, seconds
from harness.world.names import NameCached, follow, serving


def resolve(laws: Laws, host: HostName, name: str) -> Generator[Effect, None, str]:
    """The address that a name has for ``host``; empty where it finds none.

    What it was told it believes until the shortest time to live on the way has passed, whatever a server would say by then.
    """
    if is_address(name):
        return name
    known = plain(name)
    cached = laws.world.hosts[host].resolved.get(known)
    if cached and cached.until > laws.now:
        return cached.address
    found = follow(laws.world, known) if serving(laws.world) else ()
    address = next((record.value for record in found if record.type == "A"), "")
    if address and laws.release.capability("resolver-caches").value:
        yield NameCached(host, known, address, laws.now + seconds(min(record.ttl for record in found)))
    return address


def plain(name: str) -> str:
    """A name as zones have it: in lower case, without the final dot."""
    return name.lower().rstrip(".")


def is_address(text: str) -> bool:
    """Whether something is an IP address, and no name."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
