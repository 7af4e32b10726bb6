"""Where everything stands in a lab that has opened, for whoever tells later what happened at which site."""

from __future__ import annotations

from collections.abc import Iterator

from harness.journal import Placed
from harness.world.aggregate import World
from harness.world.recovery import sides


def landscape(world: World) -> Iterator[Placed]:
    """What stands where, by the names that a journal's subjects have; a consistency group is at the array it is copied to."""
    yield from (Placed(site.name, "site", site.name) for site in world.sites.values())
    yield from (Placed(host.name, "host", host.site, host.center) for host in world.hosts.values())
    yield from (Placed(center.name, "vCenter", center.site) for center in world.centers.values())
    yield from (Placed(cluster.name, "cluster", "", cluster.center) for cluster in world.clusters.values())
    yield from (Placed(array.name, "array", array.site) for array in world.arrays.values())
    for medium in (*world.luns.values(), *world.exports.values()):
        kind = "LUN" if medium.device in world.luns else "export"
        yield Placed(medium.device, kind, _site_of(world, medium.array), medium.array)
    yield from (Placed(server.name, "DNS server", server.site) for server in world.nameservers.values())
    for group in world.replication.values():
        yield Placed(group.name, "consistency group", _site_of(world, group.target_array), group.target_array)
    yield from (Placed(server.name, "SRM", server.site) for server in world.recovery_servers.values())
    for plan in world.plans.values():
        server = sides(world, plan)[1]
        yield Placed(plan.name, "recovery plan", server.site, server.name)
    yield from (Placed(service.name, "service") for service in world.services.values())
    yield from (Placed(switch.name, "switch") for switch in world.switches.values())


def _site_of(world: World, array: str) -> str:
    known = world.arrays.get(array)
    return known.site if known else ""
