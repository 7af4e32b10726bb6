"""A running lab: what steps, procedures and people get of it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from harness.blueprints import Blueprint
from harness.gateway import Gateway
from harness.journal import Journal, TimePassed
from harness.lab.access import CenterAccess, HostAccess, NameAccess
from harness.lab.appliances import Appliances
from harness.lab.faults import Faults
from harness.lab.parts import Part, all_parts
from harness.patience import IN_A_LAB, Patience
from harness.releases import Release
from harness.units import HostName, Instant, Span, seconds

PAUSE = seconds(10)
"""How much simulated time a waiting client lets pass between two looks."""


@dataclass(frozen=True)
class Wires:
    """The addresses of a lab, how its simulator runs, and how to learn that a part of it died."""

    vcenters: Mapping[str, CenterAccess]
    hosts: Mapping[HostName, HostAccess]
    appliances: Appliances
    nameservers: Mapping[str, NameAccess]
    simulator: str
    check: Callable[[bool], None]


class Lab:
    """How to reach what is simulated, what to break in it, and time."""

    def __init__(self, gateway: Gateway, blueprint: Blueprint, wires: Wires) -> None:
        self._gateway = gateway
        self._wires = wires
        self.blueprint = blueprint
        self.release: Release = gateway.release
        self.journal: Journal = gateway.journal
        self.patience: Patience = IN_A_LAB
        self.vcenters = wires.vcenters
        self.hosts = wires.hosts
        self.arrays = wires.appliances.arrays
        self.srm = wires.appliances.srm
        self.vcloud = wires.appliances.vcloud
        self.view = wires.appliances.view
        self.nameservers = wires.nameservers
        self.simulator = wires.simulator
        self.faults = Faults(gateway)

    @property
    def standby(self) -> tuple[HostName, ...]:
        """The hosts that wait in maintenance mode when the lab opens."""
        return tuple(host.name for host in self.blueprint.hosts if host.maintenance)

    def hosts_at(self, site: str) -> tuple[HostName, ...]:
        """The hosts that stand at a site."""
        return tuple(host.name for host in self.blueprint.hosts if host.site == site)

    def vcenters_at(self, site: str) -> tuple[str, ...]:
        """The vCenter Servers that stand at a site; one that a VM runs is with its VM, and not among them."""
        return tuple(center.name for center in self.blueprint.centers if center.site == site)

    @property
    def parts(self) -> Mapping[str, Part]:
        """What can be lost and restored, by name: for whoever owns the lab, never for a step."""
        return all_parts(self._gateway, self.faults)

    def check(self, *, asking: bool = False) -> None:
        """Raises ``LabError`` where a part of the lab has died; with ``asking`` each vCenter has to answer, too."""
        self._wires.check(asking)

    def now(self) -> Instant:
        """Simulated time."""
        return self._gateway.now

    def let_time_run(self, span: Span) -> None:
        """Let simulated time pass without a word in the journal: for a lab whose time runs beside wall time."""
        self._gateway.pass_time(span)

    def pass_time(self, span: Span, why: str = "") -> None:
        """Let simulated time pass, for a reason that the journal keeps."""
        began = self.now()
        self._gateway.pass_time(span)
        self.journal.record(TimePassed(span, why), began)

    def wait_for(self, seen: Callable[[], bool], limit: Span, why: str, asked: Collection[str] = ()) -> bool:
        """Look, over a wire, until ``seen`` is true, letting simulated time pass between looks; False after ``limit``.

        This is the one way in which a client of the lab waits. A look is left out where nothing has happened during the last two
        pauses: it would show what the one before it did (two, as vCenter's tasks may end a moment of wall time after the world).
        Where servers of Site Recovery Manager alone are ``asked``, one is left out where no plan is in another state, and where
        shells of hosts alone are, where nothing is otherwise with these hosts or with a VM.
        """
        began, (told, ago) = self.now(), self._watched(asked)
        news = [None, told()]
        found = seen()
        while not found and (left := began + limit - self.now()) > Span():
            self._gateway.pass_time(min(PAUSE, left))
            news.append(told())
            if news[-1] != news[-ago] or left <= PAUSE:
                found = seen()
        if self.now() > began:
            self.journal.record(TimePassed(self.now() - began, why), began)
        return found

    def _watched(self, asked: Collection[str]) -> tuple[Callable[[], object], int]:
        """What is the same for as long as looks show the same, but for time, and how many pauses long it has to be."""
        if asked and self.srm.keys() >= set(asked):
            return self._shown_of_plans, 2
        if asked and self.hosts.keys() >= set(asked):
            return lambda: self._shown_of_hosts(asked), 2
        return lambda: self._gateway.happened, 3

    def _shown_of_plans(self) -> object:
        world = self._gateway.world
        return [(plan.state, plan.current is None) for plan in world.plans.values()], world.sites

    def _shown_of_hosts(self, names: Collection[str]) -> object:
        world = self._gateway.world
        return [world.hosts[HostName(name)] for name in names], world.machines
