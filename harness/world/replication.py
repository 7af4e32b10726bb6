"""Storage arrays, and the consistency groups that replicate LUNs, or exports, from one to the other.

The words for the states are assumed: each vendor has its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness.records import replace
from harness.units import DeviceId, Instant, Span
from harness.world.events import Event
from harness.world.storage import FileFacts, Lun, Vmfs

if TYPE_CHECKING:
    from harness.world.aggregate import World

Presenting: TypeAlias = Literal["beforehand", "by-procedure"]
"""``beforehand``: replicas are presented from the start, and breaking makes them writable; ``by-procedure``: neither."""

ArrayKind: TypeAlias = Literal["block", "nas"]

Mode: TypeAlias = Literal["synchronous", "asynchronous"]

NEVER = Span()


class GroupState(StrEnum):
    """What a consistency group does. Its targets are read-only in every state but ``BROKEN``."""

    REPLICATING = "replicating"
    SUSPENDED = "suspended"
    """Somebody stopped it: nothing is copied until it is resumed."""
    PARTITIONED = "partitioned"
    """One side does not reach the other: nothing is copied until it does."""
    RESYNCHRONISING = "resynchronising"
    """The targets are being brought up to date; until that ends they hold what they held."""
    BROKEN = "broken"
    """The targets are LUNs of their own."""


@dataclass(frozen=True)
class Array:
    """A storage array; while it is not ``on`` none of its LUNs, and no part of its management, answers.

    One of kind ``nas`` has exports instead of LUNs, and serves them over NFS at ``address``.
    """

    name: str
    site: str = ""
    presents: Presenting = "by-procedure"
    on: bool = True
    kind: ArrayKind = "block"
    address: str = ""


@dataclass(frozen=True)
class Pair:
    """A LUN and the one that is its copy."""

    source: DeviceId
    target: DeviceId


@dataclass(frozen=True)
class ReplicationGroup:
    """LUNs that are replicated together: all targets hold one and the same moment of their sources.

    ``interval`` is what lies between the beginnings of two cycles, where the mode is asynchronous. ``completed`` is the moment
    of the sources that the targets hold; None where they hold no whole moment. ``since`` says when ``state`` began and
    ``reason`` why. ``term`` grows with each change, so that what was begun earlier knows that it is out of date. ``linked``
    says whether the line between the arrays works.
    """

    name: str
    pairs: tuple[Pair, ...]
    mode: Mode
    source_array: str
    target_array: str
    since: Instant
    interval: Span = NEVER
    state: GroupState = GroupState.REPLICATING
    completed: Instant | None = None
    reason: str = ""
    linked: bool = True
    term: int = 0

    @property
    def mirrors(self) -> bool:
        """Whether what is written on a source is on its target at once."""
        return self.mode == "synchronous" and self.state is GroupState.REPLICATING and self.completed is not None

    def held(self, now: Instant) -> Instant | None:
        """The moment of the sources that the targets hold, where it is ``now``."""
        return now if self.mirrors else self.completed


@dataclass(frozen=True)
class Image:
    """What makes a target a copy of its source: its header, where it has one, facts, and bytes that differ (None: a folder)."""

    target: DeviceId
    vmfs: Vmfs | None
    facts: Mapping[str, FileFacts]
    written: Mapping[str, bytes | None]
    removed: tuple[str, ...] = ()


def group_of(world: World, device: DeviceId) -> ReplicationGroup | None:
    """The consistency group that a LUN is in, on either side."""
    for group in world.replication.values():
        for pair in group.pairs:
            if device in (pair.source, pair.target):
                return group
    return None


def role_of(world: World, device: DeviceId) -> Literal["source", "target", "none"]:
    """What a LUN is in its consistency group."""
    pairs = [pair for group in world.replication.values() for pair in group.pairs]
    return "source" if any(p.source == device for p in pairs) else "target" if any(p.target == device for p in pairs) else "none"


def hindrance(world: World, group: ReplicationGroup) -> str:
    """Why a group's arrays cannot exchange data now; empty where they can."""
    for name in (group.source_array, group.target_array):
        if not world.arrays[name].on:
            return f"{name} does not answer"
    silent = [d for pair in group.pairs for d in (pair.source, pair.target) if not world.medium(d).online]
    if silent:
        return f"{'LUN' if silent[0] in world.luns else 'export'} {silent[0]} is offline"
    return "" if group.linked else f"no connection between {group.source_array} and {group.target_array}"


@dataclass(frozen=True)
class ArraySwitched(Event):
    """An array lost its power, or runs again."""

    array: str
    on: bool

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_array(replace(world.arrays[self.array], on=self.on))

    @property
    def subject(self) -> str:
        """The array."""
        return self.array

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"array is {'on' if self.on else 'off'}"


@dataclass(frozen=True)
class GroupEvent(Event):
    """An event that replaces one consistency group."""

    group: str

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_group(self.change(world.replication[self.group]))

    def change(self, group: ReplicationGroup) -> ReplicationGroup:
        """The group in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The group."""
        return self.group


@dataclass(frozen=True)
class GroupStateChanged(GroupEvent):
    """The group does something else from now on; ``diverged`` where the targets hold no moment of the sources any more."""

    state: GroupState
    at: Instant
    reason: str = ""
    diverged: bool = False

    def change(self, group: ReplicationGroup) -> ReplicationGroup:
        """See :class:`GroupEvent`."""
        completed = None if self.diverged else group.completed
        changed = replace(group, state=self.state, since=self.at, reason=self.reason, completed=completed)
        return replace(changed, term=group.term + 1)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.state}{f': {self.reason}' if self.reason else ''}"


@dataclass(frozen=True)
class CycleBegun(GroupEvent):
    """A cycle has begun; one that was under way is given up for it."""

    routine = True

    def change(self, group: ReplicationGroup) -> ReplicationGroup:
        """See :class:`GroupEvent`."""
        return replace(group, term=group.term + 1)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "began a cycle"


@dataclass(frozen=True)
class RolesSwapped(GroupEvent):
    """Sources are targets from now on, and targets sources."""

    def change(self, group: ReplicationGroup) -> ReplicationGroup:
        """See :class:`GroupEvent`."""
        pairs = tuple(Pair(source=pair.target, target=pair.source) for pair in group.pairs)
        return replace(group, pairs=pairs, source_array=group.target_array, target_array=group.source_array, term=group.term + 1)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "direction reversed"


@dataclass(frozen=True)
class LinkSwitched(GroupEvent):
    """The line between the arrays of a group was cut, or mended."""

    linked: bool

    def change(self, group: ReplicationGroup) -> ReplicationGroup:
        """See :class:`GroupEvent`."""
        return replace(group, linked=self.linked)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"the line between its arrays is {'up' if self.linked else 'down'}"


@dataclass(frozen=True)
class Replicated(GroupEvent):
    """The targets of a group hold the moment ``at`` of their sources. The engine puts the images' bytes into the store."""

    images: tuple[Image, ...]
    at: Instant
    routine = True

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        for image in self.images:
            target = replace(world.medium(image.target), facts=image.facts)
            if isinstance(target, Lun) and image.vmfs:
                target = replace(target, vmfs=image.vmfs)
            world = world.with_medium(target)
        return super().apply(world)

    def change(self, group: ReplicationGroup) -> ReplicationGroup:
        """See :class:`GroupEvent`."""
        return replace(group, completed=self.at)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"the targets are as the sources were at {self.at:%H:%M:%S}"
