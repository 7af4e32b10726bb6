"""What comes and goes without a client: VMs and datastores that hosts report, and what has left the world."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from harness.protocols.vcenter.album import Course
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.orders import Call, Change
from harness.protocols.vcenter.projection.devices import HARDWARE, Shelf, datastore_path
from harness.protocols.vcenter.projection.sight import Datastore, Sight
from harness.protocols.vcenter.projection.storage import describe_datastore, show_mounts
from harness.units import MachineId, VolumeId
from harness.volume_store import DirectoryStore
from harness.world.machines import Machine
from harness.world.storage import VolumePath


class Growth:
    """Keeps vcsim's objects in step with what a vCenter knows: it calls vcsim's own methods, as the agent."""

    def __init__(self, console: Console, directory: Directory, shelf: Shelf, course: Course) -> None:
        self._console, self._directory, self._shelf, self._course = console, directory, shelf, course

    def follow(self, before: Sight, now: Sight) -> list[str]:
        """Create and remove; returns the MoRef values of what is gone."""
        if now is before:
            return []
        self._console.set(self._keep_datastores(before, now))
        gone = [m for m in before.machines if m not in now.machines]
        removed = [self._remove_machine(m) for m in gone if self._directory.machines.find(m)]
        self._discover(now, list(self._newcomers(now)))
        return [*removed, *self._remove_datastores(before, now), *self._remove_groups(before, now)]

    def _keep_datastores(self, before: Sight, now: Sight) -> list[Change]:
        """A datastore whose hosts have the volume from elsewhere than before is the same one with other bytes behind it."""
        moved = [volume for volume, shown in now.datastores.items() if _is_elsewhere(before.datastores.get(volume), shown)]
        urls = {volume: self._view(now, volume) for volume in moved}
        fresh = [volume for volume in moved if self._directory.datastores.find(volume) is None]
        self._add_datastores(now, {volume: urls[volume] for volume in fresh})
        changes: list[Change] = []
        for volume, url in urls.items():
            shown = now.datastores[volume]
            reports = (host.reported[volume] for host in now.hosts.values() if volume in host.reported)
            mount = next((mount for mount in reports if mount.device == shown.medium.device), None)
            changes.extend(describe_datastore(self._directory.datastores.object(volume), shown, url, mount))
        return [*changes, *self._stores()] if fresh else changes

    def _view(self, now: Sight, volume: VolumeId) -> str:
        center, device = now.center, now.datastores[volume].medium.device
        return str(self._course.lay(lambda store: store.view(center, volume, device)))

    def _add_datastores(self, now: Sight, urls: Mapping[VolumeId, str]) -> None:
        """Each by a host that reports it."""
        reporters = {volume: next(host.name for host in now.hosts.values() if volume in host.reported) for volume in urls}
        made = self._console.call(
            (self._directory.parts[host].datastores, "CreateLocalDatastore", {"name": now.label(volume), "path": urls[volume]})
            for volume, host in reporters.items()
        )
        for volume, store in zip(urls, made, strict=True):
            self._directory.datastores.bind(volume, store)

    def _stores(self) -> Iterator[Change]:
        """Each cluster has all datastores."""
        stores = list(self._directory.datastores.all().values())
        for cluster in self._directory.clusters.all().values():
            yield cluster, "datastore", stores

    def _remove_datastores(self, before: Sight, now: Sight) -> Iterator[str]:
        gone = [volume for volume in before.datastores if volume not in now.datastores]
        for volume in gone:
            store = self._directory.datastores.object(volume)
            self._directory.datastores.forget(volume)
            self._console.set([(store, "vm", [])])
            self._console.call([(store, "Destroy_Task", {})])
            yield str(store._moId)
        if gone:
            self._console.set(self._stores())

    def _newcomers(self, now: Sight) -> Iterator[Machine]:
        """The VMs that vcsim can take in: from a datastore that it has on the VM's host, and the first with that path there."""
        known = self._directory.machines.all()
        unknown = [machine for machine in now.machines.values() if machine.id not in known]
        shown = {machine.vmx for machine in now.machines.values() if machine.id in known} if unknown else set()
        for machine in unknown:
            reported = machine.vmx.volume in now.hosts[machine.host].reported
            if reported and machine.vmx not in shown and now.readable(machine):
                shown.add(machine.vmx)
                yield machine

    def _remove_machine(self, machine: MachineId) -> str:
        shown = self._directory.machines.object(machine)
        self._directory.machines.forget(machine)
        self._shelf.drop(machine)
        self._console.set([(shown, "runtime.powerState", "poweredOff")])
        self._console.call([(shown, "UnregisterVM", {})])
        return str(shown._moId)

    def _remove_groups(self, before: Sight, now: Sight) -> list[str]:
        gone = []
        for switch in now.switches.values():
            old = before.switches.get(switch.id)
            for key in (old.groups.keys() if old else set()) - switch.groups.keys():
                shown = self._directory.groups.find(key)
                if shown:
                    self._directory.groups.forget(key)
                    self._console.call([(shown, "Destroy_Task", {})])
                    gone.append(key)
        return gone

    def _discover(self, sight: Sight, machines: list[Machine]) -> None:
        """Hosts report VMs that somebody registered there: vcsim is told to register them, beside the files that it wants."""
        if not machines:
            return
        made = {machine.id: shown for machine in machines if (shown := self._directory.made.pop(machine.name, None))}
        others = [machine for machine in machines if machine.id not in made]
        hosts = [sight.hosts[name] for name in {machine.host: None for machine in others}]
        mounts = [fact for host in hosts for fact in show_mounts(sight, self._directory, host)]
        self._console.set(change for fact in mounts for change in fact.changes(None))
        registered = self._register(sight, others)
        devices = self._devices([*list(made.values())[:1], *registered.values()])
        alike = next(iter(devices.values()))  # those that were made beforehand are so: see Builder.create_machines
        for machine in machines:
            shown = made.get(machine.id) or registered[machine.id]
            self._directory.machines.bind(machine.id, shown)
            self._shelf.keep(machine.id, devices.get(shown._moId, alike))

    def _devices(self, machines: list[Managed]) -> dict[str, list[Any]]:
        """The devices of VMs as vcsim has them, by MoRef value."""
        found = self._console.read_all(machines, HARDWARE)
        return {shown._moId: list(part[HARDWARE]) for shown, part in zip(machines, found, strict=True)}

    def _register(self, sight: Sight, machines: list[Machine]) -> dict[MachineId, Managed]:
        made = self._console.call([self._registration(sight, machine) for machine in machines])
        return {machine.id: shown for machine, shown in zip(machines, made, strict=True)}

    def _registration(self, sight: Sight, machine: Machine) -> Call:
        for name in (f"{machine.name}.nvram", "vmware.log"):
            file = VolumePath(sight.datastores[machine.vmx.volume].medium.device, (machine.vmx.parent / name).path)
            self._course.lay(partial(_provide, file))
        host, pools = sight.hosts[machine.host], self._directory.pools
        args = {"path": datastore_path(sight, machine.vmx), "name": machine.name, "asTemplate": False}
        where = {"pool": pools.object(host.cluster), "host": self._directory.hosts.object(host.name)}
        return self._directory.folders["vmFolder"], "RegisterVM_Task", {**args, **where}


def _provide(file: VolumePath, store: DirectoryStore) -> None:
    if not store.has(file):
        store.write(file, b"")


def _is_elsewhere(known: Datastore | None, shown: Datastore) -> bool:
    return known is None or (known.medium.device, known.identity) != (shown.medium.device, shown.identity)
