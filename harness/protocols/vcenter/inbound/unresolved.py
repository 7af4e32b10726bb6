"""Unresolved VMFS volumes: which a host sees, and how a client has them resolved."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pyVmomi import vim

from harness.errors import Refusal
from harness.operations import storage, unresolved
from harness.protocols.vcenter.faults import translate
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes
from harness.protocols.vcenter.link import Answer, Question, Results
from harness.protocols.vcenter.projection.sight import is_heard
from harness.protocols.vcenter.projection.storage import persist_of, vmfs_volume
from harness.protocols.vcenter.values import encode_fault
from harness.units import DeviceId, HostName, VolumeId
from harness.world.hosts import Connection
from harness.world.storage import Lun
from harness.world.unresolved import Reason, Unresolved, unresolved_volumes

MIB = 2**20


def query(desk: Desk, question: Question) -> Answer:
    """QueryUnresolvedVmfsVolume(s): the copies that a host sees, those that it has mounted by force among them (quoted)."""
    host = desk.heard(desk.asked_host(question))
    return Results(*[_volume(found) for found in unresolved_volumes(desk.gateway.world, host)])


def _volume(found: Unresolved) -> Any:  # noqa: ANN401 - pyvmomi's run-time classes
    """Of several copies a host cannot tell which is meant: such a volume is shown as unresolvable (public backup scripts)."""
    status = vim.host.UnresolvedVmfsVolume.ResolveStatus(
        resolvable=found.unmountable is None or found.unresignaturable is None,
        incompleteExtents=False,
        multipleCopies=len(found.copies) > 1,
    )
    return vim.host.UnresolvedVmfsVolume(
        extent=[_extent(lun, number) for number, lun in enumerate(found.copies)],
        vmfsUuid=found.vmfs.id,
        vmfsLabel=found.vmfs.label,
        totalBlocks=found.copies[0].size // MIB,
        resolveStatus=status,
    )


def _extent(lun: Lun, number: int) -> Any:  # noqa: ANN401
    return vim.host.UnresolvedVmfsExtent(
        device=vim.host.ScsiDisk.Partition(diskName=lun.device, partition=1),
        devicePath=f"/vmfs/devices/disks/{lun.device}:1",
        vmfsUuid=lun.vmfs.id,
        isHeadExtent=True,
        ordinal=number,
        startBlock=0,
        endBlock=lun.size // MIB - 1,
        reason="diskIdMismatch",
    )


def resolve(desk: Desk, question: Question) -> Answer:
    """ResolveMultipleUnresolvedVmfsVolumes: on this host alone; each specification has a result or a fault of its own."""
    host = desk.heard(desk.asked_host(question)).name
    specs = question.args["resolutionSpec"]
    if any(spec["uuidResolution"] not in {"forceMount", "resignature"} for spec in specs):
        raise Refusal("InvalidArgument", "resolutionSpec.uuidResolution", "forceMount or resignature is wanted")
    return Results(*[_result(desk, question, host, spec) for spec in specs])


def _result(desk: Desk, question: Question, host: HostName, spec: Mapping[str, Any]) -> dict[str, Any]:
    result = {"_typeName": "HostUnresolvedVmfsResolutionResult", "spec": spec}
    try:
        copy = _copy(desk, host, spec)
        act = _force_mount if spec["uuidResolution"] == "forceMount" else _resignature
        volume = act(desk, host, copy)
    except Refusal as refusal:
        said = translate(refusal, question.this)
        fault = {"fault": encode_fault(said.fault, said.fields), "localizedMessage": said.message}
        return {**result, "fault": {"_typeName": "LocalizedMethodFault", **fault}}
    desk.gateway.perform(storage.refresh, host)
    world = desk.gateway.world
    lun, persist = world.luns[copy.device], persist_of(world.hosts[host].mounts.get(volume))
    return {**result, "vmfs": vmfs_volume(lun.vmfs, lun.device, lun.size, persist)}


def _copy(desk: Desk, host: HostName, spec: Mapping[str, Any]) -> Lun:
    """The copy that a specification names by its head extent."""
    path = next(iter(spec["extentDevicePath"] or []), "")
    world, device = desk.gateway.world, DeviceId(path.rpartition("/")[2].partition(":")[0])
    if device not in world.hosts[host].devices or world.luns[device].resolved:
        raise Refusal("NotFound", path, f"{host} knows no unresolved volume on {path}")
    return world.luns[device]


def _force_mount(desk: Desk, host: HostName, copy: Lun) -> VolumeId:
    """VCenter has no volume mounted twice in a datacenter, from whichever LUN (quoted: HostUnresolvedVmfsVolume).

    Hosts that do not respond do not count, and what a client mounts so is mounted again at boot (both assumed).
    """
    volume = copy.vmfs.id
    for other in desk.gateway.world.hosts.values():
        if other.center != desk.directory.center or other.name == host or other.connection is not Connection.CONNECTED:
            continue
        if volume in other.reported:
            place = f"on {other.name} in datacenter {desk.directory.datacenter_name}"
            raise Refusal(unresolved.FAULTS[Reason.MOUNTED], volume, f"volume {volume} is mounted {place}")
    desk.gateway.perform(unresolved.force_mount, host, volume, copy.device, persistent=True)
    return volume


def _resignature(desk: Desk, host: HostName, copy: Lun) -> VolumeId:
    return desk.gateway.perform(unresolved.resignature, host, copy.vmfs.id, copy.device)


def resignature(desk: Desk, question: Question) -> Answer:
    """ResignatureUnresolvedVmfsVolume_Task: afterwards vCenter has the other hosts that see the LUN mount the volume (quoted)."""
    host = desk.heard(desk.asked_host(question)).name
    copy = _copy(desk, host, question.args["resolutionSpec"])
    volume = _resignature(desk, host, copy)
    desk.gateway.perform(storage.refresh, host)
    others = [h for h in desk.gateway.world.hosts.values() if h.center == desk.directory.center and is_heard(h)]
    seeing = [other.name for other in others if other.name != host and copy.device in other.devices]
    for name in seeing:
        desk.gateway.perform(storage.rescan_volumes, name)
    rescans = [vim.host.VmfsRescanResult(host=desk.directory.hosts.object(name)) for name in [host, *seeing]]
    return Results(vim.host.ResignatureRescanResult(rescan=rescans, result=desk.directory.datastores.object(volume)))


def unmount_forced(desk: Desk, question: Question) -> Answer:
    """UnmountForceMountedVmfsVolume: of a copy that is mounted with its signature kept."""
    host, volume = desk.heard(desk.asked_host(question)), VolumeId(str(question.args["vmfsUuid"]))
    mount = host.mounts.get(volume)
    if mount is None or not mount.forced:
        raise Refusal("NotFound", volume, f"no copy of volume {volume} is mounted on {host.name}")
    desk.gateway.perform(storage.unmount, host.name, volume)
    desk.gateway.perform(storage.refresh, host.name)
    return Results()


ROUTES: Routes = {
    "QueryUnresolvedVmfsVolume": Route("call", query),
    "QueryUnresolvedVmfsVolumes": Route("call", query),
    "ResolveMultipleUnresolvedVmfsVolumes": Route("call", resolve),
    "ResignatureUnresolvedVmfsVolume_Task": Route("call", resignature),
    "UnmountForceMountedVmfsVolume": Route("call", unmount_forced),
}
