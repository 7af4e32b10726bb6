"""What a plain route tells is what FastAPI's own would tell, byte for byte."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest
from fastapi import APIRouter, Depends, FastAPI, HTTPException, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, Field

from harness.protocols.web.routes import PlainRoute


class Thing(BaseModel):
    """Something to tell."""

    name: str
    items: list[str] = Field(serialization_alias="list")
    weight: float | None = None


async def check(request: Request) -> None:
    if request.headers.get("x-secret") != "yes":
        raise HTTPException(401, "who are you?", {"WWW-Authenticate": "Secret"})


class Guarded(PlainRoute):
    async def admit(self, request: Request) -> None:
        await check(request)


def application(route_class: type[APIRoute]) -> FastAPI:
    app = FastAPI()
    for add in (add_views, add_changes):
        router = APIRouter(route_class=route_class, dependencies=[Depends(check)])
        add(router)
        app.router.routes.extend(router.routes)
    return app


def add_views(router: APIRouter) -> None:
    @router.get("/things/{name}")
    async def thing(name: str) -> Thing:
        return Thing(name=name, items=["ä"])

    @router.get("/things")
    async def things() -> list[Thing]:
        return [Thing(name="a", items=[], weight=0.5)]

    @router.get("/numbers/{number}")
    async def number(number: int) -> int:
        return number

    @router.get("/raw/{name}", response_class=Response)
    async def raw(request: Request, name: str) -> Response:
        return Response(f"{request.method} {name}", 203, {"x-more": "1"}, "text/plain")


def add_changes(router: APIRouter) -> None:
    @router.post("/things/{name}", status_code=202)
    async def make(name: str, wanted: Thing) -> Thing:
        return Thing(name=name, items=[wanted.name])

    @router.delete("/things/{name}", status_code=204, response_class=Response)
    async def drop(name: str) -> None:
        """Nothing is told of it."""


def ask(app: FastAPI, method: str, path: str, wishes: dict[str, Any]) -> httpx.Response:
    async def answer() -> httpx.Response:
        transport, headers = httpx.ASGITransport(app), {"x-secret": "yes"}
        async with httpx.AsyncClient(transport=transport, base_url="http://lab.example", headers=headers) as client:
            return await client.request(method, path, **wishes)

    return asyncio.run(answer())


@pytest.mark.parametrize(
    ("method", "path", "wishes"),
    [
        ("GET", "/openapi.json", {}),
        ("GET", "/things/b%20c", {}),
        ("GET", "/things", {}),
        ("GET", "/things", {"headers": {"x-secret": "no"}}),
        ("PUT", "/things", {}),
        ("DELETE", "/things/a", {}),
        ("GET", "/raw/a", {}),
        ("GET", "/numbers/7", {}),
        ("GET", "/numbers/x", {}),
        ("POST", "/things/a", {"json": {"name": "b", "items": []}}),
        ("POST", "/things/a", {"json": {}}),
        ("POST", "/things/a", {"headers": {"x-secret": "no"}}),
    ],
)
def test_a_plain_route_tells_what_fastapi_tells(method: str, path: str, wishes: dict[str, Any]) -> None:
    told, expected = (ask(application(kind), method, path, wishes) for kind in (Guarded, APIRoute))
    assert (told.status_code, told.content, told.headers) == (expected.status_code, expected.content, expected.headers)
