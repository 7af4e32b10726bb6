"""What a blueprint says of the products above vSphere: Site Recovery Manager, vCloud Director, View."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.units import Span
from harness.world.recovery import Prompt, ProtectionKind


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
