"""Where clients reach a simulated address: it can be shut without stopping what is behind it."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from typing import Any, Literal, Protocol, TypeAlias

from harness.errors import LabError
from harness.event_loops import LoopThread, stop_listening
from harness.loopback import LOOPBACK, BoundSocket, bound_socket, reset_when_closed
from harness.patience import STUCK
from harness.units import Address

Passage: TypeAlias = Literal["open", "refusing", "shut"]
DoorState: TypeAlias = Literal[Passage, "silent"]

PASSING: frozenset[DoorState] = frozenset({"open", "refusing"})
"""The states in which what comes in at one end of a session goes out at the other."""


class FrontDoor:
    """A TCP forwarder at one address of the simulated network, a loopback port that stays the same for its whole life.

    It starts shut. All methods may be called from any thread, and have taken effect when they return.
    """

    def __init__(self, target: Address) -> None:
        self._target = target
        self._reserved = bound_socket(0)  # never listens: it keeps the port while the door is shut
        self.address = Address(LOOPBACK, self._reserved.getsockname()[1])
        self._state: DoorState = "shut"
        self._changing = asyncio.Lock()
        self._server: asyncio.Server | None = None
        self._sides: set[Side] = set()

    @property
    def state(self) -> DoorState:
        """What a client finds now."""
        return self._state

    def open(self) -> None:
        """Lets clients through to the target. Sessions left from silence are aborted."""
        run(self._change("open"))

    def silence(self) -> None:
        """Accepts connections and never answers; sessions that stand go quiet, as when a network swallows packets."""
        run(self._change("silent"))

    def refuse(self) -> None:
        """Refuses new clients and leaves the sessions alone, as when a service is stopped that lets its sessions be."""
        run(self._change("refusing"))

    def close(self) -> None:
        """Aborts the sessions (the client's connection is reset) and refuses new ones, until it is opened again."""
        run(self._change("shut"))

    def discard(self) -> None:
        """Closes the door for good and gives its port back."""
        self.close()
        self._reserved.close()

    async def _change(self, state: DoorState) -> None:
        async with self._changing:
            if state == self._state:
                return
            was, self._state = self._state, state
            if state == "silent":
                for side in self._sides:
                    side.hush()
            elif state == "shut" or was == "silent":
                self._abort()
            if state in ("refusing", "shut"):
                await self._stop_listening()
            elif self._server is None:
                await self._listen()

    async def _listen(self) -> None:
        try:
            listener = listener_at(self.address)
        except LabError:
            self._state = "shut"
            raise
        self._server = await asyncio.get_running_loop().create_server(lambda: Side(self), sock=listener)

    async def _stop_listening(self) -> None:
        if self._server is not None:
            server, self._server = self._server, None
            await stop_listening(server)

    def _abort(self) -> None:
        for side in list(self._sides):
            side.abort()

    def admit(self, client: Side) -> None:
        """A client has come (called by its ``Side``)."""
        self._sides.add(client)
        if self._state in ("refusing", "shut"):
            client.abort()
        elif self._state == "open":
            client.forward(self._target)

    def forget(self, side: Side) -> None:
        """A side's connection has ended."""
        self._sides.discard(side)

    def enrol(self, side: Side) -> None:
        """The connection to the target stands."""
        self._sides.add(side)
        if self._state in ("silent", "shut"):
            side.abort()


class Side(asyncio.Protocol):
    """One end of a session: towards the client, or towards the target. What comes in goes out at its ``peer``."""

    def __init__(self, door: FrontDoor, client: Side | None = None) -> None:
        self._door = door
        self._peer = client
        self._transport: asyncio.Transport | None = None
        self._dialling: asyncio.Task[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Joins the two ends."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - TCP
        self._transport = transport
        if self._peer is None:
            # in the loop's next turn, as Python 3.11.2 takes no heed of a pause in this one
            asyncio.get_running_loop().call_soon(self._wait_for_peer)
            self._door.admit(self)
        elif self._peer._transport is None or self._peer._transport.is_closing():
            transport.abort()
        else:
            self._peer._peer = self
            self._door.enrol(self)
            self._peer.resume_writing_peer()

    def _wait_for_peer(self) -> None:
        """Reads nothing until the target has answered; where the door is silent, that is never."""
        if self._peer is None:
            self.hush()

    def forward(self, target: Address) -> None:
        """Dials the target for this client."""
        self._dialling = asyncio.create_task(self._dial(target))

    async def _dial(self, target: Address) -> None:
        try:
            await asyncio.get_running_loop().create_connection(lambda: Side(self._door, self), *target)
        except OSError:
            self.abort()

    def resume_writing_peer(self) -> None:
        """Reads on."""
        if self._transport and not self._transport.is_closing():
            self._transport.resume_reading()

    def hush(self) -> None:
        """Reads no more: what the other side sends piles up in the network."""
        if self._transport and self._transport.is_reading():
            self._transport.pause_reading()

    def abort(self) -> None:
        """Resets the connection."""
        if self._transport:
            reset_when_closed(self._transport.get_extra_info("socket"))
            self._transport.abort()

    def data_received(self, data: bytes) -> None:
        """Passes it on."""
        if self._peer and self._peer._transport:
            self._peer._transport.write(data)

    def eof_received(self) -> bool:
        """Passes a half-closed connection on, so that an answer still comes back."""
        if self._peer and self._peer._transport and self._peer._transport.can_write_eof():
            self._peer._transport.write_eof()
            return True
        return False

    def pause_writing(self) -> None:
        """Lets the other end wait: the network takes no more here."""
        if self._peer:
            self._peer.hush()

    def resume_writing(self) -> None:
        """Lets the other end go on."""
        if self._peer and self._door.state in PASSING:
            self._peer.resume_writing_peer()

    def connection_lost(self, exc: Exception | None) -> None:
        """Ends the other side too, after what it still has to send."""
        self._door.forget(self)
        if self._dialling:
            self._dialling.cancel()
        if self._peer and self._peer._transport:
            if exc is None and self._door.state in PASSING:
                self._peer._transport.close()
            else:
                self._peer.abort()


def listener_at(address: Address) -> BoundSocket:
    """What a door listens with. Raises ``LabError`` where its port was given back."""
    try:
        return bound_socket(address.port)
    except OSError as error:
        raise LabError("front door", f"{address} cannot be opened: {error}") from error


class Entrance(Protocol):
    """A server of this process that is told when to listen, and where. What it was told is done when a method returns."""

    def let_in(self, listener: BoundSocket) -> None:
        """Take up whoever comes to this socket."""

    def lock(self) -> None:
        """Take up nobody any more, and leave the sessions alone."""

    def clear(self) -> None:
        """Take up nobody any more, and reset all sessions."""


class OwnDoor:
    """The address of a server of this process, which listens there itself: nobody has to carry what is said to and fro.

    Its port stays the same for its whole life. It starts shut. All methods may be called from any thread but the server's.
    """

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._reserved = bound_socket(0)  # as a FrontDoor does
        self.address = Address(LOOPBACK, self._reserved.getsockname()[1])
        self.state: Passage = "shut"
        self._changing = threading.Lock()

    def open(self) -> None:
        """Lets clients in."""
        with self._changing:
            if self.state != "open":
                self._entrance.let_in(listener_at(self.address))
                self.state = "open"

    def refuse(self) -> None:
        """Refuses new clients and leaves the sessions alone."""
        with self._changing:
            self._entrance.lock()
            self.state = "refusing"

    def close(self) -> None:
        """Resets the sessions and refuses new ones, until it is opened again."""
        with self._changing:
            self._entrance.clear()
            self.state = "shut"

    def discard(self) -> None:
        """Closes the door for good and gives its port back."""
        self.close()
        self._reserved.close()


class Corridor:
    """The one thread on which all doors of this process work."""

    lock = threading.Lock()
    thread: LoopThread | None = None


def run(change: Coroutine[Any, Any, None]) -> None:
    """Has ``change`` done on the doors' thread and waits for it."""
    with Corridor.lock:
        if Corridor.thread is None:
            Corridor.thread = LoopThread("front-doors")
    Corridor.thread.run(change, STUCK)
