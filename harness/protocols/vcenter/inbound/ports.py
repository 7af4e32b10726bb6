"""The dvPorts of a switch as the API lists them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.inbound.desk import moref
from harness.protocols.vcenter.projection.sight import Sight
from harness.world.machines import Machine, Nic
from harness.world.network import Port, Switch

Payload = dict[str, Any]
STATISTICS = [
    "packetsInMulticast",
    "packetsOutMulticast",
    "bytesInMulticast",
    "bytesOutMulticast",
    "packetsInUnicast",
    "packetsOutUnicast",
    "bytesInUnicast",
    "bytesOutUnicast",
    "packetsInBroadcast",
    "packetsOutBroadcast",
    "bytesInBroadcast",
    "bytesOutBroadcast",
    "packetsInDropped",
    "packetsOutDropped",
    "packetsInException",
    "packetsOutException",
]


def describe_ports(sight: Sight, directory: Directory, switch: Switch, criteria: Mapping[str, Any]) -> list[Payload]:
    """The ports of a switch that meet a ``DistributedVirtualSwitchPortCriteria``, in key order."""
    ports = [port for port in switch.ports.values() if _meets(sight, directory, switch, port, criteria)]
    return [_describe(sight, directory, switch, port) for port in sorted(ports, key=_order)]


def _order(port: Port) -> tuple[bool, int, str]:
    return not port.key.isdigit(), int(port.key) if port.key.isdigit() else 0, port.key


def _meets(sight: Sight, directory: Directory, switch: Switch, port: Port, criteria: Mapping[str, Any]) -> bool:
    keys, groups, hosts = criteria.get("portKey"), criteria.get("portgroupKey"), criteria.get("host")
    wanted = {
        "connected": not port.free,
        "active": _linked(sight, port),
        "uplinkPort": switch.groups[port.group].uplink,
    }
    if any(criteria.get(name) is not None and criteria[name] != value for name, value in wanted.items()):
        return False
    if keys and port.key not in keys:
        return False
    if groups and (port.group in groups) is (criteria.get("inside") is False):
        return False
    return not hosts or _proxy(sight, directory, port) in {moref(host) for host in hosts}


def holder(sight: Sight, port: Port) -> tuple[Machine, Nic] | None:
    """The vNIC that holds a port, as vCenter knows it."""
    if port.connectee is None:
        return None
    machine = sight.machines.get(port.connectee.machine)
    nic = next((n for n in machine.nics if n.key == port.connectee.nic), None) if machine else None
    return (machine, nic) if machine and nic else None


def _linked(sight: Sight, port: Port) -> bool:
    held = holder(sight, port)
    return held[1].connected if held else port.uplink_of is not None


def _proxy(sight: Sight, directory: Directory, port: Port) -> str:
    held = holder(sight, port)
    host = held[0].host if held else port.uplink_of
    return directory.hosts.object(host)._moId if host else ""


def _describe(sight: Sight, directory: Directory, switch: Switch, port: Port) -> Payload:
    described: Payload = {
        "_typeName": "DistributedVirtualPort",
        "key": port.key,
        "dvsUuid": switch.id,
        "portgroupKey": port.group,
        "conflict": False,
        "config": {"_typeName": "DVPortConfigInfo", "configVersion": "0"},
        "connectionCookie": port.cookie,
        "lastStatusChange": "1970-01-01T00:00:00Z",
    }
    proxy = _proxy(sight, directory, port)
    if proxy:
        described["proxyHost"] = _reference("HostSystem", proxy)
    if not port.free:
        described["connectee"] = _connectee(sight, directory, port)
        described["state"] = _state(sight, port)
    return described


def _connectee(sight: Sight, directory: Directory, port: Port) -> Payload:
    kind = "DistributedVirtualSwitchPortConnectee"
    if port.uplink_of:
        host = directory.hosts.object(port.uplink_of)._moId
        return {"_typeName": kind, "connectedEntity": _reference("HostSystem", host), "nicKey": "vmnic1", "type": "pnic"}
    held = holder(sight, port)
    shown = directory.machines.find(held[0].id) if held else None
    entity = {"connectedEntity": _reference("VirtualMachine", shown._moId)} if shown else {}
    nic = port.connectee.nic if port.connectee else 0
    return {"_typeName": kind, **entity, "nicKey": str(nic), "type": "vmVnic"}


def _state(sight: Sight, port: Port) -> Payload:
    held = holder(sight, port)
    status: Payload = {"_typeName": "DVPortStatus", "linkUp": _linked(sight, port), "blocked": False}
    if held:
        status["macAddress"] = held[1].mac
    statistics = {"_typeName": "DistributedVirtualSwitchPortStatistics", **dict.fromkeys(STATISTICS, 0)}
    return {"_typeName": "DVPortState", "runtimeInfo": status, "stats": statistics}


def _reference(kind: str, value: str) -> Payload:
    return {"_typeName": "ManagedObjectReference", "type": kind, "value": value}
