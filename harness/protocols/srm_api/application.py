"""The application that one server serves: decode, ask the gateway, encode."""

from __future__ import annotations

from functools import cache

from fastapi import APIRouter, FastAPI, Response
from pydantic import BaseModel

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.protocols.srm_api.desk import DESK, Desk
from harness.protocols.srm_api.plans import make_plan_routes
from harness.protocols.srm_api.problems import PROBLEMS, install_problems
from harness.protocols.srm_api.resources import (
    Group,
    Listing,
    Machine,
    Pairing,
    Plan,
    Server,
    show_group,
    show_machine,
    show_plan,
    show_server,
)
from harness.protocols.srm_api.routes import PREFIX, pair_routes, session_routes
from harness.protocols.srm_api.runs import TaskShown
from harness.protocols.srm_api.sessions import OPEN, SESSIONS, Given, Sessions
from harness.protocols.web.server import Application
from harness.units import Credentials

DESCRIPTION = """\
One of a pair of servers of Site Recovery Manager, as a lab simulates it. Actions of plans answer with a task (202), and belong
to the server of the recovery site."""


class SessionShown(BaseModel):
    """A session."""

    session_id: str


class Issue(BaseModel):
    """What is wrong with a pair."""

    type: str
    message: str


def make_application(gateway: Gateway, server: str, login: Credentials) -> Application:
    """The REST API of ``server`` for whoever logs in as ``login`` (at both sites); its document is at ``/openapi.json``."""
    desk = Desk(gateway, server)
    sessions = Sessions(gateway, desk.server.site, login)
    return SESSIONS.serving(DESK.serving(_application(), desk), sessions)


@cache
def _application() -> FastAPI:
    app = FastAPI(title="Site Recovery Manager REST API", version="1", description=DESCRIPTION, docs_url=None, redoc_url=None)
    install_problems(app)
    for router in (_login_routes(), _server_routes(), _pair_routes(), _group_routes(), make_plan_routes()):
        app.router.routes.extend(router.routes)
    return app


def _login_routes() -> APIRouter:
    router = APIRouter(prefix=f"{PREFIX}/session", tags=["session"], responses=PROBLEMS)

    @router.post("", operation_id="logIn")
    async def log_in(given: Given) -> SessionShown:
        """Log in with basic authentication; the id goes into the header ``x-dr-session`` of all else."""
        return SessionShown(session_id=SESSIONS().log_in(given))

    @router.get("", operation_id="showSession")
    async def show(session: str = OPEN) -> SessionShown:
        """The session that this request is in."""
        return SessionShown(session_id=session)

    @router.delete("", operation_id="logOut", status_code=204, response_class=Response)
    async def log_out(session: str = OPEN) -> None:
        """Log out."""
        SESSIONS().log_out(session)

    return router


def _server_routes() -> APIRouter:
    router = session_routes()

    @router.get("/server/info", operation_id="showServer", tags=["server"])
    async def info() -> Server:
        """The server itself."""
        return show_server(DESK().world, DESK().server, DESK().gateway.release.product("srm").version.value)

    @router.get("/pairings", operation_id="listPairings", tags=["pairings"])
    async def pairings() -> Listing[Pairing]:
        """The pairs that the server is in: one."""
        return Listing.of([_pairing()])

    @router.get("/tasks", operation_id="listTasks", tags=["tasks"])
    async def tasks() -> Listing[TaskShown]:
        """All tasks."""
        return Listing.of(DESK().tasks())

    @router.get("/tasks/{task_id}", operation_id="showTask", tags=["tasks"])
    async def task(task_id: str) -> TaskShown:
        """One task."""
        return DESK().task(task_id)

    return router


def _pairing() -> Pairing:
    local, remote = show_server(DESK().world, DESK().server), show_server(DESK().world, DESK().peer)
    return Pairing(pairing_id=DESK().pairing, local=local, remote=remote)


def _pair_routes() -> APIRouter:
    router = pair_routes("pairings")

    @router.get("", operation_id="showPairing")
    async def pairing() -> Pairing:
        """One pair."""
        return _pairing()

    @router.get("/issues", operation_id="listPairingIssues")
    async def issues() -> Listing[Issue]:
        """What is wrong with it."""
        silent = Issue(type="SERVER_NOT_CONNECTED", message=f"{DESK().peer.name} does not answer")
        return Listing.of([] if DESK().peer_answers() else [silent])

    @router.post("/remote-session", operation_id="logInAtRemoteSite", status_code=204, response_class=Response)
    async def reach_out(given: Given, session: str = OPEN) -> None:
        """Log in at the other site too: for what concerns it."""
        if not DESK().peer_answers():
            raise Refusal("HostNotReachable", DESK().peer.name, f"{DESK().peer.name} does not answer")
        SESSIONS().check_login(given)
        SESSIONS().reach_out(session)

    return router


def _group_routes() -> APIRouter:
    router = pair_routes("protection groups", "/protection-management/groups")

    @router.get("", operation_id="listGroups")
    async def groups() -> Listing[Group]:
        """The protection groups of the pair."""
        return Listing.of([show_group(DESK().world, group) for group in DESK().groups()])

    @router.get("/{group_id}", operation_id="showGroup")
    async def group(group_id: str) -> Group:
        """One group."""
        return show_group(DESK().world, DESK().group(group_id))

    @router.get("/{group_id}/vms", operation_id="listMachinesOfGroup")
    async def machines(group_id: str) -> Listing[Machine]:
        """The VMs that it protects."""
        return Listing.of([show_machine(machine) for machine in DESK().group(group_id).machines])

    @router.get("/{group_id}/related-recovery-plans", operation_id="listPlansOfGroup")
    async def plans(group_id: str) -> Listing[Plan]:
        """The plans that recover it."""
        name = DESK().group(group_id).name
        return Listing.of([show_plan(DESK().world, plan, DESK().name) for plan in DESK().plans() if name in plan.groups])

    return router
