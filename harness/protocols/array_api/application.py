"""The application that one array serves: decode, ask the gateway, encode."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from functools import cache
from typing import Annotated, Any, Concatenate, ParamSpec

from fastapi import APIRouter, Depends, FastAPI, HTTPException
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
from harness.protocols.web.server import Application, Subject
from harness.units import Credentials, DeviceId, HostName

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
    guarded = [Depends(_check_login)]
    for router in (_shown(), _lun_actions(), _group_actions()):
        app.include_router(router, prefix=PREFIX, dependencies=guarded, responses=PROBLEMS)
    return app


async def _check_login(given: Annotated[HTTPBasicCredentials, Depends(SCHEME)]) -> None:
    login = DESK().login
    if not secrets.compare_digest(f"{given.username}:{given.password}".encode(), f"{login.user}:{login.password}".encode()):
        raise HTTPException(401, "wrong user or password", {"WWW-Authenticate": f'Basic realm="{REALM}"'})


class Desk:
    """What one array can be asked: only for LUNs and groups of its own."""

    def __init__(self, gateway: Gateway, array: str, login: Credentials) -> None:
        self.gateway, self.array, self.login = gateway, array, login

    def luns(self) -> list[LunResource]:
        """Its LUNs, or exports."""
        world = self.gateway.world
        media = [*world.luns.values(), *world.exports.values()]
        return [show_lun(world, medium) for medium in media if medium.array == self.array]

    def lun(self, device: str) -> LunResource:
        """One of its LUNs or exports; refuses ``NotFound``."""
        found = next((lun for lun in self.luns() if lun.device == device), None)
        if found is None:
            raise Refusal("NotFound", device, f"{self.array} has no LUN or export {device}")
        return found

    def groups(self) -> list[GroupResource]:
        """The consistency groups that it has a part in, on either side."""
        groups = self.gateway.world.replication.values()
        return [show_group(g, self.gateway.now) for g in groups if self.array in (g.source_array, g.target_array)]

    def group(self, name: str) -> GroupResource:
        """One of these groups; refuses ``NotFound``."""
        found = next((group for group in self.groups() if group.name == name), None)
        if found is None:
            raise Refusal("NotFound", name, f"{self.array} has no consistency group {name}")
        return found

    def act_on_lun(
        self, device: str, operation: Callable[Concatenate[Laws, DeviceId, P], Operation[None]], *args: P.args, **kwargs: P.kwargs
    ) -> LunResource:
        """Perform an operation on a LUN of its own, and show what came of it."""
        self.lun(device)
        self.gateway.perform(operation, DeviceId(device), *args, **kwargs)
        return self.lun(device)

    def act_on_group(self, name: str, operation: Callable[[Laws, str], Operation[None]]) -> GroupResource:
        """Perform an operation on a group of its own, and show what came of it."""
        self.group(name)
        self.gateway.perform(operation, name)
        return self.group(name)


DESK: Subject[Desk] = Subject("desk")


def _shown() -> APIRouter:
    router = APIRouter()

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

    @router.get("/consistency-groups", operation_id="listGroups", tags=["consistency groups"])
    async def groups() -> list[GroupResource]:
        """The consistency groups that the array has a part in."""
        return DESK().groups()

    @router.get("/consistency-groups/{name}", operation_id="showGroup", tags=["consistency groups"])
    async def group(name: str) -> GroupResource:
        """One consistency group."""
        return DESK().group(name)

    return router


def _lun_actions() -> APIRouter:
    router = APIRouter(prefix="/luns/{device}/actions", tags=["luns"])

    @router.post("/make-writable", operation_id="makeLunWritable")
    def make_writable(device: str) -> LunResource:
        """Let hosts write to a LUN or export. A target's group must be broken first; nothing happens where hosts may already."""
        return DESK().act_on_lun(device, replication.make_writable)

    @router.post("/present", operation_id="presentLun")
    def present(device: str, wanted: HostsRequest) -> LunResource:
        """Let more hosts reach a LUN, which they find at their next rescan, or mount an export. Nothing happens twice."""
        return DESK().act_on_lun(device, replication.present, [HostName(name) for name in wanted.hosts])

    @router.post("/mask", operation_id="maskLun")
    def mask(device: str, wanted: MaskRequest) -> LunResource:
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
    router = APIRouter(prefix="/consistency-groups/{name}/actions", tags=["consistency groups"])
    for action, (operation, summary) in GROUP_ACTIONS.items():
        router.add_api_route(f"/{action}", _acting(operation), methods=["POST"], description=summary, **_named(action))
    return router


def _acting(operation: Callable[[Laws, str], Operation[None]]) -> Callable[[str], GroupResource]:
    def act(name: str) -> GroupResource:
        return DESK().act_on_group(name, operation)

    return act


def _named(action: str) -> dict[str, Any]:
    return {"operation_id": f"{action}Group", "summary": action.capitalize(), "response_model": GroupResource}
