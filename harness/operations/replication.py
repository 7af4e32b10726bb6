"""What somebody asks of storage arrays: over an array's management API, or as SRM's storage adapter.

Refusals, by name: ``NotFound`` for an unknown group, LUN, array or host; ``InvalidState`` where the group is not in a state
for it; ``HostNotReachable`` where an array that has to take part does not answer.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.errors import Refusal
from harness.operations.reach import known_host
from harness.physics import replication
from harness.physics.effects import Effects, Operation, Spend
from harness.physics.laws import Laws
from harness.units import DeviceId, HostName
from harness.world.replication import (
    Array,
    ArraySwitched,
    GroupState,
    LinkSwitched,
    Replicated,
    ReplicationGroup,
    RolesSwapped,
    group_of,
    hindrance,
)
from harness.world.storage import LunAccessSet, LunPresented, Medium

ASKED = "somebody asked for it"


def begin(laws: Laws) -> Operation[None]:
    """Begin the replication of groups that were set up before anybody watched; for the start of a lab.

    The targets are whole then.
    """
    for name in laws.world.replication:
        yield from replication.catch_up(laws, name)
        yield from replication.next_cycle(laws, laws.world.replication[name])


def suspend(laws: Laws, group: str) -> Operation[None]:
    """Stop copying until :func:`resume`; the targets keep what they hold, read-only. Needs one of both arrays."""
    known = _in_state(laws, group, GroupState.REPLICATING, GroupState.PARTITIONED, GroupState.RESYNCHRONISING)
    if not laws.world.arrays[known.target_array].on:
        _answering(laws, known.source_array, group)
    yield from replication.stop(laws, group, GroupState.SUSPENDED, ASKED)


def resume(laws: Laws, group: str) -> Operation[None]:
    """Have a suspended group copy again; it resynchronises first, and this returns when that has begun."""
    _in_state(laws, group, GroupState.SUSPENDED)
    _connected(laws, group)
    yield from replication.begin_resynchronisation(laws, group, "resumed")


def synchronise(laws: Laws, group: str) -> Operation[None]:
    """Have the targets hold the moment at which this is asked; returns when they do.

    A cycle that was under way ends without effect. Nothing needs to be copied where the mode is synchronous.
    """
    _in_state(laws, group, GroupState.REPLICATING)
    _connected(laws, group)
    if laws.world.replication[group].mode == "synchronous":
        yield from replication.catch_up(laws, group)
        return
    yield from replication.supersede(laws, group)
    known, began = laws.world.replication[group], laws.now
    images = replication.images_of(laws, known.pairs)
    yield Spend("replication.transfer", group)
    if laws.world.replication[group].term != known.term:
        raise Refusal(
            "InvalidState", group, f"{group} did not complete the cycle: it is {laws.world.replication[group].state} now"
        )
    yield Replicated(group, images, began)
    yield from replication.next_cycle(laws, laws.world.replication[group], laws.now - began)


def break_replication(laws: Laws, group: str) -> Operation[None]:
    """Make the targets LUNs of their own, with what they hold. Needs the target array alone.

    They become writable with it where the target array presents its replicas beforehand. Refuses where the targets hold no
    whole moment of their sources yet.
    """
    known = _breakable(laws, group)
    yield Spend("replication.break", group)
    known = _breakable(laws, group)
    yield from replication.stop(laws, group, GroupState.BROKEN, ASKED)
    if laws.world.arrays[known.target_array].presents == "beforehand":
        for device in replication.targets(known):
            yield LunAccessSet(device, writable=True)


def _breakable(laws: Laws, group: str) -> ReplicationGroup:
    states = (GroupState.REPLICATING, GroupState.SUSPENDED, GroupState.PARTITIONED, GroupState.RESYNCHRONISING)
    known = _in_state(laws, group, *states)
    _answering(laws, known.target_array, group)
    if known.completed is None:
        message = f"{known.target_array} holds no complete copy of {group} yet: wait until its resynchronisation has ended"
        raise Refusal("InvalidState", group, message)
    return known


def make_writable(laws: Laws, device: DeviceId) -> Operation[None]:
    """Let hosts write to a LUN or export. Nothing happens where they may already; a target's group must be broken first."""
    medium = _medium(laws, device)
    if medium.writable:
        return
    group = group_of(laws.world, device)
    if group and group.state is not GroupState.BROKEN:
        message = f"{device} is a target of {group.name}, which is {group.state}: break the replication first"
        raise Refusal("InvalidState", device, message)
    yield Spend("replication.make-writable", device)
    _medium(laws, device)
    yield LunAccessSet(device, writable=True)


