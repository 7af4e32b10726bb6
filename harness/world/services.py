"""What VMs serve: vCenter Servers, cells of vCloud Director, databases ..."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import MachineId
from harness.world.events import Event

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class Service:
    """A service by its name. ``kind`` names its start-up time in the release data; ``providers`` are the VMs that answer now."""

    name: str
    kind: str
    providers: frozenset[MachineId] = frozenset()

    @property
    def ready(self) -> bool:
        """Whether it answers."""
        return bool(self.providers)


@dataclass(frozen=True)
class ServiceEvent(Event):
    """An event that replaces one service. ``name`` is the VM's, for people."""

    service: str
    machine: MachineId
    name: str

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_service(self.change(world.services[self.service]))

    def change(self, service: Service) -> Service:
        """The service in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The service's name."""
        return self.service


@dataclass(frozen=True)
class ServiceStarted(ServiceEvent):
    """A VM has come so far that it answers."""

    def change(self, service: Service) -> Service:
        """See :class:`ServiceEvent`."""
        return replace(service, providers=service.providers | {self.machine})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"answers on {self.name}"


@dataclass(frozen=True)
class ServiceStopped(ServiceEvent):
    """A VM that answered does not run any more."""

    def change(self, service: Service) -> Service:
        """See :class:`ServiceEvent`."""
        return replace(service, providers=service.providers - {self.machine})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"no longer answers on {self.name}"
