"""VMs: what the loss of a host does to them, and the configuration files that follow what they are."""

from __future__ import annotations

from harness.physics import network, vmx
from harness.physics.effects import Effects
from harness.physics.laws import Laws
from harness.world.host_power import HostPowerLost
from harness.world.machines import MachineChanged, MachineRegistered, MachineStarted, MachineStopped
from harness.world.volume_files import FileWritten


def lose_power(laws: Laws, event: HostPowerLost) -> Effects:
    """VMs died with the host under them; nobody shut them down."""
    for machine in event.machines:
        yield MachineStopped(machine, laws.world.machines[machine].name, clean=False)


def keep_vmx(laws: Laws, event: MachineRegistered | MachineChanged) -> Effects:
    """The ``.vmx`` says what the VM is, as long as the VM's host can write to the volume."""
    machine = event.machine
    place = laws.world.writable(machine.host, machine.vmx)
    if place is None:
        return
    content = vmx.write(machine, laws.release.number("hardware-version"))
    if laws.read(machine.host, machine.vmx) != content:
        yield FileWritten(place.device, place.path, content, laws.now, 0o755)


def begin_run(laws: Laws, event: MachineStarted) -> Effects:
    """A VM that starts connects its vNICs."""
    for nic in laws.world.machines[event.id].nics:
        if nic.start_connected:
            yield from network.link(laws, laws.world.machines[event.id], nic)
