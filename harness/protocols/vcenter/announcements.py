"""Events in vCenter's history: what the world announces, and what vCenter notes of what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache

from msgspec import Raw
from pyVmomi import vim

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.sight import is_heard
from harness.protocols.vcenter.values import Payload, encode_field, ready
from harness.units import HostName, Instant, MachineId
from harness.world.aggregate import World
from harness.world.availability import Announced
from harness.world.events import Event
from harness.world.hosts import MaintenanceEntered, MaintenanceLeft
from harness.world.machines import MachineStarted, MachineStopped

SEEN: Mapping[type[Event], tuple[str, str]] = {
    MachineStarted: ("VmPoweredOnEvent", "{vm} on {host} in {datacenter} is powered on"),
    MachineStopped: ("VmPoweredOffEvent", "{vm} on {host} in {datacenter} is powered off"),
    MaintenanceEntered: ("EnteredMaintenanceModeEvent", "Host {host} in {datacenter} has entered maintenance mode"),
    MaintenanceLeft: ("ExitMaintenanceModeEvent", "Host {host} in {datacenter} has exited maintenance mode"),
}
"""What vCenter notes by itself of a host that it hears (the texts are assumed)."""

TOLD = frozenset({Announced, *SEEN})
"""The kinds of events that vCenter may have something to say of."""

SEVERITIES: Mapping[str, str] = {"com.vmware.vc.ha.VmRestartedByHAEvent": "info"}


class Announcer:
    """Words events with simulated time."""

    def __init__(self, directory: Directory, now: Callable[[], Instant]) -> None:
        self._directory, self._now = directory, now

    @property
    def now(self) -> Instant:
        """The time that events get."""
        return self._now()

    def word(self, news: Iterable[Event], world: World) -> Iterator[Raw]:
        """What vCenter has to say of ``news``, in order, as the API's events."""
        for event in news:
            made = self._announced(event, world) if isinstance(event, Announced) else self._seen(event, world)
            if made is not None:
                yield ready(made)

    def _announced(self, event: Announced, world: World) -> Payload | None:
        if event.center != self._directory.center:
            return None
        arguments = self._arguments(world, event.host, event.machine, event.cluster)
        if is_class(event.kind):
            return {"_typeName": event.kind, **arguments, "fullFormattedMessage": event.message, **own_fields(event.kind)}
        return {**self._extended(event), **arguments}

    def _extended(self, event: Announced) -> Payload:
        """An event that is no class of the API. The object is always named: vcsim hangs without one."""
        about = self._directory.machines.find(event.machine) if event.machine else None
        about = about or (self._directory.hosts.object(event.host) if event.host else None)
        about = about or (self._directory.clusters.object(event.cluster) if event.cluster else self._directory.datacenter)
        return {
            "_typeName": "EventEx",
            "eventTypeId": event.kind,
            "severity": SEVERITIES.get(event.kind, "error"),
            "message": event.message,
            "fullFormattedMessage": event.message,
            "objectId": about._moId,
            "objectType": about._wsdlName,
            "objectName": event.subject,
        }

    def _seen(self, event: Event, world: World) -> Payload | None:
        known = SEEN.get(type(event))
        if known is None:
            return None
        machine = event.id if isinstance(event, MachineStarted | MachineStopped) else None
        name = world.machines[machine].host if machine in world.machines and machine else getattr(event, "host", None)
        host = world.hosts.get(name) if name else None
        if host is None or host.center != self._directory.center or not is_heard(host):
            return None
        kind, text = known
        message = text.format(host=host.name, vm=event.subject, datacenter=self._directory.datacenter_name)
        arguments = self._arguments(world, host.name, machine, host.cluster)
        return {"_typeName": kind, **arguments, "fullFormattedMessage": message, **own_fields(kind)}

    def _arguments(self, world: World, host: HostName | None, machine: MachineId | None, cluster: str) -> Payload:
        directory = self._directory
        arguments: Payload = {"key": 0, "chainId": 0, "createdTime": encode_field(self.now), "userName": ""}
        arguments["datacenter"] = _argument("datacenter", directory.datacenter_name, directory.datacenter)
        if cluster:
            arguments["computeResource"] = _argument("computeResource", cluster, directory.clusters.object(cluster))
        if host:
            arguments["host"] = _argument("host", host, directory.hosts.object(host))
        shown_vm = directory.machines.find(machine) if machine else None
        if machine and shown_vm:
            arguments["vm"] = _argument("vm", world.machines[machine].name, shown_vm)
        return arguments


def _argument(kind: str, name: str, shown: Managed) -> Payload:
    """What an event says of a thing that it concerns, in the field ``kind``."""
    return {"_typeName": f"{kind[0].upper()}{kind[1:]}EventArgument", "name": name, kind: encode_field(shown)}


@cache
def is_class(kind: str) -> bool:
    """Whether the API has a class of events of that name."""
    return hasattr(vim.event, kind)


@cache
def own_fields(kind: str) -> Payload:
    """What events of that class of the API have to say beside: of VMs that they are no templates."""
    return {"template": False} if issubclass(getattr(vim.event, kind), vim.event.VmEvent) else {}
