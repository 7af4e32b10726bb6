"""The virtual devices of a VM: vNICs and disks as the world has them, the rest as vcsim has it."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeAlias

from msgspec import Raw
from pyVmomi import vim

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.orders import Change
from harness.protocols.vcenter.projection.sight import Sight
from harness.protocols.vcenter.values import Payload, encode_field, encode_object, ready
from harness.units import MachineId
from harness.world.machines import Disk, DvBacking, Machine, Nic
from harness.world.storage import VolumeFile

HARDWARE = "config.hardware.device"
PCI_CONTROLLER, SCSI_CONTROLLER = 100, 1000
FIRST_NIC_UNIT = 7
CARDS: Mapping[str, str] = {
    "e1000": "VirtualE1000",
    "e1000e": "VirtualE1000e",
    "vlance": "VirtualPCNet32",
    "vmxnet": "VirtualVmxnet2",
    "vmxnet3": "VirtualVmxnet3",
}
"""The API's class for each model of vNIC as a ``.vmx`` names it."""
FLAT = "VirtualDiskFlatVer2BackingInfo"
MODELLED = (vim.vm.device.VirtualEthernetCard, vim.vm.device.VirtualDisk)
"""The devices that the world knows; what vcsim has of the others nobody changes."""

Shown: TypeAlias = tuple[int, Sequence[Nic], Sequence[Disk]]
Part: TypeAlias = Nic | tuple[int, Disk] | None
"""A card, a disk with its number, or the controller that the disks need."""


@dataclass(frozen=True)
class Kept:
    """The devices of a VM as vcsim has them: each by its key, and as the JSON that vcsim would take."""

    version: int
    devices: Sequence[Any]

    @cached_property
    def payloads(self) -> Mapping[int, Payload]:
        """The devices as JSON, by their keys."""
        return {device.key: encode_object(device) for device in self.devices}

    @cached_property
    def modelled(self) -> frozenset[int]:
        """The keys of those that the world knows."""
        return frozenset(device.key for device in self.devices if isinstance(device, MODELLED))

    @cached_property
    def controlled(self) -> bool:
        """Whether there is a controller for disks."""
        return any(isinstance(device, vim.vm.device.VirtualSCSIController) for device in self.devices)


NOTHING = Kept(0, ())


