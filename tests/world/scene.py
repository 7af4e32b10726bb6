"""A small world without wires: three hosts, two datastores, one switch, and VMs that a test asks for."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from harness.blueprints import initial_world, load_blueprint
from harness.gateway import Gateway
from harness.journal import Journal
from harness.operations import availability, hosts, machines, network
from harness.physics.chance import Chance
from harness.physics.engine import Process
from harness.physics.laws import Laws
from harness.releases import Release, load
from harness.units import HostName, MachineId, PortKey, SwitchId, minutes
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World
from harness.world.availability import Announced
from harness.world.events import Event
from harness.world.machines import DvBacking, Machine, Nic, StandardBacking
from harness.world.network import Binding, Switch
from harness.world.proxies import HostPort
from harness.world.storage import Lun, VolumeFile, VolumePath
from tests.world.replay import Replay

SWITCH = SwitchId("6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa")
NAMES = [HostName(f"esx0{n}.lab.example") for n in (1, 2, 3)]


GROUPS = (
    network.GroupSpec("dvportgroup-1", "uplinks", size=0, uplink=True),
    network.GroupSpec("dvportgroup-2", "production", size=16),
    network.GroupSpec("dvportgroup-3", "ephemeral", Binding.EPHEMERAL),
    network.GroupSpec("dvportgroup-4", "dynamic", Binding.DYNAMIC, size=2),
    network.GroupSpec("dvportgroup-5", "narrow", size=1, auto_expand=False),
)


@dataclass
class Scene:
    """A world in motion, with short names for what tests ask of it."""

    gateway: Gateway
    announced: list[Announced] = field(default_factory=list)
    serial: itertools.count[int] = field(default_factory=itertools.count)
    known: dict[str, Machine] = field(default_factory=dict)
    hasty: bool = False
    asked: list[Process[Any]] = field(default_factory=list)

    def note(self, events: list[Event], _world: object) -> None:
        self.announced += [e for e in events if isinstance(e, Announced)]

    def lun(self, label: str) -> Lun:
        return next(lun for lun in self.gateway.world.luns.values() if lun.vmfs.label == label)

    def machine(self, name: str) -> Machine:
        return next(m for m in self.gateway.world.machines.values() if m.name == name)

    def add(self, name: str, host: int = 1, datastore: str = "vmfs01", group: str = "production", *, on: bool = True) -> Machine:
        """A VM with one vNIC on ``group`` (``VM Network``: the standard switch)."""
        number = next(self.serial)
        uuid = f"42{number:06x}-0000-0000-0000-000000000000"
        key = next((g.key for g in self.gateway.world.switches[SWITCH].groups.values() if g.name == group), "")
        backing = DvBacking(SWITCH, key) if key else StandardBacking(group)
        nic = Nic(4000, f"00:50:56:aa:00:{number:02x}", backing)
        mount = self.gateway.world.mounted(NAMES[host - 1], datastore)
        vmx = VolumeFile(mount.volume if mount else self.lun(datastore).vmfs.id, f"{name}/{name}.vmx")
        self.gateway.perform(machines.register, Machine(MachineId(uuid), uuid, name, NAMES[host - 1], vmx, (nic,)))
        if on:
            self.gateway.perform(machines.power_on, MachineId(uuid))
        return self.machine(name)

    def nic(self, name: str) -> Nic:
        return self.machine(name).nics[0]

    def port(self, name: str) -> PortKey:
        backing = self.nic(name).backing
        assert isinstance(backing, DvBacking)
        assert backing.port
        return backing.port

    def host_port(self, name: str) -> HostPort:
        host = self.gateway.world.hosts[self.machine(name).host]
        return host.proxies[SWITCH].ports[self.port(name)]

    def port_file(self, name: str) -> VolumeFile:
        return self.machine(name).vmx.at(f".dvsData/{SWITCH}/{self.port(name)}")

    def place(self, file: VolumeFile) -> VolumePath:
        """Where the bytes of a file are while its volume is on one LUN only."""
        return VolumePath(next(lun.device for lun in self.gateway.world.luns.values() if lun.vmfs.id == file.volume), file.path)

    def has_file(self, file: VolumeFile) -> bool:
        try:
            self.gateway.store.read(self.place(file))
        except FileNotFoundError:
            return False
        return True

    def pass_minutes(self, count: float) -> None:
        self.gateway.pass_time(minutes(count))

    def lose_host(self, name: str = "web01") -> None:
        """The host of a VM loses its power."""
        self.gateway.perform(hosts.cut_power, self.machine(name).host)

    def restart_services(self, host: HostName) -> None:
        """``services.sh restart``, until the agents answer again."""
        self.gateway.perform(hosts.restart_services, host)
        assert self.gateway.wait_until(lambda world: world.hosts[host].speaks, minutes(1))

    def kinds(self) -> list[str]:
        return [a.kind for a in self.announced]


def make_scene(
    folder: Path,
    release: str | Release = "5.0",
    *,
    ha: bool = False,
    seed: int = 1,
    source: str | Path = "three-hosts",
    change: Callable[[World], World] = lambda world: world,
) -> Scene:
    """A scene whose volumes lie in ``folder``; every event in it is followed by a check of the invariants."""
    facts = load(release) if isinstance(release, str) else release
    blueprint, chance = load_blueprint(source), Chance(seed)
    world = change(initial_world(blueprint, facts, chance))
    laws = Laws(world, facts, DirectoryStore(folder), chance, facts.epoch.value)
    gateway = Gateway(laws, Journal(lambda: laws.now, lambda: 0.0))
    scene = Scene(gateway)
    gateway.listen(scene.note)
    gateway.listen(Replay(world).follow)
    gateway.perform(hosts.wake)
    connect_hosts(gateway)
    gateway.perform(availability.configure, "cluster01", enabled=ha)
    gateway.pass_time(minutes(2))
    return scene


def connect_hosts(gateway: Gateway) -> None:
    """The switch that all hosts are members of, with its port groups."""
    gateway.perform(network.create_switch, Switch(SWITCH, "dvs-prod", "vc01.lab.example"))
    for group in GROUPS:
        gateway.perform(network.add_group, SWITCH, group)
    for name in NAMES:
        gateway.perform(network.join, SWITCH, name)
        gateway.perform(hosts.save_configuration, name)
