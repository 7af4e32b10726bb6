"""The application that a vCloud Director's cells serve: decode, ask the gateway, encode."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Annotated, Literal
from xml.etree.ElementTree import Element, ParseError

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.security import HTTPBasic

from harness.gateway import Gateway
from harness.markup import read_xml
from harness.protocols.vcloud_api import entities, queries
from harness.protocols.vcloud_api.desk import UNAUTHORIZED, Desk
from harness.protocols.vcloud_api.documents import NAMESPACE, VERSIONS, element, media_type, render
from harness.protocols.vcloud_api.problems import Problem, install_problems
from harness.protocols.vcloud_api.tasks import Task, show_task
from harness.protocols.vcloud_api.view import Inventory, View
from harness.protocols.web.routes import PlainRoute
from harness.protocols.web.server import Application, Subject
from harness.units import Credentials

TOKEN = "x-vcloud-authorization"  # noqa: S105 - the name of the header that carries it
BASIC = HTTPBasic(auto_error=False)
router = APIRouter(prefix="/api", route_class=PlainRoute)


DESK: Subject[Desk] = Subject("desk")


def make_application(gateway: Gateway, cloud: str, inventory: Inventory, users: Sequence[Credentials]) -> Application:
    """The vCloud API of ``cloud``, over the resource vCenter ``inventory``, for ``users`` (``administrator@System``)."""
    desk = Desk(gateway, cloud, inventory, users)
    gateway.listen(desk.follow)
    return DESK.serving(_application(), desk)


@cache
def _application() -> FastAPI:
    app = FastAPI(title="vCloud API", openapi_url=None)
    install_problems(app)
    app.router.routes.extend(router.routes)
    return app


def _working_desk() -> Desk:
    """The cells' desk, while they can work."""
    desk = DESK()
    desk.check()
    return desk


def _asked_version(request: Request, desk: Desk) -> str:
    """The version that a client asks for in its ``Accept`` header."""
    found = re.search(r"version\s*=\s*\"?([\d.]+)", request.headers.get("accept", ""))
    if found is None or found[1] not in desk.versions:
        spoken = ", ".join(f"application/*+xml;version={each}" for each in desk.versions)
        raise Problem(406, "NOT_ACCEPTABLE", f"the Accept header must ask for one of: {spoken}")
    return found[1]


def _look(request: Request) -> View:
    """What whoever sent the token of a session sees."""
    desk = _working_desk()
    return desk.look(request.headers.get(TOKEN, ""), _base(request), _asked_version(request, desk))


async def _seen(request: Request) -> View:
    return _look(request)


@router.get("/versions")
async def versions(request: Request) -> Response:
    """Which versions are spoken, and where to log in."""
    login = f"{_base(request)}/api/sessions"
    spoken = [
        element("VersionInfo", None, element("Version", text=each), element("LoginUrl", text=login))
        for each in _working_desk().versions
    ]
    return Response(render(element("SupportedVersions", None, *spoken), VERSIONS), media_type="text/xml")


@router.post("/sessions")
async def log_in(request: Request) -> Response:
    """Log in with basic authentication as ``user@organisation``."""
    desk = _working_desk()
    version, given = _asked_version(request, desk), await BASIC(request)
    if given is None:
        raise Problem(401, UNAUTHORIZED, "log in as user@organisation", {"WWW-Authenticate": 'Basic realm="vCloud"'})
    token, view = desk.log_in(Credentials(given.username, given.password), _base(request), version)
    return _document(view, entities.show_session(view), headers={TOKEN: token})


@router.get("/session")
@router.get("/session/", include_in_schema=False)
async def session(request: Request) -> Response:
    """Who is logged in."""
    view = _look(request)
    return _document(view, entities.show_session(view))


@router.delete("/session")
@router.delete("/session/", include_in_schema=False)
async def log_out(request: Request) -> Response:
    """Log out."""
    _look(request)
    DESK().log_out(request.headers.get(TOKEN, ""))
    return Response(status_code=204)


@router.get("/org")
@router.get("/org/", include_in_schema=False)
async def organisations(request: Request) -> Response:
    """The organisations that the user sees."""
    view = _look(request)
    return _document(view, entities.list_organisations(view))


