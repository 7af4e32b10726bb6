"""View as an operator sees it: who gets which desktop, at moments that were noted and now, and what users keep there."""

from __future__ import annotations

from typing import TypeAlias

from harness.probes.brokers import AVAILABLE, BrokerClient
from harness.probes.failures import Absent, BrokerRefusal, BrokerUnreachable, Unknown, Unmet
from harness.probes.operator import Operator
from harness.units import Instant

OFF, UNKNOWN = "powered off", "unknown"
Shown: TypeAlias = dict[str, str]
"""By user and pool, the VM and its state."""


class Desktops:
    """What an operator sees of a place's View, by the first of its connection servers that brokers."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    @property
    def servers(self) -> list[BrokerClient]:
        """The connection servers; raises ``Unknown`` where the place has none."""
        if not self._operator.place.view:
            raise Unknown("connection server", "")
        return [self._operator.broker(name) for name in self._operator.place.view]

    def brokering(self) -> list[str]:
        """The connection servers that broker now."""
        return [server.name for server in self.servers if server.answers()]

    def broker(self) -> BrokerClient:
        """One that brokers now; raises ``Unmet`` with what each of them says where none does."""
        for server in self.servers:
            if server.answers():
                return server
        raise self._nobody()

    def await_brokering(self) -> None:
        """Wait until one of them brokers."""
        self._operator.wait(lambda: bool(self.brokering()), self._operator.limits.services, "a connection server brokers")

    def check_silent(self) -> dict[str, str]:
        """None of them brokers; by server, what it says instead."""
        for server in self.servers:
            if server.answers():
                raise Unmet(
                    "View", "nobody who brokers", [(server.name, f"{len(server.desktops())} desktops of {server.users[0]}")]
                )
        return {server.name: _said(server) for server in self.servers}

    def shown(self) -> Shown:
        """The desktops of all users that the place knows; raises as :meth:`broker` does."""
        for server in self.servers:
            found = server.desktops_of_all()
            if found is not None:
                return {f"{user} in {each.pool}": f"{each.machine} {each.state}" for user, got in found.items() for each in got}
        raise self._nobody()

    def _nobody(self) -> Unmet:
        return Unmet("View", "a connection server that brokers", [(server.name, _said(server)) for server in self.servers])

    def note(self, moment: str) -> None:
        """Write down, under the name of this moment, who gets which desktop, and how it is; nothing where there is no View."""
        self._operator.notes.desktops[moment] = self.shown() if self._operator.place.view else {}

    def check_as_at(self, moment: str) -> list[str]:
        """View brokers, and every user comes to get the same desktop as then, in the same state; the names of their VMs.

        A desktop that was off may be ``unknown``: its host may be gone, and nobody has registered it elsewhere.
        """
        self.await_brokering()
        before, limit = self._operator.notes.desktops.get(moment, {}), self._operator.limits.services
        now = self._operator.see(
            self._shown_if_any, lambda shown: not _changed(before, shown), limit, "users get their desktops as before"
        )
        differing = _changed(before, now)
        if differing or not before:
            raise Unmet(
                "View",
                "each user's desktop as before",
                [(f"it at {moment}", _some(before, differing)), ("it now", _some(now, differing))],
            )
        return [shown.partition(" ")[0] for shown in now.values()]

    def check_up(self, *users: str) -> None:
        """Every desktop of these users (of all where none is named), who have some, comes to be available."""
        limit = self._operator.limits.services
        seen = self._operator.see(self.shown, lambda shown: not _down(_of(users, shown)), limit, "the desktops are available")
        meant = _of(users, seen)
        if (down := _down(meant)) or not meant:
            raise Unmet("View", "available desktops", [("it", ", ".join(down) or "no desktops")])

    def keep(self, user: str, name: str, text: str) -> None:
        """A user writes a text file on the desktop's persistent disk."""
        self.broker().keep(name, text, user)

    def read(self, user: str, name: str) -> str:
        """What a user finds in such a file; raises ``Absent`` where there is none."""
        return self.broker().read(name, user)

    def write(self, user: str, name: str) -> None:
        """The same as :meth:`keep`, with a text that tells what it is, and when it was written is noted."""
        self._operator.notes.kept[f"{user}/{name}"] = self._operator.place.now()
        self.keep(user, name, _text(user, name))

    def check_found(self, user: str, name: str) -> None:
        """The user's desktop comes to be up, and the user finds there what was written."""
        self.check_up(user)
        found = self.read(user, name)
        if found != _text(user, name):
            raise Unmet(f"{name} of {user}", _text(user, name), [("the desktop", found)])

    def check_lost(self, user: str, name: str, held: Instant) -> None:
        """The user's desktop is up, and what was written is not there: it was written after the moment ``held``."""
        self.check_up(user)
        written = self._operator.notes.kept[f"{user}/{name}"]
        try:
            found = self.read(user, name)
        except Absent:
            if written <= held:
                raise Unmet(f"{name} of {user}", f"what was written by {held}", [("the desktop", "nothing")]) from None
            return
        raise Unmet(f"{name} of {user}", "nothing", [("the desktop", found)])

    def check_servers(self, *names: str) -> None:
        """Exactly these connection servers come to broker."""
        wanted, limit = sorted(self._operator.broker(name).name for name in names), self._operator.limits.services
        self._operator.place.wait_for(lambda: sorted(self.brokering()) == wanted, limit, f"{', '.join(wanted)} broker")
        self.check_servers_now(*names)

    def check_servers_now(self, *names: str) -> None:
        """Exactly these connection servers broker."""
        wanted, found = sorted(self._operator.broker(name).name for name in names), sorted(self.brokering())
        if found != wanted:
            raise Unmet("View", f"{', '.join(wanted)} broker", [("the connection servers", ", ".join(found) or "none")])

    def check_pool_down(self, pool: str) -> list[str]:
        """No desktop of that pool is up, and users have some; the names of their VMs."""
        found = {name: shown for name, shown in self.shown().items() if name.endswith(f" in {pool}")}
        up = [f"{name}: {shown}" for name, shown in found.items() if shown.endswith(f" {AVAILABLE}")]
        if up or not found:
            raise Unmet(f"the pool {pool}", "no desktop that is up", [("it", ", ".join(up) or "no desktops")])
        return [shown.partition(" ")[0] for shown in found.values()]

    def _shown_if_any(self) -> Shown:
        try:
            return self.shown()
        except Unmet:
            return {}


def _of(users: tuple[str, ...], shown: Shown) -> Shown:
    return {name: said for name, said in shown.items() if not users or name.partition(" in ")[0] in users}


def _down(shown: Shown) -> list[str]:
    return [f"{name}: {said}" for name, said in shown.items() if not said.endswith(f" {AVAILABLE}")]


def _text(user: str, name: str) -> str:
    return f"{user} has written {name}"


def _changed(before: Shown, now: Shown) -> list[str]:
    """What is not as it was; of a desktop that was off only its state may be unknown now."""
    same = {name: {shown, shown.replace(f" {OFF}", f" {UNKNOWN}")} for name, shown in before.items()}
    return [name for name in {**before, **now} if now.get(name) not in same.get(name, set())]


def _said(server: BrokerClient) -> str:
    try:
        server.desktops()
    except BrokerUnreachable as error:
        return error.silence
    except BrokerRefusal as error:
        return error.message or error.code
    return "it brokers"


def _some(shown: Shown, names: list[str]) -> str:
    return ", ".join(f"{name}: {shown.get(name, 'nothing')}" for name in sorted(names)[:10]) or "nothing"
