"""What one connection server can be asked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Protocol, TypeAlias

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.operations import desktops as operations
from harness.protocols.view_api.documents import Problem
from harness.protocols.view_api.sessions import Sessions
from harness.units import Credentials, MachineId
from harness.world.aggregate import World
from harness.world.desktops import Desktop, DesktopPool, View, hindrance
from harness.world.events import Event

LONGEST = 2**16
"""How many bytes a user's file may have."""


class State(StrEnum):
    """How a desktop is, in our words (assumed)."""

    AVAILABLE = "available"
    AGENT_UNREACHABLE = "agent unreachable"
    POWERED_OFF = "powered off"
    UNKNOWN = "unknown"
    """It is not at its MoRef, or not connected there."""


class ShownMachine(Protocol):
    """A VM as the desktop vCenter shows it."""

    @property
    def power(self) -> str:
        """Its power state in vCenter's words."""

    @property
    def connection(self) -> str:
        """Its connection state in vCenter's words."""


Glance: TypeAlias = Callable[[], Mapping[str, ShownMachine]]
"""What the desktop vCenter shows of all desktops at one moment, by MoRef."""


class Inventory(Protocol):
    """The desktop vCenter, as View uses it."""

    def machines(self, morefs: Iterable[str]) -> Mapping[str, ShownMachine]:
        """What it shows of those VMs, by MoRef; nothing of one that it does not have."""

    def locate(self, moref: str) -> MachineId | None:
        """The VM to which a call for that MoRef goes; None where there is none."""


@dataclass(frozen=True)
class Offer:
    """A desktop that a user has, as it is now."""

    pool: DesktopPool
    desktop: Desktop
    state: State


class Desk:
    """One connection server's side of the laboratory: ``server`` is its service, ``view`` the View that it belongs to."""

    def __init__(self, gateway: Gateway, view: str, server: str, inventory: Inventory, users: Mapping[str, Credentials]) -> None:
        self._gateway, self._view, self._server, self._inventory = gateway, view, server, inventory
        self.sessions = Sessions(users)

    def follow(self, _events: list[Event], world: World) -> None:
        """Listen to the gateway: the sessions end with the server (assumed)."""
        if not world.services[self._server].ready:
            self.sessions.end_all()

    def log_in(self, user: str, password: str) -> str:
        """A new session; raises a ``Problem`` for a wrong user or password."""
        token = self.sessions.log_in(user, password)
        if not token:
            raise Problem("AUTHENTICATION_FAILED", "Unknown user name or bad password")
        return token

    def user(self, token: str) -> str:
        """Whose session that is; raises a ``Problem`` for none."""
        user = self.sessions.user(token)
        if not user:
            raise Problem("NOT_AUTHENTICATED", "log in first")
        return user

    def offers(self, user: str, glance: Glance | None = None) -> list[Offer]:
        """The desktops of a user, by a ``glance`` where there is one; raises a ``Problem`` while View cannot broker."""
        assigned = self._brokering().assigned_to(user)
        shown = glance() if glance else self._inventory.machines(desktop.moref for _, desktop in assigned)
        return [Offer(pool, desktop, self._state(shown, pool, desktop)) for pool, desktop in assigned]

    def glance(self) -> Glance:
        """A look at all desktops, taken when it is needed first: for requests of one moment."""
        return cache(lambda: self._inventory.machines(desktop.moref for _, desktop in self._brokering().desktops()))

    def _brokering(self) -> View:
        world = self._gateway.world
        view = world.views[self._view]
        lacking = hindrance(world, view)
        if lacking:
            raise Problem("BROKER_UNAVAILABLE", f"{self._server} cannot broker now: {lacking}")
        return view

    def _state(self, shown: Mapping[str, ShownMachine], pool: DesktopPool, desktop: Desktop) -> State:
        there, machine = shown.get(desktop.moref), self._inventory.locate(desktop.moref)
        if there is None or machine is None or there.connection != "connected":
            return State.UNKNOWN
        if there.power != "poweredOn":
            return State.POWERED_OFF
        answers = machine in self._gateway.world.services[pool.name].providers
        return State.AVAILABLE if answers else State.AGENT_UNREACHABLE

    def connect(self, user: str, pool: str) -> Offer:
        """The desktop of a user in a pool, which can be worked on; raises a ``Problem`` where there is none, or it is not up."""
        for offer in self.offers(user):
            if offer.pool.name == pool:
                if offer.state is not State.AVAILABLE:
                    raise Problem("DESKTOP_NOT_AVAILABLE", f"{offer.desktop.name} is not available: {offer.state.value}")
                return offer
        raise Problem("NOT_ENTITLED", f"{user} has no desktop in {pool}")

    def files(self, user: str, pool: str) -> dict[str, str]:
        """What a user has on the persistent disk. Raises a ``Problem`` as :meth:`connect` does, and for what is refused."""
        machine = self._machine(self.connect(user, pool))
        try:
            return self._gateway.perform(operations.read_files, machine)
        except Refusal as refusal:
            raise Problem(refusal.reason, str(refusal)) from refusal

    def keep_file(self, user: str, pool: str, name: str, content: bytes) -> None:
        """Write a text file there. Raises as :meth:`files` does, and a ``Problem`` for what is no text, or too long."""
        if len(content) > LONGEST:
            raise Problem("BAD_REQUEST", f"{name} has {len(content)} bytes, and the lab keeps {LONGEST}")
        machine = self._machine(self.connect(user, pool))
        try:
            self._gateway.perform(operations.write_file, machine, name, content.decode())
        except UnicodeDecodeError as error:
            raise Problem("BAD_REQUEST", f"{name} is no text in UTF-8") from error
        except Refusal as refusal:
            raise Problem(refusal.reason, str(refusal)) from refusal

    def _machine(self, offer: Offer) -> MachineId:
        machine = self._inventory.locate(offer.desktop.moref)
        if machine is None:
            raise Problem("DESKTOP_NOT_AVAILABLE", f"{offer.desktop.name} is not at its MoRef any more")
        return machine
