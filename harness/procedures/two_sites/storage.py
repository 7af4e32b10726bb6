"""Replicated volumes: their consistency groups at the arrays, and their LUNs on the hosts of both sites."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from itertools import chain
from typing import cast

from harness.probes.arrays import ArrayClient, GroupView, LunView
from harness.probes.failures import Absent, Unmet
from harness.probes.listings import CopyListed, VolumeMapped, read_copies, read_mappings
from harness.procedures.job import Job
from harness.procedures.model import Notes
from harness.procedures.two_sites import sites
from harness.procedures.two_sites.sites import PROTECTED, RECOVERY, Side, array_at, missing_from

MASKED = "mask-originals"
"""The step in which a fail-back writes down who could reach the originals."""
REPLICATING, BROKEN = "replicating", "broken"
LISTED, MAPPED = "esxcfg-volume -l", "esxcfg-scsidevs -m"
RESCAN = "esxcfg-rescan -A"


def group_at(job: Job, side: Side) -> GroupView:
    """The consistency group of the step as its array at one site shows it."""
    return array_at(job, side, job.subject).group(job.subject)


def luns(job: Job, side: Side, *names: str) -> list[LunView]:
    """The LUNs, or exports, at one site of these consistency groups; raises ``Absent`` for a group that has none there."""
    arrays = {name: array_at(job, side, name) for name in names}
    shown = {array: array.luns() for array in dict.fromkeys(arrays.values())}
    for name, array in arrays.items():
        known = tuple(sorted({lun.group for lun in shown[array] if lun.group}))
        if name not in known:
            raise Absent("consistency group", name, array.name, known)
    return [lun for name in names for lun in shown[arrays[name]] if lun.group == name]


def tenant_luns(job: Job, side: Side) -> list[LunView]:
    """The LUNs of the tenants at one site."""
    return luns(job, side, *sites.lun_groups(job.site))


def mapped(job: Job, host: str) -> dict[str, VolumeMapped]:
    """By device, the VMFS volumes that a host has mounted."""
    return {volume.device: volume for volume in read_mappings(job.operator.shell(host).run(MAPPED).succeeded().output)}


def listed(job: Job, host: str) -> dict[str, CopyListed]:
    """By device, the copies of VMFS volumes that a host lists."""
    copies = read_copies(job.operator.shell(host).run(LISTED).succeeded().output)
    return {device: copy for copy in copies for device in copy.devices}


def note_moments(job: Job) -> Notes:
    """Which moment of the protected site the replicas hold: what was written after it is lost."""
    shown = group_at(job, RECOVERY)
    return {"state": shown.state, "completed": moment_of(shown), "reason": shown.reason}


def moment_of(group: GroupView) -> str:
    """The moment of the sources that the copies hold, to the second, in UTC."""
    return f"{group.completed:%Y-%m-%d %H:%M:%S} UTC" if group.completed else "no whole moment"


def break_group(job: Job) -> None:
    """Make the replicas LUNs of their own, and writable."""
    _separate(job, array_at(job, RECOVERY, job.subject), RECOVERY)


def _separate(job: Job, array: ArrayClient, side: Side) -> None:
    if array.group(job.subject).state != BROKEN:
        array.act(job.subject, "break")
    for lun in luns(job, side, job.subject):
        if not lun.writable:
            array.make_writable(lun.device)


def see_target(side: Side) -> Callable[[Job], str]:
    """The array of that site holds the copies of the group."""

    def see(job: Job) -> str:
        shown, array = group_at(job, side), array_at(job, side, job.subject).name
        if shown.target_array != array:
            raise Unmet(job.subject, f"copies on {array}", [(array, f"copies on {shown.target_array}")])
        return f"{shown.state}, as of {moment_of(shown)}"

    return see


def see_broken(side: Side) -> Callable[[Job], str]:
    """The group is broken, with its copies at that site, and hosts may write to them."""

    def see(job: Job) -> str:
        shown, array = group_at(job, side), array_at(job, side, job.subject).name
        closed = [lun.name for lun in luns(job, side, job.subject) if not lun.writable]
        if (shown.state, shown.target_array) != (BROKEN, array) or closed:
            found = f"{shown.state} with copies on {shown.target_array}, read-only: {', '.join(closed) or 'none'}"
            raise Unmet(job.subject, f"broken, and writable on {array}", [(array, found)])
        return f"broken since {shown.since:%H:%M:%S}; {array} lets hosts write"

    return see


def see_replicating(side: Side) -> Callable[[Job], str]:
    """The group is copied to the array of that site, which holds a whole moment."""

    def see(job: Job) -> str:
        shown, array = group_at(job, side), array_at(job, side, job.subject).name
        if (shown.state, shown.target_array) != (REPLICATING, array) or shown.completed is None:
            found = f"{shown.state} to {shown.target_array} since {shown.since:%H:%M:%S} ({shown.reason or 'no reason given'})"
            raise Unmet(job.subject, f"replicating to {array}", [(array, found)])
        return f"replicating to {array}, as of {moment_of(shown)}"

    return see


def present_to(side: Side) -> Callable[[Job], None]:
    """Let the hosts of the cluster of that site, and those that did before the fail-back, reach what the group has there."""

    def present(job: Job) -> None:
        for lun in luns(job, side, job.subject):
            hosts = _meant(job, side, lun)
            if missing_from(hosts, lun.presented):
                array_at(job, side, job.subject).present(lun.device, hosts)

    return present


def _meant(job: Job, side: Side, lun: LunView) -> list[str]:
    """Which hosts may reach a LUN: where it has been masked, those that could before."""
    noted = job.notes.get(f"{MASKED} {job.subject}", {}) if side == PROTECTED else {}
    return sorted({*sites.resource_hosts(job.site, side), *cast("Sequence[str]", noted.get(lun.device, ()))})


def see_presented(side: Side) -> Callable[[Job], str]:
    """Those hosts may reach those LUNs."""

    def see(job: Job) -> str:
        meant = {lun: _meant(job, side, lun) for lun in luns(job, side, job.subject)}
        lacking = {lun.name: lost for lun, hosts in meant.items() if (lost := missing_from(hosts, lun.presented))}
        told = f"presented to {', '.join(sorted({*chain(*meant.values())}))}"
        if lacking:
            raise Unmet(job.subject, told, [("the array", f"not to: {lacking}")])
        return told

    return see


def note_presented(job: Job) -> Notes:
    """By the device of each original, the hosts that may reach it."""
    return {lun.device: list(lun.presented) for lun in luns(job, PROTECTED, job.subject)}


def mask_originals(job: Job) -> None:
    """Keep all hosts from the originals."""
    for lun in luns(job, PROTECTED, job.subject):
        array_at(job, PROTECTED, job.subject).mask(lun.device)


def see_masked(job: Job) -> str:
    """No host may reach the originals."""
    open_to = {lun.name: lun.presented for lun in luns(job, PROTECTED, job.subject) if lun.presented}
    if open_to:
        raise Unmet(job.subject, "originals that are masked from all hosts", [("the array", f"presented: {open_to}")])
    return "no host may reach the originals"


def withdraw_copies(job: Job) -> None:
    """Mask the copies at the recovery site, where the array does not present them beforehand."""
    array = array_at(job, RECOVERY, job.subject)
    if not array.presents_beforehand():
        for lun in luns(job, RECOVERY, job.subject):
            array.mask(lun.device, sites.recovery_hosts(job.site))


def see_withdrawn(job: Job) -> str:
    """The copies are masked from the recovery hosts, or presented read-only where that is how the array works."""
    if array_at(job, RECOVERY, job.subject).presents_beforehand():
        return f"presented beforehand, read-only: {see_presented('recovery')(job)}"
    hosts = sites.recovery_hosts(job.site)
    open_to = {lun.name: kept for lun in luns(job, RECOVERY, job.subject) if (kept := sorted({*hosts} & {*lun.presented}))}
    if open_to:
        raise Unmet(job.subject, "copies that are masked from the recovery hosts", [("the array", f"presented: {open_to}")])
    return "masked from the recovery hosts"


def reverse_to(side: Side) -> Callable[[Job], None]:
    """Have the group copied to the array of that site from now on; what is not yet so is begun."""

    def reverse(job: Job) -> None:
        array = array_at(job, side, job.subject)
        if array.group(job.subject).target_array != array.name:
            array.act(job.subject, "reverse")

    return reverse


def separate_originals(job: Job) -> None:
    """Bring the last changes to the originals, and make these LUNs of their own."""
    array = array_at(job, PROTECTED, job.subject)
    if array.group(job.subject).state == REPLICATING:
        array.act(job.subject, "synchronise")
    _separate(job, array, PROTECTED)


def rescan(job: Job) -> None:
    """Rescan all adapters of the host."""
    job.operator.shell(job.subject).run(RESCAN).succeeded()


def see_copies(job: Job) -> str:
    """The host lists every copy as one that it can mount, or has it mounted."""
    copies, mounts = listed(job, job.subject), mapped(job, job.subject)
    bad = [
        f"{lun.name} ({_obstacle(copies.get(lun.device))})"
        for lun in tenant_luns(job, RECOVERY)
        if lun.device not in mounts
        if not (lun.device in copies and copies[lun.device].mountable)
    ]
    if bad:
        raise Unmet(job.subject, "a copy of each volume that can be mounted", [(LISTED, f"trouble with {', '.join(bad)}")])
    return ", ".join(sorted({copy.label for copy in copies.values()}))


def _obstacle(copy: CopyListed | None) -> str:
    return copy.reason if copy else "not listed"


def mount_copies(job: Job) -> None:
    """Mount each copy that is not mounted yet, with its signature kept, until the next boot."""
    copies, mounts = listed(job, job.subject), mapped(job, job.subject)
    for lun in tenant_luns(job, RECOVERY):
        if lun.device in mounts:
            continue
        if lun.device not in copies:
            raise Absent("copy of a volume", f"{lun.name} ({lun.device})", f"the list of {job.subject}", tuple(copies))
        job.operator.shell(job.subject).run(f"esxcfg-volume -m {shlex.quote(copies[lun.device].volume)}").succeeded()


def unmount_copies(job: Job) -> None:
    """Unmount each copy, with what the host would mount again by itself: a scan before and one after bring that to light."""
    rescan(job)
    mounts = mapped(job, job.subject)
    for lun in tenant_luns(job, RECOVERY):
        if lun.device in mounts:
            job.operator.shell(job.subject).run(f"esxcfg-volume -u {shlex.quote(mounts[lun.device].volume)}").succeeded()
    rescan(job)
