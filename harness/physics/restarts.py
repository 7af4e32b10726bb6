"""vSphere HA: which VMs the master has to start, where it can, and what it does when it cannot."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass

from harness.physics import disks, network, portfiles, protection, storage, vmx
from harness.physics.effects import After, At, Effects, Trigger
from harness.physics.laws import Laws
from harness.records import replace
from harness.units import HostName, MachineId, Span
from harness.world.availability import Cluster, HostsDeclared, MasterElected, Restart, RestartDropped, RestartNoted
from harness.world.hosts import FDM, Host
from harness.world.machines import Machine, MachineRegistered, MachineStarted, MachineUnregistered
from harness.world.mounts import VolumeMounted
from harness.world.storage import LunAccessSet, LunPresented, LunReturned

PRIORITIES = ("high", "medium", "low")


def take_over_soon(laws: Laws, event: MasterElected) -> Effects:
    """A new master starts restarts some time after its election."""
    if not event.established:
        trigger = TakeOver(event.cluster, laws.world.clusters[event.cluster].election)
        yield After("ha.restart-after-master-failure", event.cluster, trigger, less="ha.elected")


@dataclass(frozen=True)
class TakeOver(Trigger):
    """The master elected in the election numbered ``election`` has read the protected lists."""

    cluster: str
    election: int

    def fire(self, laws: Laws) -> Effects:
        """Hosts that it does not hear are dead; what should run is started, what runs is protected."""
        cluster = laws.world.clusters[self.cluster]
        if not cluster.master or cluster.election != self.election:
            return
        dead = silent_members(laws, cluster)
        if dead and cluster.monitored:
            yield from declare(laws, cluster, dead)
        yield from protection.protect_all(laws, laws.world.clusters[self.cluster])
        yield from scan(laws, self.cluster)


def declare(laws: Laws, cluster: Cluster, dead: frozenset[HostName]) -> Effects:
    """The master holds hosts for dead, and vCenter says so."""
    yield HostsDeclared(cluster.name, cluster.dead | dead)
    for name in sorted(dead):
        yield laws.announce(cluster.name, "com.vmware.vc.HA.DasHostFailedEvent", "event.host-failed", None, host=name)


def silent_members(laws: Laws, cluster: Cluster) -> frozenset[HostName]:
    """The hosts that a new master hears neither over the network nor on a datastore, and that are not in maintenance mode."""
    members = [host for host in laws.world.members(cluster.name) if not host.maintenance]
    silent = [host for host in members if not host.running or host.isolated]
    return frozenset(h.name for h in silent if not protection.beats_on_datastores(laws, cluster, h.name))


def storage_appeared(laws: Laws, event: VolumeMounted) -> Effects:
    """A volume that a host mounted may hold VMs to start, or be what a waiting VM lacked."""
    yield from examine(laws, laws.world.hosts[event.host].cluster)


def lun_improved(laws: Laws, event: LunReturned | LunAccessSet | LunPresented) -> Effects:
    """A LUN that answers again, also to a host that has it mounted, or takes writes, may be what a waiting VM lacked."""
    for cluster in laws.world.clusters:
        yield from examine(laws, cluster)


def settle(laws: Laws, event: MachineStarted | MachineUnregistered) -> Effects:
    """A VM that runs, or that nobody knows any more, has no restart to come: whoever saw to it."""
    for cluster in laws.world.clusters.values():
        if event.id in cluster.restarts:
            yield RestartDropped(cluster.name, event.id)


def examine(laws: Laws, cluster: str) -> Effects:
    """Something changed for the better: the master reads its lists again and tries again to place what waits."""
    now = laws.world.clusters[cluster]
    if not now.enabled or not now.master:
        return
    yield from scan(laws, cluster)
    for machine, restart in now.restarts.items():
        if restart.pending and not restart.given_up:
            yield At(Span(), Attempt(cluster, now.election, machine))


def scan(laws: Laws, cluster: str) -> Effects:
    """The master takes up every protected VM that should run and does not, the more important ones first."""
    now = laws.world.clusters[cluster]
    lost = {machine.id for machine in laws.world.machines.values() if _lost(laws, now, machine)}
    listed = protection.protected_machines(laws, now) if lost else []  # else it finds none there that it has to start
    protected = [machine for machine in listed if machine.id in lost]
    for machine in sorted(protected, key=lambda m: PRIORITIES.index(m.priority) if m.priority in PRIORITIES else 1):
        yield RestartNoted(cluster, machine.id, Restart())
        yield At(Span(), Attempt(cluster, now.election, machine.id))


def _lost(laws: Laws, cluster: Cluster, machine: Machine) -> bool:
    host = laws.host_of(machine)
    known = host.name in cluster.dead or (host.running and FDM in host.agents)
    return known and not _heard(laws, cluster, machine) and machine.id not in cluster.restarts


def _heard(laws: Laws, cluster: Cluster, machine: Machine) -> bool:
    """Whether a VM runs and the master knows it: not of what runs on an isolated host that it takes for dead."""
    host = laws.host_of(machine)
    return machine.running and not (host.isolated and host.name in cluster.dead)


@dataclass(frozen=True)
class Attempt(Trigger):
    """The master tries to start one VM, in the term that began with the election numbered ``election``."""

    cluster: str
    election: int
    machine: MachineId

    def fire(self, laws: Laws) -> Effects:
        """Place it, or let it wait; a place that turns out bad uses up an attempt, want of a place does not (quoted)."""
        cluster, machine = laws.world.clusters[self.cluster], laws.world.machines.get(self.machine)
        restart = cluster.restarts.get(self.machine)
        if cluster.election != self.election or not restart or restart.given_up or not machine:
            return
        if _heard(laws, cluster, machine):
            return
        host, reason = place(laws, cluster, machine)
        if host is None:
            yield from self._wait(laws, machine, restart, reason)
            return
        if machine.running and not laws.world.opens(machine, laws.world.copy(host.name, machine.vmx)):
            return  # on another copy it would run a second time: that is left to whoever forces it
        yield RestartNoted(self.cluster, self.machine, Restart(restart.attempts + 1))
        yield from self._start(laws, machine, host)

    def _start(self, laws: Laws, machine: Machine, host: Host) -> Effects:
        """Have the VM powered on at its place, or fail for what is in the way there."""
        if machine.running:
            yield from self._fail(laws, machine, host, laws.phrase("reason.files-locked", vm=machine.name))
            return
        missing = missing_port_file(laws, host, machine) if host.name != machine.host else ""
        broken = disks.first_broken(laws, host.name, machine)
        if broken:
            yield from disks.log_broken(laws, host.name, machine, broken)
        if missing or broken:
            yield from self._fail(laws, machine, host, missing or (broken.told(laws) if broken else ""))
            return
        if host.name != machine.host:
            yield from register(laws, machine, host)
        yield After("machine.power-on", machine.name, PowerUp(self.cluster, self.election, self.machine))

    def _wait(self, laws: Laws, machine: Machine, restart: Restart, reason: str) -> Effects:
        if restart.pending == reason:
            return
        yield RestartNoted(self.cluster, self.machine, replace(restart, pending=reason))
        kind, phrase = "NotEnoughResourcesToStartVmEvent", "event.not-enough-resources"
        yield laws.announce(self.cluster, kind, phrase, machine, host=machine.host, reason=reason)

    def _fail(self, laws: Laws, machine: Machine, host: Host, reason: str) -> Effects:
        yield laws.announce(self.cluster, "VmFailoverFailed", "event.failover-failed", machine, host=host.name, reason=reason)
        restart = laws.world.clusters[self.cluster].restarts[self.machine]
        schedule = laws.release.schedule("ha.restart-attempts").value
        if restart.attempts < len(schedule):
            yield At(schedule[restart.attempts] - schedule[restart.attempts - 1], self)
            return
        yield RestartNoted(self.cluster, self.machine, replace(restart, given_up=True))
        yield laws.announce(self.cluster, "VmMaxRestartCountReached", "event.max-restarts", machine, host=host.name)


@dataclass(frozen=True)
class PowerUp(Trigger):
    """A VM that the master placed has been powered on."""

    cluster: str
    election: int
    machine: MachineId

    def fire(self, laws: Laws) -> Effects:
        """The VM runs, unless its new host can no longer take it: then it is looked at again."""
        machine = laws.world.machines.get(self.machine)
        cluster = laws.world.clusters[self.cluster]
        if not machine or machine.running or self.machine not in cluster.restarts or cluster.election != self.election:
            return
        host = laws.host_of(machine)
        if unfit(laws, cluster, host, machine) is not None:
            yield At(Span(), Attempt(self.cluster, self.election, self.machine))
            return
        yield MachineStarted(machine.id, machine.name)
        kind = "com.vmware.vc.ha.VmRestartedByHAEvent"
        yield laws.announce(self.cluster, kind, "event.restarted", machine, host=host.name)


def place(laws: Laws, cluster: Cluster, machine: Machine) -> tuple[Host | None, str]:
    """The host that gets a VM: of the compatible ones that with the fewest VMs. None, and why, where there is none."""
    reasons, candidates = [], []
    for host in laws.world.members(cluster.name):
        reason = unfit(laws, cluster, host, machine)
        if reason is None:
            candidates.append(host)
        elif reason:
            reasons.append(reason)
    if candidates:
        starting = {machine for machine, restart in cluster.restarts.items() if restart.attempts}
        return min(candidates, key=lambda h: (_load(laws, starting, h), h.name)), ""
    return None, "; ".join(reasons) or laws.phrase("reason.no-compatible-host", vm=machine.name)


def _load(laws: Laws, starting: Set[MachineId], host: Host) -> int:
    """The VMs that run on a host, and those that are being started there."""
    return sum(laws.world.machines[machine].running or machine in starting for machine in host.vmids)


def unfit(laws: Laws, cluster: Cluster, host: Host, machine: Machine) -> str | None:
    """Why a VM cannot run on a host; empty where the host does not count at all; None where the VM can run there."""
    if host.name in cluster.dead or not host.running or host.isolated or FDM not in host.agents:
        return ""
    if host.maintenance:
        return laws.phrase("reason.maintenance-mode", host=host.name)
    return storage.hindrance(laws, host.name, machine) or None


def missing_port_file(laws: Laws, host: Host, machine: Machine) -> str:
    """Why the port state of a VM cannot be had on a host, by its ``.vmx`` and port files there; empty where it can."""
    content = laws.read(host.name, machine.vmx)
    for _, switch, port in vmx.ports(vmx.read(content or b"")):
        path = portfiles.port_path(machine.vmx, switch, port)
        if portfiles.read_port(laws.read(host.name, path)) is None:
            return laws.phrase("reason.port-file-missing", path=path.absolute)
    return ""


def register(laws: Laws, machine: Machine, host: Host) -> Effects:
    """The VM is registered on another host, which reads its port files then (``harness/DESIGN.md``, section 9)."""
    moved = replace(machine, host=host.name)
    yield MachineRegistered(moved)
    for nic, backing in network.static_nics(laws, moved):
        yield from network.adopt_port(laws, moved, nic, backing)
