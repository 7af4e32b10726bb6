"""Clusters and vSphere HA: who is master, which VMs wait for a restart, and what vCenter was told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, ClassVar

from harness.records import replace
from harness.units import HostName, MachineId
from harness.world.events import Event, drop, put

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class Restart:
    """A VM that the master has to start: attempts made, why it waits if it is pending, whether HA gave up."""

    attempts: int = 0
    pending: str = ""
    given_up: bool = False


@dataclass(frozen=True)
class Cluster:
    """A cluster with its vSphere HA settings and the state that its master agent keeps in memory.

    ``folder`` is where its agents keep their files on a datastore; ``dead`` are the hosts that the master has declared dead;
    ``election`` counts elections, so that a stale one can be told.
    """

    name: str
    center: str
    folder: str
    enabled: bool = False
    monitored: bool = True
    master: HostName | None = None
    election: int = 0
    dead: frozenset[HostName] = frozenset()
    restarts: Mapping[MachineId, Restart] = field(default_factory=dict)


@dataclass(frozen=True)
class Center:
    """A vCenter Server: whether it runs. Its ``site`` is empty where VMs serve it: then it is where they are."""

    name: str
    on: bool = True
    site: str = ""


@dataclass(frozen=True)
class CenterEvent(Event):
    """An event that replaces one vCenter Server."""

    center: str
    on: bool

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_center(replace(world.centers[self.center], on=self.on))

    @property
    def subject(self) -> str:
        """The vCenter's name."""
        return self.center

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"vCenter Server is {'on' if self.on else 'off'}"


@dataclass(frozen=True)
class ClusterEvent(Event):
    """An event that replaces one cluster."""

    cluster: str
    said: ClassVar[str] = ""

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_cluster(self.change(world.clusters[self.cluster]))

    def change(self, cluster: Cluster) -> Cluster:
        """The cluster in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The cluster's name."""
        return self.cluster

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return self.said


@dataclass(frozen=True)
class AvailabilityConfigured(ClusterEvent):
    """vSphere HA was switched on or off."""

    enabled: bool
    monitored: bool = True

    def change(self, cluster: Cluster) -> Cluster:
        """Without HA there is no master and nothing waits."""
        if self.enabled:
            return replace(cluster, enabled=True, monitored=self.monitored)
        return replace(cluster, enabled=False, master=None, restarts={}, dead=frozenset(), election=cluster.election + 1)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"vSphere HA {'on' if self.enabled else 'off'}"


@dataclass(frozen=True)
class ElectionHeld(ClusterEvent):
    """The cluster looks for a master: the agents' memory of restarts is gone with the last one."""

    said = "elects a vSphere HA master"

    def change(self, cluster: Cluster) -> Cluster:
        """See :class:`ClusterEvent`."""
        return replace(cluster, master=None, election=cluster.election + 1, restarts={}, dead=frozenset())


@dataclass(frozen=True)
class MasterElected(ClusterEvent):
    """A host's agent is the master; one that is ``established`` has taken over long ago."""

    host: HostName
    established: bool = False

    def change(self, cluster: Cluster) -> Cluster:
        """See :class:`ClusterEvent`."""
        return replace(cluster, master=self.host)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.host} is the vSphere HA master"


@dataclass(frozen=True)
class HostsDeclared(ClusterEvent):
    """The master holds exactly these hosts for dead."""

    dead: frozenset[HostName]

    def change(self, cluster: Cluster) -> Cluster:
        """See :class:`ClusterEvent`."""
        return replace(cluster, dead=self.dead)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"dead host(s): {', '.join(sorted(self.dead)) or 'none'}"


@dataclass(frozen=True)
class RestartNoted(ClusterEvent):
    """The master takes up a VM, or notes how its restart stands."""

    machine: MachineId
    restart: Restart

    def change(self, cluster: Cluster) -> Cluster:
        """See :class:`ClusterEvent`."""
        return replace(cluster, restarts=put(cluster.restarts, self.machine, self.restart))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        state = f"pending: {self.restart.pending}" if self.restart.pending else f"attempt {self.restart.attempts}"
        return f"restart of {self.machine}: {state}"


@dataclass(frozen=True)
class RestartDropped(ClusterEvent):
    """The master no longer has to start a VM."""

    machine: MachineId

    def change(self, cluster: Cluster) -> Cluster:
        """See :class:`ClusterEvent`."""
        return replace(cluster, restarts=drop(cluster.restarts, self.machine))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"restart of {self.machine}: done with"


@dataclass(frozen=True)
class Announced(Event):
    """vCenter posts an event of its own: ``kind`` is the event type id, ``phrase`` the name of its text in the release data."""

    center: str
    kind: str
    message: str
    cluster: str = ""
    host: HostName | None = None
    machine: MachineId | None = None
    phrase: str = ""

    def apply(self, world: World) -> World:
        """The world keeps no copy: vCenter's event history does."""
        return world

    @property
    def subject(self) -> str:
        """The host, cluster or vCenter that it concerns."""
        return self.host or self.cluster or self.center

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.kind}: {self.message}"
