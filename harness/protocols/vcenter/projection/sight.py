"""What a vCenter knows: the world as its hosts last reported it."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from typing import TypeVar

from harness.records import replace
from harness.units import DeviceId, HostName, MachineId, SwitchId, VolumeId
from harness.world.aggregate import World
from harness.world.availability import Cluster
from harness.world.hosts import Connection, Host
from harness.world.machines import Machine
from harness.world.nas import Export
from harness.world.network import Switch
from harness.world.storage import Lun, Medium, NasVolume, Vmfs

K = TypeVar("K")
V = TypeVar("V")

UNTOLD = frozenset(
    {
        *("files", "saved", "facts", "writes", "writable"),
        *("late", "proxies", "launched", "resolved", "boots", "hushes", "next_world"),
        *("election", "restarts"),
    }
)
"""What no vCenter shows: of hosts and of what their volumes are on the files that are there, of hosts what they keep for
themselves, of clusters what their master keeps in memory."""
ACCESS = frozenset({"online", "presented"})
"""What of a LUN or export matters to those hosts alone that it is presented to."""


@dataclass(frozen=True)
class Datastore:
    """A datastore of a vCenter: its ``name`` there, and the LUN or export that it is on.

    ``identity`` is what makes it the volume that it is: its VMFS header, or server and share of an NFS datastore.
    """

    name: str
    medium: Medium
    identity: Vmfs | NasVolume


@dataclass(frozen=True)
class Sight:
    """One vCenter's knowledge. Of a host that it does not hear, and of that host's VMs, it keeps what it heard last.

    ``reach`` are the mounted volumes whose I/O a host gets answers to; ``silent`` are the hosts that it does not hear.
    ``datastores`` are on one of the copies of their volumes, such as a host reported.
    """

    center: str
    hosts: Mapping[HostName, Host] = field(default_factory=dict)
    machines: Mapping[MachineId, Machine] = field(default_factory=dict)
    reach: Mapping[HostName, frozenset[VolumeId]] = field(default_factory=dict)
    datastores: Mapping[VolumeId, Datastore] = field(default_factory=dict)
    luns: Mapping[DeviceId, Lun] = field(default_factory=dict)
    exports: Mapping[DeviceId, Export] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    switches: Mapping[SwitchId, Switch] = field(default_factory=dict)
    silent: frozenset[HostName] = frozenset()
    world: World | None = field(default=None, compare=False, repr=False)
    """Where it heard that, or one in which nothing was otherwise that it shows."""

    @property
    def heard(self) -> Set[HostName]:
        """The hosts that it hears."""
        return self.hosts.keys() - self.silent

    def machines_on(self, host: HostName) -> list[Machine]:
        """The VMs that it shows on a host."""
        return [m for m in self.machines.values() if m.host == host]

    def machines_by_volume(self) -> dict[VolumeId, list[Machine]]:
        """The VMs that need each volume, in the order of the inventory."""
        found: dict[VolumeId, list[Machine]] = {}
        for machine in self.machines.values():
            for volume in machine.needed:
                found.setdefault(volume, []).append(machine)
        return found

    def label(self, volume: VolumeId) -> str:
        """The name of a datastore; of a volume that no host has reported that in its header, or its UUID."""
        if volume in self.datastores:
            return self.datastores[volume].name
        return next((lun.vmfs.label for lun in self.luns.values() if lun.vmfs.id == volume), volume)

    def volume(self, label: str) -> VolumeId | None:
        """The volume of the datastore of that name; None where there is none."""
        return next((volume for volume, store in self.datastores.items() if store.name == label), None)

    def medium(self, device: DeviceId) -> Medium:
        """The LUN or export of that device."""
        return self.luns.get(device) or self.exports[device]

    def readable(self, machine: Machine) -> bool:
        """Whether the VM's host reached its configuration file when it was last heard."""
        return machine.vmx.volume in self.reach[machine.host]


def is_heard(host: Host) -> bool:
    """Whether vCenter takes in what a host has to say: it is connected, and the host speaks."""
    return host.connection is Connection.CONNECTED and host.speaks


def look(last: Sight, world: World, since: World | None = None) -> Sight:
    """What the vCenter knows once it has heard, in ``world``, the hosts that speak to it; ``last`` where that is no news.

    ``since`` is a later world than that of ``last``, in which there was no news.
    """
    old = since or last.world
    if old and not any(_news(last, old, world)):
        return last
    own = [host for host in world.hosts.values() if host.center == last.center]
    heard = {host.name for host in own if is_heard(host)}
    hosts = {host.name: host if host.name in heard else _seen_host(last, host) for host in own}
    seen = Sight(
        center=last.center,
        hosts=hosts,
        machines=_seen_machines(last, world, heard),
        reach={name: _reach(world, name) if name in heard else last.reach.get(name, frozenset()) for name in hosts},
        datastores=_datastores(last, world, hosts, heard),
        luns=world.luns if last.luns.keys() <= world.luns.keys() else {**last.luns, **world.luns},
        exports=world.exports,
        clusters={c.name: c for c in world.clusters.values() if c.center == last.center},
        switches={s.id: s for s in world.switches.values() if s.center == last.center},
        silent=frozenset(hosts.keys() - heard),
        world=world,
    )
    return _without_ghosts(seen, {lun.vmfs.id for lun in world.luns.values()})


