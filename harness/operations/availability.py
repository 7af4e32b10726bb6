"""What somebody asks of a cluster and of a vCenter Server."""

from __future__ import annotations

from harness.errors import Refusal
from harness.physics import protection
from harness.physics.availability import winner
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.world.agents import AgentStarted
from harness.world.availability import AvailabilityConfigured, CenterEvent, MasterElected
from harness.world.hosts import FDM


def configure(laws: Laws, cluster: str, *, enabled: bool, monitored: bool = True) -> Operation[None]:
    """Switch vSphere HA of a cluster on or off; ``monitored`` is its host monitoring. Its agents follow in simulated time."""
    known = laws.world.clusters.get(cluster)
    if known is None:
        raise Refusal("NotFound", cluster, f"no cluster {cluster}")
    if (known.enabled, known.monitored) != (enabled, monitored):
        yield AvailabilityConfigured(cluster, enabled, monitored)


def settle(laws: Laws, cluster: str) -> Operation[None]:
    """Switch vSphere HA of a cluster on as if it had been so for long: agents run, one is master, what runs is protected."""
    yield AvailabilityConfigured(cluster, enabled=True)
    for host in laws.world.members(cluster):
        if host.running:
            yield AgentStarted(host.name, FDM)
    if master := winner(laws, cluster):
        yield MasterElected(cluster, master, established=True)
    yield from protection.protect_all(laws, laws.world.clusters[cluster])


def switch_center(laws: Laws, center: str, *, on: bool) -> Operation[None]:
    """Switch a vCenter Server on or off, with the machine it runs in."""
    known = laws.world.centers.get(center)
    if known is None:
        raise Refusal("NotFound", center, f"no vCenter {center}")
    if known.on is not on:
        yield CenterEvent(center, on)
