"""What the API shows of servers, protection groups and plans. The shape of plans is quoted, that of the rest assumed.

Times are strings, as in version 1 of the API (quoted). Ids are the same in every lab: they are made from names.
"""

from __future__ import annotations

import uuid
from functools import cache
from typing import Generic, TypeVar

from pydantic import BaseModel, Field

from harness.units import Instant
from harness.world.aggregate import World
from harness.world.recovery import (
    ProtectedMachine,
    ProtectionGroup,
    RecoveryPlan,
    RecoveryServer,
    answers,
    groups_of,
    shown_state,
    sides,
)

T = TypeVar("T")


@cache
def id_of(kind: str, name: str) -> str:
    """The id of a thing of that kind."""
    return str(uuid.uuid5(uuid.NAMESPACE_URL, f"blackstart:{kind}:{name}"))


def stamp(moment: Instant | None) -> str | None:
    """A time as the API gives it."""
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z" if moment else None


class Listing(BaseModel, Generic[T]):
    """Things of one kind."""

    items: list[T] = Field(serialization_alias="list")
    total: int

    @classmethod
    def of(cls, items: list[T]) -> Listing[T]:
        """All of these."""
        return cls(items=items, total=len(items))


class Server(BaseModel):
    """A server of the pair."""

    id: str
    name: str
    site_name: str
    vc_name: str
    version: str | None = None
    is_connected: bool = True


class Pairing(BaseModel):
    """The pair that a server is one of."""

    pairing_id: str
    local: Server
    remote: Server


class Group(BaseModel):
    """A protection group."""

    id: str
    name: str
    status: str
    replication_type: str
    protected_site_name: str
    recovery_site_name: str
    consistency_group: str | None


class Machine(BaseModel):
    """A protected VM. ``last_replicated`` is of vSphere Replication."""

    id: str
    name: str
    status: str
    priority: str
    startup_action: str
    message: str
    protected_vm_instance_uuid: str
    recovery_vm_instance_uuid: str
    rpo_minutes: float | None
    last_replicated: str | None


class Plan(BaseModel):
    """A recovery plan (quoted: RecoveryPlanInfo)."""

    id: str
    status: str
    protected_site_name: str
    recovery_site_name: str
    protected_vc_guid: str
    recovery_vc_guid: str
    name: str
    description: str
    location: str
    location_name: str
    progress: int
    is_running: bool


def show_server(world: World, server: RecoveryServer, version: str | None = None) -> Server:
    """A server."""
    return Server(
        id=id_of("server", server.name),
        name=server.name,
        site_name=server.site,
        vc_name=server.center,
        version=version,
        is_connected=answers(world, server),
    )


def show_group(world: World, group: ProtectionGroup) -> Group:
    """A protection group."""
    return Group(
        id=id_of("group", group.name),
        name=group.name,
        status=group.state.value,
        replication_type=group.kind.value,
        protected_site_name=world.recovery_servers[group.protected].site,
        recovery_site_name=world.recovery_servers[group.recovery].site,
        consistency_group=group.replication or None,
    )


def show_machine(machine: ProtectedMachine) -> Machine:
    """A protected VM."""
    return Machine(
        id=id_of("vm", machine.name),
        name=machine.name,
        status=machine.status.value,
        priority=f"P{machine.priority}",
        startup_action="POWER_ON" if machine.starts else "DO_NOT_POWER_ON",
        message=machine.message,
        protected_vm_instance_uuid=machine.machine,
        recovery_vm_instance_uuid=machine.placeholder,
        rpo_minutes=machine.rpo.total_seconds() / 60 if machine.target else None,
        last_replicated=stamp(machine.completed),
    )


def show_plan(world: World, plan: RecoveryPlan, server: str) -> Plan:
    """A plan as one of both servers shows it."""
    protected, recovery = sides(world, plan)
    return Plan(
        id=id_of("plan", plan.name),
        status=shown_state(world, plan, server).value,
        protected_site_name=protected.site,
        recovery_site_name=recovery.site,
        protected_vc_guid=id_of("vc", protected.center),
        recovery_vc_guid=id_of("vc", recovery.center),
        name=plan.name,
        description=", ".join(group.name for group in groups_of(world, plan)),
        location="/",
        location_name="Recovery Plans",
        progress=plan.current.progress if plan.current else 0,
        is_running=plan.current is not None,
    )
