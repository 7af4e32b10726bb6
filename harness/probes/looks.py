"""Looks at a vCenter Server: its inventory, or a part of it, read in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from pyVmomi import vim, vmodl

from harness.probes.hardware import HARDWARE, USUAL, disks_of, is_partial, nics_of
from harness.probes.inventory import DatastoreSeen, GroupSeen, HostSeen, Inventory, MachineSeen
from harness.probes.session import Session, Wanted
from harness.vmomi.lines import Row

WANTED: Wanted = {
    vim.ClusterComputeResource: ("name", "configuration.dasConfig.enabled", "resourcePool"),
    vim.Datastore: ("name", "host", "info"),
    vim.Datacenter: ("name", "vmFolder", "networkFolder"),
    vim.DistributedVirtualSwitch: ("name", "uuid"),
    vim.HostSystem: (
        "name",
        "runtime.connectionState",
        "runtime.inMaintenanceMode",
        "runtime.powerState",
        "runtime.dasHostState",
        "parent",
    ),
    vim.Network: ("name",),
    vim.VirtualMachine: (
        "name",
        "config.files.vmPathName",
        HARDWARE,
        "runtime.connectionState",
        "runtime.dasVmProtection",
        "runtime.host",
        "runtime.powerState",
    ),
    vim.dvs.DistributedVirtualPortgroup: ("name", "key", "config"),
}
HOSTS_ALONE: Wanted = {kind: WANTED[kind] for kind in (vim.ClusterComputeResource, vim.HostSystem)}
"""For looks at hosts and their clusters: nothing of what they have."""
HOSTS_AND_DATASTORES: Wanted = {**HOSTS_ALONE, **{kind: WANTED[kind] for kind in (vim.Datacenter, vim.Datastore)}}
"""For looks at hosts and their datastores: nothing of VMs, of which there are many."""
WITHOUT_HARDWARE: Wanted = {
    vim.ClusterComputeResource: WANTED[vim.ClusterComputeResource],
    vim.HostSystem: WANTED[vim.HostSystem],
    vim.VirtualMachine: tuple(path for path in WANTED[vim.VirtualMachine] if path != HARDWARE),
}
"""For looks at the power of VMs, and where they are: no vNIC and no disk of theirs."""
USUAL_HARDWARE: Wanted = {**WANTED, vim.VirtualMachine: (*WITHOUT_HARDWARE[vim.VirtualMachine], *USUAL)}
"""For looks at vNICs and disks as they are placed: all that differs between VMs, unless one has many of them."""
WITHOUT_MACHINES: Wanted = {kind: paths for kind, paths in WANTED.items() if kind is not vim.VirtualMachine}
"""For looks at what VMs are made of: hosts, datastores, port groups and networks."""


def read_inventory(session: Session, wanted: Wanted = WANTED) -> Inventory:
    """The inventory as it is now, or a part of it, which is quicker; the other parts are empty then.

    Where ``USUAL_HARDWARE`` may leave out vNICs or disks of some VMs, the whole hardware of those is read after it.
    """
    seen = session.read(wanted, _inventory)
    partial = [machine for machine in seen.machines.values() if machine.partial and wanted is USUAL_HARDWARE]
    if not partial:
        return seen
    try:
        whole = session.read({vim.VirtualMachine: (HARDWARE,)}, _devices, [machine.ref for machine in partial])
    except vmodl.fault.ManagedObjectNotFound:  # one of them is gone since
        return session.read(WANTED, _inventory)
    groups = {group.key: group.name for group in seen.groups.values()}
    return replace(seen, machines={**seen.machines, **{each.name: _completed(each, whole[each.ref], groups) for each in partial}})


def _devices(rows: list[Row]) -> dict[Any, Mapping[str, Any]]:
    return {row.ref: row.values for row in rows}


def _completed(machine: MachineSeen, values: Mapping[str, Any], groups: Mapping[str, str]) -> MachineSeen:
    """The VM with all of its hardware."""
    devices = tuple(values.get(HARDWARE) or ())
    return replace(machine, nics=nics_of(values, groups), disks=disks_of(values), devices=devices, partial=False)


def _inventory(rows: list[Row]) -> Inventory:
    names = {row.ref._moId: str(row.values.get("name", "")) for row in rows}
    groups = [_group(row, names) for row in _of(rows, vim.dvs.DistributedVirtualPortgroup)]
    switches = _of(rows, vim.DistributedVirtualSwitch)
    by_key = tuple((group.key, group.name) for group in groups)
    return Inventory(
        hosts=_named(_host(row) for row in _of(rows, vim.HostSystem)),
        machines=_named(_machine(row, _home(row, names), by_key) for row in _of(rows, vim.VirtualMachine)),
        datastores=_named(_datastore(row, names) for row in _of(rows, vim.Datastore)),
        groups=_named(groups),
        switches={str(row.values["name"]): str(row.values["uuid"]) for row in switches},
        clusters={str(row.values["name"]): row for row in _of(rows, vim.ClusterComputeResource)},
        networks={str(row.values["name"]): row.ref for row in rows if type(row.ref) is vim.Network},
        datacenters={str(row.values["name"]): row for row in _of(rows, vim.Datacenter)},
        switch_refs={str(row.values["name"]): row.ref for row in switches},
    )


def _of(rows: Iterable[Row], kind: type[Any]) -> list[Row]:
    return [row for row in rows if isinstance(row.ref, kind)]


def _named(seen: Iterable[Any]) -> dict[str, Any]:
    return {each.name: each for each in seen}


def _host(row: Row) -> HostSeen:
    state = row.values.get("runtime.dasHostState")
    return HostSeen(
        row.ref,
        row.values["name"],
        str(row.values["runtime.connectionState"]),
        bool(row.values["runtime.inMaintenanceMode"]),
        str(row.values.get("runtime.powerState", "unknown")),
        str(state.state) if state else "",
        row.values.get("parent"),
    )


def _home(row: Row, names: Mapping[str, str]) -> str:
    """The name of a VM's host."""
    host = row.values.get("runtime.host")
    return names.get(host._moId, "") if host else ""


