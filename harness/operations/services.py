"""The start of a lab as far as services are concerned."""

from __future__ import annotations

from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.world.availability import CenterEvent
from harness.world.services import ServiceStarted


def settle(laws: Laws) -> Operation[None]:
    """What the VMs that run now serve has been ready for long; a vCenter whose VM does not run is off."""
    for machine in list(laws.world.machines.values()):
        service = laws.world.services.get(machine.serves)
        if service and machine.running and machine.id not in service.providers:
            yield ServiceStarted(service.name, machine.id, machine.name)
    for service in laws.world.services.values():
        center = laws.world.centers.get(service.name)
        if center and center.on and not service.ready:
            yield CenterEvent(center.name, on=False)
