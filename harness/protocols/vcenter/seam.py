"""One vCenter of a lab: vcsim on one side, the world on the other."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from http.client import HTTPException
from typing import Protocol

from harness.blueprints import Blueprint, References
from harness.blueprints.recovery import placeholders
from harness.errors import LabError
from harness.gateway import Gateway
from harness.protocols.vcenter.album import Album, Course
from harness.protocols.vcenter.announcements import Announcer
from harness.protocols.vcenter.console import Console
from harness.protocols.vcenter.construction import Builder
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.furnishing import Furnisher
from harness.protocols.vcenter.growth import Growth
from harness.protocols.vcenter.inbound.desk import Desk
from harness.protocols.vcenter.inbound.reception import ROUTES, Reception
from harness.protocols.vcenter.intake import Intake
from harness.protocols.vcenter.link import Link
from harness.protocols.vcenter.mirror import Mirror
from harness.protocols.vcenter.projection.devices import Shelf
from harness.protocols.vcenter.reading import Reader
from harness.units import Address, Credentials
from harness.volume_store import DirectoryStore

ANSWER_LIMIT = 600
"""How many seconds of wall time vcsim waits for the world; much simulated time may pass in them."""

FAREWELL, LOOK_AGAIN = 5.0, 0.01
"""Wall seconds in which a process ends whose connections have broken already, and between two looks whether it has."""


class Vcenter(Protocol):
    """What a seam needs of a running vcsim: where it listens, who logs in as what, and whether it still runs."""

    address: Address
    operator: Credentials
    agent: Credentials

    def check(self) -> None:
        """Raises ``LabError`` when vcsim has stopped by itself."""


class Seam:
    """A vCenter whose inventory is that of a blueprint, and which from then on shows the world and asks it."""

    def __init__(self, name: str, vcenter: Vcenter, desk: Desk, link: Link) -> None:
        self.name, self.vcenter = name, vcenter
        self.directory = desk.directory
        self._desk, self._link = desk, link

    @classmethod
    def connect(
        cls,
        name: str,
        vcenter: Vcenter,
        gateway: Gateway,
        blueprint: Blueprint,
        store: DirectoryStore,
        album: Album | None = None,
    ) -> Seam:
        """Build the vCenter ``name`` of ``blueprint`` in a fresh vcsim and tie it to the world behind ``gateway``.

        Distributed switches, and all that the world gets later, are still missing: see :meth:`furnish`. What it shows until
        :meth:`go_on` comes from the ``album`` where it can. Raises ``LabError`` where vcsim does not play along.
        """
        with answering(vcenter), ExitStack() as undo:
            console = Console(vcenter.address, vcenter.agent)
            undo.callback(console.close)
            desk = _desk(name, console, gateway, store, album)
            desk.course.take(gateway.world, name, lambda: _build(blueprint, name, desk))
            gateway.listen(desk.mirror.follow)
            link = Link(vcenter.address, vcenter.agent, Reception(desk).answer)
            undo.callback(link.close)
            undo.pop_all()
        return cls(name, vcenter, desk, link)

    def furnish(self, blueprint: Blueprint) -> None:
        """Create the blueprint's distributed switches as clients' calls do, so that they exist in the world as well.

        Their identifiers are drawn by chance: for a lab that is to be repeatable, one vCenter after the other.
        """
        switches = [switch for switch in blueprint.switches if switch.center == self.name]
        if not switches:
            return
        with answering(self.vcenter):
            Furnisher(self._desk).furnish(switches)

    def go_on(self) -> None:
        """The start of the lab is over."""
        self._desk.mirror.go_on()

    def reader(self) -> Reader:
        """What reads its VMs as a client does."""
        return Reader(self._desk.console, self.directory)

    def references(self) -> References:
        """The MoRefs that it has given to the VMs, resource pools and port groups of the world."""
        sight, directory = self._desk.mirror.sight, self.directory
        return References(
            {sight.machines[machine].name: obj._moId for machine, obj in directory.machines.all().items()},
            {name: obj._moId for name, obj in directory.subpools.all().items()},
            {group.name: group.key for switch in sight.switches.values() for group in switch.groups.values()},
        )

    def check(self, *, asking: bool = False) -> None:
        """Raises ``LabError`` where vcsim has stopped, the link is lost, or either has failed at something.

        With ``asking`` vcsim has to answer, too: one that has just died is not always known to have stopped.
        """
        self.vcenter.check()
        with answering(self.vcenter):  # a link is lost a moment before its vcsim is known to have stopped
            if asking:
                self._desk.console.ask()
            self._link.check()
            self._desk.mirror.check()

    def close(self) -> None:
        """Hang up. From then on nothing is shown, and nobody answers vcsim."""
        self._desk.mirror.stop()
        self._link.close()
        self._desk.console.close()


def _desk(name: str, console: Console, gateway: Gateway, store: DirectoryStore, album: Album | None) -> Desk:
    """What is known of a vCenter that is still empty."""
    directory, shelf, course = Directory(name), Shelf(), Course(name, console, store, album)
    growth = Growth(console, directory, shelf, course)
    mirror = Mirror(console, directory, shelf, growth, Announcer(directory, lambda: gateway.now), course)
    course.follow(directory, shelf, mirror)
    return Desk(gateway, console, directory, shelf, mirror, Intake(gateway, console, directory, shelf, mirror), course)


def _build(blueprint: Blueprint, name: str, desk: Desk) -> None:
    """Have vcsim hold what the world has of this vCenter, and ask from then on."""
    gateway, builder = desk.gateway, Builder(desk.console, desk.directory, desk.gateway.release)
    builder.build(next(center for center in blueprint.centers if center.name == name), blueprint, gateway.world)
    desk.mirror.show(gateway.world)
    builder.create_machines([*blueprint.machines, *placeholders(blueprint, gateway.release, gateway.world)])
    desk.console.hook({method: route.mode for method, route in ROUTES.items()}, ANSWER_LIMIT)


@contextmanager
def answering(vcenter: Vcenter) -> Iterator[None]:
    """Has a connection to vcsim that breaks in the block told as what it is, with the end of its log where it has stopped."""
    try:
        yield
    except (LabError, OSError, HTTPException) as error:
        see_end(vcenter)
        if isinstance(error, LabError):
            raise
        raise LabError("vcsim", f"it no longer answers at {vcenter.address}: {str(error) or type(error).__name__}") from error


def see_end(vcenter: Vcenter) -> None:
    """Raises ``LabError`` as soon as vcsim has stopped; returns where it runs on."""
    end = time.monotonic() + FAREWELL
    while time.monotonic() < end:
        vcenter.check()
        time.sleep(LOOK_AGAIN)