@lru_cache(maxsize=5_000)
def _machine(row: Row, home: str, groups: tuple[tuple[str, str], ...]) -> MachineSeen:
    protection = row.values.get("runtime.dasVmProtection")
    return MachineSeen(
        row.ref,
        row.values["name"],
        str(row.values["runtime.powerState"]),
        str(row.values["runtime.connectionState"]),
        home,
        str(row.values.get("config.files.vmPathName", "")),
        bool(protection and protection.dasProtected),
        nics_of(row.values, dict(groups)),
        disks_of(row.values),
        tuple(row.values.get(HARDWARE) or ()),
        is_partial(row.values),
    )


def _datastore(row: Row, names: Mapping[str, str]) -> DatastoreSeen:
    vmfs = getattr(row.values.get("info"), "vmfs", None)
    mounts = {names.get(mount.key._moId, ""): mount.mountInfo for mount in row.values.get("host") or ()}
    accessible = {name: bool(info.accessible and info.mounted is not False) for name, info in mounts.items()}
    paths = [str(info.path).rpartition("/")[2] for info in mounts.values()]
    return DatastoreSeen(row.ref, row.values["name"], str(vmfs.uuid) if vmfs else next(iter(paths), ""), accessible)


def _group(row: Row, names: Mapping[str, str]) -> GroupSeen:
    config = row.values["config"]
    switch = config.distributedVirtualSwitch
    return GroupSeen(
        row.ref,
        row.values["name"],
        row.values["key"],
        int(config.numPorts or 0),
        bool(config.autoExpand),
        str(config.type),
        names.get(switch._moId, "") if switch else "",
        bool(config.uplink),
    )
