"""Errors as the API tells them: a status, and JSON with a code and a message."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from harness.errors import LabError, Refusal
from harness.protocols.array_api.resources import Problem

REFUSALS: Mapping[str, tuple[int, str]] = {
    "NotFound": (404, "not_found"),
    "InvalidState": (409, "invalid_state"),
    "HostNotReachable": (409, "peer_unreachable"),
}
CODES: Mapping[int, str] = {400: "bad_request", 401: "unauthorized", 404: "not_found", 405: "method_not_allowed"}
PROBLEMS: dict[int | str, dict[str, Any]] = {
    400: {"model": Problem, "description": "The request cannot be understood."},
    401: {"model": Problem, "description": "Wrong user or password."},
    404: {"model": Problem, "description": "No such thing at this array."},
    409: {"model": Problem, "description": "Not in this state, or not without the other array."},
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
    message = {404: f"no resource {request.url.path}"}.get(error.status_code, error.detail)
    return _answer(error.status_code, CODES.get(error.status_code, "bad_request"), message, error.headers)


async def _broken(_request: Request, error: Exception) -> JSONResponse:
    return _answer(500, "internal_error", str(error))


def _answer(status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    return JSONResponse({"code": code, "message": message}, status, headers)
