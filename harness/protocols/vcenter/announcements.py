"""Events in vCenter's history: what the world announces, and what vCenter notes of what it sees."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from pyVmomi import vim

from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.sight import is_heard
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

    def word(self, news: Iterable[Event], world: World) -> Iterator[Any]:
        """What vCenter has to say of ``news``, in order, as the API's events."""
        for event in news:
            made = self._announced(event, world) if type(event) is Announced else self._seen(event, world)
            if made is not None:
                yield made

    def _announced(self, event: Announced, world: World) -> Any:  # noqa: ANN401 - pyvmomi's run-time classes
        if event.center != self._directory.center:
            return None
        arguments = self._arguments(world, event.host, event.machine, event.cluster)
        kind = getattr(vim.event, event.kind, None)
        if kind is None:
            return self._extended(event, arguments)
        made = kind(fullFormattedMessage=event.message, **arguments)
        if hasattr(made, "template"):
            made.template = False
        return made

    def _extended(self, event: Announced, arguments: dict[str, Any]) -> Any:  # noqa: ANN401
        """An event that is no class of the API. The object is always named: vcsim hangs without one."""
        about = self._directory.machines.find(event.machine) if event.machine else None
        about = about or (self._directory.hosts.object(event.host) if event.host else None)
        about = about or (self._directory.clusters.object(event.cluster) if event.cluster else self._directory.datacenter)
        return vim.event.EventEx(
            eventTypeId=event.kind,
            severity=SEVERITIES.get(event.kind, "error"),
            message=event.message,
            fullFormattedMessage=event.message,
            objectId=about._moId,
            objectType=type(about),
            objectName=event.subject,
            **arguments,
        )

    def _seen(self, event: Event, world: World) -> Any:  # noqa: ANN401
        known = SEEN.get(type(event))
        if known is None:
            return None
        machine = event.id if isinstance(event, MachineStarted | MachineStopped) else None
        name = world.machines[machine].host if machine in world.machines and machine else getattr(event, "host", None)
        host = world.hosts.get(name) if name else None
        if host is None or host.center != self._directory.center or not is_heard(host):
            return None
        kind, text = known
        subjects = {"host": host.name, "vm": event.subject, "datacenter": self._directory.datacenter_name}
        made = getattr(vim.event, kind)(
            fullFormattedMessage=text.format(**subjects), **self._arguments(world, host.name, machine, host.cluster)
        )
        if machine:
            made.template = False
        return made

    def _arguments(self, world: World, host: HostName | None, machine: MachineId | None, cluster: str) -> dict[str, Any]:
        arguments: dict[str, Any] = {"key": 0, "chainId": 0, "createdTime": self.now, "userName": ""}
        directory = self._directory
        center = vim.event.DatacenterEventArgument(name=directory.datacenter_name, datacenter=directory.datacenter)
        arguments["datacenter"] = center
        if cluster:
            shown = directory.clusters.object(cluster)
            arguments["computeResource"] = vim.event.ComputeResourceEventArgument(name=cluster, computeResource=shown)
        if host:
            arguments["host"] = vim.event.HostEventArgument(name=host, host=directory.hosts.object(host))
        shown_vm = directory.machines.find(machine) if machine else None
        if machine and shown_vm:
            arguments["vm"] = vim.event.VmEventArgument(name=world.machines[machine].name, vm=shown_vm)
        return arguments
