"""What the API shows of an array. The resources are our own: arrays have no common API."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from harness.units import Instant
from harness.world.aggregate import World
from harness.world.nas import Export
from harness.world.replication import Array, ArrayKind, GroupState, Mode, Presenting, ReplicationGroup, group_of, role_of
from harness.world.storage import Medium

State = Literal["replicating", "suspended", "partitioned", "resynchronising", "broken"]


class ArrayResource(BaseModel):
    """A storage array."""

    name: str
    site: str
    kind: ArrayKind = Field(description="block: it has LUNs; nas: it has exports.")
    address: str | None = Field(description="Where a NAS serves NFS.")
    presents: Presenting = Field(
        description="beforehand: breaking a group makes its targets writable, and hosts see them already."
    )


class LunResource(BaseModel):
    """A LUN of the array, or an export."""

    path: str | None = Field(description="Of an export: the path by which hosts mount it.")
    device: str = Field(
        description="The name by which hosts know it; an export's is for this API alone.",
        examples=["naa.6000c29e28495d0b9ecd280a8dc01a5c"],
    )
    name: str = Field(description="What it was called when it was made.")
    array: str
    site: str
    size: int = Field(description="In bytes.")
    role: Literal["source", "target", "none"] = Field(description="In its consistency group.")
    consistency_group: str | None
    writable: bool = Field(description="Whether hosts may write to it.")
    presented: list[str] = Field(description="The hosts that may reach it.")


class PairResource(BaseModel):
    """A LUN and its copy, by their devices."""

    source: str
    target: str


class GroupResource(BaseModel):
    """LUNs that are replicated together. Times and lag are in simulated time."""

    name: str
    state: State
    since: datetime = Field(description="When this state began.")
    reason: str = Field(description="Why; empty where nobody and nothing but replication itself led to it.")
    mode: Mode
    interval_seconds: float | None = Field(description="Between the beginnings of two cycles; none where it is synchronous.")
    source_array: str
    target_array: str
    last_completed: datetime | None = Field(description="The moment of the sources that the targets hold; none: no whole moment.")
    lag_seconds: float | None = Field(description="How long ago that is: what a disaster now would lose.")
    pairs: list[PairResource]


class HostsRequest(BaseModel):
    """Hosts, by the names that vCenter knows them by."""

    model_config = ConfigDict(extra="forbid")
    hosts: list[str] = Field(min_length=1)


class MaskRequest(BaseModel):
    """Hosts, by the names that vCenter knows them by; none: all."""

    model_config = ConfigDict(extra="forbid")
    hosts: list[str] = Field(default_factory=list)


class Problem(BaseModel):
    """Why a request was not carried out."""

    code: Literal[
        "bad_request",
        "unauthorized",
        "not_found",
        "method_not_allowed",
        "invalid_state",
        "peer_unreachable",
        "internal_error",
    ]
    message: str


def show_array(array: Array) -> ArrayResource:
    """An array as the API shows it."""
    return ArrayResource(
        name=array.name, site=array.site, kind=array.kind, address=array.address or None, presents=array.presents
    )


def show_lun(world: World, lun: Medium) -> LunResource:
    """A LUN or export as the API shows it."""
    group = group_of(world, lun.device)
    return LunResource(
        path=lun.path if isinstance(lun, Export) else None,
        device=lun.device,
        name=lun.name,
        array=lun.array,
        site=world.arrays[lun.array].site,
        size=lun.size,
        role=role_of(world, lun.device),
        consistency_group=group.name if group else None,
        writable=lun.writable,
        presented=sorted(lun.presented),
    )


def show_group(group: ReplicationGroup, now: Instant) -> GroupResource:
    """A consistency group as the API shows it at the moment ``now``."""
    held = None if group.state is GroupState.BROKEN else group.held(now)
    return GroupResource(
        name=group.name,
        state=group.state.value,
        since=group.since,
        reason=group.reason,
        mode=group.mode,
        interval_seconds=group.interval.total_seconds() if group.mode == "asynchronous" else None,
        source_array=group.source_array,
        target_array=group.target_array,
        last_completed=group.held(now),
        lag_seconds=(now - held).total_seconds() if held else None,
        pairs=[PairResource(source=pair.source, target=pair.target) for pair in group.pairs],
    )
