"""Replication: what follows a write on a source, how cycles go on, and what the loss of an array does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.physics.effects import After, At, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import DeviceId, Instant, Span
from harness.world.events import Event
from harness.world.mounts import VolumeUnmounted
from harness.world.replication import (
    ArraySwitched,
    CycleBegun,
    GroupState,
    GroupStateChanged,
    Image,
    LinkSwitched,
    Pair,
    Replicated,
    ReplicationGroup,
    group_of,
    hindrance,
)
from harness.world.storage import Lun, LunEvent, LunLost, LunReturned, MediumEvent, VolumePath
from harness.world.volume_files import FilesNoticed, FilesWritten, FileWritten

NOTHING: Mapping[str, bytes] = {}
ACTIVE = (GroupState.REPLICATING, GroupState.RESYNCHRONISING)


def mirror(laws: Laws, event: LunEvent | MediumEvent) -> Effects:
    """What is written on a source of a group that mirrors is on its target at once."""
    group = group_of(laws.world, event.device)
    if group and group.mirrors:
        pairs = tuple(pair for pair in group.pairs if pair.source == event.device)
        if pairs:
            yield from _replicate(laws, group, images_of(laws, pairs, _written(event)))


def _written(event: Event) -> Mapping[str, bytes]:
    if isinstance(event, FileWritten):
        return {event.path: event.content}
    return event.files if isinstance(event, FilesWritten) else NOTHING


def notice(laws: Laws, device: DeviceId) -> Effects:
    """The volume learns what somebody else than a host has written there; what is known already costs one look at each file."""
    known, found = laws.world.medium(device).facts, laws.store.survey(device)
    files = frozenset(p for p, what in found.items() if what == "foreign" or (what == "file" and p not in known))
    folders = frozenset(p for p, what in found.items() if what == "folder" and p not in known)
    gone = frozenset(known.keys() - found.keys())
    if files or folders or gone:
        yield FilesNoticed(device, files, folders, gone, laws.now)


def notice_all(laws: Laws, name: str) -> Effects:
    """See :func:`notice`: for every source of a group."""
    for pair in laws.world.replication[name].pairs:
        yield from notice(laws, pair.source)


def catch_up(laws: Laws, name: str) -> Effects:
    """The targets of a group become what their sources are now."""
    yield from notice_all(laws, name)
    group = laws.world.replication[name]
    yield from _replicate(laws, group, images_of(laws, group.pairs))


def _replicate(laws: Laws, group: ReplicationGroup, images: tuple[Image, ...], at: Instant | None = None) -> Effects:
    for image in images:
        yield from _lose_mounts(laws, image)
    yield Replicated(group.name, images, at or laws.now)


def _lose_mounts(laws: Laws, image: Image) -> Effects:
    """Where another volume comes to lie on a LUN, hosts lose what they had mounted from it (assumed)."""
    target = laws.world.medium(image.target)
    volume = target.vmfs.id if isinstance(target, Lun) else None
    if volume and image.vmfs and volume != image.vmfs.id:
        for host in laws.world.hosts.values():
            if volume in host.mounts and host.mounts[volume].device == image.target:
                yield VolumeUnmounted(host.name, volume)


def images_of(laws: Laws, pairs: tuple[Pair, ...], known: Mapping[str, bytes] = NOTHING) -> tuple[Image, ...]:
    """What has to change on the targets of these pairs; those that are what their sources are are left out.

    Files by their paths whose bytes are ``known`` need not be read.
    """
    return tuple(image for pair in pairs if (image := _image(laws, pair, known)))


def _image(laws: Laws, pair: Pair, known: Mapping[str, bytes]) -> Image | None:
    source, target = laws.world.medium(pair.source), laws.world.medium(pair.target)
    header, held = (medium.vmfs if isinstance(medium, Lun) else None for medium in (source, target))
    if source.facts is target.facts and header == held:
        return None
    old, new = target.facts, source.facts
    others = [path for path, facts in new.items() if old.get(path) is not facts]
    fresh = (path for path in others if old.get(path) != new[path])
    written = {path: known[path] if path in known else _content(laws, VolumePath(pair.source, path)) for path in fresh}
    changed = (path for path, content in written.items() if path in old and _is_other_kind(laws, pair.target, path, content))
    removed = sorted({*(old.keys() - new.keys()), *changed})
    return Image(pair.target, header, new, written, tuple(removed))


def _content(laws: Laws, place: VolumePath) -> bytes | None:
    return None if laws.store.is_folder(place) else laws.store.read(place)


def _is_other_kind(laws: Laws, target: DeviceId, path: str, content: bytes | None) -> bool:
    return laws.store.is_folder(VolumePath(target, path)) is not (content is None)


def keep_replicating(laws: Laws, event: GroupStateChanged) -> Effects:
    """A group that replicates asynchronously does so in cycles."""
    if event.state is GroupState.REPLICATING:
        yield from next_cycle(laws, laws.world.replication[event.group])


def next_cycle(_laws: Laws, group: ReplicationGroup, passed: Span | None = None) -> Effects:
    """The next cycle of an asynchronous group begins an interval after the last one began, ``passed`` of which has passed."""
    if group.mode == "asynchronous":
        yield At(max(group.interval - (passed or Span()), Span()), Cycle(group.name, group.term))


@dataclass(frozen=True)
class Cycle(Trigger):
    """A cycle of an asynchronous group begins."""

    group: str
    term: int

    def fire(self, laws: Laws) -> Effects:
        """What the sources hold now is on the targets some time later."""
        if laws.world.replication[self.group].term != self.term:
            return
        yield from notice_all(laws, self.group)
        images = images_of(laws, laws.world.replication[self.group].pairs)
        yield After("replication.transfer", self.group, Transfer(self.group, self.term, images, laws.now))


@dataclass(frozen=True)
class Transfer(Trigger):
    """A cycle of an asynchronous group ends; ``images`` are those of the moment ``began``."""

    group: str
    term: int
    images: tuple[Image, ...]
    began: Instant

    def fire(self, laws: Laws) -> Effects:
        """The targets hold the moment at which the cycle began."""
        group = laws.world.replication[self.group]
        if group.term == self.term:
            yield from _replicate(laws, group, self.images, self.began)
            yield from next_cycle(laws, group, laws.now - self.began)


def begin_resynchronisation(laws: Laws, name: str, reason: str, *, diverged: bool = False) -> Effects:
    """Everything that differs is copied; the targets are whole again when that ends."""
    yield GroupStateChanged(name, GroupState.RESYNCHRONISING, laws.now, reason, diverged)
    yield After("replication.resynchronise", name, Resynchronised(name, laws.world.replication[name].term))


@dataclass(frozen=True)
class Resynchronised(Trigger):
    """The end of a resynchronisation."""

    group: str
    term: int

    def fire(self, laws: Laws) -> Effects:
        """What was written meanwhile has been copied too (assumed)."""
        if laws.world.replication[self.group].term == self.term:
            yield from catch_up(laws, self.group)
            yield GroupStateChanged(self.group, GroupState.REPLICATING, laws.now)


def array_switched(laws: Laws, event: ArraySwitched) -> Effects:
    """The LUNs of an array come and go with it; replication stops first, with what was copied until then."""
    for group in [g for g in laws.world.replication.values() if event.array in (g.source_array, g.target_array)]:
        yield from _look_at(laws, group)
    for device, medium in [*laws.world.luns.items(), *laws.world.exports.items()]:
        if medium.array == event.array and medium.online is not event.on:
            yield LunReturned(device) if event.on else LunLost(device)


def lun_switched(laws: Laws, event: LunLost | LunReturned) -> Effects:
    """A group replicates all its LUNs or none."""
    group = group_of(laws.world, event.device)
    if group:
        yield from _look_at(laws, group)


def link_switched(laws: Laws, event: LinkSwitched) -> Effects:
    """Without the line between its arrays a group copies nothing."""
    yield from _look_at(laws, laws.world.replication[event.group])


def _look_at(laws: Laws, group: ReplicationGroup) -> Effects:
    """A group whose arrays lose each other is partitioned; once they reach each other it resynchronises by itself (assumed)."""
    obstacle = hindrance(laws.world, group)
    if obstacle and group.state in ACTIVE:
        yield from _stop(laws, group, GroupState.PARTITIONED, obstacle)
    elif not obstacle and group.state is GroupState.PARTITIONED:
        yield from begin_resynchronisation(laws, group.name, "the arrays reach each other again")


def _stop(laws: Laws, group: ReplicationGroup, state: GroupState, reason: str) -> Effects:
    if group.mirrors:
        yield from catch_up(laws, group.name)
    yield GroupStateChanged(group.name, state, laws.now, reason)


def stop(laws: Laws, name: str, state: GroupState, reason: str) -> Effects:
    """A group copies nothing any more; what was written until now is on the targets of one that mirrors."""
    yield from _stop(laws, laws.world.replication[name], state, reason)


def supersede(laws: Laws, name: str) -> Effects:
    """A cycle begins that somebody asked for; the one that was under way ends without effect."""
    yield CycleBegun(name)
    yield from notice_all(laws, name)


def targets(group: ReplicationGroup) -> Iterator[DeviceId]:
    """The LUNs that are copies."""
    return (pair.target for pair in group.pairs)
