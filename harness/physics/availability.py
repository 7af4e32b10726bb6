"""vSphere HA: its agents, the election of a master, and how a dead host is told from a silent one."""

from __future__ import annotations

from dataclasses import dataclass

from harness.physics import protection, restarts
from harness.physics.effects import After, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import HostName
from harness.world.agents import AgentStarted, AgentStopped
from harness.world.availability import AvailabilityConfigured, ElectionHeld, HostsDeclared, MasterElected, RestartDropped
from harness.world.host_power import HostBooted
from harness.world.hosts import FDM, Host, HostEvent, HostMoved, MaintenanceLeft, ManagementLinkSwitched


def configured(laws: Laws, event: AvailabilityConfigured) -> Effects:
    """Switching HA on starts an agent on each host; switching it off stops them and empties the protected lists."""
    for host in laws.world.members(event.cluster):
        if event.enabled and host.running and FDM not in host.agents:
            yield After("ha.agent-start", host.name, StartAgent(host.name, host.boots))
        elif not event.enabled and FDM in host.agents:
            yield AgentStopped(host.name, FDM)
    if not event.enabled:
        for machine in [m for m in laws.world.machines.values() if laws.host_of(m).cluster == event.cluster]:
            yield from protection.unprotect(laws, machine)


def start_agent(laws: Laws, event: HostBooted) -> Effects:
    """A host of an HA cluster starts its agent after it booted."""
    host = laws.world.hosts[event.host]
    if laws.world.clusters[host.cluster].enabled:
        yield After("ha.agent-start", host.name, StartAgent(host.name, host.boots))


def host_moved(laws: Laws, event: HostMoved) -> Effects:
    """A host that comes into a cluster gets its agent where vSphere HA is on there, and loses it where it is off."""
    host = laws.world.hosts[event.host]
    if FDM in host.agents:
        yield AgentStopped(host.name, FDM)
    if laws.world.clusters[host.cluster].enabled and host.running:
        yield After("ha.agent-start", host.name, StartAgent(host.name, host.boots))


@dataclass(frozen=True)
class StartAgent(Trigger):
    """The HA agent of a host comes up, in the boot numbered ``boot``."""

    host: HostName
    boot: int

    def fire(self, laws: Laws) -> Effects:
        """See :class:`Trigger`."""
        host = laws.world.hosts[self.host]
        wanted = laws.world.clusters[host.cluster].enabled
        if wanted and host.running and host.boots == self.boot and FDM not in host.agents:
            yield AgentStarted(self.host, FDM)


def eligible(host: Host) -> bool:
    """Whether a host takes part in an election: others hear its agent, and it is not in maintenance mode."""
    return host.running and host.linked and FDM in host.agents and not host.maintenance


def join(laws: Laws, event: AgentStarted) -> Effects:
    """An agent that starts joins the master there is, or looks for one."""
    if event.agent == FDM:
        yield from _join(laws, laws.world.hosts[event.host])


def leave_maintenance(laws: Laws, event: MaintenanceLeft) -> Effects:
    """A host that left maintenance mode takes part again, and what waits for a place is looked at again."""
    host = laws.world.hosts[event.host]
    if eligible(host):
        yield from _join(laws, host)


def _join(laws: Laws, host: Host) -> Effects:
    cluster = laws.world.clusters[host.cluster]
    if not eligible(host):
        return
    yield from protection.beat(laws, cluster, host)
    if cluster.master is None:
        yield After("ha.elected", cluster.name, Elect(cluster.name, cluster.election))
        return
    if host.name in cluster.dead:
        yield HostsDeclared(cluster.name, cluster.dead - {host.name})
    for machine in laws.world.machines_on(host.name):
        if machine.running and machine.id in cluster.restarts:  # it ran all the time, and nobody heard of it
            yield RestartDropped(cluster.name, machine.id)
    yield from restarts.examine(laws, cluster.name)


def link_switched(laws: Laws, event: ManagementLinkSwitched) -> Effects:
    """A host that is heard again joins; one that is isolated is missed. Its VMs run on: no isolation response (the default)."""
    host = laws.world.hosts[event.host]
    if event.up:
        yield from _join(laws, host)
    elif FDM in host.agents and not host.maintenance:
        yield from lose_agent(laws, event)


def agent_stopped(laws: Laws, event: AgentStopped) -> Effects:
    """See :func:`lose_agent`."""
    if event.agent == FDM:
        yield from lose_agent(laws, event)


def lose_agent(laws: Laws, event: HostEvent) -> Effects:
    """A host's agent is not heard: a lost master means an election, a slave is judged some time later."""
    host = laws.world.hosts[event.host]
    cluster = laws.world.clusters[host.cluster]
    if not cluster.enabled or cluster.master is None:
        return
    if cluster.master == host.name:
        yield ElectionHeld(cluster.name)
        now = laws.world.clusters[cluster.name]
        yield After("ha.elected", cluster.name, Elect(cluster.name, now.election))
    elif not (host.running and host.linked) and cluster.monitored:
        watched = protection.watched_on_datastores(laws, cluster, host.name)
        timing = f"ha.dead-{'with' if watched else 'without'}-heartbeat-datastores"
        yield After(timing, host.name, DeclareDead(cluster.name, cluster.election, host.name, host.boots))


@dataclass(frozen=True)
class Elect(Trigger):
    """The end of the election numbered ``election``."""

    cluster: str
    election: int

    def fire(self, laws: Laws) -> Effects:
        """Somebody is the master, where there is anybody who takes part."""
        cluster = laws.world.clusters[self.cluster]
        if not cluster.enabled or cluster.master is not None or cluster.election != self.election:
            return
        if chosen := winner(laws, self.cluster):
            yield MasterElected(self.cluster, chosen)
        else:
            kind = "com.vmware.vc.HA.VcCannotFindMasterEvent"
            yield laws.announce(self.cluster, kind, "event.no-master", None)


def winner(laws: Laws, cluster: str) -> HostName | None:
    """The host that sees the most datastores, the lexically highest name among equals (stated: HA deepdive); None of nobody."""
    voters = [host for host in laws.world.members(cluster) if eligible(host)]
    best = max(voters, key=lambda host: (_datastores(laws, host), host.name), default=None)
    return best.name if best else None


def _datastores(laws: Laws, host: Host) -> int:
    return sum(laws.world.usable(host.name, m.volume) for m in host.mounts.values())


@dataclass(frozen=True)
class DeclareDead(Trigger):
    """The master has looked for network and datastore heartbeats of a host, and has had no answer to its ping."""

    cluster: str
    election: int
    host: HostName
    boot: int

    def fire(self, laws: Laws) -> Effects:
        """The host is dead, unless it came back, another master watches by now, or its heartbeat on a datastore goes on.

        An isolated one without such a heartbeat is taken for dead, though it is not.
        """
        cluster, host = laws.world.clusters[self.cluster], laws.world.hosts[self.host]
        gone = (not host.running or host.boots != self.boot) and FDM not in host.agents
        if not (gone or host.isolated) or not cluster.master or cluster.election != self.election:
            return
        if not gone and protection.beats_on_datastores(laws, cluster, self.host):
            kind = "com.vmware.vc.HA.DasHostIsolatedEvent"
            yield laws.announce(cluster.name, kind, "event.host-isolated", None, host=self.host)
            return
        yield from restarts.declare(laws, cluster, frozenset({self.host}))
        yield from restarts.scan(laws, self.cluster)