@router.get("/org/{identity}")
async def organisation(request: Request, identity: str) -> Response:
    """One organisation."""
    view = _look(request)
    return _document(view, entities.show_organisation(view, view.organisation(identity)))


@router.get("/vdc/{identity}")
async def vdc(request: Request, identity: str) -> Response:
    """An organisation VDC."""
    view = _look(request)
    return _document(view, entities.show_vdc(view, view.vdc(identity)))


@router.get("/admin/vdc/{identity}")
async def vdc_for_administrators(request: Request, identity: str) -> Response:
    """An organisation VDC with the MoRef of its resource pool."""
    view = _administrators(_look(request))
    return _document(view, entities.show_vdc(view, view.vdc(identity), administrative=True))


@router.get("/admin/extension/vimServer/{identity}")
async def server(request: Request, identity: str) -> Response:
    """The resource vCenter."""
    view = _administrators(_look(request))
    return _document(view, entities.show_server(view, identity))


@router.get("/network/{identity}")
async def network(request: Request, identity: str) -> Response:
    """A network of an organisation."""
    view = _look(request)
    return _document(view, entities.show_network(view, view.network(identity)))


@router.get("/query")
async def query(
    view: Annotated[View, Depends(_seen)],
    kind: Annotated[str, Query(alias="type")] = "",
    page: Annotated[int, Query(ge=1)] = 1,
    size: Annotated[int, Query(alias="pageSize", ge=1, le=queries.MOST)] = queries.USUAL,
    wanted: Annotated[str, Query(alias="filter")] = "",
    layout: Annotated[Literal["records"], Query(alias="format")] = "records",
) -> Response:
    """Records of a kind, or without one a list of the kinds."""
    return _document(view, queries.query(view, kind, page, size, wanted) if kind and layout else queries.list_kinds(view))


@router.get("/vApp/vapp-{identity}")
async def vapp(request: Request, identity: str) -> Response:
    """A vApp with its VMs."""
    view = _look(request)
    return _document(view, entities.show_vapp(view, view.vapp(identity)))


@router.get("/vApp/vapp-{identity}/startupSection")
@router.get("/vApp/vapp-{identity}/startupSection/", include_in_schema=False)
async def start_order(request: Request, identity: str) -> Response:
    """The start order of a vApp, and what stopping it does to its VMs."""
    view = _look(request)
    return _document(view, entities.show_start_order(view.vapp(identity)), media_type("startupSection"))


@router.get("/vApp/vm-{identity}")
async def machine(request: Request, identity: str) -> Response:
    """A VM."""
    view = _look(request)
    return _document(view, entities.show_machine(view, *view.machine(identity)))


@router.post("/vApp/{entity}/power/action/{action}")
async def power(request: Request, entity: str, action: str) -> Response:
    """Power a vApp or a VM on or off, or shut its guests down."""
    view = _look(request)
    return _task(view, DESK().power(view, entity, action), 202)


@router.post("/vApp/{entity}/action/undeploy")
async def undeploy(request: Request, entity: str) -> Response:
    """Stop a vApp or a VM."""
    view = _look(request)
    return _task(view, DESK().undeploy(view, entity, _undeploy_action(await request.body())), 202)


@router.get("/task/{identity}")
async def task(request: Request, identity: str) -> Response:
    """A task."""
    view = _look(request)
    return _task(view, DESK().task(view, identity), 200)


def _undeploy_action(body: bytes) -> str:
    """What a request to undeploy names as power action; the schema's own default where it names none."""
    try:
        root = read_xml(body) if body else None
    except (ParseError, ValueError) as error:  # the latter for what an XML parser should not take
        raise Problem(400, "BAD_REQUEST", f"the request is no XML: {error}") from error
    return (root.findtext(f"{{{NAMESPACE}}}UndeployPowerAction", "") if root is not None else "").strip() or "powerOff"


def _administrators(view: View) -> View:
    if not view.viewer.administrator:
        raise Problem(403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN", "this is for system administrators")
    return view


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _task(view: View, shown: Task, status: int) -> Response:
    root = show_task(view, shown)
    return _document(view, root, status=status, headers={"Location": root.attrib["href"]} if status == 202 else {})


def _document(view: View, root: Element, kind: str = "", status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(render(root), status, headers, f"{kind or root.attrib['type']};version={view.version}")
