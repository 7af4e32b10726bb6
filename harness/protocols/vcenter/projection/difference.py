"""What is shown otherwise once a vCenter knows something else than before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Set
from dataclasses import dataclass
from functools import cached_property
from operator import attrgetter
from typing import TypeVar

from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.devices import Shelf
from harness.protocols.vcenter.projection.facts import Fact, Showing
from harness.protocols.vcenter.projection.hosts import OF_CLUSTER, OF_HOST, show_availability, show_host, show_machines
from harness.protocols.vcenter.projection.machines import show_connection, show_machine
from harness.protocols.vcenter.projection.network import show_group, show_holders, show_switch
from harness.protocols.vcenter.projection.sight import Sight
from harness.protocols.vcenter.projection.storage import show_access, show_storage, show_use
from harness.units import DeviceId, HostName, MachineId, SwitchId, VolumeId
from harness.world.hosts import Host
from harness.world.machines import Machine
from harness.world.network import Switch

K = TypeVar("K")
V = TypeVar("V")


def show_use_of_all(sight: Sight, directory: Directory) -> Iterator[Fact]:
    """Which VMs need each datastore."""
    needing = sight.machines_by_volume()
    return (show_use(directory, volume, needing.get(volume, ())) for volume in sight.datastores)


def show_network(sight: Sight, directory: Directory, switch: Switch) -> Iterator[Fact]:
    """All that is shown of a distributed switch and its port groups, where there is one."""
    if directory.switches.find(switch.id) is None:
        return
    yield from show_switch(directory, switch)
    for group in switch.groups.values():
        if directory.groups.find(group.key):
            yield from show_group(sight, directory, switch, group)


@dataclass(frozen=True)
class Difference:
    """Two sights of a vCenter; ``discovered`` are VMs that it shows from now on, and knew before or not.

    Of what neither sight nor the directory has otherwise nothing is looked at.
    """

    before: Sight
    now: Sight
    discovered: Set[MachineId]
    directory: Directory
    shelf: Shelf

    def shown(self) -> Iterator[Showing]:
        """What may be shown otherwise."""
        if self.now is not self.before:
            yield from self._hosts()
            yield from self._machines()
            yield from self._access()
            yield from self._use()
            yield from self._networks()

    @cached_property
    def _switched(self) -> Set[HostName]:
        """The hosts that are heard no more, or again."""
        return self.before.silent ^ self.now.silent

    @cached_property
    def _bearing(self) -> Set[HostName]:
        """The hosts that do not bear their VMs, or have their volumes, as before."""
        reach = changed(self.before.reach, self.now.reach, key=_itself)
        return changed(self.before.hosts, self.now.hosts, key=attrgetter("connection", "reported")) | reach | self._switched

    @cached_property
    def _others(self) -> Set[MachineId]:
        """The VMs that are otherwise than before, or were not shown."""
        return changed(self.before.machines, self.now.machines) | self.discovered

    @cached_property
    def _come_and_gone(self) -> Set[MachineId]:
        return (self.before.machines.keys() ^ self.now.machines.keys()) | self.discovered

    @cached_property
    def _media(self) -> Set[DeviceId]:
        """The LUNs and exports that serve others than before, or hold another volume."""
        luns = changed(self.before.luns, self.now.luns, key=attrgetter("online", "presented", "vmfs"))
        return luns | changed(self.before.exports, self.now.exports, key=attrgetter("online", "presented"))

    def _hosts(self) -> Iterator[Showing]:
        hosts = changed(self.before.hosts, self.now.hosts, key=OF_HOST) | self._switched
        reach = changed(self.before.reach, self.now.reach, key=_itself)
        clusters = changed(self.before.clusters, self.now.clusters, key=OF_CLUSTER)
        moved = self._differing(lambda machine: machine.host) | self.discovered
        bearers = {machine.host for name in moved for machine in self._versions(name)}
        for host in self.now.hosts.values():
            if host.name in hosts:
                yield from show_host(self.now, self.directory, host)
                continue
            if host.cluster in clusters:
                yield show_availability(self.now, self.directory, host)
            if host.name in bearers:
                yield show_machines(self.now, self.directory, host)
            if host.name in reach or self._has_other_media(host):
                yield from show_storage(self.now, self.directory, host)

    def _has_other_media(self, host: Host) -> bool:
        media = self._media
        return bool(media) and not (
            media.isdisjoint(host.devices) and media.isdisjoint(mount.device for mount in host.reported.values())
        )

    def _machines(self) -> Iterator[Showing]:
        whole = self._whole()
        for machine in self.now.machines.values():
            if not (machine.id in whole or machine.host in self._bearing) or not self.directory.machines.find(machine.id):
                continue
            if machine.id in whole:
                yield from show_machine(self.now, self.directory, self.shelf, machine)
            else:
                yield show_connection(self.now, self.directory, machine)

    def _whole(self) -> Set[MachineId]:
        """The VMs of which more is looked at than what follows from their hosts."""
        renamed, groups, heard_again = self._renamed(), self._renamed_groups(), self.before.silent - self.now.silent
        if not (renamed or groups or heard_again):
            return self._others
        machines = self.now.machines.values()
        again = {m.id for m in machines if m.host in heard_again or not renamed.isdisjoint(m.needed)}
        return self._others | again | {m.id for m in machines if not groups.isdisjoint(m.port_groups)}

    def _renamed(self) -> Set[VolumeId]:
        """The volumes whose datastores may be called otherwise, as paths of files begin with that name."""
        stores = changed(self.before.datastores, self.now.datastores, key=attrgetter("name"))
        luns = changed(self.before.luns, self.now.luns, key=attrgetter("vmfs"))
        return stores | {sight.luns[lun].vmfs.id for sight in (self.before, self.now) for lun in luns if lun in sight.luns}

    def _renamed_groups(self) -> Set[str]:
        """The port groups that are called otherwise: guests tell their networks by name."""
        others = changed(self.before.switches, self.now.switches)
        return changed(_group_names(self.before, others), _group_names(self.now, others), key=_itself)

    def _access(self) -> Iterator[Showing]:
        """Of datastores that hosts which are not as before have mounted, or had."""
        bearing = [sight.hosts[name] for sight in (self.before, self.now) for name in self._bearing if name in sight.hosts]
        fresh = self.now.datastores.keys() - self.before.datastores.keys()
        volumes = fresh | {volume for host in bearing for volume in host.reported}
        return (show for v in self.now.datastores if v in volumes for show in show_access(self.now, self.directory, v))

    def _use(self) -> Iterator[Fact]:
        fresh = self.now.datastores.keys() - self.before.datastores.keys()
        if fresh or self._come_and_gone or self._differing(attrgetter("vmx", "disks")):
            yield from show_use_of_all(self.now, self.directory)

    def _networks(self) -> Iterator[Fact]:
        for switch in self.now.switches.values():
            if switch is not self.before.switches.get(switch.id):
                yield from show_network(self.now, self.directory, switch)
            elif self._come_and_gone:
                groups = [group for group in switch.groups.values() if self.directory.groups.find(group.key)]
                yield from (show_holders(self.now, self.directory, switch, group) for group in groups)

    def _differing(self, key: Callable[[Machine], object]) -> set[MachineId]:
        """The VMs that only one of both sights knows, or that differ in what ``key`` tells of them."""
        versions = ((name, [key(machine) for machine in self._versions(name)]) for name in self._others)
        return {name for name, told in versions if len(told) != 2 or told[0] != told[1]}

    def _versions(self, machine: MachineId) -> Iterator[Machine]:
        for sight in (self.before, self.now):
            if machine in sight.machines:
                yield sight.machines[machine]


def _group_names(sight: Sight, switches: Set[SwitchId]) -> dict[str, str]:
    known = [sight.switches[switch] for switch in switches if switch in sight.switches]
    return {key: group.name for switch in known for key, group in switch.groups.items()}


def changed(before: Mapping[K, V], now: Mapping[K, V], key: Callable[[V], object] = id) -> set[K]:
    """The names whose values are others than before, or that one of both lacks; ``key`` tells what counts of a value."""
    if before is now:
        return set()
    found = {name for name, value in now.items() if (known := before.get(name)) is not value and _is_other(known, value, key)}
    return found | (before.keys() - now.keys())


def _is_other(known: V | None, value: V, key: Callable[[V], object]) -> bool:
    return known is None or key(known) != key(value)


def _itself(value: V) -> V:
    return value
