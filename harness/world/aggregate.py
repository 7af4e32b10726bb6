"""The one aggregate of simulated state. It is frozen: an event answers with the next world."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from harness.records import replace
from harness.units import DeviceId, HostName, MachineId, SwitchId, VolumeId
from harness.world.availability import Center, Cluster
from harness.world.cloud import Cloud
from harness.world.desktops import View
from harness.world.events import drop, put
from harness.world.hosts import Host
from harness.world.machines import Machine, Power
from harness.world.names import NameServer, Zone
from harness.world.nas import Export
from harness.world.network import Switch
from harness.world.recovery import ProtectionGroup, RecoveryPlan, RecoveryServer
from harness.world.replication import Array, ReplicationGroup
from harness.world.services import Service
from harness.world.sites import Site
from harness.world.storage import Lun, Medium, Mount, Vmfs, VolumeFile, VolumePath

VOLUMES = "/vmfs/volumes/"


@dataclass(frozen=True)
class World:
    """Everything that exists in a lab, by name or id."""

    arrays: Mapping[str, Array] = field(default_factory=dict)
    centers: Mapping[str, Center] = field(default_factory=dict)
    clouds: Mapping[str, Cloud] = field(default_factory=dict)
    clusters: Mapping[str, Cluster] = field(default_factory=dict)
    exports: Mapping[DeviceId, Export] = field(default_factory=dict)
    hosts: Mapping[HostName, Host] = field(default_factory=dict)
    luns: Mapping[DeviceId, Lun] = field(default_factory=dict)
    machines: Mapping[MachineId, Machine] = field(default_factory=dict)
    nameservers: Mapping[str, NameServer] = field(default_factory=dict)
    plans: Mapping[str, RecoveryPlan] = field(default_factory=dict)
    protection: Mapping[str, ProtectionGroup] = field(default_factory=dict)
    recovery_servers: Mapping[str, RecoveryServer] = field(default_factory=dict)
    replication: Mapping[str, ReplicationGroup] = field(default_factory=dict)
    switches: Mapping[SwitchId, Switch] = field(default_factory=dict)
    services: Mapping[str, Service] = field(default_factory=dict)
    sites: Mapping[str, Site] = field(default_factory=dict)
    views: Mapping[str, View] = field(default_factory=dict)
    zones: Mapping[str, Zone] = field(default_factory=dict)

    def with_center(self, center: Center) -> World:
        """The world with ``center`` added or replaced; the other ``with_`` methods do the same for their kind."""
        return replace(self, centers=put(self.centers, center.name, center))

    def with_array(self, array: Array) -> World:
        """See :meth:`with_center`."""
        return replace(self, arrays=put(self.arrays, array.name, array))

    def with_cloud(self, cloud: Cloud) -> World:
        """See :meth:`with_center`."""
        return replace(self, clouds=put(self.clouds, cloud.name, cloud))

    def with_cluster(self, cluster: Cluster) -> World:
        """See :meth:`with_center`."""
        return replace(self, clusters=put(self.clusters, cluster.name, cluster))

    def with_group(self, group: ReplicationGroup) -> World:
        """See :meth:`with_center`."""
        return replace(self, replication=put(self.replication, group.name, group))

    def with_host(self, host: Host) -> World:
        """See :meth:`with_center`."""
        return replace(self, hosts=put(self.hosts, host.name, host))

    def with_lun(self, lun: Lun) -> World:
        """See :meth:`with_center`."""
        return replace(self, luns=put(self.luns, lun.device, lun))

    def with_medium(self, medium: Medium) -> World:
        """See :meth:`with_center`; for a LUN or an export."""
        if isinstance(medium, Export):
            return replace(self, exports=put(self.exports, medium.device, medium))
        assert isinstance(medium, Lun)  # noqa: S101 - there is no third kind
        return self.with_lun(medium)

    def with_machine(self, machine: Machine) -> World:
        """See :meth:`with_center`."""
        return replace(self, machines=put(self.machines, machine.id, machine))

    def without_machine(self, machine: MachineId) -> World:
        """The world without that VM."""
        return replace(self, machines=drop(self.machines, machine))

    def with_plan(self, plan: RecoveryPlan) -> World:
        """See :meth:`with_center`."""
        return replace(self, plans=put(self.plans, plan.name, plan))

    def with_protection(self, group: ProtectionGroup) -> World:
        """See :meth:`with_center`."""
        return replace(self, protection=put(self.protection, group.name, group))

    def with_recovery_server(self, server: RecoveryServer) -> World:
        """See :meth:`with_center`."""
        return replace(self, recovery_servers=put(self.recovery_servers, server.name, server))

    def with_switch(self, switch: Switch) -> World:
        """See :meth:`with_center`."""
        return replace(self, switches=put(self.switches, switch.id, switch))

    def with_service(self, service: Service) -> World:
        """See :meth:`with_center`."""
        return replace(self, services=put(self.services, service.name, service))

    def with_site(self, site: Site) -> World:
        """See :meth:`with_center`."""
        return replace(self, sites=put(self.sites, site.name, site))

    def with_view(self, view: View) -> World:
        """See :meth:`with_center`."""
        return replace(self, views=put(self.views, view.name, view))

    def with_zone(self, zone: Zone) -> World:
        """See :meth:`with_center`."""
        return replace(self, zones=put(self.zones, zone.name, zone))

    def medium(self, device: DeviceId) -> Medium:
        """The LUN or export of that device; KeyError where there is none."""
        return self.luns.get(device) or self.exports[device]

    def machines_on(self, host: HostName) -> list[Machine]:
        """The VMs registered on a host, in the order of their Vmids."""
        vmids = self.hosts[host].vmids
        return [self.machines[m] for m in sorted(vmids, key=lambda m: vmids[m])]

    def members(self, cluster: str) -> list[Host]:
        """The hosts of a cluster, in inventory order."""
        return [h for h in self.hosts.values() if h.cluster == cluster]

    def usable(self, host: HostName, volume: VolumeId) -> bool:
        """Whether ``host`` has the volume mounted and its I/O gets answers."""
        mount = self.hosts[host].mounts.get(volume)
        return mount is not None and self.medium(mount.device).serves(host)

    def copy(self, host: HostName, file: VolumeFile) -> VolumePath | None:
        """Where the bytes of a file are for ``host``: there from where it has mounted the volume. None where it has not."""
        mount = self.hosts[host].mounts.get(file.volume)
        return VolumePath(mount.device, file.path) if mount else None

    def readable(self, host: HostName, file: VolumeFile) -> VolumePath | None:
        """Where ``host`` reads a file; None where its I/O to the volume gets no answers. The file need not exist."""
        mount = self.hosts[host].mounts.get(file.volume)
        return VolumePath(mount.device, file.path) if mount and self.medium(mount.device).serves(host) else None

    def writable(self, host: HostName, file: VolumeFile) -> VolumePath | None:
        """Where ``host`` writes a file; None where it cannot: no mount, no answers, or it or its LUN is read-only."""
        mount = self.hosts[host].mounts.get(file.volume)
        if mount is None or (mount.nas and mount.nas.read_only):
            return None
        medium = self.medium(mount.device)
        return VolumePath(mount.device, file.path) if medium.writable and medium.serves(host) else None

    def opens(self, machine: Machine, place: VolumePath | None) -> bool:
        """Whether a VM has that file open while it runs, on the copy that its host has mounted; no place is no file."""
        if place is None:
            return False
        return any(self.copy(machine.host, file) == place for file in machine.files if file.path == place.path)

    def holders(self, place: VolumePath) -> list[Machine]:
        """The VMs that run and have that file open."""
        running = (machine for machine in self.machines.values() if machine.power is Power.ON)
        return [machine for machine in running if machine.has_file(place.path) and self.opens(machine, place)]

    def header(self, host: HostName, volume: VolumeId) -> Vmfs | None:
        """The VMFS header of a volume as ``host`` reads it: of the copy that it has mounted, then of one on a device that it
        knows, then of any. None where no LUN holds the volume any more.
        """
        known = self.hosts[host]
        mount = known.mounts.get(volume)
        held = sorted(d for d, lun in self.luns.items() if lun.vmfs.id == volume)
        nearest = [*([mount.device] if mount and not mount.nas else []), *(d for d in held if d in known.devices), *held]
        return self.luns[nearest[0]].vmfs if nearest else None

    def label(self, host: HostName, volume: VolumeId) -> str:
        """The name of a volume as ``host`` has it; where that does not know one, as others do. Its identity where nobody does."""
        known = (h.mounts.get(volume) or h.reported.get(volume) for h in (self.hosts[host], *self.hosts.values()))
        mount = next((mount for mount in known if mount and mount.nas), None)
        header = self.header(host, volume)
        return mount.nas.label if mount and mount.nas else header.label if header else volume

    def named(self, mount: Mount) -> str:
        """The name of the datastore that a mount gives a host."""
        return mount.nas.label if mount.nas else self.luns[mount.device].vmfs.label

    def mounted(self, host: HostName, name: str) -> Mount | None:
        """The mount that ``host`` shows under ``/vmfs/volumes/<name>``, where ``name`` is a volume's identity or label."""
        mounts = self.hosts[host].mounts
        return mounts.get(VolumeId(name)) or next((m for m in mounts.values() if self.named(m) == name), None)

    def locate(self, host: HostName, path: str) -> VolumeFile | None:
        """What an absolute ``/vmfs/volumes/<name>/...`` path means on ``host``; None if no such volume is mounted there."""
        if not path.startswith(VOLUMES):
            return None
        name, _, rest = path.removeprefix(VOLUMES).partition("/")
        mount = self.mounted(host, name)
        return VolumeFile(mount.volume, rest.strip("/")) if mount else None

    def machine_at(self, host: HostName, vmx: VolumeFile) -> Machine | None:
        """The registered VM whose configuration file this is for ``host``: one vCenter's, as none knows the VMs of another.

        A VM that runs from another copy of the volume, mounted by another host, is another VM. One whose own host has the
        volume not mounted may be the same; where both exist, it is the one on the same copy.
        """
        return next(iter(self.machines_at(host, vmx.volume, [vmx.path])), None)

    def machines_at(self, host: HostName, volume: VolumeId, paths: Sequence[str]) -> list[Machine]:
        """The VMs whose configuration files these are on one volume, in their order: see :meth:`machine_at`."""
        named: dict[str, list[Machine]] = {path: [] for path in paths}
        for machine in self.machines.values():
            if machine.vmx.path in named and machine.vmx.volume == volume:
                named[machine.vmx.path].append(machine)
        return [found for path in paths if (found := self._nearest(host, VolumeFile(volume, path), named[path]))]

    def _nearest(self, host: HostName, vmx: VolumeFile, machines: list[Machine]) -> Machine | None:
        place, found, center = self.copy(host, vmx), None, self.hosts[host].center
        for machine in [m for m in machines if self.hosts[m.host].center == center]:
            there = self.copy(machine.host, vmx)
            if there == place:
                return machine
            if there is None or place is None:
                found = found or machine
        return found
