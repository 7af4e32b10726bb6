"""A blueprint: the environment that a lab is built of."""

from __future__ import annotations

from dataclasses import dataclass

from harness.blueprints.products import CloudPlan, ProtectionPlan, RecoveryPlanPlan, RecoveryServerPlan, ViewPlan
from harness.units import HostName, Span
from harness.world.cloud import StopAction
from harness.world.names import Zone
from harness.world.network import Binding
from harness.world.replication import NEVER, ArrayKind, Mode, Presenting

STANDARD_NETWORK = "VM Network"
"""The port group that every host has on its standard switch."""
GIB = 2**30
ONLY_SITE = "the site"
"""The site of all that a blueprint without sites describes."""


@dataclass(frozen=True)
class SitePlan:
    """A place that can be lost as a whole."""

    name: str


@dataclass(frozen=True)
class CenterPlan:
    """A vCenter Server with its one datacenter. It has no ``site`` where a VM runs it: then it is where its VM is."""

    name: str
    datacenter: str
    site: str = ""


@dataclass(frozen=True)
class ServicePlan:
    """What VMs serve; ``kind`` names how long it takes to start. One of kind ``vcenter`` has the name of its vCenter."""

    name: str
    kind: str


@dataclass(frozen=True)
class ClusterPlan:
    """A cluster; ``ha`` switches vSphere HA on."""

    name: str
    center: str
    ha: bool = False


@dataclass(frozen=True)
class PoolPlan:
    """A resource pool below a cluster's own, such as an organisation VDC of vCloud Director."""

    name: str
    cluster: str


@dataclass(frozen=True)
class HostPlan:
    """A host in a cluster, which starts in maintenance mode or out of it."""

    name: HostName
    cluster: str
    address: str
    site: str = ONLY_SITE
    maintenance: bool = False


@dataclass(frozen=True)
class VolumePlan:
    """A VMFS volume on a LUN of its own; ``hosts`` are those it is presented to (empty: all), ``size`` is in GiB."""

    label: str
    array: str
    size: int
    hosts: tuple[HostName, ...] = ()


@dataclass(frozen=True)
class ArrayPlan:
    """A storage array with a management API; ``presents`` says how hosts get at its replicas."""

    name: str
    site: str = ONLY_SITE
    presents: Presenting = "by-procedure"
    kind: ArrayKind = "block"
    address: str = ""


@dataclass(frozen=True)
class NameServerPlan:
    """A DNS server, which serves all zones."""

    name: str
    site: str = ONLY_SITE


@dataclass(frozen=True)
class ExportPlan:
    """What a NAS exports as ``path`` to ``hosts``; ``label`` is for its administrator, ``size`` is in GiB."""

    label: str
    array: str
    path: str
    size: int
    hosts: tuple[HostName, ...]


@dataclass(frozen=True)
class NfsPlan:
    """An NFS datastore that ``hosts`` have mounted: ``share`` of ``server``, as these were given at the mount."""

    label: str
    server: str
    share: str
    hosts: tuple[HostName, ...]


@dataclass(frozen=True)
class ReplicationPlan:
    """A consistency group: the LUNs or exports of ``volumes``, which are on one array, are replicated to the array ``target``.

    ``hosts`` are those to which an array that presents beforehand presents the replicas.
    """

    name: str
    volumes: tuple[str, ...]
    target: str
    mode: Mode
    interval: Span = NEVER
    hosts: tuple[HostName, ...] = ()


@dataclass(frozen=True)
class GroupPlan:
    """A distributed port group. None leaves it to the release."""

    name: str
    binding: Binding = Binding.STATIC
    ports: int | None = None
    auto_expand: bool | None = None
    vlan: int = 0


@dataclass(frozen=True)
class SwitchPlan:
    """A distributed switch that all hosts of its vCenter join."""

    name: str
    center: str
    groups: tuple[GroupPlan, ...]


@dataclass(frozen=True)
class ClonePlan:
    """What makes a VM a linked clone: the VM ``replica`` behind its OS disk, and the datastore of its persistent disk."""

    replica: str
    persistent: str


@dataclass(frozen=True)
class MachinePlan:
    """A VM. ``network`` is a port group's name, or ``VM Network`` on the standard switch; ``disk`` is in GiB.

    ``pool`` empty is the cluster's own resource pool. ``serves`` names a service. ``vapp`` and ``order`` place it in a vApp of
    vCloud Director and in that vApp's start order; ``stop`` is what happens to it when that vApp is stopped.
    """

    name: str
    host: HostName
    datastore: str
    network: str
    on: bool = True
    disk: int = 1
    pool: str = ""
    serves: str = ""
    vapp: str = ""
    order: int = 0
    stop: StopAction = StopAction.POWER_OFF
    clone: ClonePlan | None = None


@dataclass(frozen=True)
class Blueprint:
    """An environment; its names are unique and its references resolved."""

    name: str
    centers: tuple[CenterPlan, ...]
    clusters: tuple[ClusterPlan, ...]
    hosts: tuple[HostPlan, ...]
    volumes: tuple[VolumePlan, ...]
    switches: tuple[SwitchPlan, ...]
    machines: tuple[MachinePlan, ...] = ()
    sites: tuple[SitePlan, ...] = (SitePlan(ONLY_SITE),)
    services: tuple[ServicePlan, ...] = ()
    pools: tuple[PoolPlan, ...] = ()
    arrays: tuple[ArrayPlan, ...] = ()
    replication: tuple[ReplicationPlan, ...] = ()
    recovery_servers: tuple[RecoveryServerPlan, ...] = ()
    protection: tuple[ProtectionPlan, ...] = ()
    recovery_plans: tuple[RecoveryPlanPlan, ...] = ()
    nameservers: tuple[NameServerPlan, ...] = ()
    zones: tuple[Zone, ...] = ()
    exports: tuple[ExportPlan, ...] = ()
    nfs: tuple[NfsPlan, ...] = ()
    cloud: CloudPlan | None = None
    view: ViewPlan | None = None

    def center_of(self, host: HostPlan) -> str:
        """The vCenter that manages a host."""
        return next(c.center for c in self.clusters if c.name == host.cluster)
