"""The virtual devices of a VM: vNICs and disks as the world has them, the rest as vcsim has it."""

from __future__ import annotations

import copy
import threading
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple, TypeAlias

from pyVmomi import vim

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.orders import Change
from harness.protocols.vcenter.projection.sight import Sight
from harness.protocols.vcenter.values import encode_field
from harness.units import MachineId
from harness.world.machines import Disk, DvBacking, Machine, Nic
from harness.world.storage import VolumeFile

HARDWARE = "config.hardware.device"
PCI_CONTROLLER, SCSI_CONTROLLER = 100, 1000
FIRST_NIC_UNIT = 7
CARDS: Mapping[str, Any] = {
    "e1000": vim.vm.device.VirtualE1000,
    "e1000e": vim.vm.device.VirtualE1000e,
    "vlance": vim.vm.device.VirtualPCNet32,
    "vmxnet": vim.vm.device.VirtualVmxnet2,
    "vmxnet3": vim.vm.device.VirtualVmxnet3,
}
"""The API's class for each model of vNIC as a ``.vmx`` names it."""
MODELLED = (vim.vm.device.VirtualEthernetCard, vim.vm.device.VirtualDisk)
"""The devices that the world knows; what vcsim has of the others nobody changes."""

Shown: TypeAlias = tuple[int, Sequence[Nic], Sequence[Disk]]
Part: TypeAlias = Nic | tuple[int, Disk] | None
"""A card, a disk with its number, or the controller that the disks need."""


class Shelf:
    """The devices of each VM as vcsim last had them: what the world knows nothing of is kept from there. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._devices: dict[MachineId, tuple[int, list[Any]]] = {}
        self._plain: dict[MachineId, tuple[int, object]] | None = None  # until the next change

    def keep(self, machine: MachineId, devices: list[Any]) -> None:
        """From now on these are the devices of the VM."""
        with self._lock:
            version, _ = self._devices.get(machine, (0, []))
            self._devices[machine] = (version + 1, devices)
            self._plain = None

    def drop(self, machine: MachineId) -> None:
        """The VM is gone."""
        with self._lock:
            self._devices.pop(machine, None)
            self._plain = None

    def version(self, machine: MachineId) -> int:
        """How often the devices were kept; 0 where they never were."""
        with self._lock:
            return self._devices.get(machine, (0, []))[0]

    def devices(self, machine: MachineId) -> list[Any]:
        """The devices that were last kept, and copies of those that the world models."""
        with self._lock:
            kept = self._devices.get(machine, (0, []))[1]
            return [copy.copy(device) if isinstance(device, MODELLED) else device for device in kept]

    def plain(self) -> dict[MachineId, tuple[int, object]]:
        """All of it as plain data, to be compared with that of another vCenter."""
        with self._lock:
            if self._plain is None:
                encoded = {id(devices): encode_field(devices) for _, devices in self._devices.values()}  # most VMs have the same
                self._plain = {machine: (version, encoded[id(devices)]) for machine, (version, devices) in self._devices.items()}
            return self._plain


class Devices(NamedTuple):
    """What a VM's devices are shown as. While vcsim leaves them alone, only those go over that are others than before."""

    target: Managed
    sight: Sight
    directory: Directory
    shelf: Shelf
    machine: Machine

    @property
    def path(self) -> str:
        """Where the API has them."""
        return HARDWARE

    @property
    def data(self) -> Shown:
        """What the world knows of them, and which edition of vcsim's the rest is."""
        return self.shelf.version(self.machine.id), self.machine.nics, self.machine.disks

    def changes(self, shown: Shown | None) -> Iterator[Change]:
        """Single devices; all of them where vcsim may have changed some since they were ``shown``."""
        version, nics, disks = self.data
        kept = {device.key: device for device in self.shelf.devices(self.machine.id)}
        now = _parts(nics, disks, kept)
        if shown and shown[0] != version:
            others = [device for device in kept.values() if not isinstance(device, MODELLED)]
            yield self.target, HARDWARE, [*others, *(self._made(part, kept) for part in now.values())]
            return
        before = _parts(shown[1], shown[2], kept) if shown else {k: None for k, d in kept.items() if isinstance(d, MODELLED)}
        for key in before.keys() - now.keys():
            yield self.target, f"{HARDWARE}[{key}]", None
        for key, part in now.items():
            if key not in before or before[key] != part:
                yield self.target, f"{HARDWARE}[{key}]", self._made(part, kept)

    def _made(self, part: Part, kept: Mapping[int, Any]) -> Any:  # noqa: ANN401
        if isinstance(part, Nic):
            return _card(self.sight, self.directory, part, kept.get(part.key))
        if part is None:
            return _controller()
        number, disk = part
        return _disk(self.sight, self.directory, disk, number, kept.get(disk.key))


