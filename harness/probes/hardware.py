"""The vNICs and disks of VMs as vCenter shows them: in their whole hardware, or each by its key, which is much less to read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pyVmomi import vim

HARDWARE = "config.hardware.device"
FIRST_NIC, SECOND_NIC = f"{HARDWARE}[4000]", f"{HARDWARE}[4001].key"
"""The first vNIC of a VM, and whether it has a second: their keys count from 4000 (from memory)."""
BACKING, CONNECTED, LABEL = f"{FIRST_NIC}.backing", f"{FIRST_NIC}.connectable.connected", f"{FIRST_NIC}.deviceInfo.label"
DISKS, FOURTH_DISK = tuple(f"{HARDWARE}[{key}].backing.fileName" for key in (2000, 2001, 2002)), f"{HARDWARE}[2003].key"
"""The files of the first disks of a VM, and whether it has more: their keys count from 2000 (from memory)."""
USUAL = (BACKING, CONNECTED, LABEL, SECOND_NIC, *DISKS, FOURTH_DISK)
"""What there is to know of a VM with one vNIC and three disks at most, but its MAC address and what a change of it takes."""


@dataclass(frozen=True)
class NicSeen:
    """A vNIC. ``group`` is a port group's name; ``switch`` and ``port`` are empty on a standard switch.

    Where it was read by its key alone there is no ``device``, and no ``mac``.
    """

    device: Any
    label: str
    mac: str
    connected: bool
    group: str
    switch: str = ""
    port: str = ""

    def __str__(self) -> str:
        return f"{self.group} port {self.port or '-'}, {'connected' if self.connected else 'not connected'}"


def is_partial(values: Mapping[str, Any]) -> bool:
    """Whether a VM may have more vNICs or disks than were read: it has not a first of both, or another vNIC or a fourth disk."""
    usual = BACKING in values and DISKS[0] in values and SECOND_NIC not in values and FOURTH_DISK not in values
    return HARDWARE not in values and not usual


def nics_of(values: Mapping[str, Any], groups: Mapping[str, str]) -> tuple[NicSeen, ...]:
    """The vNICs by a VM's properties; ``groups`` are the names of distributed port groups by their keys."""
    cards = [device for device in values.get(HARDWARE) or () if isinstance(device, vim.vm.device.VirtualEthernetCard)]
    if BACKING in values:
        label, connected = str(values.get(LABEL, "")), bool(values.get(CONNECTED))
        return (NicSeen(None, label, "", connected, *_place(values[BACKING], groups)),)
    return tuple(_nic(card, groups) for card in cards)


def disks_of(values: Mapping[str, Any]) -> tuple[str, ...]:
    """The files of the disks by a VM's properties, in the order of their keys."""
    disks = [device for device in values.get(HARDWARE) or () if isinstance(device, vim.vm.device.VirtualDisk)]
    whole = [str(getattr(disk.backing, "fileName", "")) for disk in sorted(disks, key=lambda disk: int(disk.key))]
    return (*whole, *(str(values[path]) for path in DISKS if path in values))


def _nic(card: Any, groups: Mapping[str, str]) -> NicSeen:  # noqa: ANN401
    connected = bool(card.connectable and card.connectable.connected)
    label = str(card.deviceInfo.label if card.deviceInfo else card.key)
    return NicSeen(card, label, str(card.macAddress or ""), connected, *_place(card.backing, groups))


def _place(backing: Any, groups: Mapping[str, str]) -> tuple[str, str, str]:  # noqa: ANN401
    """Group, switch and port."""
    port = getattr(backing, "port", None)
    if port is None:
        return str(getattr(backing, "deviceName", "")), "", ""
    group = groups.get(str(port.portgroupKey), str(port.portgroupKey))
    return group, str(port.switchUuid or ""), str(port.portKey or "")
