"""Where a lab is put together, and taken apart again."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import cache

from harness.blueprints import Blueprint, CenterPlan, place_all
from harness.blueprints.recovery import set_up_recovery
from harness.gateway import Gateway
from harness.interrupts import late_interrupts
from harness.journal import Journal
from harness.lab.access import CenterAccess, HostAccess
from harness.lab.appliances import serve_appliances
from harness.lab.beginnings import Beginning, Beginnings, begin
from harness.lab.doors import Doors
from harness.lab.laboratory import Lab, Wires
from harness.lab.landscape import landscape
from harness.lab.name_servers import serve_names
from harness.operations import hosts, replication
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.esxi_shell.product import product_commands
from harness.protocols.esxi_shell.registry import Registry
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.simulated_host import SimulatedHost
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.protocols.vcenter.album import Album
from harness.protocols.vcenter.seam import Seam
from harness.releases import Release
from harness.simulators.front_door import Passage
from harness.simulators.interface import Simulator
from harness.simulators.run import current_run
from harness.units import Credentials, HostName
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World
from harness.world.hosts import Host

SIDE_BY_SIDE = ThreadPoolExecutor(16, "vcenters")
"""Starts and ends vCenters, those of all labs of this process; its threads come as they are needed."""

ROOT = Credentials("root", "VMware1!")
"""Who logs in to a lab's hosts. Nothing of value is behind this password."""


@dataclass(frozen=True)
class Ground:
    """What a lab stands on before anybody can reach it; what it starts ends with ``parts``."""

    blueprint: Blueprint
    gateway: Gateway
    store: DirectoryStore
    simulator: Simulator
    album: Album | None
    parts: ExitStack


@contextmanager
def open_lab(
    blueprint: Blueprint, release: Release, simulator: Simulator, seed: int, beginnings: Beginnings | None = None
) -> Iterator[Lab]:
    """A lab of ``blueprint`` on ``release``, with every choice in it drawn from ``seed``; gone when the block ends.

    With ``beginnings``, what is left to chance before it is open comes from their seed, and not from ``seed``: such labs start
    equal. Raises ``LabError`` where a part of it cannot start.
    """
    with ExitStack() as parts:
        beginning = beginnings.of(blueprint, release) if beginnings else begin(blueprint, release, seed)
        store = DirectoryStore(current_run().new_directory("lab"), beginning.volumes)
        parts.callback(store.discard)
        gateway = _make_world(beginning, release, store, parts)
        seams, wires = _lay_wires(Ground(blueprint, gateway, store, simulator, beginning.album, parts))
        for secret in _secrets(wires):
            gateway.journal.conceal(secret)
        gateway.journal.record_all(landscape(gateway.world))
        _go_on(gateway, seams, seed)
        yield Lab(gateway, blueprint, wires)


def _lay_wires(ground: Ground) -> tuple[list[Seam], Wires]:
    """All that clients of the lab reach, each at its door; vCenters have what the blueprint describes when their doors open."""
    blueprint, gateway, parts = ground.blueprint, ground.gateway, ground.parts
    doors = Doors()
    parts.callback(doors.discard)
    shells = _serve_shells(gateway, doors, parts)
    seams = _start_vcenters(ground)
    vcenters = {seam.name: _admit(seam, doors) for seam in seams}
    for seam in seams:
        seam.furnish(blueprint)
    gateway.perform(_settle, blueprint)
    appliances = serve_appliances(blueprint, gateway, seams, doors, parts)
    doors.follow([], gateway.world)
    gateway.listen(doors.follow)
    return seams, Wires(vcenters, shells, appliances, serve_names(gateway, parts), ground.simulator.kind, _checks(seams))


def _go_on(gateway: Gateway, seams: Iterable[Seam], seed: int) -> None:
    """What happens from now on is worked out, and drawn by chance from ``seed``."""
    gateway.go_on(seed)
    for seam in seams:
        seam.go_on()


