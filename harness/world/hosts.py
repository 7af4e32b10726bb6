"""ESXi hosts: power, agents, their own files, and what vCenter last heard of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from harness.records import replace
from harness.units import DeviceId, HostName, Instant, MachineId, SwitchId, VolumeId
from harness.world.events import Event
from harness.world.proxies import ProxySwitch
from harness.world.storage import Mount

if TYPE_CHECKING:
    from harness.world.aggregate import World

HOSTD, VPXA, FDM, SSH = "hostd", "vpxa", "fdm", "SSH"
DVS_DATABASE = "/etc/vmware/dvsdata.db"
ESX_CONF = "/etc/vmware/esx.conf"
CONFIG_STORE = "/etc/vmware/configstore/current-store-1"
"""The database that took over from ``esx.conf`` (its path is from memory)."""
VMKERNEL_LOG = "/var/log/vmkernel.log"


class HostPower(StrEnum):
    """Whether a host runs."""

    OFF = "off"
    BOOTING = "booting"
    ON = "on"


class Connection(StrEnum):
    """A host as vCenter sees it, in the API's words."""

    CONNECTED = "connected"
    DISCONNECTED = "disconnected"
    NOT_RESPONDING = "notResponding"


@dataclass(frozen=True)
class HostFile:
    """A file of the host's own (RAM disk) file system."""

    content: bytes = field(repr=False)
    modified: Instant
    mode: int = 0o644


@dataclass(frozen=True)
class Resolution:
    """What a host's resolver knows of a name, and until when it believes it."""

    address: str
    until: Instant


@dataclass(frozen=True)
class Host:
    """One ESXi host.

    ``files`` is what its shell shows; ``saved`` is what the boot device holds and a boot starts from. ``mounts`` is what the host
    has mounted, ``reported`` the mounts that vCenter has heard of. ``agents`` are the management agents that answer,
    ``launched`` those that were started and do not answer yet, with the moment of their start.
    ``late`` are the volumes that it mounted while hostd ran, since hostd's last start.
    ``linked`` says whether its management network reaches anybody: without it the host is isolated, and its VMs run on.
    ``hushes`` counts how often it fell silent towards vCenter. ``resolved`` is what its resolver has cached, by name.
    """

    name: HostName
    center: str
    cluster: str
    address: str
    mac: str
    site: str = ""
    power: HostPower = HostPower.OFF
    boots: int = 0
    booted: Instant | None = None
    agents: frozenset[str] = frozenset()
    launched: Mapping[str, Instant] = field(default_factory=dict)
    ssh: bool = True
    linked: bool = True
    maintenance: bool = False
    connection: Connection = Connection.DISCONNECTED
    files: Mapping[str, HostFile] = field(default_factory=dict)
    saved: Mapping[str, HostFile] = field(default_factory=dict)
    devices: frozenset[DeviceId] = frozenset()
    mounts: Mapping[VolumeId, Mount] = field(default_factory=dict)
    reported: Mapping[VolumeId, Mount] = field(default_factory=dict)
    late: frozenset[VolumeId] = frozenset()
    proxies: Mapping[SwitchId, ProxySwitch] = field(default_factory=dict)
    vmids: Mapping[MachineId, int] = field(default_factory=dict)
    next_world: int = 2099870
    hushes: int = 0
    resolved: Mapping[str, Resolution] = field(default_factory=dict)

    @property
    def running(self) -> bool:
        """Whether the VMkernel runs (its agents may not)."""
        return self.power is HostPower.ON

    @property
    def manageable(self) -> bool:
        """Whether hostd answers."""
        return self.running and HOSTD in self.agents

    @property
    def speaks(self) -> bool:
        """Whether vCenter gets heartbeats: the host runs with hostd and vpxa, and its management network works."""
        return self.power is HostPower.ON and self.linked and HOSTD in self.agents and VPXA in self.agents

    @property
    def isolated(self) -> bool:
        """Whether it runs and nobody reaches it over its management network."""
        return self.running and not self.linked

    @property
    def short_name(self) -> str:
        """The first label of its name."""
        return self.name.partition(".")[0]


@dataclass(frozen=True)
class HostEvent(Event):
    """An event that replaces one host. ``said`` is its text where that never varies."""

    host: HostName
    said: ClassVar[str] = ""

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        before = world.hosts[self.host]
        after = self.change(before)
        if before.speaks and not after.speaks:
            after = replace(after, hushes=after.hushes + 1)
        return world.with_host(after)

    def change(self, host: Host) -> Host:
        """The host in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The host's name."""
        return self.host

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return self.said


@dataclass(frozen=True)
class ManagementLinkSwitched(HostEvent):
    """The management network of a host was cut, or works again."""

    up: bool

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, linked=self.up)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"management network {'works' if self.up else 'cut'}"


@dataclass(frozen=True)
class MaintenanceEntered(HostEvent):
    """The host is in maintenance mode."""

    said = "entered maintenance mode"

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, maintenance=True)


@dataclass(frozen=True)
class MaintenanceLeft(HostEvent):
    """The host has left maintenance mode."""

    said = "left maintenance mode"

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, maintenance=False)


@dataclass(frozen=True)
class HostMoved(HostEvent):
    """The host is in another cluster of its vCenter Server."""

    cluster: str

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, cluster=self.cluster)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"is in the cluster {self.cluster}"


@dataclass(frozen=True)
class ConnectionChanged(HostEvent):
    """vCenter sees the host in another connection state."""

    connection: Connection

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, connection=self.connection)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.connection} in vCenter"