def present(laws: Laws, device: DeviceId, hosts: Iterable[HostName]) -> Operation[None]:
    """Let hosts reach a LUN or export, besides those that do; a LUN they find at their next rescan. Nothing is done twice."""
    named = frozenset(known_host(laws, name).name for name in hosts)
    yield from _present_to(laws, device, _medium(laws, device).presented | named)


def mask(laws: Laws, device: DeviceId, hosts: Iterable[HostName] = ()) -> Operation[None]:
    """Keep hosts (all, where none is named) from a LUN or export: their paths to it go down, and no rescan or boot finds it.

    Nothing happens where none of them reaches it.
    """
    named = frozenset(known_host(laws, name).name for name in hosts)
    presented = _medium(laws, device).presented
    yield from _present_to(laws, device, presented - named if named else frozenset())


def _present_to(laws: Laws, device: DeviceId, wanted: frozenset[HostName]) -> Operation[None]:
    if wanted != laws.world.medium(device).presented:
        yield Spend("replication.present", device)
        _medium(laws, device)
        yield LunPresented(device, wanted)


def reverse(laws: Laws, group: str) -> Operation[None]:
    """Swap the roles of a broken group and copy the other way; needs both arrays and the line between them.

    Returns when the copying has begun. What the former sources hold is overwritten, and hosts cannot write to them any more.
    """
    known = _in_state(laws, group, GroupState.BROKEN)
    _connected(laws, group)
    yield Spend("replication.reverse", group)
    known = _in_state(laws, group, GroupState.BROKEN)
    _connected(laws, group)
    for pair in known.pairs:
        yield from _set_access(laws, pair.target, writable=True)
        yield from _set_access(laws, pair.source, writable=False)
    yield RolesSwapped(group)
    yield from replication.begin_resynchronisation(laws, group, "reversed", diverged=True)


def resynchronise(laws: Laws, group: str) -> Operation[None]:
    """Have a broken group copy again in its old direction; what was written to the targets meanwhile is lost.

    Needs both arrays and the line between them; returns when the copying has begun.
    """
    known = _in_state(laws, group, GroupState.BROKEN)
    _connected(laws, group)
    for device in replication.targets(known):
        yield from _set_access(laws, device, writable=False)
    yield from replication.begin_resynchronisation(laws, group, ASKED, diverged=True)


def switch_array(laws: Laws, name: str, *, on: bool) -> Operation[None]:
    """A fault: an array loses its power, with all its LUNs, or has it again. Nothing happens where it is so already."""
    if _array(laws, name).on is not on:
        yield ArraySwitched(name, on)


def switch_link(laws: Laws, group: str, *, up: bool) -> Operation[None]:
    """A fault: the line between the arrays of a group is cut, or mended. Nothing happens where it is so already."""
    if _group(laws, group).linked is not up:
        yield LinkSwitched(group, up)


def _set_access(laws: Laws, device: DeviceId, *, writable: bool) -> Effects:
    if laws.world.medium(device).writable is not writable:
        yield LunAccessSet(device, writable)


def _array(laws: Laws, name: str) -> Array:
    array = laws.world.arrays.get(name)
    if array is None:
        raise Refusal("NotFound", name, f"no array {name}")
    return array


def _group(laws: Laws, name: str) -> ReplicationGroup:
    group = laws.world.replication.get(name)
    if group is None:
        raise Refusal("NotFound", name, f"no consistency group {name}")
    return group


def _in_state(laws: Laws, name: str, *states: GroupState) -> ReplicationGroup:
    group = _group(laws, name)
    if group.state not in states:
        wanted = " or ".join(states)
        message = f"{name} is {group.state} since {group.since:%Y-%m-%dT%H:%M:%SZ}; this needs a group that is {wanted}"
        raise Refusal("InvalidState", name, message)
    return group


def _medium(laws: Laws, device: DeviceId) -> Medium:
    if device not in laws.world.luns and device not in laws.world.exports:
        raise Refusal("NotFound", device, f"no LUN or export {device}")
    medium = laws.world.medium(device)
    if medium.array in laws.world.arrays:
        _answering(laws, medium.array, device)
    return medium


def _answering(laws: Laws, array: str, subject: str) -> None:
    if not laws.world.arrays[array].on:
        raise Refusal("HostNotReachable", subject, f"{array} does not answer")


def _connected(laws: Laws, name: str) -> None:
    obstacle = hindrance(laws.world, laws.world.replication[name])
    if obstacle:
        raise Refusal("HostNotReachable", name, f"{obstacle}: for this, the arrays of {name} have to reach each other")
