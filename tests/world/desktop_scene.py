"""The world of a small place with View, without wires."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from harness.blueprints import initial_world, place_all
from harness.gateway import Gateway
from harness.journal import Journal
from harness.operations import faults, files, hosts, replication, storage, unresolved
from harness.physics.chance import Chance
from harness.physics.laws import Laws
from harness.releases import load
from harness.units import HostName, VolumeId, minutes
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World
from harness.world.availability import Announced
from harness.world.events import Event
from harness.world.machines import Machine
from harness.world.storage import Lun
from tests.view_api.desktop_block import BLUEPRINT, blueprint
from tests.world.replay import Replay

A1, A2, B1 = (HostName(f"esx-{name}.example") for name in ("a1", "a2", "b1"))


@dataclass
class Desks:
    """A desktop block in motion, with short names for what tests ask of it."""

    gateway: Gateway
    announced: list[Announced] = field(default_factory=list)

    def note(self, events: list[Event], _world: World) -> None:
        self.announced += [event for event in events if isinstance(event, Announced)]

    def told(self, kind: str, name: str) -> list[str]:
        """What events of this kind in vCenter's history say of a VM."""
        return [each.message for each in self.announced if each.kind == kind and each.machine == self.machine(name).id]

    @property
    def world(self) -> World:
        return self.gateway.world

    def machine(self, name: str) -> Machine:
        return next(m for m in self.world.machines.values() if m.name == name)

    def lun(self, label: str, array: str = "array-a") -> Lun:
        return next(lun for lun in self.world.luns.values() if (lun.name, lun.array) == (label, array))

    def volume(self, label: str) -> VolumeId:
        return self.lun(label).vmfs.id

    def read(self, host: HostName, path: str) -> str:
        """A text file, as a host reads it."""
        file = self.world.locate(host, path)
        place = file and self.world.readable(host, file)
        assert place is not None
        return self.gateway.store.read(place).decode()

    def write(self, host: HostName, path: str, content: str) -> None:
        self.gateway.perform(files.write, host, path, content.encode())

    def pass_minutes(self, count: float) -> None:
        self.gateway.pass_time(minutes(count))


def make_desks(folder: Path, text: str = BLUEPRINT) -> Desks:
    """The world as a lab opens it; every event in it is followed by a check of the invariants."""
    plan, facts, chance = blueprint(folder, text), load("5.0"), Chance(1)
    world = initial_world(plan, facts, chance)
    laws = Laws(world, facts, DirectoryStore(folder), chance, facts.epoch.value)
    gateway = Gateway(laws, Journal(lambda: laws.now, lambda: 0.0))
    gateway.listen(Replay(world).follow)
    gateway.perform(hosts.wake)
    gateway.perform(place_all, plan)
    gateway.perform(hosts.save_all)
    gateway.perform(replication.begin)
    desks = Desks(gateway)
    gateway.listen(desks.note)
    return desks


def recovered(desks: Desks, *resignatured: str, settle: bool = True) -> None:
    """The site of the desktops is lost, and the host at the other one gets the copies: by force, but for those resignatured.

    ``settle`` lets a cycle of replication end first.
    """
    if settle:
        desks.pass_minutes(20)
    desks.gateway.perform(faults.lose_site, "a")
    desks.gateway.perform(replication.break_replication, "cg-desktops")
    desks.gateway.perform(hosts.exit_maintenance, B1)
    copies = [desks.lun(label, "array-b") for label in ("replica", "os-1", "os-2", "persistent")]
    for copy in copies:
        desks.gateway.perform(replication.make_writable, copy.device)
        desks.gateway.perform(storage.present, copy.device, frozenset({B1}))
    desks.gateway.perform(storage.rescan, B1)
    for copy in copies:
        if copy.name in resignatured:
            desks.gateway.perform(unresolved.resignature, B1, copy.vmfs.id)
        else:
            desks.gateway.perform(unresolved.force_mount, B1, copy.vmfs.id, persistent=False)
