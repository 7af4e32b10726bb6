"""A blueprint: the environment that a lab is built of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.units import HostName, Span
from harness.world.cloud import StopAction
from harness.world.names import Zone
from harness.world.network import Binding
from harness.world.recovery import Prompt, ProtectionKind
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
class RecoveryServerPlan:
    """A server of Site Recovery Manager at the site of its vCenter; the other one of the file is its peer.

    ``placeholders`` is the datastore for placeholder VMs. See :class:`harness.world.recovery.RecoveryServer`.
    """

    name: str
    center: str
    placeholders: str
    restores_names: bool = False
    forces: bool = False


@dataclass(frozen=True)
class ProtectionPlan:
    """VMs that are protected together by the server ``protected``: by arrays with the consistency group ``replication``, or by
    vSphere Replication to the datastore ``target``, each VM at least every ``objectives[name]``.
    """

    name: str
    kind: ProtectionKind
    protected: str
    machines: tuple[str, ...]
    replication: str = ""
    target: str = ""
    objectives: Mapping[str, Span] = field(default_factory=dict)


@dataclass(frozen=True)
class RecoveryPlanPlan:
    """A recovery plan; ``priorities`` of VMs by name (3 where none is given), and ``prompts`` to a person."""

    name: str
    groups: tuple[str, ...]
    priorities: Mapping[str, int] = field(default_factory=dict)
    prompts: tuple[Prompt, ...] = ()


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
class VdcPlan:
    """An organisation VDC, which is a resource pool."""

    name: str
    organisation: str
    pool: str


@dataclass(frozen=True)
class OrgNetworkPlan:
    """A network of an organisation: the port group of that name, and the VM that is its vShield Edge (empty: none)."""

    name: str
    organisation: str
    edge: str = ""


@dataclass(frozen=True)
class CloudPlan:
    """A vCloud Director: its address, the resource vCenter ``center``, and the services ``cells`` and ``database``.

    Its vApps are those that VMs name.
    """

    name: str
    center: str
    cells: str
    database: str
    organisations: tuple[str, ...] = ()
    vdcs: tuple[VdcPlan, ...] = ()
    networks: tuple[OrgNetworkPlan, ...] = ()


@dataclass(frozen=True)
class DesktopPoolPlan:
    """A pool of persistent linked clones: the VMs ``replica`` and ``desktops``, and by desktop its user."""

    name: str
    replica: str
    desktops: tuple[str, ...]
    users: Mapping[str, str]


@dataclass(frozen=True)
class ViewPlan:
    """A View: the desktop vCenter ``center``, and the services that make it; each connection server has an address of its own."""

    name: str
    center: str
    servers: tuple[str, ...]
    composer: str
    database: str
    pools: tuple[DesktopPoolPlan, ...] = ()


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
