"""What one request sees: the cloud's own records, what the resource vCenter shows at their MoRefs, and who looks."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from typing import Protocol, TypeVar
from uuid import UUID, uuid5

from harness.protocols.vcloud_api.problems import forbidden
from harness.protocols.vcloud_api.sessions import SYSTEM, Principal
from harness.units import MachineId
from harness.world.cloud import Cloud, CloudMachine, OrgNetwork, VApp, Vdc

T = TypeVar("T")
IDENTITIES = UUID("3f0c9a51-5b7e-4d7e-8a52-6f0f6a1c1d15")
"""Ids of entities are made of their kinds and names, so that they are the same in every lab."""
POWER = {"poweredOn": "POWERED_ON", "poweredOff": "POWERED_OFF", "suspended": "SUSPENDED"}
UNKNOWN, MIXED = "UNKNOWN", "MIXED"
STATUSES = {"SUSPENDED": 3, "POWERED_ON": 4, UNKNOWN: 6, "POWERED_OFF": 8, MIXED: 10}
"""Numbers of the statuses that VMs and vApps have here (vCloud API Programming Guide: object creation status)."""


class ShownMachine(Protocol):
    """A VM as the resource vCenter shows it."""

    @property
    def power(self) -> str:
        """Its power state in vCenter's words."""

    @property
    def connection(self) -> str:
        """Its connection state in vCenter's words."""

    @property
    def host(self) -> str:
        """The MoRef of its host."""

    @property
    def host_name(self) -> str:
        """The name of its host."""


class Inventory(Protocol):
    """The resource vCenter, as vCloud Director uses it."""

    def machines(self, morefs: Iterable[str]) -> Mapping[str, ShownMachine]:
        """What it shows of those VMs, by MoRef; nothing of one that it does not have."""

    def locate(self, moref: str) -> MachineId | None:
        """The VM to which a call for that MoRef goes; None where there is none."""


@dataclass(frozen=True)
class View:
    """One look. ``base`` is where the client sees the API (``https://127.0.0.1:40123``), ``version`` what it asked to speak."""

    cloud: Cloud
    inventory: Inventory
    viewer: Principal
    base: str
    version: str

    @cached_property
    def shown(self) -> Mapping[str, ShownMachine]:
        """What vCenter shows of the viewer's VMs: asked for once, by the first part of a document that needs it."""
        return self.inventory.machines(machine.moref for _, machine in self.machines())

    def href(self, kind: str, name: str) -> str:
        """The address of an entity."""
        folder, prefix = {"vapp": ("vApp", "vapp-"), "vm": ("vApp", "vm-"), "vim-server": ("admin/extension/vimServer", "")}.get(
            kind, (kind, "")
        )
        return f"{self.base}/api/{folder}/{prefix}{identify(kind, name)}"

    def status(self, machine: CloudMachine) -> str:
        """The power state of a VM in vCenter; ``UNKNOWN`` for one that is not at its MoRef, or not connected (assumed)."""
        there = self.shown.get(machine.moref)
        return POWER.get(there.power, UNKNOWN) if there and there.connection == "connected" else UNKNOWN

    def status_of_vapp(self, vapp: VApp) -> str:
        """The status that all its VMs have, or ``MIXED``."""
        statuses = {self.status(machine) for machine in vapp.machines}
        return statuses.pop() if len(statuses) == 1 else MIXED

    def deployed(self, *machines: CloudMachine) -> bool:
        """Whether one of them is powered on (assumed: here nothing is deployed that is not)."""
        return any(self.status(machine) == "POWERED_ON" for machine in machines)

    def organisations(self) -> list[str]:
        """The organisations that the viewer sees."""
        return [SYSTEM, *self.cloud.organisations] if self.viewer.administrator else [self.viewer.organisation]

    def vdcs(self) -> list[Vdc]:
        """The organisation VDCs that the viewer sees; the other lists of this kind are alike."""
        return [vdc for vdc in self.cloud.vdcs if vdc.organisation in self.organisations()]

    def networks(self) -> list[OrgNetwork]:
        """See :meth:`vdcs`."""
        return [network for network in self.cloud.networks if network.organisation in self.organisations()]

    def vapps(self) -> list[VApp]:
        """See :meth:`vdcs`."""
        return [vapp for vapp in self.cloud.vapps if self.cloud.organisation_of(vapp) in self.organisations()]

    def machines(self) -> Iterator[tuple[VApp, CloudMachine]]:
        """See :meth:`vdcs`; each with its vApp."""
        return ((vapp, machine) for vapp in self.vapps() for machine in vapp.machines)

    def organisation(self, identity: str) -> str:
        """The organisation of that id. Raises a ``Problem`` for one that the viewer does not see; the other finders are alike."""
        return _one("org", identity, {identify("org", name): name for name in self.organisations()})

    def vdc(self, identity: str) -> Vdc:
        """See :meth:`organisation`."""
        return _one("vdc", identity, {identify("vdc", vdc.name): vdc for vdc in self.vdcs()})

    def network(self, identity: str) -> OrgNetwork:
        """See :meth:`organisation`."""
        return _one("network", identity, {identify("network", network.name): network for network in self.networks()})

    def vapp(self, identity: str) -> VApp:
        """See :meth:`organisation`."""
        return _one("vapp", identity, {identify("vapp", vapp.name): vapp for vapp in self.vapps()})

    def machine(self, identity: str) -> tuple[VApp, CloudMachine]:
        """See :meth:`organisation`; with its vApp."""
        return _one("vm", identity, {identify("vm", machine.name): (vapp, machine) for vapp, machine in self.machines()})


@cache
def identify(kind: str, name: str) -> str:
    """The id of an entity."""
    return str(uuid5(IDENTITIES, f"{kind}/{name}"))


def _one(kind: str, identity: str, known: Mapping[str, T]) -> T:
    if identity not in known:
        raise forbidden(kind, identity)
    return known[identity]
