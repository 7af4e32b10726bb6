"""What hosts have mounted of the tenants' volumes: VMFS volumes from LUNs, and NFS datastores from a NAS."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeAlias

from harness.probes.failures import Unmet
from harness.probes.names import Names
from harness.probes.nas import NfsDatastores
from harness.probes.storage import unread
from harness.procedures.job import Job
from harness.procedures.two_sites import sites
from harness.procedures.two_sites.sites import Side, nas_at
from harness.procedures.two_sites.storage import luns, mapped, tenant_luns


@dataclass(frozen=True)
class Volume:
    """A datastore that a host has mounted: where it is under ``/vmfs/volumes``, from what, and its consistency group."""

    label: str
    path: str
    source: str
    group: str

    def __str__(self) -> str:
        return f"{self.label} from {self.source}"


@dataclass(frozen=True)
class Mounts:
    """What a host has of the tenants' volumes at one site, and which it lacks."""

    here: tuple[Volume, ...]
    lost: tuple[str, ...]


Kind: TypeAlias = Callable[[Job, Side, str], Mounts]


def from_luns(job: Job, side: Side, host: str) -> Mounts:
    """What a host has mounted from the LUNs at that site."""
    wanted = tenant_luns(job, side)
    found = mapped(job, host) if wanted else {}
    here = [(lun, found[lun.device]) for lun in wanted if lun.device in found]
    volumes = [Volume(volume.label, volume.volume, volume.device, lun.group) for lun, volume in here]
    return Mounts(tuple(volumes), tuple(lun.name for lun in wanted if lun.device not in found))


def from_nas(job: Job, side: Side, host: str) -> Mounts:
    """What a host has mounted from the NAS at that site, by the alias: its mounts look the same whichever NAS they lead to."""
    nas = sites.recovered(job.site).nas
    if nas is None:
        return Mounts((), ())
    stores, target = NfsDatastores(job.operator), nas_at(nas, side)
    connected = Names(job.operator).address(target) in stores.servers(host)
    listed = {store.label: store for store in stores.listed(host) if connected and store.mounted and store.server == nas.alias}
    groups = {export.path: export.group for export in luns(job, side, *nas.groups)}
    here = {label: share for label, share in nas.shares.items() if label in listed and listed[label].share == share}
    volumes = [Volume(label, label, f"{target}:{share}", groups.get(share, "")) for label, share in here.items()]
    return Mounts(tuple(volumes), tuple(label for label in nas.shares if label not in here))


KINDS: tuple[Kind, ...] = (from_luns, from_nas)


def mounts(job: Job, side: Side, host: str, kinds: Iterable[Kind] = KINDS) -> Mounts:
    """What a host has mounted from that site, of these kinds."""
    found = [kind(job, side, host) for kind in kinds]
    return Mounts(tuple(v for each in found for v in each.here), tuple(label for each in found for label in each.lost))


def see_mounted(side: Side, *kinds: Kind) -> Callable[[Job], str]:
    """The host has every volume of the tenants mounted from that site, and reads it."""

    def see(job: Job) -> str:
        found = mounts(job, side, job.subject, kinds or KINDS)
        unseen = unread(job.operator.shell(job.subject), {each.label: each.path for each in found.here})
        blind = [each.label for each in found.here if each.label in unseen]
        if found.lost or blind:
            expected = f"every volume mounted from the array of the {side} site"
            raise Unmet(job.subject, expected, [("its shell", f"not {', '.join([*found.lost, *blind])}")])
        return describe(found)

    return see


def see_unmounted(side: Side, *kinds: Kind) -> Callable[[Job], str]:
    """The host has nothing of the tenants mounted from that site."""

    def see(job: Job) -> str:
        found = mounts(job, side, job.subject, kinds or KINDS)
        if found.here:
            raise Unmet(job.subject, f"nothing mounted from the array of the {side} site", [("its shell", describe(found))])
        return f"nothing is mounted from the array of the {side} site"

    return see


def see_in_vcenter(side: Side, *kinds: Kind) -> Callable[[Job], str]:
    """The cluster's vCenter shows the host's datastores as accessible."""

    def see(job: Job) -> str:
        here, stores = mounts(job, side, job.subject, kinds or KINDS).here, sites.look_at_datastores(job).datastores.values()
        shown = {name: store for store in stores for name in (store.name, store.volume)}
        lost = [each.label for each in here if each.path not in shown or not shown[each.path].accessible.get(job.subject)]
        if lost or not here:
            found = f"not accessible there: {', '.join(lost) or 'any volume of the tenants'}"
            raise Unmet(job.subject, "its datastores accessible", [("vCenter", found)])
        return ", ".join(each.label for each in here)

    return see


def describe(found: Mounts) -> str:
    """What is mounted, in one line."""
    return ", ".join(map(str, found.here)) or "no volume"