class Shelf:
    """The devices of each VM as vcsim last had them: what the world knows nothing of is kept from there. For any thread."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[MachineId, Kept] = {}
        self._alike: dict[tuple[int, int], Kept] = {}
        """By the version, and the identity of the list."""

    def keep(self, machine: MachineId, devices: list[Any]) -> None:
        """From now on these are the devices of the VM."""
        with self._lock:
            kept = Kept(self._kept.get(machine, NOTHING).version + 1, devices)
            self._kept[machine] = self._alike.setdefault((kept.version, id(devices)), kept)

    def drop(self, machine: MachineId) -> None:
        """The VM is gone."""
        with self._lock:
            self._kept.pop(machine, None)

    def kept(self, machine: MachineId) -> Kept:
        """The devices that were last kept; their version is 0 where there never were any."""
        return self._kept.get(machine, NOTHING)

    def state(self) -> Mapping[MachineId, Kept]:
        """All of it."""
        with self._lock:
            return dict(self._kept)

    def restore(self, state: Mapping[MachineId, Kept]) -> None:
        """Have the same devices as where the state comes from."""
        with self._lock:
            self._kept = dict(state)


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
        return self.shelf.kept(self.machine.id).version, self.machine.nics, self.machine.disks

    def changes(self, shown: Shown | None) -> Iterator[Change]:
        """Single devices; all of them where vcsim may have changed some since they were ``shown``."""
        kept = self.shelf.kept(self.machine.id)
        now = _parts(self.machine.nics, self.machine.disks, kept)
        if shown and shown[0] != kept.version:
            others = [device for key, device in kept.payloads.items() if key not in kept.modelled]
            yield self.target, HARDWARE, [*others, *(self._made(part, kept) for part in now.values())]
            return
        before = _parts(shown[1], shown[2], kept) if shown else dict.fromkeys(kept.modelled)
        for key in before.keys() - now.keys():
            yield self.target, f"{HARDWARE}[{key}]", None
        for key, part in now.items():
            if key not in before or before[key] != part:
                yield self.target, f"{HARDWARE}[{key}]", self._made(part, kept)

    def _made(self, part: Part, kept: Kept) -> Raw:
        if isinstance(part, Nic):
            return ready(_card(self.sight, self.directory, part, kept.payloads.get(part.key, {})))
        if part is None:
            return CONTROLLER
        number, disk = part
        return ready(_disk(self.sight, self.directory, disk, number, kept.payloads.get(disk.key, {})))


def _parts(nics: Sequence[Nic], disks: Sequence[Disk], kept: Kept) -> dict[int, Part]:
    """The devices that the world knows or, as a controller for its disks, needs beside those of vcsim."""
    parts: dict[int, Part] = {SCSI_CONTROLLER: None} if disks and not kept.controlled else {}
    parts.update((disk.key, (number, disk)) for number, disk in enumerate(disks))
    parts.update((nic.key, nic) for nic in nics)
    return parts


CONTROLLER = ready(
    {
        "_typeName": "VirtualLsiLogicController",
        "key": SCSI_CONTROLLER,
        "deviceInfo": {"_typeName": "Description", "label": "SCSI controller 0", "summary": "LSI Logic"},
        "controllerKey": PCI_CONTROLLER,
        "unitNumber": 3,
        "busNumber": 0,
        "sharedBus": "noSharing",
    }
)
"""The same for all VMs."""


def _disk(sight: Sight, directory: Directory, disk: Disk, number: int, kept: Payload) -> Payload:
    known = kept or {"_typeName": "VirtualDisk", "key": disk.key, "controllerKey": SCSI_CONTROLLER, "unitNumber": number}
    behind = kept.get("backing") or {"_typeName": FLAT, "diskMode": "persistent"}
    summary = f"{disk.size // 1024:,} KB"
    return {
        **known,
        "capacityInKB": disk.size // 1024,
        "capacityInBytes": disk.size,
        "backing": {**_without(behind, "datastore", "parent"), **_files(sight, directory, disk.file, disk.parents)},
        "deviceInfo": kept.get("deviceInfo") or _description(f"Hard disk {number + 1}", summary),
    }


def _files(sight: Sight, directory: Directory, file: VolumeFile, parents: tuple[VolumeFile, ...]) -> Payload:
    """The file behind a disk, and as its parent what is behind that in turn: a linked clone has such."""
    store = directory.datastores.find(file.volume)
    shown: Payload = {"fileName": datastore_path(sight, file)}
    if store:
        shown["datastore"] = encode_field(store)
    if parents:
        behind = _files(sight, directory, parents[0], parents[1:])
        shown["parent"] = {"_typeName": FLAT, "diskMode": "persistent", **behind}
    return shown


def _card(sight: Sight, directory: Directory, nic: Nic, kept: Payload) -> Payload:
    kind = CARDS.get(nic.model, CARDS["vmxnet3"])
    known = kept if kept.get("_typeName") == kind else {"_typeName": kind, "key": nic.key, "controllerKey": PCI_CONTROLLER}
    return {
        **known,
        "unitNumber": FIRST_NIC_UNIT + nic.index,
        "macAddress": nic.mac,
        "addressType": known.get("addressType") or "assigned",
        "wakeOnLanEnabled": True,
        "backing": _backing(directory, nic),
        "deviceInfo": _description(f"Network adapter {nic.index + 1}", _summary(sight, nic)),
        "connectable": {
            "_typeName": "VirtualDeviceConnectInfo",
            "startConnected": nic.start_connected,
            "allowGuestControl": True,
            "connected": nic.connected,
            "status": "unrecoverableError" if nic.fault else "ok" if nic.connected else "untried",
        },
    }


def _description(label: str, summary: str) -> Payload:
    return {"_typeName": "Description", "label": label, "summary": summary}


def _without(payload: Payload, *fields: str) -> Payload:
    return {name: value for name, value in payload.items() if name not in fields}


def _backing(directory: Directory, nic: Nic) -> Payload:
    if not isinstance(nic.backing, DvBacking):
        shown = {"_typeName": "VirtualEthernetCardNetworkBackingInfo", "deviceName": nic.backing.network, "useAutoDetect": False}
        network = directory.networks.find(nic.backing.network)
        return {**shown, "network": encode_field(network)} if network else shown
    connection: Payload = {
        "_typeName": "DistributedVirtualSwitchPortConnection",
        "switchUuid": nic.backing.switch,
        "portgroupKey": nic.backing.group,
    }
    if nic.backing.port:
        connection |= {"portKey": nic.backing.port, "connectionCookie": nic.backing.cookie}
    return {"_typeName": "VirtualEthernetCardDistributedVirtualPortBackingInfo", "port": connection}


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
