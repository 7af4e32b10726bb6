"""Routes for whoever is in a session: to the server itself, and to what it has as one of a pair."""

from __future__ import annotations

from enum import Enum

from fastapi import APIRouter, Depends, Request

from harness.protocols.srm_api.desk import DESK, check_pairing
from harness.protocols.srm_api.problems import PROBLEMS
from harness.protocols.srm_api.sessions import HEADER, SESSIONS, guard
from harness.protocols.web.routes import PlainRoute

PREFIX = "/api/rest/srm/v1"


class InSession(PlainRoute):
    """A route for whoever is in a session."""

    async def admit(self, request: Request) -> None:
        """See ``PlainRoute``."""
        SESSIONS().check_open(await HEADER(request))


class OfPair(InSession):
    """One that names the pair, too."""

    async def admit(self, request: Request) -> None:
        """See ``PlainRoute``."""
        await super().admit(request)
        DESK().check_pairing(request.path_params["pairing_id"])


def session_routes() -> APIRouter:
    """Where routes to the server itself come in."""
    return APIRouter(prefix=PREFIX, route_class=InSession, dependencies=[Depends(guard)], responses=PROBLEMS)


def pair_routes(tag: str, part: str = "") -> APIRouter:
    """Where routes to what the server has as one of a pair come in, below that part of it."""
    tags: list[str | Enum] = [tag]
    prefix, guarded = f"{PREFIX}/pairings/{{pairing_id}}{part}", [Depends(guard), Depends(check_pairing)]
    return APIRouter(prefix=prefix, tags=tags, route_class=OfPair, dependencies=guarded, responses=PROBLEMS)
