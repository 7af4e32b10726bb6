"""What somebody asks of names: an address of a host's resolver, and of DNS a change to the records of a zone (RFC 2136)."""

from __future__ import annotations

from collections.abc import Callable

from harness.errors import Refusal
from harness.operations.reach import running_host
from harness.physics import names
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import HostName
from harness.world.names import Record, Zone, ZoneChanged


def ask(laws: Laws, host: HostName, name: str) -> Operation[str]:
    """The address that ``host`` finds for a name, as it would for a mount; empty where it finds none."""
    running_host(laws, host)
    return (yield from names.resolve(laws, host, name))


def change(laws: Laws, name: str, edit: Callable[[Zone], tuple[Record, ...]]) -> Operation[None]:
    """Give a zone the records that ``edit`` makes of those that it has; all in one moment, and what ``edit`` raises is raised.

    Nothing happens where they are the same. Refuses: ``NotFound``.
    """
    zone = laws.world.zones.get(name)
    if zone is None:
        raise Refusal("NotFound", name, f"no zone {name}")
    records = edit(zone)
    if records != zone.records:
        yield ZoneChanged(name, records)
