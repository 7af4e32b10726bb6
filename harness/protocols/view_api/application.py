"""The application that a connection server serves: decode, ask the desk, encode."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import Annotated, TypeAlias

from fastapi import APIRouter, Cookie, Depends, FastAPI, Path, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from harness.errors import LabError
from harness.gateway import Gateway
from harness.protocols.view_api.broker import Broker
from harness.protocols.view_api.desk import Desk, Inventory
from harness.protocols.view_api.documents import Problem, failed, read_requests, render
from harness.protocols.web.routes import PlainRoute
from harness.protocols.web.server import Application, Subject
from harness.units import Credentials

COOKIE = "JSESSIONID"
STATUS: Mapping[str, int] = {"NOT_AUTHENTICATED": 401, "NOT_ENTITLED": 403, "BROKER_UNAVAILABLE": 503, "BAD_REQUEST": 400}
"""Statuses of problems with a user's files; 409 for all others."""
XML = "text/xml; charset=UTF-8"
router = APIRouter(route_class=PlainRoute)


DESK: Subject[Desk] = Subject("desk")


def make_application(
    gateway: Gateway, view: str, server: str, inventory: Inventory, users: Mapping[str, Credentials]
) -> Application:
    """The broker of ``view`` on the connection server ``server``, over the desktop vCenter ``inventory``; ``users`` by name."""
    desk = Desk(gateway, view, server, inventory, users)
    gateway.listen(desk.follow)
    return DESK.serving(_application(), desk)


@cache
def _application() -> FastAPI:
    app = FastAPI(title="View connection server", openapi_url=None)
    app.router.routes.extend(router.routes)
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(LabError, _broken)
    return app


async def _desk() -> Desk:
    return DESK()


async def _bytes(request: Request) -> bytes:
    """What a client sent."""
    return await request.body()


At: TypeAlias = Annotated[Desk, Depends(_desk)]
Body: TypeAlias = Annotated[bytes, Depends(_bytes)]
Token: TypeAlias = Annotated[str, Cookie(alias=COOKIE)]
Name: TypeAlias = Annotated[str, Path(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$")]


@router.post("/broker/xml")
async def ask(request: Request) -> Response:
    """Requests to the broker."""
    token = request.cookies.get(COOKIE, "")
    broker = Broker(DESK(), token)
    answer = Response(render(broker.answer(read_requests(await request.body()))), media_type=XML)
    if broker.token != token:
        answer.set_cookie(COOKIE, broker.token, secure=True, httponly=True)
    return answer


@router.get("/desktop/{pool}/files/{name}")
async def read_file(desk: At, pool: str, name: Name, token: Token = "") -> Response:
    """A text file that the user of the session keeps on the persistent disk."""
    files = desk.files(desk.user(token), pool)
    if name not in files:
        raise HTTPException(404, f"no file {name}; there are: {', '.join(sorted(files)) or 'none'}")
    return Response(files[name].encode(), media_type="text/plain; charset=utf-8")


@router.put("/desktop/{pool}/files/{name}")
async def keep_file(desk: At, pool: str, name: Name, body: Body, token: Token = "") -> Response:
    """Create or replace such a file."""
    desk.keep_file(desk.user(token), pool, name, body)
    return Response(status_code=204)


async def _told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - installed for nothing else
    return Response(render([failed("error", error)]), STATUS.get(error.code, 409), media_type=XML)


async def _misunderstood(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - installed for nothing else
    told = (f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors())
    return await _told(_request, Problem("BAD_REQUEST", "; ".join(told)))


async def _other(_request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - installed for nothing else
    code = {404: "NOT_FOUND"}.get(error.status_code, "BAD_REQUEST")
    return Response(render([failed("error", Problem(code, str(error.detail)))]), error.status_code, media_type=XML)


async def _broken(_request: Request, error: Exception) -> Response:
    return Response(render([failed("error", Problem("INTERNAL", str(error)))]), 500, media_type=XML)
