"""VMs that vcsim has created: they become VMs of the world, and the world's VMs become shown ones."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from pyVmomi import vim

from harness.errors import LabError, Refusal
from harness.gateway import Gateway
from harness.operations import machines, registration
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.mirror import Mirror
from harness.protocols.vcenter.projection.devices import Shelf
from harness.world.machines import Disk, Machine
from harness.world.storage import VolumeFile


@dataclass(frozen=True)
class Made:
    """A VM as vcsim has it."""

    vmx: VolumeFile
    devices: list[Any]
    disks: tuple[Disk, ...]

    def with_disks(self, machine: Machine) -> Machine:
        """``machine`` with these disks; what is behind those that it has stays."""
        known = {disk.file: disk.parents for disk in machine.disks}
        return replace(machine, disks=tuple(replace(disk, parents=known.get(disk.file, ())) for disk in self.disks))


@dataclass
class Intake:
    """Takes VMs of vcsim over into the world. For any thread that is not the gateway's."""

    gateway: Gateway
    console: Console
    directory: Directory
    shelf: Shelf
    mirror: Mirror

    def read(self, shown: Managed) -> Made:
        """What vcsim has made."""
        found = self.console.read(shown, "config.files.vmPathName", "config.hardware.device")
        devices = list(found["config.hardware.device"])
        disks = [d for d in devices if isinstance(d, vim.vm.device.VirtualDisk)]
        return Made(self._place(found["config.files.vmPathName"]), devices, tuple(self._disk(disk) for disk in disks))

    def adopt(self, shown: Managed, machine: Machine, *, created: bool) -> None:
        """Register ``machine``, which holds its ports, as the VM ``shown``; where the world refuses it is gone from vcsim.

        One that a client has just ``created`` has the disks that vcsim made; another those of its files.
        """
        made = self.read(shown)
        machine = replace(machine, vmx=made.vmx, disks=made.disks if created else machine.disks)
        self.directory.machines.bind(machine.id, shown)
        self.shelf.keep(machine.id, made.devices)
        try:
            self.gateway.perform(machines.register, machine)
        except Refusal:
            self.directory.machines.forget(machine.id)
            self.shelf.drop(machine.id)
            self.gateway.perform(registration.release_ports, machine)
            self.console.call([(shown, "UnregisterVM", {})])
            raise
        self.gateway.perform(registration.note_files, machine.host, machine.vmx.parent)

    def _disk(self, disk: Managed) -> Disk:
        return Disk(disk.key, self._place(disk.backing.fileName), int(disk.capacityInKB) * 1024)

    def _place(self, path: str) -> VolumeFile:
        label, _, rest = path.removeprefix("[").partition("]")
        volume = self.mirror.sight.volume(label)
        if volume is None:
            raise LabError("vCenter", f"vcsim has put {path} on a datastore that nobody knows")
        return VolumeFile(volume, rest.strip())
