"""The application that one array serves: decode, ask the gateway, encode."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Coroutine
from enum import Enum
from functools import cache
from itertools import chain
from typing import Annotated, Any, Concatenate, ParamSpec

from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request
from fastapi.security import HTTPBasic, HTTPBasicCredentials

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.operations import replication
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.array_api.problems import PROBLEMS, install_problems
from harness.protocols.array_api.resources import (
    ArrayResource,
    GroupResource,
    HostsRequest,
    LunResource,
    MaskRequest,
    show_array,
    show_group,
    show_lun,
)
from harness.protocols.web.routes import PlainRoute
from harness.protocols.web.server import Application, Subject
from harness.units import Credentials, DeviceId, HostName
from harness.world.replication import ReplicationGroup
from harness.world.storage import Medium

P = ParamSpec("P")
PREFIX, REALM = "/api/v1", "array"
SCHEME = HTTPBasic(realm=REALM, description="The array's administrator.")
DESCRIPTION = """\
A storage array with replication, as one lab simulates it; a NAS has exports wherever this speaks of LUNs. Actions answer
when they are done, but for *resume*, *reverse* and *resynchronise*: these answer when the copying has begun, and the group
is *resynchronising* until it ends."""


def make_application(gateway: Gateway, array: str, login: Credentials) -> Application:
    """The management API of ``array`` for whoever logs in as ``login``; its OpenAPI document is at ``/openapi.json``."""
    return DESK.serving(_application(), Desk(gateway, array, login))


@cache
def _application() -> FastAPI:
    app = FastAPI(title="Storage array management", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None)
    install_problems(app)
    for router in (_lun_views(), _group_views(), _lun_actions(), _group_actions()):
        app.router.routes.extend(router.routes)
    return app


def _router(part: str = "", tag: str = "") -> APIRouter:
    tags: list[str | Enum] = [tag] if tag else []
    guarded = [Depends(_check_login)]
    return APIRouter(prefix=PREFIX + part, tags=tags, route_class=Guarded, dependencies=guarded, responses=PROBLEMS)


async def _check_login(given: Annotated[HTTPBasicCredentials, Depends(SCHEME)]) -> None:
    login = DESK().login
    if not secrets.compare_digest(f"{given.username}:{given.password}".encode(), f"{login.user}:{login.password}".encode()):
        raise HTTPException(401, "wrong user or password", {"WWW-Authenticate": f'Basic realm="{REALM}"'})


class Guarded(PlainRoute):
    """A route for the array's administrator."""

    async def admit(self, request: Request) -> None:
        """See ``PlainRoute``."""
        given = await SCHEME(request)
        assert given  # noqa: S101 - the scheme itself refuses a request without a login
        await _check_login(given)


class Desk:
    """What one array can be asked: only for LUNs and groups of its own."""

    def __init__(self, gateway: Gateway, array: str, login: Credentials) -> None:
        self.gateway, self.array, self.login = gateway, array, login

    def luns(self) -> list[LunResource]:
        """Its LUNs, or exports."""
        world = self.gateway.world
        return [show_lun(world, medium) for medium in chain(world.luns.values(), world.exports.values()) if self._owns(medium)]

    def lun(self, device: str) -> LunResource:
        """One of its LUNs or exports; refuses ``NotFound``."""
        return show_lun(self.gateway.world, self._medium(device))

    def _medium(self, device: str) -> Medium:
        world = self.gateway.world
        found = world.luns.get(DeviceId(device)) or world.exports.get(DeviceId(device))
        if found is None or not self._owns(found):
            raise Refusal("NotFound", device, f"{self.array} has no LUN or export {device}")
        return found

    def _owns(self, medium: Medium) -> bool:
        return medium.array == self.array

    def groups(self) -> list[GroupResource]:
        """The consistency groups that it has a part in, on either side."""
        return [self._show(group) for group in self.gateway.world.replication.values() if self._keeps(group)]

    def group(self, name: str) -> GroupResource:
        """One of these groups; refuses ``NotFound``."""
        return self._show(self._group(name))

    def _group(self, name: str) -> ReplicationGroup:
        found = self.gateway.world.replication.get(name)
        if found is None or not self._keeps(found):
            raise Refusal("NotFound", name, f"{self.array} has no consistency group {name}")
        return found

    def _keeps(self, group: ReplicationGroup) -> bool:
        return self.array in (group.source_array, group.target_array)

    def _show(self, group: ReplicationGroup) -> GroupResource:
        return show_group(group, self.gateway.now)

    def act_on_lun(
        self, device: str, operation: Callable[Concatenate[Laws, DeviceId, P], Operation[None]], *args: P.args, **kwargs: P.kwargs
    ) -> LunResource:
        """Perform an operation on a LUN of its own, and show what came of it."""
        self._medium(device)
        self.gateway.perform(operation, DeviceId(device), *args, **kwargs)
        return self.lun(device)

    def act_on_group(self, name: str, operation: Callable[[Laws, str], Operation[None]]) -> GroupResource:
        """Perform an operation on a group of its own, and show what came of it."""
        self._group(name)
        self.gateway.perform(operation, name)
        return self.group(name)