def _news(last: Sight, old: World, now: World) -> Iterator[bool]:
    """Of each thing that is not what it was whether the vCenter shows it otherwise; hosts come first."""
    yield from (_host_is_news(last, *host) for host in _changed(old.hosts, now.hosts))
    heard = last.heard
    yield from (_machine_is_news(last, heard, *machine) for machine in _changed(old.machines, now.machines))
    yield from (_is_otherwise(*cluster, last.center) for cluster in _changed(old.clusters, now.clusters))
    yield from (_is_otherwise(*switch, last.center) for switch in _changed(old.switches, now.switches))
    yield from (_medium_is_news(heard, *lun) for lun in _changed(old.luns, now.luns))
    yield from (_medium_is_news(heard, *export) for export in _changed(old.exports, now.exports))


def _changed(before: Mapping[K, V], now: Mapping[K, V]) -> Iterator[tuple[V | None, V | None]]:
    """What is not the same record in both, as it was and as it is; None where it was not, or is no more."""
    if before is now:
        return
    for name, value in now.items():
        if (known := before.get(name)) is not value:
            yield known, value
    for name in before.keys() - now.keys():
        yield before[name], None


def _host_is_news(last: Sight, before: Host | None, now: Host | None) -> bool:
    """Of a host that is not heard the vCenter knows nothing new but what it says of the connection itself."""
    if before is None or now is None:
        return True
    if now.center != last.center:
        return False
    heard = is_heard(now)
    if heard is (now.name in last.silent):
        return True
    return bool(_otherwise(before, now)) if heard else now.connection is not before.connection


def _machine_is_news(last: Sight, heard: Set[HostName], before: Machine | None, now: Machine | None) -> bool:
    """Of a VM, too, whose host is not heard; but the vCenter itself knows whether it is protected."""
    if now is None:
        return before is not None and before.id in last.machines
    known = last.machines.get(now.id)
    return now.host in heard or (known is not None and known.protected != now.protected)


def _is_otherwise(before: Cluster | Switch | None, now: Cluster | Switch | None, center: str) -> bool:
    if before is None or now is None:
        return True
    return now.center == center and bool(_otherwise(before, now))


def _medium_is_news(heard: Set[HostName], before: Medium | None, now: Medium | None) -> bool:
    if before is None or now is None:
        return True
    otherwise = _otherwise(before, now)
    return not otherwise <= ACCESS or (bool(otherwise) and not heard.isdisjoint(before.presented | now.presented))


def _otherwise(before: object, now: object) -> set[str]:
    """What is another in two records, of what a vCenter may show."""
    known = vars(before)
    return {name for name, value in vars(now).items() if known[name] is not value and name not in UNTOLD}


def _seen_host(last: Sight, host: Host) -> Host:
    """One that is not heard, as the vCenter has it."""
    known = last.hosts.get(host.name, host)
    return known if known.connection is host.connection else replace(known, connection=host.connection)


def _seen_machines(last: Sight, world: World, heard: set[HostName]) -> dict[MachineId, Machine]:
    seen: dict[MachineId, Machine] = {}
    for machine in last.machines.values():
        now = world.machines.get(machine.id)
        if now is not None and now.host in heard:
            seen[machine.id] = now
        elif now is not None and now.protected != machine.protected:
            seen[machine.id] = replace(machine, protected=now.protected)
        elif now is not None or machine.host not in heard:
            seen[machine.id] = machine
    for machine in world.machines.values():
        if machine.host in heard:
            seen.setdefault(machine.id, machine)
    return seen


def _reach(world: World, name: HostName) -> frozenset[VolumeId]:
    return frozenset(volume for volume in world.hosts[name].mounts if world.usable(name, volume))


def _datastores(last: Sight, world: World, hosts: Mapping[HostName, Host], heard: set[HostName]) -> dict[VolumeId, Datastore]:
    """A datastore stays where it is while a host that is heard has the volume from there; else it moves to where one has it."""
    shown = dict(last.datastores)
    reports = [mount for name in hosts if name in heard for mount in hosts[name].reported.values()]
    for volume in dict.fromkeys(mount.volume for mount in reports):
        found = {mount.device: mount for mount in reports if mount.volume == volume}
        stays = volume in shown and shown[volume].medium.device in found
        mount = found[shown[volume].medium.device if stays else min(found)]
        medium = world.medium(mount.device)
        if mount.nas:
            name = shown[volume].name if volume in shown else _free_name(shown, mount.nas.label)
            shown[volume] = Datastore(name, medium, mount.nas)
        elif isinstance(medium, Lun) and medium.vmfs.id == volume:
            shown[volume] = Datastore(medium.vmfs.label, medium, medium.vmfs)
    return shown


def _free_name(shown: Mapping[VolumeId, Datastore], label: str) -> str:
    """A datastore whose name another one has in this vCenter gets a number there (from memory); its hosts' name stays."""
    taken = {store.name for store in shown.values()}
    numbered = (f"{label} ({number})" for number in itertools.count(1))
    return label if label not in taken else next(name for name in numbered if name not in taken)


def _without_ghosts(sight: Sight, held: set[VolumeId]) -> Sight:
    """A volume that is not among those that LUNs hold, that no host reports and no VM has files on, is no datastore any more."""
    if sight.datastores.keys() <= held:
        return sight
    used = {volume for machine in sight.machines.values() for volume in machine.needed}
    reported = {volume for host in sight.hosts.values() for volume in host.reported}
    return replace(sight, datastores={v: store for v, store in sight.datastores.items() if v in held | used | reported})
