# ruff: noqa: ANN401
"""An application that nobody asks is never made."""

from __future__ import annotations

import asyncio
from typing import Any

from harness.protocols.web.server import OnDemand


def test_it_is_made_once_when_it_is_asked() -> None:
    made: list[str] = []
    asked: list[Any] = []

    def make() -> Any:
        made.append("it")

        async def app(scope: Any, _receive: Any, _send: Any) -> None:
            asked.append(scope)

        return app

    app = OnDemand(make)
    assert made == []
    for number in (1, 2):
        asyncio.run(app(number, None, None))
    assert (made, asked) == (["it"], [1, 2])
