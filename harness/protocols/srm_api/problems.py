"""Errors as the API tells them (quoted: their shape and statuses; assumed: their codes)."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Literal

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from harness.errors import LabError, Refusal

Code = Literal[
    "bad_request",
    "invalid_state",
    "wrong_site",
    "not_supported",
    "unauthorized",
    "remote_session_required",
    "not_found",
    "method_not_allowed",
    "unreachable",
    "internal_error",
]
REFUSALS: Mapping[str, tuple[int, Code]] = {
    "InvalidState": (400, "invalid_state"),
    "WrongSite": (400, "wrong_site"),
    "NotSupported": (400, "not_supported"),
    "NotAuthenticated": (401, "unauthorized"),
    "NoPermission": (403, "remote_session_required"),
    "NotFound": (404, "not_found"),
    "HostNotReachable": (500, "unreachable"),
}
CODES: Mapping[int, Code] = {401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}


class Problem(BaseModel):
    """Why a request was not carried out; ``op_id`` names the request."""

    error_code: Code
    message: str
    op_id: str


PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be understood, or not be carried out now or here."},
    401: {"model": Problem, "description": "No session, or wrong user or password."},
    403: {"model": Problem, "description": "The session has not logged in to the other site."},
    404: {"model": Problem, "description": "No such thing."},
    500: {"model": Problem, "description": "The other site, or something else that is needed, does not answer."},
}


def install_problems(app: FastAPI) -> None:
    """Have ``app`` answer every error as a :class:`Problem`."""
    app.add_exception_handler(Refusal, _refused)
    app.add_exception_handler(RequestValidationError, _misunderstood)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(LabError, _broken)


async def _refused(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Refusal)  # noqa: S101 - installed for nothing else
    status, code = REFUSALS.get(error.reason, (500, "internal_error"))
    return _answer(status, code, str(error))


async def _misunderstood(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - installed for nothing else
    told = (f"{'.'.join(str(part) for part in found['loc'])}: {found['msg']}" for found in error.errors())
    return _answer(400, "bad_request", "; ".join(told))


async def _other(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)  # noqa: S101 - installed for nothing else
    message = f"no resource {request.url.path}" if error.status_code == 404 else error.detail
    return _answer(error.status_code, CODES.get(error.status_code, "bad_request"), message, error.headers)


async def _broken(_request: Request, error: Exception) -> JSONResponse:
    return _answer(500, "internal_error", str(error))


def _answer(status: int, code: Code, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    problem = Problem(error_code=code, message=message, op_id=secrets.token_hex(8))
    return JSONResponse(problem.model_dump(), status, headers)
