"""The configuration that a client asks for a VM, read out of a ``VirtualMachineConfigSpec``."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harness.errors import Refusal
from harness.physics.vmx import SERVICE
from harness.units import PortKey, SwitchId
from harness.world.machines import DvBacking, Machine, Nic, StandardBacking

FIRST_CARD = 4000
MODELS: Mapping[str, str] = {
    "VirtualE1000": "e1000",
    "VirtualE1000e": "e1000e",
    "VirtualPCNet32": "vlance",
    "VirtualVmxnet": "vmxnet",
    "VirtualVmxnet2": "vmxnet",
    "VirtualVmxnet3": "vmxnet3",
    "VirtualEthernetCard": "vmxnet3",
}
"""The model of a vNIC, as a ``.vmx`` names it, for each of the API's classes."""


@dataclass(frozen=True)
class CardChange:
    """What a spec asks of one vNIC."""

    operation: str
    device: Mapping[str, Any]

    @property
    def key(self) -> int:
        """The device key that the client gave."""
        return int(self.device.get("key") or 0)


def split(spec: Mapping[str, Any]) -> tuple[dict[str, Any], list[CardChange]]:
    """The spec without its changes of vNICs, and those: the world decides about vNICs, vcsim about all else."""
    changes = spec.get("deviceChange") or []
    cards = [c for c in changes if c["device"]["_typeName"] in MODELS]
    others = [c for c in changes if c["device"]["_typeName"] not in MODELS]
    asked = [CardChange(str(c.get("operation") or "edit"), c["device"]) for c in cards]
    return {**spec, "deviceChange": others}, asked


def renamed(machine: Machine, spec: Mapping[str, Any]) -> Machine:
    """The VM with the name, size, guest and notes that the spec gives."""
    return replace(
        machine,
        name=str(spec.get("name") or machine.name),
        memory=int(spec.get("memoryMB") or machine.memory),
        cpus=int(spec.get("numCPUs") or machine.cpus),
        guest=str(spec.get("guestId") or machine.guest),
        annotation=str(spec.get("annotation") or machine.annotation),
        serves=_extra(spec, SERVICE, machine.serves),
    )


def _extra(spec: Mapping[str, Any], key: str, before: str) -> str:
    """The value of an extra option of the ``.vmx``; ``before`` where the spec does not name it."""
    values = (option.get("value") for option in spec.get("extraConfig") or [] if option.get("key") == key)
    found = next(values, before)
    return str(found.get("_value") if isinstance(found, Mapping) else found or "")


def with_cards(machine: Machine, changes: list[CardChange], draw_mac: Callable[[], str]) -> Machine:
    """The VM with its vNICs added, edited and removed. Refuses ``InvalidDeviceSpec`` for a vNIC that it does not have."""
    for change in changes:
        if change.operation == "add":
            machine = replace(machine, nics=(*machine.nics, _new_card(machine, change, draw_mac)))
            continue
        old = next((nic for nic in machine.nics if nic.key == change.key), None)
        if old is None:
            raise Refusal("InvalidDeviceSpec", machine.name, f"{machine.name} has no device {change.key}")
        if change.operation == "remove":
            machine = replace(machine, nics=tuple(nic for nic in machine.nics if nic.key != old.key))
        else:
            machine = machine.with_nic(_edited(machine, old, change))
    return machine


def _new_card(machine: Machine, change: CardChange, draw_mac: Callable[[], str]) -> Nic:
    taken = {nic.key for nic in machine.nics}
    key = next(FIRST_CARD + n for n in range(len(taken) + 1) if FIRST_CARD + n not in taken)
    backing = read_backing(change.device.get("backing"))
    if backing is None:
        raise Refusal("InvalidDeviceSpec", machine.name, f"a vNIC of {machine.name} has no backing that the lab knows")
    connectable = change.device.get("connectable") or {}
    mac = str(change.device.get("macAddress") or draw_mac())
    start = bool(connectable.get("startConnected", True))
    return Nic(key, mac, backing, MODELS[change.device["_typeName"]], start)


def _edited(machine: Machine, old: Nic, change: CardChange) -> Nic:
    connectable = change.device.get("connectable")
    start = old.start_connected
    if connectable:
        wanted = "connected" if machine.running else "startConnected"
        start = bool(connectable.get(wanted, start))
    backing = read_backing(change.device.get("backing")) or old.backing
    mac = str(change.device.get("macAddress") or old.mac)
    return replace(old, backing=backing, start_connected=start, mac=mac)


def read_backing(backing: Mapping[str, Any] | None) -> DvBacking | StandardBacking | None:
    """The network that a vNIC's backing names; None for a kind that the world does not model."""
    if not backing:
        return None
    if backing["_typeName"] == "VirtualEthernetCardNetworkBackingInfo":
        return StandardBacking(str(backing.get("deviceName") or ""))
    if backing["_typeName"] != "VirtualEthernetCardDistributedVirtualPortBackingInfo":
        return None
    port = backing["port"]
    key = str(port.get("portKey") or "")
    group = str(port.get("portgroupKey") or "")
    return DvBacking(SwitchId(str(port["switchUuid"])), group, PortKey(key) if key else None)
