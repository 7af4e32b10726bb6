"""Hosts: what a boot does, the hourly backup of the configuration, and what vCenter notices of them."""

from __future__ import annotations

from dataclasses import dataclass

from harness.physics import nas, network, storage
from harness.physics.effects import After, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import HostName, Instant
from harness.world.agents import AgentLaunched, AgentStarted, AgentStopped
from harness.world.availability import CenterEvent
from harness.world.host_files import ConfigurationSaved
from harness.world.host_power import HostBooted, HostBooting, HostPowerLost
from harness.world.hosts import HOSTD, VPXA, Connection, ConnectionChanged, Host, HostEvent, HostPower, ManagementLinkSwitched
from harness.world.mounts import StorageReported

MANAGEMENT = (HOSTD, VPXA)


def cut_power(laws: Laws, name: HostName) -> Effects:
    """A host loses its power, and the VMs that run there with it; nothing happens to one that has none."""
    if laws.world.hosts[name].power is not HostPower.OFF:
        yield HostPowerLost(name, tuple(m.id for m in laws.world.machines_on(name) if m.running))


def begin_boot(laws: Laws, event: HostBooting) -> Effects:
    """A host that boots is up some time later."""
    yield After("host.boot", event.host, FinishBoot(event.host, laws.world.hosts[event.host].boots))


@dataclass(frozen=True)
class FinishBoot(Trigger):
    """The end of the boot numbered ``boot``: what the host sees now decides what it knows afterwards."""

    host: HostName
    boot: int

    def fire(self, laws: Laws) -> Effects:
        """Storage first, then the switches, then the agents (which load the ports)."""
        host = laws.world.hosts[self.host]
        if host.power is not HostPower.BOOTING or host.boots != self.boot:
            return
        yield HostBooted(self.host, laws.now)
        yield laws.log(self.host, "log.booted")
        yield from storage.scan(laws, self.host)
        yield from nas.mount_all(laws, self.host)
        yield from network.rebuild(laws, self.host)
        for agent in MANAGEMENT:
            yield AgentStarted(self.host, agent)


def begin_agent(_laws: Laws, event: AgentLaunched) -> Effects:
    """An agent that was launched answers some time later."""
    yield After(f"agents.{event.agent}-ready", event.host, FinishAgent(event.host, event.agent, event.at))


@dataclass(frozen=True)
class FinishAgent(Trigger):
    """The end of the start of ``agent`` that began at ``launched``."""

    host: HostName
    agent: str
    launched: Instant

    def fire(self, laws: Laws) -> Effects:
        """It answers, unless it was stopped, or its host went down, meanwhile."""
        if laws.world.hosts[self.host].launched.get(self.agent) == self.launched:
            yield AgentStarted(self.host, self.agent)


def keep_saving(laws: Laws, event: HostBooted) -> Effects:
    """A running host packs its configuration every hour."""
    yield After("host.auto-backup", event.host, Backup(event.host, laws.world.hosts[event.host].boots))


@dataclass(frozen=True)
class Backup(Trigger):
    """The hourly backup of the configuration to the boot device."""

    host: HostName
    boot: int

    def fire(self, laws: Laws) -> Effects:
        """Save, and come again in an hour."""
        host = laws.world.hosts[self.host]
        if host.running and host.boots == self.boot:
            yield ConfigurationSaved(self.host)
            yield After("host.auto-backup", self.host, self)


def notice_silence(laws: Laws, event: HostEvent) -> Effects:
    """VCenter misses the heartbeats of a host that fell silent, and says so some time later."""
    if isinstance(event, AgentStopped) and event.agent not in MANAGEMENT:
        return
    host = laws.world.hosts[event.host]
    if host.connection is Connection.CONNECTED and not host.speaks and laws.world.centers[host.center].on:
        yield After("vcenter.not-responding", host.name, NoticeSilence(host.name, host.hushes))


@dataclass(frozen=True)
class NoticeSilence(Trigger):
    """vCenter gives up waiting for a heartbeat; ``hush`` numbers the silence that it waited out."""

    host: HostName
    hush: int

    def fire(self, laws: Laws) -> Effects:
        """The host is not responding, unless it spoke again meanwhile."""
        host = laws.world.hosts[self.host]
        silent = not host.speaks and host.hushes == self.hush and laws.world.centers[host.center].on
        if silent and host.connection is Connection.CONNECTED:
            yield ConnectionChanged(self.host, Connection.NOT_RESPONDING)
            yield laws.announce(host.cluster, "HostConnectionLostEvent", "event.host-lost", None, host=host.name)


def speak_again(laws: Laws, event: AgentStarted) -> Effects:
    """VCenter hears a host again once both of its management agents run."""
    if event.agent in MANAGEMENT:
        yield from _hear(laws, laws.world.hosts[event.host])


def link_switched(laws: Laws, event: ManagementLinkSwitched) -> Effects:
    """VCenter misses a host whose management network was cut, and hears it once that works again."""
    host = laws.world.hosts[event.host]
    if not event.up:
        yield from notice_silence(laws, event)
    elif host.speaks:
        yield from _hear(laws, host)


def vcenter_switched(laws: Laws, event: CenterEvent) -> Effects:
    """A vCenter that comes back hears who speaks, and starts to miss who does not."""
    if not event.on:
        return
    for host in [h for h in laws.world.hosts.values() if h.center == event.center]:
        if host.speaks:
            yield from _hear(laws, host)
        elif host.connection is Connection.CONNECTED:
            yield After("vcenter.not-responding", host.name, NoticeSilence(host.name, host.hushes))


def _hear(laws: Laws, host: Host) -> Effects:
    if not laws.vcenter_reaches(host):
        return
    if host.connection is Connection.NOT_RESPONDING:
        yield After("vcenter.heartbeat", host.name, Reconnect(host.name, host.hushes))
    elif host.connection is Connection.CONNECTED:
        yield from _agree(laws, host)


@dataclass(frozen=True)
class Reconnect(Trigger):
    """The first heartbeat of a host that vCenter had given up."""

    host: HostName
    hush: int

    def fire(self, laws: Laws) -> Effects:
        """The host is connected again, unless it fell silent meanwhile."""
        host = laws.world.hosts[self.host]
        if laws.vcenter_reaches(host) and host.hushes == self.hush and host.connection is Connection.NOT_RESPONDING:
            yield ConnectionChanged(self.host, Connection.CONNECTED)
            yield laws.announce(host.cluster, "HostConnectedEvent", "event.host-connected", None, host=host.name)


def resynchronise(laws: Laws, event: ConnectionChanged) -> Effects:
    """A host that is connected again tells vCenter its storage and gets the switches that it lacks."""
    if event.connection is Connection.CONNECTED:
        yield from _agree(laws, laws.world.hosts[event.host])


def _agree(laws: Laws, host: Host) -> Effects:
    yield StorageReported(host.name)
    yield from network.push_missing(laws, host.name)
