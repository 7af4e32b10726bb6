"""What happens to protection groups and to the VMs in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import DeviceId, Instant
from harness.world.events import Event
from harness.world.recovery import MachineStatus, ProtectedMachine, ProtectionGroup, ProtectionState

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class ProtectionEvent(Event):
    """An event that replaces one protection group."""

    group: str

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_protection(self.change(world.protection[self.group]))

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """The group in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The group."""
        return self.group


@dataclass(frozen=True)
class ProtectionStateChanged(ProtectionEvent):
    """A plan does something with the group, or no plan does any more."""

    state: ProtectionState
    plan: str

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """See :class:`ProtectionEvent`."""
        return replace(group, state=self.state, plan=self.plan)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.state}{f', by {self.plan}' if self.plan else ''}"


@dataclass(frozen=True)
class MachineStatusChanged(ProtectionEvent):
    """A protected VM is farther, or not."""

    name: str
    status: MachineStatus
    message: str = ""

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """See :class:`ProtectionEvent`."""
        known = next(m for m in group.machines if m.name == self.name)
        return group.with_machine(replace(known, status=self.status, message=self.message))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.name} is {self.status}{f': {self.message}' if self.message else ''}"


@dataclass(frozen=True)
class SnapshotsKept(ProtectionEvent):
    """These LUNs hold the group's replicas for a test recovery."""

    devices: tuple[DeviceId, ...]

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """See :class:`ProtectionEvent`."""
        return replace(group, snapshots=self.devices)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"has {len(self.devices)} snapshot(s)"


@dataclass(frozen=True)
class ProtectionReversed(ProtectionEvent):
    """The group protects its VMs, ``machines``, in the other direction from now on."""

    machines: tuple[ProtectedMachine, ...]

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """See :class:`ProtectionEvent`."""
        return replace(group, protected=group.recovery, recovery=group.protected, machines=self.machines)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "protects in the other direction"


@dataclass(frozen=True)
class MachineReplicated(ProtectionEvent):
    """VSphere Replication has brought the files of a VM to its target, as they were at ``at``."""

    name: str
    at: Instant
    routine = True

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """See :class:`ProtectionEvent`."""
        known = next(m for m in group.machines if m.name == self.name)
        return group.with_machine(replace(known, completed=self.at))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.name} is replicated as of {self.at:%H:%M:%S}"


@dataclass(frozen=True)
class ReplicationSwitched(ProtectionEvent):
    """VSphere Replication of a VM stops, or begins; what was under way ends without effect."""

    name: str
    on: bool

    def change(self, group: ProtectionGroup) -> ProtectionGroup:
        """See :class:`ProtectionEvent`."""
        known = next(m for m in group.machines if m.name == self.name)
        return group.with_machine(replace(known, replicating=self.on, term=known.term + 1))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"replication of {self.name} {'begins' if self.on else 'stops'}"
