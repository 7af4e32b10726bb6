"""What a vCenter Server shows at one moment: its inventory by names, read in one call."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, TypeVar

from pyVmomi import vim, vmodl

from harness.probes.failures import Absent, Ambiguous
from harness.probes.hardware import HARDWARE, USUAL, NicSeen, disks_of, is_partial, nics_of
from harness.probes.session import Session, Wanted
from harness.vmomi.lines import Row

T = TypeVar("T")

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


@dataclass(frozen=True)
class HostSeen:
    """A host; ``ha`` is its agent's state (``master``, ``connectedToMaster`` ...), empty where it has none."""

    ref: Any
    name: str
    connection: str
    maintenance: bool
    power: str
    ha: str
    cluster: Any

    def __str__(self) -> str:
        mode = ", in maintenance mode" if self.maintenance else ""
        agent = f", vSphere HA {self.ha}" if self.ha else ""
        return f"{self.name}: {self.connection}{mode}{agent}"


@dataclass(frozen=True)
class MachineSeen:
    """A VM; ``host`` is a name, ``vmx`` is ``[datastore] folder/name.vmx``, ``disks`` are paths of that form.

    ``partial`` says that it may have more vNICs or disks than were read.
    """

    ref: Any
    name: str
    power: str
    connection: str
    host: str
    vmx: str
    protected: bool
    nics: tuple[NicSeen, ...]
    disks: tuple[str, ...]
    devices: tuple[Any, ...]
    partial: bool = False

    def __str__(self) -> str:
        shown = self.power if self.connection == "connected" else f"{self.power} ({self.connection})"
        protection = ", protected" if self.protected else ""
        nics = "; ".join(str(nic) for nic in self.nics)
        return f"{self.name}: {shown} on {self.host}{protection}, {self.vmx}; {nics}"

    @property
    def nic(self) -> NicSeen:
        """Its one vNIC."""
        if len(self.nics) != 1:
            raise Absent("single vNIC", self.name, "vCenter", tuple(nic.label for nic in self.nics))
        return self.nics[0]

    @property
    def datastore(self) -> str:
        """The datastore that holds its working directory."""
        return self.vmx.partition("]")[0].removeprefix("[")

    @property
    def folder(self) -> str:
        """The name of its working directory."""
        return self.vmx.partition("] ")[2].rpartition("/")[0]


@dataclass(frozen=True)
class DatastoreSeen:
    """A datastore; ``volume`` is its VMFS UUID or NFS identity, ``accessible`` says by host name what each host has of it."""

    ref: Any
    name: str
    volume: str
    accessible: Mapping[str, bool]

    def __str__(self) -> str:
        lost = [name for name, accessible in self.accessible.items() if not accessible]
        exception = f", but not on {', '.join(lost)}" if lost else ""
        return f"{self.name}: accessible{exception}"


@dataclass(frozen=True)
class GroupSeen:
    """A distributed port group; ``switch`` is its switch's name."""

    ref: Any
    name: str
    key: str
    ports: int
    auto_expand: bool
    binding: str
    switch: str
    uplink: bool

    def __str__(self) -> str:
        return f"{self.name}: {self.ports} ports on {self.switch}, auto-expand {'on' if self.auto_expand else 'off'}"


@dataclass(frozen=True, eq=False)
class Inventory:
    """All of it, by names; ``switches`` gives the identifiers as hosts print them. Looks that see the same share one."""

    hosts: Mapping[str, HostSeen]
    machines: Mapping[str, MachineSeen]
    datastores: Mapping[str, DatastoreSeen]
    groups: Mapping[str, GroupSeen]
    switches: Mapping[str, str]
    clusters: Mapping[str, Row]
    networks: Mapping[str, Any]
    datacenters: Mapping[str, Row]
    switch_refs: Mapping[str, Any]
    where: str = "vCenter"
    shared: Mapping[tuple[str, str], tuple[str, ...]] = field(default_factory=dict)
    """By part of the inventory and name, the vCenter Servers that have it, where several have."""

    def __str__(self) -> str:
        parts = (self.hosts, self.machines, self.datastores, self.groups)
        return "\n".join(str(seen) for part in parts for seen in part.values())

    def host(self, name: str) -> HostSeen:
        """The host of that name; a short name will do."""
        full = next((known for known in self.hosts if known.partition(".")[0] == name), name)
        return self._find("host", full, "hosts", self.hosts)

    def machine(self, name: str) -> MachineSeen:
        """The VM of that name."""
        return self._find("VM", name, "machines", self.machines)

    def datastore(self, name: str) -> DatastoreSeen:
        """The datastore of that name."""
        return self._find("datastore", name, "datastores", self.datastores)

    def group(self, name: str) -> GroupSeen:
        """The distributed port group of that name."""
        return self._find("port group", name, "groups", self.groups)

    def switch(self, name: str) -> str:
        """The identifier of the distributed switch of that name."""
        return self._find("distributed switch", name, "switches", self.switches)

    def cluster(self, name: str) -> Row:
        """The cluster of that name."""
        return self._find("cluster", name, "clusters", self.clusters)

    @property
    def datacenter(self) -> Row:
        """The one datacenter."""
        if len(self.datacenters) != 1:
            raise Absent("single datacenter", "", self.where, tuple(self.datacenters))
        return next(iter(self.datacenters.values()))

    def _find(self, kind: str, name: str, part: str, among: Mapping[str, T]) -> T:
        """The one of that name; raises ``Absent``, which lists the others, or ``Ambiguous`` where there are several."""
        if (part, name) in self.shared:
            raise Ambiguous(kind, name, self.shared[part, name])
        if name not in among:
            raise Absent(kind, name, self.where, tuple(among))
        return among[name]


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