DESK: Subject[Desk] = Subject("desk")


def _lun_views() -> APIRouter:
    router = _router()

    @router.get("/array", operation_id="showArray", tags=["array"])
    async def show() -> ArrayResource:
        """The array itself."""
        return show_array(DESK().gateway.world.arrays[DESK().array])

    @router.get("/luns", operation_id="listLuns", tags=["luns"])
    async def luns() -> list[LunResource]:
        """All LUNs of the array; of a NAS its exports."""
        return DESK().luns()

    @router.get("/luns/{device}", operation_id="showLun", tags=["luns"])
    async def lun(device: str) -> LunResource:
        """One LUN or export."""
        return DESK().lun(device)

    return router


def _group_views() -> APIRouter:
    router = _router("/consistency-groups", "consistency groups")

    @router.get("", operation_id="listGroups")
    async def groups() -> list[GroupResource]:
        """The consistency groups that the array has a part in."""
        return DESK().groups()

    @router.get("/{name}", operation_id="showGroup")
    async def group(name: str) -> GroupResource:
        """One consistency group."""
        return DESK().group(name)

    return router


def _lun_actions() -> APIRouter:
    router = _router("/luns/{device}/actions", "luns")

    @router.post("/make-writable", operation_id="makeLunWritable")
    async def make_writable(device: str) -> LunResource:
        """Let hosts write to a LUN or export. A target's group must be broken first; nothing happens where hosts may already."""
        return DESK().act_on_lun(device, replication.make_writable)

    @router.post("/present", operation_id="presentLun")
    async def present(device: str, wanted: HostsRequest) -> LunResource:
        """Let more hosts reach a LUN, which they find at their next rescan, or mount an export. Nothing happens twice."""
        return DESK().act_on_lun(device, replication.present, [HostName(name) for name in wanted.hosts])

    @router.post("/mask", operation_id="maskLun")
    async def mask(device: str, wanted: MaskRequest) -> LunResource:
        """Keep hosts from a LUN or export, all where none is named: they get no answers any more."""
        return DESK().act_on_lun(device, replication.mask, [HostName(name) for name in wanted.hosts])

    return router


GROUP_ACTIONS: dict[str, tuple[Callable[[Laws, str], Operation[None]], str]] = {
    "break": (replication.break_replication, "Make the targets LUNs of their own, with what they hold."),
    "suspend": (replication.suspend, "Stop copying until the group is resumed."),
    "resume": (replication.resume, "Have a suspended group copy again; it resynchronises first."),
    "synchronise": (replication.synchronise, "Have the targets hold what the sources hold now."),
    "reverse": (replication.reverse, "Swap the roles of a broken group, and copy the other way."),
    "resynchronise": (
        replication.resynchronise,
        "Have a broken group copy in its old direction; changes to the targets are lost.",
    ),
}


def _group_actions() -> APIRouter:
    router = _router("/consistency-groups/{name}/actions", "consistency groups")
    for action, (operation, summary) in GROUP_ACTIONS.items():
        router.add_api_route(f"/{action}", _acting(operation), methods=["POST"], description=summary, **_named(action))
    return router


def _acting(operation: Callable[[Laws, str], Operation[None]]) -> Callable[[str], Coroutine[Any, Any, GroupResource]]:
    async def act(name: str) -> GroupResource:
        return DESK().act_on_group(name, operation)

    return act


def _named(action: str) -> dict[str, Any]:
    return {"operation_id": f"{action}Group", "summary": action.capitalize(), "response_model": GroupResource}
