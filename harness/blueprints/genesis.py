"""The world in which a lab starts: its hosts run, and everything that was to be saved is saved."""

from __future__ import annotations

from harness.blueprints.model import GIB, Blueprint, HostPlan, VolumePlan
from harness.blueprints.nas import add_exports, add_nfs
from harness.blueprints.replication import add_replication
from harness.physics.chance import Chance
from harness.releases import Release
from harness.units import DeviceId, HostName, Instant, VolumeId
from harness.world.aggregate import World
from harness.world.availability import Center, Cluster
from harness.world.hosts import ESX_CONF, HOSTD, VPXA, Connection, Host, HostFile, HostPower
from harness.world.services import Service
from harness.world.sites import Site
from harness.world.storage import Lun, Mount, Vmfs


def initial_world(blueprint: Blueprint, release: Release, chance: Chance) -> World:
    """The world of ``blueprint`` at the release's epoch: hosts up, volumes mounted; no switches and no VMs yet.

    Switches and VMs come by the operations that make them, so that they exist in vCenter and in the world alike. The hosts'
    periodic work begins when the engine is told that they have booted.
    """
    now = release.epoch.value
    luns = [_lun(plan, blueprint, release, chance) for plan in blueprint.volumes]
    hosts = [_host(plan, blueprint, luns, now, chance) for plan in blueprint.hosts]
    world = World(
        sites={plan.name: Site(plan.name, _arrays(blueprint, plan.name)) for plan in blueprint.sites},
        centers={plan.name: Center(plan.name, site=plan.site) for plan in blueprint.centers},
        services={plan.name: Service(plan.name, plan.kind) for plan in blueprint.services},
        clusters={plan.name: Cluster(plan.name, plan.center, _folder(plan.center, chance)) for plan in blueprint.clusters},
        hosts={host.name: host for host in hosts},
        luns={lun.device: lun for lun in luns},
    )
    world = add_replication(add_exports(world, blueprint), blueprint.arrays, blueprint.replication, chance, now)
    return add_nfs(world, blueprint, release)


def _arrays(blueprint: Blueprint, site: str) -> frozenset[str]:
    """The arrays at a site: those that say so, or whose volumes were presented to hosts of this site alone."""
    if blueprint.arrays:
        return frozenset(plan.name for plan in blueprint.arrays if plan.site == site)
    sites = {host.name: host.site for host in blueprint.hosts}
    seen: dict[str, set[str]] = {}
    for volume in blueprint.volumes:
        seen.setdefault(volume.array, set()).update(sites[name] for name in volume.hosts or sites)
    return frozenset(array for array, places in seen.items() if places == {site})


def _folder(center: str, chance: Chance) -> str:
    """A folder name in the form of ``FDM-A5A4D38B-...-47025-5d273f4-VC01`` (stated: HA deepdive)."""
    uuid = "-".join(chance.hex(digits) for digits in (8, 4, 4, 4, 12)).upper()
    return f"FDM-{uuid}-{chance.number(1, 999)}-{chance.hex(7)}-{center.partition('.')[0]}"


def _lun(plan: VolumePlan, blueprint: Blueprint, release: Release, chance: Chance) -> Lun:
    device = DeviceId(f"naa.6000c29{chance.hex(25)}")
    created = release.epoch.value.replace(day=1)
    stamp = f"{int(created.timestamp()):08x}-{chance.hex(8)}-{chance.hex(4)}-005056{chance.hex(6)}"
    version = release.text("vmfs-version")
    vmfs = Vmfs(VolumeId(stamp), plan.label, version, device, created)
    hosts = plan.hosts or tuple(host.name for host in blueprint.hosts)
    return Lun(device, plan.array, plan.size * GIB, vmfs, presented=frozenset(hosts), name=plan.label)


def _host(plan: HostPlan, blueprint: Blueprint, luns: list[Lun], now: Instant, chance: Chance) -> Host:
    name = HostName(plan.name)
    seen = [lun for lun in luns if name in lun.presented]
    mounts = {lun.vmfs.id: Mount(lun.vmfs.id, lun.device) for lun in seen}
    files = {ESX_CONF: HostFile(f'/adv/Misc/HostName = "{plan.name}"\n'.encode(), now, 0o600)}
    return Host(
        name=name,
        center=blueprint.center_of(plan),
        cluster=plan.cluster,
        address=plan.address,
        site=plan.site,
        mac=f"00:50:56:{chance.hex(2)}:{chance.hex(2)}:{chance.hex(2)}",
        power=HostPower.ON,
        boots=1,
        maintenance=plan.maintenance,
        booted=now,
        agents=frozenset({HOSTD, VPXA}),
        connection=Connection.CONNECTED,
        files=files,
        saved=files,
        devices=frozenset(lun.device for lun in seen),
        mounts=mounts,
        reported=mounts,
    )
