"""Virtual hardware in the words of the vSphere API: what new and changed VMs are described with."""

from __future__ import annotations

from copy import copy
from typing import Any

from pyVmomi import vim

from harness.probes.failures import Absent
from harness.probes.inventory import Inventory, MachineSeen

KIBIBYTES_IN_GIBIBYTE = 2**20
SCSI_KEY, PCI_KEY, FIRST_DISK_KEY, FIRST_NIC_KEY = 1000, 100, 2000, 4000
"""The keys that a vCenter gives to such devices (from memory), which are asked for: vcsim takes what is asked."""
SCSI_RESERVED_UNIT = 7
VirtualDeviceSpec = vim.vm.device.VirtualDeviceSpec


def first_devices(datastore: str, backing: Any) -> list[Any]:  # noqa: ANN401
    """The changes that give a new VM a SCSI controller, a disk and a vNIC with ``backing``."""
    controller = vim.vm.device.ParaVirtualSCSIController(key=SCSI_KEY, busNumber=0, sharedBus="noSharing")
    nic = vim.vm.device.VirtualVmxnet3(
        key=FIRST_NIC_KEY,
        controllerKey=PCI_KEY,
        unitNumber=SCSI_RESERVED_UNIT,
        addressType="generated",
        backing=backing,
        connectable=_connectable(connected=True),
    )
    added = VirtualDeviceSpec.Operation.add
    return [
        VirtualDeviceSpec(operation=added, device=controller),
        _new_disk(f"[{datastore}]", 0, None),
        VirtualDeviceSpec(operation=added, device=nic),
    ]


def extra_disk(machine: MachineSeen, datastore: str, ref: Any) -> Any:  # noqa: ANN401
    """The change that gives a VM one more disk on a datastore."""
    disks = [device for device in machine.devices if isinstance(device, vim.vm.device.VirtualDisk)]
    unit = next(number for number in range(1, 16) if number != SCSI_RESERVED_UNIT and number not in _units(disks))
    return _new_disk(f"[{datastore}]", unit, ref)


def nic_change(machine: MachineSeen, backing: Any = None, *, connected: bool) -> Any:  # noqa: ANN401
    """The change of a VM's one vNIC: its place where ``backing`` is given, and whether it is connected."""
    device = copy(machine.nic.device)
    if backing is not None:
        device.backing = backing
    device.connectable = _connectable(connected=connected)
    change = VirtualDeviceSpec(operation=VirtualDeviceSpec.Operation.edit, device=device)
    return vim.vm.ConfigSpec(deviceChange=[change])


def network_backing(seen: Inventory, group: str) -> Any:  # noqa: ANN401
    """The backing for a port group by its name, on a distributed switch or on the standard switches."""
    card = vim.vm.device.VirtualEthernetCard
    if group in seen.groups:
        found = seen.groups[group]
        port = vim.dvs.PortConnection(portgroupKey=found.key, switchUuid=seen.switch(found.switch))
        return card.DistributedVirtualPortBackingInfo(port=port)
    if group not in seen.networks:
        raise Absent("port group", group, "vCenter", (*seen.groups, *seen.networks))
    return card.NetworkBackingInfo(deviceName=group, network=seen.networks[group])


def _new_disk(file: str, unit: int, datastore: Any) -> Any:  # noqa: ANN401
    backing = vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
        fileName=file, diskMode="persistent", thinProvisioned=True, datastore=datastore
    )
    disk = vim.vm.device.VirtualDisk(
        key=FIRST_DISK_KEY + unit, controllerKey=SCSI_KEY, unitNumber=unit, capacityInKB=KIBIBYTES_IN_GIBIBYTE, backing=backing
    )
    return VirtualDeviceSpec(
        operation=VirtualDeviceSpec.Operation.add, fileOperation=VirtualDeviceSpec.FileOperation.create, device=disk
    )


def _units(disks: list[Any]) -> set[int]:
    return {int(disk.unitNumber) for disk in disks if disk.unitNumber is not None}


def _connectable(*, connected: bool) -> Any:  # noqa: ANN401
    return vim.vm.device.VirtualDevice.ConnectInfo(startConnected=connected, allowGuestControl=True, connected=connected)
