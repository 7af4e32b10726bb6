"""One thread that serves any number of ASGI applications, each on a loopback port of its own."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import Callable, Coroutine
from contextvars import ContextVar
from typing import Any, Generic, TypeAlias, TypeVar

import uvicorn

from harness.errors import LabError
from harness.event_loops import LoopThread
from harness.patience import STUCK
from harness.protocols.web.certificate import ADDRESS, server_context

T = TypeVar("T")
FOR_EVER = 86400
"""Wall seconds: no lab lasts so long."""
Application: TypeAlias = Callable[[Any, Any, Any], Coroutine[Any, Any, None]]
"""What ASGI calls an application."""


class WebServer:
    """Serves from its making on, until it is stopped. Its methods may be called from any thread but its own.

    Requests are answered one after the other: the gateway would not let them in side by side, and another thread costs more than
    most answers do.
    """

    def __init__(self) -> None:
        self._thread = LoopThread("web")
        self._listeners: list[Listener] = []

    def serve(self, app: Any) -> int:  # noqa: ANN401 - any ASGI application
        """Have ``app`` answer over HTTPS; returns its port on 127.0.0.1."""
        listener = Listener(app, server_context())
        self._listeners.append(listener)
        return self._ask(listener.open())

    def stop(self) -> None:
        """Abort every connection, close every listener, end the thread. Does nothing where nothing runs.

        Raises ``LabError`` where a request does not end.
        """
        if not self._thread.running:
            return
        try:
            self._ask(self._close())
        finally:
            self._thread.end()

    async def _close(self) -> None:
        async with asyncio.timeout(STUCK):
            await asyncio.gather(*(listener.close() for listener in self._listeners))

    def _ask(self, work: Coroutine[Any, Any, T]) -> T:
        try:
            return self._thread.submit(work).result(STUCK + 1)
        except (OSError, TimeoutError) as error:
            raise LabError("web server", str(error) or "a request does not end") from error


class OnDemand:
    """An ASGI application that is made when somebody asks it for the first time: most scenarios leave most of them alone."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._app: Any = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
        """See ASGI. Its server has one thread, so two first requests cannot meet."""
        if self._app is None:
            self._app = self._make()
        await self._app(scope, receive, send)


class Subject(Generic[T]):
    """What the request under way is put to: one application, whose making is slow, serves as many as there are."""

    def __init__(self, name: str) -> None:
        self._now: ContextVar[T] = ContextVar(name)

    def __call__(self) -> T:
        """What it is put to, while a request is answered."""
        return self._now.get()

    def serving(self, app: Any, what: T) -> Application:  # noqa: ANN401
        """An ASGI application: ``app``, of which every request is put to ``what``."""

        async def serve(scope: Any, receive: Any, send: Any) -> None:  # noqa: ANN401 - as ASGI has them
            self._now.set(what)
            await app(scope, receive, send)

        return serve


class Listener(uvicorn.Server):
    """One application's server: uvicorn's, without its looks at the clock ten times a second, and without its long farewell.

    It never hangs up on a client that says nothing for a while: the client may be about to ask.
    """

    def __init__(self, app: Any, context: ssl.SSLContext) -> None:  # noqa: ANN401 - any ASGI application
        quiet = {"log_config": None, "access_log": False, "server_header": False, "date_header": False, "proxy_headers": False}
        plain = {"http": "httptools", "ws": "none", "lifespan": "off"}
        config = uvicorn.Config(app, timeout_keep_alive=FOR_EVER, **plain, **quiet)  # type: ignore[arg-type]
        super().__init__(config)
        self._context = context

    async def open(self) -> int:
        """Listen on a free port, and return it."""
        self.config.load()
        self.config.ssl = self._context
        self.lifespan = self.config.lifespan_class(self.config)
        bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        bound.bind((ADDRESS, 0))
        await self.startup(sockets=[bound])
        return int(bound.getsockname()[1])

    async def close(self) -> None:
        """Stop listening, abort the connections, and wait for the requests under way: what asks the world cannot be cancelled."""
        for server in self.servers:
            server.close()
        for connection in list(self.server_state.connections):
            if transport := getattr(connection, "transport", None):
                transport.abort()
        await asyncio.gather(*self.server_state.tasks, return_exceptions=True)
