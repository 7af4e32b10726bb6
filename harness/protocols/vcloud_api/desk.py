"""What the cells of one vCloud Director can be asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from harness.gateway import Gateway
from harness.operations import cloud as operations
from harness.physics.effects import Operation
from harness.physics.engine import Process
from harness.physics.laws import Laws
from harness.protocols.vcloud_api.problems import Problem
from harness.protocols.vcloud_api.sessions import Principal, Sessions
from harness.protocols.vcloud_api.tasks import Order, Task, Tasks
from harness.protocols.vcloud_api.view import Inventory, View, identify
from harness.units import Credentials
from harness.world.aggregate import World
from harness.world.cloud import CloudMachine, has_cell, hindrance
from harness.world.events import Event

Ask: TypeAlias = Callable[[Laws, str, Sequence[CloudMachine], operations.Locate], Operation[None]]
POWER: Mapping[str, tuple[Ask, str, str]] = {
    "powerOn": (operations.power_on, "vappDeploy", "Starting"),
    "powerOff": (operations.power_off, "vappPowerOff", "Powering off"),
    "shutdown": (operations.shut_down, "vappShutdownGuest", "Shutting down the guests of"),
}
"""By the name of a power action: the operation, and a task's operation name and first words for it."""
UNDEPLOY: Mapping[str, Ask] = {"default": operations.stop, "powerOff": operations.power_off, "shutdown": operations.shut_down}
"""What an undeploy does to VMs. All but ``default`` ignore the startup section (vCloud API schema reference)."""
UNAUTHORIZED = "UNAUTHORIZED"


class Desk:
    """One vCloud Director's side of the laboratory."""

    def __init__(self, gateway: Gateway, name: str, inventory: Inventory, users: Sequence[Credentials]) -> None:
        self._gateway, self._name, self._inventory = gateway, name, inventory
        self._sessions, self._tasks = Sessions(users), Tasks()
        self.versions = gateway.release.lines("vcloud-api-versions")

    def follow(self, _events: list[Event], world: World) -> None:
        """Listen to the gateway: sessions end with the last cell."""
        if not has_cell(world, world.clouds[self._name]):
            self._sessions.end_all()

    def check(self) -> None:
        """Raises a ``Problem`` while the cells cannot work."""
        world = self._gateway.world
        lacking = hindrance(world, world.clouds[self._name])
        if lacking:
            raise Problem(503, "SERVICE_UNAVAILABLE", f"{self._name} cannot work now: {lacking}")

    def log_in(self, given: Credentials, base: str, version: str) -> tuple[str, View]:
        """The token of a new session, and what it sees; raises a ``Problem`` for a wrong user or password."""
        opened = self._sessions.log_in(given)
        if opened is None:
            raise Problem(401, UNAUTHORIZED, "wrong user or password", {"WWW-Authenticate": 'Basic realm="vCloud"'})
        token, principal = opened
        return token, self._view(principal, base, version)

    def log_out(self, token: str) -> None:
        """End a session."""
        self._sessions.log_out(token)

    def look(self, token: str, base: str, version: str) -> View:
        """What whoever has the token of a session sees now; raises a ``Problem`` for one of no session."""
        principal = self._sessions.find(token)
        if principal is None:
            raise Problem(401, UNAUTHORIZED, "no session: log in first")
        return self._view(principal, base, version)

    def _view(self, principal: Principal, base: str, version: str) -> View:
        return View(self._gateway.world.clouds[self._name], self._inventory, principal, base, version)

    def power(self, view: View, entity: str, action: str) -> Task:
        """Carry a power action out on ``vapp-<id>`` or ``vm-<id>``. Raises a ``Problem``, or what is refused at once."""
        if action not in POWER:
            raise Problem(404, "NOT_FOUND", f"the lab knows no power action {action!r}; it knows {', '.join(POWER)}")
        ask, operation, words = POWER[action]
        return self._begin(view, entity, ask, (operation, words))

    def undeploy(self, view: View, entity: str, action: str) -> Task:
        """Stop it: ``action`` is what the request names as power action. Raises as :meth:`power` does."""
        if action not in UNDEPLOY:
            raise Problem(400, "BAD_REQUEST", f"the lab undeploys with {', '.join(UNDEPLOY)}, not with {action!r}")
        return self._begin(view, entity, UNDEPLOY[action], ("vappUndeployPowerOff", "Stopping"))

    def task(self, view: View, identity: str) -> Task:
        """A task; raises a ``Problem`` where the viewer sees none of that id."""
        return self._tasks.find(view, identity)

    def _begin(self, view: View, entity: str, ask: Ask, told: tuple[str, str]) -> Task:
        kind, _, identity = entity.partition("-")
        if kind == "vapp":
            vapp, noun = view.vapp(identity), "Virtual Application"
            machines, name = vapp.machines, vapp.name
        else:
            vapp, machine = view.machine(identity)
            machines, name, noun = (machine,), machine.name, "Virtual Machine"
        operation, words = told
        sentence = f"{words} {noun} {name}({identify(kind, name)})"
        order = Order(kind, name, vapp.name, view.cloud.organisation_of(vapp), operation, sentence)

        def start() -> Process[None]:
            return self._gateway.begin(ask, self._name, machines, self._inventory.locate)

        return self._tasks.begin(order, view.viewer.user, start)
