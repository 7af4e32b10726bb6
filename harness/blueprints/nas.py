"""The names, exports and NFS datastores with which a lab starts."""

from __future__ import annotations

from harness.blueprints.model import GIB, Blueprint, NfsPlan
from harness.errors import LabError
from harness.physics import host_configuration, nas
from harness.physics.host_configuration import NAS_VOLUMES
from harness.physics.names import is_address
from harness.records import replace
from harness.releases import Release
from harness.world.aggregate import World
from harness.world.hosts import Host
from harness.world.names import NameServer, address_of
from harness.world.nas import Export, export_at, export_device
from harness.world.storage import Mount, NasVolume


def add_exports(world: World, blueprint: Blueprint) -> World:
    """``world`` with DNS and what each NAS exports; the NAS themselves come with the arrays."""
    world = replace(
        world,
        nameservers={plan.name: NameServer(plan.name, plan.site) for plan in blueprint.nameservers},
        zones={zone.name: zone for zone in blueprint.zones},
    )
    for plan in blueprint.exports:
        device = export_device(plan.array, plan.path)
        hosts = frozenset(plan.hosts)
        world = world.with_medium(Export(device, plan.array, plan.size * GIB, plan.path, presented=hosts, name=plan.label))
    return world


def add_nfs(world: World, blueprint: Blueprint, release: Release) -> World:
    """``world`` with its NFS datastores mounted: each leads where its server's name leads, and hosts keep it over a boot."""
    for plan in blueprint.nfs:
        mount = _mount(world, plan)
        for name in plan.hosts:
            world = world.with_host(_mounted(world.hosts[name], mount, release, world))
    return world


def _mount(world: World, plan: NfsPlan) -> Mount:
    volume = NasVolume(plan.label, plan.server, plan.share)
    address = plan.server if is_address(plan.server) else address_of(world, plan.server)
    export = export_at(world, address, plan.share)
    if export is None:
        raise LabError("blueprint", f"{plan.server} leads to no NAS that exports {plan.share}")
    return Mount(volume.id, export.device, nas=volume)


def _mounted(host: Host, mount: Mount, release: Release, world: World) -> Host:
    volume = mount.nas
    assert volume is not None  # noqa: S101 - as made above
    entries = nas.entries_of([*nas.configured(release, host), volume])
    now = release.epoch.value
    written = host_configuration.written(release, host, NAS_VOLUMES, entries, now)
    host = written.apply(world.with_host(host)).hosts[host.name]
    mounts = {**host.mounts, volume.id: mount}
    return replace(host, saved=host.files, mounts=mounts, reported=mounts)
