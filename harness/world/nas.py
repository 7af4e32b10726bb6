"""Network-attached storage: the exports of a NAS, which hosts mount over NFS."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.units import DeviceId
from harness.world.replication import Array
from harness.world.storage import Medium

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class Export(Medium):
    """A directory that a NAS exports as ``path``; ``presented`` are the hosts that it lets mount it."""

    path: str


def export_device(array: str, path: str) -> DeviceId:
    """The name by which the lab knows an export; hosts know it by server and path."""
    return DeviceId(f"nfs.{array}{path.replace('/', '.')}")


def nas_at(world: World, address: str) -> Array | None:
    """The NAS that serves at an IP address, on or off."""
    return next((array for array in world.arrays.values() if array.kind == "nas" and array.address == address), None)


def answers(world: World, address: str) -> bool:
    """Whether something with that address runs: a NAS, or a host."""
    server = nas_at(world, address)
    return bool(server and server.on) or any(host.running for host in world.hosts.values() if host.address == address)


def export_at(world: World, address: str, path: str) -> Export | None:
    """What the NAS at an IP address exports as ``path``; None where there is no such NAS, or no such export."""
    server = nas_at(world, address)
    found = (export for export in world.exports.values() if server and export.array == server.name)
    return next((export for export in found if export.path == path), None)
