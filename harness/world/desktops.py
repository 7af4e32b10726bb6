"""View: pools of persistent linked clones, who is assigned which desktop, and what it takes to broker one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.units import number_of
from harness.world.events import Event
from harness.world.machines import Disk, Machine

if TYPE_CHECKING:
    from harness.world.aggregate import World

REPLICA = "replica-"
"""What the names of replica VMs begin with (from memory; the product goes on with an id)."""
USER_DISK = "-vdm-user-disk-D.vmdk"
"""What the file of a desktop's persistent disk ends with (from memory; the product puts an id before the suffix)."""
DESKTOP_SERVICE = "desktop"
"""The kind of the service that the agents in the desktops of a pool make; it has the name of the pool."""


@dataclass(frozen=True)
class Desktop:
    """A linked clone as View has it: by its ``moref`` in the desktop vCenter. ``user`` is empty for one without an owner."""

    name: str
    moref: str
    user: str = ""


@dataclass(frozen=True)
class DesktopPool:
    """A pool of persistent linked clones; ``replica`` is the MoRef of the VM behind all their OS disks."""

    name: str
    replica: str
    desktops: tuple[Desktop, ...]


@dataclass(frozen=True)
class View:
    """A View: the services that make it, the desktop vCenter under it, and what it knows.

    ``servers`` name the services of the connection servers, each with a name of its own; ``center`` is a vCenter.
    """

    name: str
    center: str
    servers: tuple[str, ...]
    composer: str
    database: str
    pools: tuple[DesktopPool, ...] = ()

    def desktops(self) -> Iterator[tuple[DesktopPool, Desktop]]:
        """Every desktop that it knows, with its pool."""
        return ((pool, desktop) for pool in self.pools for desktop in pool.desktops)

    def assigned_to(self, user: str) -> list[tuple[DesktopPool, Desktop]]:
        """The desktops of a user, each with its pool: at most one of each."""
        return [(pool, desktop) for pool, desktop in self.desktops() if user and desktop.user == user]


def hindrance(world: World, view: View) -> str:
    """What keeps a connection server that runs from brokering: database or desktop vCenter; empty where nothing does (assumed).

    The composer makes and changes desktops; those that are there are brokered without it.
    """
    if not world.services[view.database].ready:
        return f"the database {view.database} does not answer"
    if not world.centers[view.center].on:
        return f"the vCenter Server {view.center} does not answer"
    return ""


def user_disk(machine: Machine) -> Disk | None:
    """The persistent disk of a desktop; None where it has none, or has lost it."""
    return next((disk for disk in machine.disks if disk.file.name.endswith(USER_DISK)), None)


@dataclass(frozen=True)
class ViewRecorded(Event):
    """A View knows what ``view`` says."""

    view: View

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_view(self.view)

    @property
    def subject(self) -> str:
        """The View's name."""
        return self.view.name

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        desktops = list(self.view.desktops())
        owned = sum(bool(desktop.user) for _, desktop in desktops)
        pools = number_of(len(self.view.pools), "pool")
        return f"knows {pools} of {number_of(len(desktops), 'desktop')}, {owned} of them assigned to users"
