"""Routes that FastAPI describes in its document, and that are answered without its ways where they need none of them."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cached_property
from typing import Any

from fastapi import Request, Response
from fastapi.routing import APIRoute
from pydantic import TypeAdapter
from starlette.routing import request_response


class PlainRoute(APIRoute):
    """A route whose endpoint is called at once where it takes but the request and parts of its path.

    FastAPI's ways cost several times what the answer does. An endpoint that takes anything else, such as a body, is called by
    FastAPI, after the route's dependencies; subclasses check in :meth:`admit` what these check.
    """

    def __init__(self, path: str, endpoint: Callable[..., Any], **options: Any) -> None:  # noqa: ANN401 - FastAPI's
        super().__init__(path, endpoint, **options)
        taken = inspect.signature(endpoint).parameters
        self._parts = [name for name, each in taken.items() if name in self.param_convertors and each.annotation in {str, "str"}]
        self._asked = "request" in taken
        if len(self._parts) + self._asked == len(taken):
            self.app = request_response(self._answer)

    async def admit(self, request: Request) -> None:
        """Raises what whoever may not ask this is told."""

    async def _answer(self, request: Request) -> Response:
        await self.admit(request)
        given: dict[str, Any] = {name: request.path_params[name] for name in self._parts}
        if self._asked:
            given["request"] = request
        found = await self.endpoint(**given)
        return found if isinstance(found, Response) else self._told(found)

    def _told(self, found: object) -> Response:
        status = self.status_code or 200
        if found is None:
            return Response(status_code=status)
        return Response(self._shape.dump_json(found, by_alias=True), status, media_type="application/json")

    @cached_property
    def _shape(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.response_model)