def _parts(nics: Sequence[Nic], disks: Sequence[Disk], kept: Mapping[int, Any]) -> dict[int, Part]:
    """The devices that the world knows or, as a controller for its disks, needs beside those of vcsim."""
    needed = disks and not any(isinstance(device, vim.vm.device.VirtualSCSIController) for device in kept.values())
    parts: dict[int, Part] = {SCSI_CONTROLLER: None} if needed else {}
    parts.update((disk.key, (number, disk)) for number, disk in enumerate(disks))
    parts.update((nic.key, nic) for nic in nics)
    return parts


@cache
def _controller() -> Any:  # noqa: ANN401 - the same for all VMs, and never changed
    return vim.vm.device.VirtualLsiLogicController(
        key=SCSI_CONTROLLER,
        controllerKey=PCI_CONTROLLER,
        unitNumber=3,
        busNumber=0,
        sharedBus="noSharing",
        deviceInfo=vim.Description(label="SCSI controller 0", summary="LSI Logic"),
    )


def _disk(sight: Sight, directory: Directory, disk: Disk, number: int, kept: Any) -> Any:  # noqa: ANN401
    shown = kept or vim.vm.device.VirtualDisk(key=disk.key, controllerKey=SCSI_CONTROLLER, unitNumber=number)
    shown.capacityInKB = disk.size // 1024
    shown.capacityInBytes = disk.size
    backing = copy.copy(shown.backing) if shown.backing else vim.vm.device.VirtualDisk.FlatVer2BackingInfo(diskMode="persistent")
    backing.fileName = datastore_path(sight, disk.file)
    backing.datastore = directory.datastores.find(disk.file.volume)
    backing.parent = _parent(sight, directory, disk.parents)
    shown.backing = backing
    shown.deviceInfo = shown.deviceInfo or vim.Description(label=f"Hard disk {number + 1}", summary=f"{disk.size // 1024:,} KB")
    return shown


def _parent(sight: Sight, directory: Directory, files: tuple[VolumeFile, ...]) -> Any:  # noqa: ANN401
    """The backing behind a linked clone's disk, with what is behind that in turn; None where there is none."""
    if not files:
        return None
    return vim.vm.device.VirtualDisk.FlatVer2BackingInfo(
        diskMode="persistent",
        fileName=datastore_path(sight, files[0]),
        datastore=directory.datastores.find(files[0].volume),
        parent=_parent(sight, directory, files[1:]),
    )


def _card(sight: Sight, directory: Directory, nic: Nic, kept: Any) -> Any:  # noqa: ANN401
    kind = CARDS.get(nic.model, vim.vm.device.VirtualVmxnet3)
    shown = kept if isinstance(kept, kind) else kind(key=nic.key, controllerKey=PCI_CONTROLLER)
    shown.unitNumber = FIRST_NIC_UNIT + nic.index
    shown.macAddress = nic.mac
    shown.addressType = shown.addressType or "assigned"
    shown.wakeOnLanEnabled = True
    shown.backing = _backing(directory, nic)
    shown.deviceInfo = vim.Description(label=f"Network adapter {nic.index + 1}", summary=_summary(sight, nic))
    shown.connectable = vim.vm.device.VirtualDevice.ConnectInfo(
        startConnected=nic.start_connected,
        allowGuestControl=True,
        connected=nic.connected,
        status="unrecoverableError" if nic.fault else "ok" if nic.connected else "untried",
    )
    return shown


def _backing(directory: Directory, nic: Nic) -> Any:  # noqa: ANN401
    card = vim.vm.device.VirtualEthernetCard
    if not isinstance(nic.backing, DvBacking):
        network = directory.networks.find(nic.backing.network)
        return card.NetworkBackingInfo(deviceName=nic.backing.network, network=network, useAutoDetect=False)
    connection = vim.dvs.PortConnection(
        switchUuid=nic.backing.switch,
        portgroupKey=nic.backing.group,
        portKey=nic.backing.port,
        connectionCookie=nic.backing.cookie if nic.backing.port else None,
    )
    return card.DistributedVirtualPortBackingInfo(port=connection)


def _summary(sight: Sight, nic: Nic) -> str:
    return f"DVSwitch: {nic.backing.switch}" if isinstance(nic.backing, DvBacking) else network_name(sight, nic)


def network_name(sight: Sight, nic: Nic) -> str:
    """The name of the network or port group that a vNIC is on; empty where vCenter knows no such port group."""
    if not isinstance(nic.backing, DvBacking):
        return nic.backing.network
    switch = sight.switches.get(nic.backing.switch)
    group = switch.groups.get(nic.backing.group) if switch else None
    return group.name if group else ""


def network_of(directory: Directory, nic: Nic) -> Managed | None:
    """The network or port group that a vNIC is on."""
    if isinstance(nic.backing, DvBacking):
        return directory.groups.find(nic.backing.group)
    return directory.networks.find(nic.backing.network)


def datastore_path(sight: Sight, file: VolumeFile) -> str:
    """A file as the API names it: ``[vmfs01] vm1/vm1.vmx``."""
    return f"[{sight.label(file.volume)}] {file.path}"