def _settle(laws: Laws, blueprint: Blueprint) -> Operation[None]:
    """All that a lab has beside hardware and switches, in one moment: so vCenters show it at once."""
    yield from place_all(laws, blueprint)
    yield from hosts.save_all(laws)
    yield from replication.begin(laws)
    yield from set_up_recovery(laws, blueprint)


def _secrets(wires: Wires) -> Iterator[str]:
    yield from (host.login.password for host in wires.hosts.values())
    yield from (center.login.password for center in wires.vcenters.values())
    yield from (array.login.password for array in wires.appliances.arrays.values())
    yield from (server.login.password for server in wires.appliances.srm.values())
    yield from (server.login.password for server in wires.nameservers.values())
    yield from (login.password for broker in wires.appliances.view.values() for login in broker.users.values())
    for cloud in wires.appliances.vcloud.values():
        yield from (login.password for login in (cloud.login, *cloud.tenants.values()))


def _make_world(beginning: Beginning, release: Release, store: DirectoryStore, parts: ExitStack) -> Gateway:
    laws = Laws(beginning.world, release, store, beginning.chance(), release.epoch.value)
    gateway = Gateway(laws, Journal(lambda: laws.now, time.monotonic), beginning.moments)
    parts.callback(gateway.close)
    gateway.perform(hosts.wake)
    return gateway


def _serve_shells(gateway: Gateway, doors: Doors, parts: ExitStack) -> dict[HostName, HostAccess]:
    registry, programs = _commands()
    server = ShellServer(registry)
    server.start()
    parts.callback(server.stop)
    shells = {}
    for name, host in gateway.world.hosts.items():
        entrance = server.entrance(SimulatedHost(gateway, name, ROOT.password, programs=programs))
        address = doors.add(entrance, _record_of(name), _ssh)
        shells[name] = HostAccess(name, host.center, address, ROOT)
    return shells


def _record_of(host: HostName) -> Callable[[World], Host]:
    return lambda world: world.hosts[host]


@cache
def _commands() -> tuple[Registry, frozenset[str]]:
    """All commands of hosts, which are the same in every lab, and where they lie."""
    registry = standard_registry(product_commands())
    return registry, registry.programs()


def _ssh(host: Host) -> Passage:
    """A host without power, or isolated, drops its sessions; a stopped SSH service lets them be (assumed)."""
    return "shut" if not (host.running and host.linked) else "open" if host.ssh else "refusing"


def _start_vcenters(ground: Ground) -> list[Seam]:
    """All side by side, as each takes its time; nothing in them is left to chance."""
    started: list[Future[tuple[Seam, ExitStack]]] = []
    try:
        with late_interrupts():
            started += [SIDE_BY_SIDE.submit(_start_vcenter, ground, plan) for plan in ground.blueprint.centers]
        return [each.result()[0] for each in started]
    finally:
        wait(started)
        ground.parts.callback(_close_together, [each.result()[1] for each in started if each.exception() is None])


def _start_vcenter(ground: Ground, plan: CenterPlan) -> tuple[Seam, ExitStack]:
    with ExitStack() as own:
        vcenter = own.enter_context(ground.simulator.start(ground.store.root))
        seam = Seam.connect(plan.name, vcenter, ground.gateway, ground.blueprint, ground.store, ground.album)
        own.callback(seam.close)
        return seam, own.pop_all()


def _close_together(parts: Sequence[ExitStack]) -> None:
    """Side by side, as removing a container takes its time; raises what the first one raises that cannot be closed."""
    with late_interrupts():
        ended = [SIDE_BY_SIDE.submit(each.close) for each in parts]
    wait(ended)
    for each in ended:
        each.result()


def _admit(seam: Seam, doors: Doors) -> CenterAccess:
    address = doors.add(
        seam.vcenter.address, lambda world: world.centers[seam.name], lambda center: "open" if center.on else "shut"
    )
    return CenterAccess(seam.name, address, seam.vcenter.operator)


def _checks(seams: Sequence[Seam]) -> Callable[[bool], None]:
    def check(asking: bool) -> None:
        for seam in seams:
            seam.check(asking=asking)

    return check
