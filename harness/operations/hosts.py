"""What somebody asks of a host: power, maintenance mode, agents, services, its configuration."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations.reach import known_host, manageable_host, running_host
from harness.physics import hosts as physics
from harness.physics.effects import Await, Operation, Rest, Spend
from harness.physics.laws import Laws
from harness.physics.switch_files import keep_syncing
from harness.units import HostName, Span
from harness.world.agents import AgentLaunched, AgentStopped, SshSwitched
from harness.world.aggregate import World
from harness.world.host_files import ConfigurationSaved
from harness.world.host_power import HostBooted, HostBooting, HostShutDown
from harness.world.hosts import (
    HOSTD,
    VPXA,
    Connection,
    ConnectionChanged,
    HostMoved,
    HostPower,
    MaintenanceEntered,
    MaintenanceLeft,
)
from harness.world.machines import MachineStopped

PATIENCE = Span(hours=1)
"""How long entering maintenance mode waits for VMs that nobody moves away, where the caller names no time-out (assumed)."""


def wake(laws: Laws) -> Operation[None]:
    """Begin the periodic work of the hosts that were up before anybody watched; for the start of a lab."""
    for host in laws.world.hosts.values():
        if host.running:
            yield laws.log(host.name, "log.booted")
            yield from physics.keep_saving(laws, HostBooted(host.name, laws.now))
            yield from keep_syncing(laws, HostBooted(host.name, laws.now))


def cut_power(laws: Laws, name: HostName) -> Operation[None]:
    """The host loses its power; nothing happens to one that has none."""
    known_host(laws, name)
    yield from physics.cut_power(laws, name)


def give_power(laws: Laws, name: HostName) -> Operation[None]:
    """A host that is off gets power and begins to boot; it is up some time later. Refuses ``InvalidState`` at a lost site."""
    host = known_host(laws, name)
    site = laws.world.sites.get(host.site)
    if site and not site.up:
        raise Refusal("InvalidState", name, f"{name} stands at {site.name}, which has no power")
    if host.power is HostPower.OFF:
        yield HostBooting(name)


def reboot(laws: Laws, name: HostName, *, force: bool = False, delay: Span | None = None) -> Operation[None]:
    """Restart the host; its VMs are stopped, and not cleanly (quoted: a client's reboot logs ``clnPwrOff=false``).

    Begins after ``delay`` and returns when the host goes down. Refuses (``InvalidState``) outside maintenance mode unless
    ``force``.
    """
    yield from _go_down(laws, name, force, delay, clean=False)
    yield HostShutDown(name)
    yield HostBooting(name)


def shut_down(laws: Laws, name: HostName, *, force: bool = False, delay: Span | None = None) -> Operation[None]:
    """Switch the host off in an orderly way; its VMs count as cleanly powered off (quoted). Refuses as :func:`reboot` does."""
    yield from _go_down(laws, name, force, delay, clean=True)
    yield HostShutDown(name)


def _go_down(laws: Laws, name: HostName, force: bool, delay: Span | None, *, clean: bool) -> Operation[None]:
    host = running_host(laws, name)
    if not host.maintenance and not force:
        raise Refusal("InvalidState", name, f"{name} is not in maintenance mode")
    if delay:
        yield Rest(delay)
    yield Spend("host.shutdown", name)
    if running_host(laws, name).boots != host.boots:
        raise Refusal("HostNotReachable", name, f"{name} went down by itself meanwhile")
    for machine in laws.world.machines_on(name):
        if machine.running:
            yield MachineStopped(machine.id, machine.name, clean)
    yield ConfigurationSaved(name)


def enter_maintenance(laws: Laws, name: HostName, limit: Span | None = None) -> Operation[None]:
    """Wait until no VM runs on the host, then it is in maintenance mode.

    Refuses: ``InvalidState`` where it already is, ``Timedout`` after ``limit`` (an hour where none is given).
    """
    _must_be_out(laws, name)
    end = laws.now + (limit or PATIENCE)
    while True:
        empty = yield Await(lambda world: _is_empty(world, name), max(end - laws.now, Span()))
        if not empty:
            raise Refusal("Timedout", name, f"{name} still runs VMs")
        yield Spend("host.enter-maintenance", name)
        _must_be_out(laws, name)
        if _is_empty(laws.world, name):  # nothing came to run there meanwhile
            break
    yield MaintenanceEntered(name)
    yield ConfigurationSaved(name)


def _must_be_out(laws: Laws, name: HostName) -> None:
    if manageable_host(laws, name).maintenance:
        raise Refusal("InvalidState", name, f"{name} is already in maintenance mode")


def _must_be_in(laws: Laws, name: HostName) -> None:
    if not manageable_host(laws, name).maintenance:
        raise Refusal("InvalidState", name, f"{name} is not in maintenance mode")


def _is_empty(world: World, name: HostName) -> bool:
    return not any(m.running for m in world.machines_on(name))


def exit_maintenance(laws: Laws, name: HostName) -> Operation[None]:
    """Take the host out of maintenance mode. Refuses (``InvalidState``) where it is not in it."""
    _must_be_in(laws, name)
    yield Spend("host.exit-maintenance", name)
    _must_be_in(laws, name)
    yield MaintenanceLeft(name)
    yield ConfigurationSaved(name)


def move(laws: Laws, name: HostName, cluster: str) -> Operation[None]:
    """Bring the host into another cluster of its vCenter. Refuses (``InvalidState``) where it is not in maintenance mode."""
    _must_be_in(laws, name)
    yield HostMoved(name, cluster)


def restart_services(laws: Laws, name: HostName) -> Operation[None]:
    """What ``services.sh restart`` does: the management agents stop, and are launched some time later. VMs run on."""
    running_host(laws, name)
    yield from stop_agent(laws, name, VPXA)
    yield from stop_agent(laws, name, HOSTD)
    yield Spend("agents.services-restart", name)
    yield from start_agent(laws, name, HOSTD)
    yield from start_agent(laws, name, VPXA)


def restart_agent(laws: Laws, name: HostName, agent: str) -> Operation[None]:
    """Stop and launch one management agent, ``hostd`` or ``vpxa``; it answers some time after this returns."""
    yield from stop_agent(laws, name, agent)
    yield Spend(f"agents.{agent}-restart", name)
    yield from start_agent(laws, name, agent)


def stop_agent(laws: Laws, name: HostName, agent: str) -> Operation[None]:
    """Stop a management agent; nothing happens where it does not run."""
    host = running_host(laws, name)
    if agent in host.agents or agent in host.launched:
        yield AgentStopped(name, agent)


def start_agent(laws: Laws, name: HostName, agent: str) -> Operation[None]:
    """Launch a management agent, which answers some time later; nothing happens where it runs."""
    host = running_host(laws, name)
    if agent not in host.agents and agent not in host.launched:
        yield AgentLaunched(name, agent, laws.now)


def switch_ssh(laws: Laws, name: HostName, *, enabled: bool) -> Operation[None]:
    """Enable or disable SSH logins; sessions that are open stay open."""
    if running_host(laws, name).ssh is not enabled:
        yield SshSwitched(name, enabled)


def save_configuration(laws: Laws, name: HostName) -> Operation[None]:
    """Pack the host's configuration to its boot device now, as ``auto-backup.sh`` does every hour."""
    running_host(laws, name)
    yield ConfigurationSaved(name)


def save_all(laws: Laws) -> Operation[None]:
    """Have every host that runs save its configuration; for the start of a lab."""
    for host in list(laws.world.hosts.values()):
        if host.running:
            yield ConfigurationSaved(host.name)


def disconnect(laws: Laws, name: HostName) -> Operation[None]:
    """VCenter no longer manages the host; nothing changes on it."""
    if known_host(laws, name).connection is not Connection.DISCONNECTED:
        yield ConnectionChanged(name, Connection.DISCONNECTED)


def reconnect(laws: Laws, name: HostName) -> Operation[None]:
    """VCenter manages the host again. Refuses (``HostConnectFault``) where the host does not answer."""
    host = known_host(laws, name)
    if not host.speaks:
        raise Refusal("HostConnectFault", name, f"{name} does not answer")
    if host.connection is not Connection.CONNECTED:
        yield ConnectionChanged(name, Connection.CONNECTED)
