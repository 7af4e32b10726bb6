"""NFS datastores: how a client has a host mount one, and take it away."""

from __future__ import annotations

from harness.errors import Refusal
from harness.operations import nas, storage
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes, moref
from harness.protocols.vcenter.link import Answer, Question, Results
from harness.world.storage import NasVolume

NFS_TYPES = {None, "", "NFS"}


def create(desk: Desk, question: Question) -> Answer:
    """CreateNasDatastore: NFS 3 alone is part of the lab; vCenter shows the datastore at once."""
    host, spec = desk.heard(desk.asked_host(question)), question.args["spec"]
    if spec.get("type") not in NFS_TYPES:
        raise Refusal("NotSupported", "spec", f"only NFS 3 can be mounted, not {spec['type']}")
    read_only = spec.get("accessMode") == "readOnly"
    volume = NasVolume(str(spec["localPath"]), str(spec["remoteHost"]), str(spec["remotePath"]), read_only)
    desk.gateway.perform(nas.add, host.name, volume)
    desk.gateway.perform(storage.refresh, host.name)
    return Results(desk.directory.datastores.object(volume.id))


def remove(desk: Desk, question: Question) -> Answer:
    """RemoveDatastore, of an NFS datastore: not while VMs that are registered on the host need it, running or not (assumed)."""
    host = desk.heard(desk.asked_host(question))
    volume = desk.directory.datastores.name(moref(question.args["datastore"]))
    mount = host.mounts.get(volume)
    label = desk.mirror.sight.label(volume)
    if mount is None or mount.nas is None:
        raise Refusal("NotFound", label, f"{host.name} has no NFS datastore {label}")
    for machine in desk.gateway.world.machines_on(host.name):
        if volume in machine.volumes:
            raise Refusal("ResourceInUse", label, f"{machine.name} needs {label}", {"type": "Datastore", "name": label})
    desk.gateway.perform(nas.remove, host.name, mount.nas.label)
    desk.gateway.perform(storage.refresh, host.name)
    return Results()


ROUTES: Routes = {"CreateNasDatastore": Route("call", create), "RemoveDatastore": Route("call", remove)}
