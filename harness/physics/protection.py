"""vSphere HA's files on the datastores: the protected list and the hosts' heartbeats."""

from __future__ import annotations

from dataclasses import dataclass

from harness.physics.effects import After, Effects, Trigger
from harness.physics.laws import Laws
from harness.units import HostName, MachineId, VolumeId
from harness.world.availability import Cluster
from harness.world.hosts import FDM, Host
from harness.world.machines import Machine, MachineStarted, MachineStopped, ProtectionSet
from harness.world.storage import VolumeFile, VolumePath
from harness.world.volume_files import FileWritten

HA_FOLDER = ".vSphere-HA"
HEARTBEAT_DATASTORES = 2
"""How many datastores carry heartbeats by default (stated: HA deepdive)."""


def list_path(cluster: Cluster, volume: VolumeId) -> VolumeFile:
    """The protected list of a cluster on one datastore."""
    return VolumeFile(volume, f"{HA_FOLDER}/{cluster.folder}/protectedlist")


def heartbeat_path(cluster: Cluster, volume: VolumeId, host: HostName) -> VolumeFile:
    """The heartbeat file of a host on one datastore."""
    return VolumeFile(volume, f"{HA_FOLDER}/{cluster.folder}/{host}-hb")


def protect_soon(laws: Laws, event: MachineStarted) -> Effects:
    """VCenter has a VM that was powered on protected some time later."""
    machine = laws.world.machines[event.id]
    if laws.world.clusters[laws.host_of(machine).cluster].enabled:
        yield After("ha.protect", event.name, Protect(event.id))


@dataclass(frozen=True)
class Protect(Trigger):
    """The master puts a VM that runs on the protected list of its datastore."""

    machine: MachineId

    def fire(self, laws: Laws) -> Effects:
        """Without a master that reaches the datastore, or without vCenter, nobody does."""
        machine = laws.world.machines.get(self.machine)
        if machine and machine.running:
            yield from protect(laws, machine)


def protect(laws: Laws, machine: Machine) -> Effects:
    """Put a VM on the protected list, if its cluster has a master that reaches the datastore and vCenter is there to ask."""
    yield from _enlist(laws, laws.world.clusters[laws.host_of(machine).cluster], machine.vmx.volume, [machine])


def protect_all(laws: Laws, cluster: Cluster) -> Effects:
    """Put every VM of a cluster that runs on its protected list."""
    running: dict[VolumeId, list[Machine]] = {}
    for machine in laws.world.machines.values():
        if machine.running and laws.host_of(machine).cluster == cluster.name:
            running.setdefault(machine.vmx.volume, []).append(machine)
    for volume, machines in running.items():
        yield from _enlist(laws, cluster, volume, machines)


def _enlist(laws: Laws, cluster: Cluster, volume: VolumeId, machines: list[Machine]) -> Effects:
    place = _written_list(laws, cluster, volume)
    if place is None or not laws.world.centers[cluster.center].on:
        return
    listed = protected_on(laws, cluster, volume)
    missing = [machine.vmx.path for machine in machines if machine.vmx.path not in listed]
    if missing:
        yield _write_list(laws, place, [*listed, *missing])
    for machine in machines:
        if not machine.protected:
            yield ProtectionSet(machine.id, machine.name, True)


def machine_stopped(laws: Laws, event: MachineStopped) -> Effects:
    """A VM that was powered off cleanly is taken off the list; one that lost its host stays on it."""
    machine = laws.world.machines[event.id]
    if event.clean:
        yield from unprotect(laws, machine)


def unprotect(laws: Laws, machine: Machine) -> Effects:
    """Take a VM off the protected list."""
    cluster = laws.world.clusters[laws.host_of(machine).cluster]
    place = _written_list(laws, cluster, machine.vmx.volume)
    listed = protected_on(laws, cluster, machine.vmx.volume)
    if place and machine.vmx.path in listed:
        yield _write_list(laws, place, [path for path in listed if path != machine.vmx.path])
    if machine.protected:
        yield ProtectionSet(machine.id, machine.name, False)


def protected_machines(laws: Laws, cluster: Cluster) -> list[Machine]:
    """The VMs on every protected list that the master can read now, in the order of their names.

    A list belongs to the copy of a volume that the master has mounted; what is on it are paths on that volume.
    """
    if cluster.master is None:
        return []
    found = []
    for volume in laws.world.hosts[cluster.master].mounts:
        found += laws.world.machines_at(cluster.master, volume, protected_on(laws, cluster, volume))
    return sorted(found, key=lambda m: m.name)


def protected_on(laws: Laws, cluster: Cluster, volume: VolumeId) -> list[str]:
    """The ``.vmx`` paths on one protected list, as the master reads it; empty where it cannot."""
    if cluster.master is None:
        return []
    content = laws.read(cluster.master, list_path(cluster, volume))
    return content.decode().split("\n")[:-1] if content else []


def beat(laws: Laws, cluster: Cluster, host: Host) -> Effects:
    """A host whose agent runs keeps a heartbeat file on its first datastores, by their names (assumed)."""
    files = (heartbeat_path(cluster, volume, host.name) for volume in host.mounts)
    places = [
        (laws.world.label(host.name, file.volume), place) for file in files if (place := laws.world.writable(host.name, file))
    ]
    for _, place in sorted(places)[:HEARTBEAT_DATASTORES]:
        yield FileWritten(place.device, place.path, b"\0" * 512, laws.now)


def watched_on_datastores(laws: Laws, cluster: Cluster, host: HostName) -> bool:
    """Whether the master can look for heartbeats of ``host`` on a datastore."""
    if cluster.master is None:
        return False
    volumes = laws.world.hosts[cluster.master].mounts
    return any(laws.read(cluster.master, heartbeat_path(cluster, volume, host)) is not None for volume in volumes)


def beats_on_datastores(laws: Laws, cluster: Cluster, host: HostName) -> bool:
    """Whether the master finds that a host which it does not hear still keeps a heartbeat on a datastore that both reach."""
    if cluster.master is None or not laws.world.hosts[host].running:
        return False
    files = [heartbeat_path(cluster, volume, host) for volume in laws.world.hosts[cluster.master].mounts]
    return any(
        laws.read(cluster.master, file) is not None
        and laws.world.readable(cluster.master, file) == laws.world.writable(host, file)
        for file in files
    )


def _written_list(laws: Laws, cluster: Cluster, volume: VolumeId) -> VolumePath | None:
    """Where the master writes the protected list of a volume; None where there is no master, or none that can."""
    if cluster.master is None or FDM not in laws.world.hosts[cluster.master].agents:
        return None
    return laws.world.writable(cluster.master, list_path(cluster, volume))


def _write_list(laws: Laws, place: VolumePath, paths: list[str]) -> FileWritten:
    content = "".join(f"{path}\n" for path in paths).encode()
    return FileWritten(place.device, place.path, content, laws.now)
