"""One thread that serves any number of ASGI applications, each where clients come in to it."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Generic, TypeAlias, TypeVar

import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from harness.errors import LabError
from harness.event_loops import LoopThread
from harness.loopback import BoundSocket, reset_when_closed
from harness.patience import STUCK
from harness.protocols.web.certificate import server_context

T = TypeVar("T")
FOR_EVER = 86400
"""Wall seconds: no lab lasts so long."""
WAITING = 100
"""How many clients the kernel lets wait until they are taken up."""
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

    def entrance(self, app: Any) -> Listener:  # noqa: ANN401 - any ASGI application
        """Where the clients of ``app`` come in, over HTTPS, for a door in front of it."""
        self._listeners.append(Listener(app, self._thread))
        return self._listeners[-1]

    def stop(self) -> None:
        """Abort every connection, close every listener, end the thread. Does nothing where nothing runs.

        Raises ``LabError`` where a request does not end.
        """
        if not self._thread.running:
            return
        try:
            self._thread.run(self._close(), STUCK + 1)
        except TimeoutError as error:
            raise LabError("web server", str(error) or "a request does not end") from error
        finally:
            self._thread.end()

    async def _close(self) -> None:
        async with asyncio.timeout(STUCK):
            await asyncio.gather(*(listener.close() for listener in self._listeners))


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


class Listener:
    """One application's server, which speaks as uvicorn does. An ``Entrance``, for any thread, the server's own among them.

    Nothing here waits for the server's thread, as a request under way may wait there for whatever the caller holds: the kernel
    lets clients in, or keeps them out, and the thread is told. It never hangs up on a client that says nothing for a while: the
    client may be about to ask.
    """

    def __init__(self, app: Any, thread: LoopThread) -> None:  # noqa: ANN401 - any ASGI application
        quiet = {"log_config": None, "access_log": False, "server_header": False, "date_header": False, "proxy_headers": False}
        plain = {"http": HttpToolsProtocol, "ws": "none", "lifespan": "off", "interface": "asgi3"}
        self._config = uvicorn.Config(app, timeout_keep_alive=FOR_EVER, **plain, **quiet)  # type: ignore[arg-type]
        self._config.load()
        self._thread = thread
        self._listening: BoundSocket | None = None
        self._clients: list[socket.socket] = []
        self._greetings: set[asyncio.Task[None]] = set()
        self.state = ServerState()

    def let_in(self, listener: BoundSocket) -> None:
        """Take up whoever comes to this socket."""
        listener.listen(WAITING)
        listener.setblocking(False)
        self._listening = listener
        self._tell(self._thread.loop.add_reader, listener, self._take_up, listener)

    def lock(self) -> None:
        """Take up nobody any more, and leave the sessions alone."""
        listener, self._listening = self._listening, None
        if listener is not None:
            listener.shutdown(socket.SHUT_RDWR)
            self._tell(self._put_away, listener)

    def clear(self) -> None:
        """Take up nobody any more, and cut off all sessions."""
        self.lock()
        self._cut()
        self._tell(self._abort)

    async def close(self) -> None:
        """The same, and wait for the requests under way: what asks the world cannot be cancelled."""
        self.clear()
        await asyncio.gather(*self.state.tasks, *self._greetings, return_exceptions=True)

    def _tell(self, what: Callable[..., object], *args: object) -> None:
        if self._thread.running:
            self._thread.loop.call_soon_threadsafe(what, *args)

    def _put_away(self, listener: BoundSocket) -> None:
        self._thread.loop.remove_reader(listener)
        listener.close()

    def _take_up(self, listener: BoundSocket) -> None:
        with suppress(OSError):  # has hung up, or comes too late
            client, _ = listener.accept()
            client.setblocking(False)
            self._clients = [*(known for known in self._clients if known.fileno() >= 0), client]
            greeting = self._thread.loop.create_task(self._greet(client))
            self._greetings.add(greeting)
            greeting.add_done_callback(self._greetings.discard)

    async def _greet(self, client: socket.socket) -> None:
        with suppress(OSError):  # no TLS, or no patience
            await self._thread.loop.connect_accepted_socket(self._speaker, client, ssl=server_context())

    def _speaker(self) -> HttpToolsProtocol:
        return HttpToolsProtocol(self._config, self.state, {})

    def _cut(self) -> None:
        for client in tuple(self._clients):
            with suppress(OSError):  # has hung up
                reset_when_closed(client)
                client.shutdown(socket.SHUT_RDWR)

    def _abort(self) -> None:
        self._cut()  # whoever was taken up meanwhile
        for connection in tuple(self.state.connections):
            if transport := getattr(connection, "transport", None):
                transport.abort()
