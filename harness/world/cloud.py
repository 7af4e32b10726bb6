"""vCloud Director: its organisations, their VDCs and vApps, as its own database has them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.units import number_of
from harness.world.events import Event

if TYPE_CHECKING:
    from harness.world.aggregate import World


class StopAction(StrEnum):
    """What happens to a VM when its vApp is stopped, in the words of the vApp's startup section."""

    POWER_OFF = "powerOff"
    SHUT_DOWN = "guestShutdown"


@dataclass(frozen=True)
class CloudMachine:
    """A VM of a vApp. ``moref`` is all by which vCloud Director finds it in the resource vCenter; ``name`` is its own.

    VMs with a lower ``order`` start first and stop last; those with the same one start together.
    """

    name: str
    moref: str
    order: int = 0
    stop: StopAction = StopAction.POWER_OFF


@dataclass(frozen=True)
class VApp:
    """A vApp in an organisation VDC."""

    name: str
    vdc: str
    machines: tuple[CloudMachine, ...]


@dataclass(frozen=True)
class Vdc:
    """An organisation VDC; ``pool`` is the MoRef of its resource pool in the resource vCenter."""

    name: str
    organisation: str
    pool: str


@dataclass(frozen=True)
class OrgNetwork:
    """A network of an organisation: a port group, by its MoRef. ``edge`` is the MoRef of its vShield Edge, empty without one."""

    name: str
    organisation: str
    group: str
    edge: str = ""


@dataclass(frozen=True)
class Cloud:
    """A vCloud Director: the services that make it, the resource vCenter under it, and what it knows.

    ``cells`` and ``database`` name services, ``center`` a vCenter. Names of VDCs, vApps and networks are unique.
    """

    name: str
    center: str
    cells: str
    database: str
    organisations: tuple[str, ...] = ()
    vdcs: tuple[Vdc, ...] = ()
    networks: tuple[OrgNetwork, ...] = ()
    vapps: tuple[VApp, ...] = ()

    def vdc(self, name: str) -> Vdc:
        """The organisation VDC of that name."""
        return next(vdc for vdc in self.vdcs if vdc.name == name)

    def organisation_of(self, vapp: VApp) -> str:
        """The organisation to which a vApp belongs."""
        return self.vdc(vapp.vdc).organisation

    def machines(self) -> Iterator[tuple[VApp, CloudMachine]]:
        """Every VM that it knows, with its vApp."""
        return ((vapp, machine) for vapp in self.vapps for machine in vapp.machines)


def has_cell(world: World, cloud: Cloud) -> bool:
    """Whether a cell runs: without one nobody listens at the cloud's address."""
    return world.services[cloud.cells].ready


def hindrance(world: World, cloud: Cloud) -> str:
    """What keeps the cells from serving: their database or the resource vCenter; empty where nothing does (assumed)."""
    if not world.services[cloud.database].ready:
        return f"the database {cloud.database} does not answer"
    if not world.centers[cloud.center].on:
        return f"the vCenter Server {cloud.center} does not answer"
    return ""


@dataclass(frozen=True)
class CloudRecorded(Event):
    """A vCloud Director's database holds what ``cloud`` says."""

    cloud: Cloud

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_cloud(self.cloud)

    @property
    def subject(self) -> str:
        """The cloud's name."""
        return self.cloud.name

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        count = sum(len(vapp.machines) for vapp in self.cloud.vapps)
        parts = number_of(len(self.cloud.organisations), "organisation"), number_of(len(self.cloud.vapps), "vApp")
        return f"knows {' and '.join(parts)} of {number_of(count, 'VM')}"
