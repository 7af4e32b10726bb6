"""How hosts are shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from operator import attrgetter

from msgspec import Raw
from pyVmomi import vim

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.directory import Directory, HostParts
from harness.protocols.vcenter.projection import storage
from harness.protocols.vcenter.projection.facts import Fact, Plain, Showing, of_runtime
from harness.protocols.vcenter.projection.sight import Sight
from harness.protocols.vcenter.values import encode_field, ready
from harness.world.availability import Cluster
from harness.world.hosts import FDM, HOSTD, VPXA, Connection, Host

SERVICES = (
    ("TSM-SSH", "SSH"),
    ("vpxa", "VMware vCenter Agent"),
    ("hostd", "Host agent"),
    ("vmware-fdm", "vSphere High Availability Agent"),
)
"""The services of a host as the API names and labels them (the keys ``TSM-SSH`` and ``vpxa`` are those of real hosts)."""


OF_HOST = attrgetter(
    *("name", "cluster", "power", "connection", "linked", "maintenance", "booted", "agents", "ssh", "reported", "devices")
)
OF_CLUSTER = attrgetter("enabled", "master", "dead")
"""What of a host, and of its cluster, decides what :func:`show_host` shows, beside what its vCenter hears and sees of storage."""


CONNECTION = (
    *("runtime.connectionState", "summary.runtime.connectionState"),
    *("runtime.powerState", "summary.runtime.powerState"),
    *("overallStatus", "summary.overallStatus"),
)
RUNTIME = (
    *("runtime.inMaintenanceMode", "summary.runtime.inMaintenanceMode"),
    *("runtime.bootTime", "summary.runtime.bootTime"),
)


def show_host(sight: Sight, directory: Directory, host: Host) -> Iterator[Showing]:
    """What is shown of a host beside its datastores' own properties: of a silent one only what vCenter itself knows."""
    shown = directory.hosts.object(host.name)
    yield _connection(shown, host)
    yield show_availability(sight, directory, host)
    yield show_machines(sight, directory, host)
    if host.name in sight.silent:
        return
    yield Plain(shown, RUNTIME, (host.maintenance, host.maintenance, host.booted, host.booted))
    yield _services(host, directory.parts[host.name])
    yield from storage.show_storage(sight, directory, host)


def show_machines(sight: Sight, directory: Directory, host: Host) -> Fact:
    """The VMs on a host."""
    machines = [found for m in sight.machines_on(host.name) if (found := directory.machines.find(m.id))]
    return Fact(directory.hosts.object(host.name), "vm", tuple(m._moId for m in machines), lambda: machines)


def _connection(shown: Managed, host: Host) -> Plain:
    connected = host.connection is Connection.CONNECTED
    state, power = host.connection.value, "poweredOn" if connected else "unknown"
    status = "green" if connected else "red"
    return Plain(shown, CONNECTION, (state, state, power, power, status, status))


def show_availability(sight: Sight, directory: Directory, host: Host) -> Fact:
    """A host's part in vSphere HA."""
    cluster = sight.clusters[host.cluster]
    state = availability_state(cluster, host)
    reporter = directory.hosts.object(cluster.master) if cluster.master else None
    build = partial(vim.cluster.DasFdmHostState, state=state, stateReporter=reporter) if state else None
    shown = directory.hosts.object(host.name)
    return of_runtime(shown, "dasHostState", (state, cluster.master) if state else None, build)


def availability_state(cluster: Cluster, host: Host) -> str:
    """A host's part in vSphere HA in the API's words; empty where it has none."""
    if not cluster.enabled or host.maintenance:
        return ""
    if host.name in cluster.dead:
        return "hostDown"
    if host.isolated:
        return "networkIsolated"
    if FDM not in host.agents:
        return "uninitialized"
    if cluster.master is None:
        return "election"
    return "master" if cluster.master == host.name else "connectedToMaster"


def _services(host: Host, parts: HostParts) -> Fact:
    running = {"TSM-SSH": host.ssh, "vpxa": VPXA in host.agents, "hostd": HOSTD in host.agents, "vmware-fdm": FDM in host.agents}
    told = tuple(running.items())
    return Fact(parts.services, "serviceInfo", told, partial(_service_info, told))


@cache
def _service_info(running: tuple[tuple[str, bool], ...]) -> Raw:
    """The same for all hosts whose services run alike."""
    known = dict(running)
    services = [
        vim.host.Service(key=key, label=label, required=False, uninstallable=False, running=known[key], policy="on", ruleset=[])
        for key, label in SERVICES
    ]
    return ready(encode_field(vim.host.ServiceInfo(service=services)))
