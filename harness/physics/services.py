"""What VMs serve: ready some time after a VM that serves it was powered on, and gone with the last one."""

from __future__ import annotations

from dataclasses import dataclass

from harness.physics.effects import After, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import MachineId
from harness.world.availability import CenterEvent
from harness.world.machines import MachineStarted, MachineStopped
from harness.world.recovery import isolated
from harness.world.services import ServiceEvent, ServiceStarted, ServiceStopped


def start_soon(laws: Laws, event: MachineStarted) -> Effects:
    """A VM that serves something takes its time to get there; nobody reaches one in a test network."""
    machine = laws.world.machines[event.id]
    service = laws.world.services.get(machine.serves)
    if service and not isolated(machine):
        yield After(f"service.{service.kind}-start", service.name, Ready(machine.id, machine.world_id))


@dataclass(frozen=True)
class Ready(Trigger):
    """A VM, in the run that has this world id, has started all that it serves."""

    machine: MachineId
    world_id: int

    def fire(self, laws: Laws) -> Effects:
        """Unless that run is over."""
        machine = laws.world.machines.get(self.machine)
        if machine and machine.running and machine.world_id == self.world_id:
            yield ServiceStarted(machine.serves, machine.id, machine.name)


def stop(laws: Laws, event: MachineStopped) -> Effects:
    """What a VM served it serves no longer."""
    for service in list(laws.world.services.values()):
        if event.id in service.providers:
            yield ServiceStopped(service.name, event.id, event.name)


def switch_center(laws: Laws, event: ServiceEvent) -> Effects:
    """A vCenter Server that VMs serve is on exactly while one of them answers."""
    center = laws.world.centers.get(event.service)
    ready = laws.world.services[event.service].ready
    if center and center.on is not ready:
        yield CenterEvent(center.name, ready)
