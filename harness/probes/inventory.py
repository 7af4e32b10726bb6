"""What a vCenter Server shows at one moment: its inventory by names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from harness.probes.failures import Absent, Ambiguous
from harness.probes.hardware import NicSeen
from harness.units import number_of
from harness.vmomi.lines import Row

T = TypeVar("T")


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
        return f"{self.name}: {number_of(self.ports, 'port')} on {self.switch}, auto-expand {'on' if self.auto_expand else 'off'}"


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
