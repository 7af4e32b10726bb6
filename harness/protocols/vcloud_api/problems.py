"""Errors as the vCloud API tells them: a status, and an ``Error`` document with two codes and a message."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.etree.ElementTree import Element

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from harness.errors import BlackstartError, LabError, Refusal
from harness.protocols.vcloud_api.documents import element, media_type, render

REFUSALS: Mapping[str, tuple[int, str]] = {"NotConnected": (503, "SERVICE_UNAVAILABLE")}
"""What is told otherwise than as a bad request (assumed)."""
CODES: Mapping[int, str] = {401: "UNAUTHORIZED", 404: "NOT_FOUND", 405: "METHOD_NOT_ALLOWED"}


@dataclass(eq=False)
class Problem(BlackstartError):
    """Why a request is not carried out; ``code`` is the minor code."""

    status: int
    code: str
    message: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message


def forbidden(kind: str, identity: str) -> Problem:
    """What is told of an entity that there is not, and of one that the user may not see: the API does not tell them apart."""
    return Problem(403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN", f"No access to entity {kind} {identity}.")


def show_error(error: Refusal | Problem) -> Element:
    """An error as a document or as a part of a task. A vSphere fault behind it is told as the vendor's own code."""
    if isinstance(error, Problem):
        status, code, vendor = error.status, error.code, ""
    else:
        (status, code), vendor = REFUSALS.get(error.reason, (400, "BAD_REQUEST")), error.reason
    attributes = {"message": str(error), "majorErrorCode": str(status), "minorErrorCode": code}
    return element("Error", {**attributes, **({"vendorSpecificErrorCode": vendor} if vendor else {})})


def install_problems(app: FastAPI) -> None:
    """Have ``app`` answer every error with an ``Error`` document."""
    for kind in (Problem, Refusal):
        app.add_exception_handler(kind, _told)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(LabError, _broken)


async def _told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem | Refusal)  # noqa: S101 - installed for nothing else
    return _answer(error)


async def _misunderstood(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - installed for nothing else
    told = (f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors())
    return _answer(Problem(400, "BAD_REQUEST", "; ".join(told)))


async def _other(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - installed for nothing else
    message = {404: f"no resource {request.url.path}"}.get(error.status_code, error.detail)
    return _answer(Problem(error.status_code, CODES.get(error.status_code, "BAD_REQUEST"), message, error.headers or {}))


async def _broken(_request: Request, error: Exception) -> Response:
    return _answer(Problem(500, "INTERNAL_SERVER_ERROR", str(error)))


def _answer(error: Refusal | Problem) -> Response:
    shown = show_error(error)
    headers = dict(error.headers) if isinstance(error, Problem) else {}
    return Response(render(shown), int(shown.attrib["majorErrorCode"]), headers, media_type("error"))
