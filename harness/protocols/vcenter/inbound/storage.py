"""Storage: rescans, mounts, and what hosts tell about them."""

from __future__ import annotations

from harness.operations import storage
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes
from harness.protocols.vcenter.link import Answer, Question, Results
from harness.protocols.vcenter.projection.sight import is_heard
from harness.units import VolumeId


def rescan(desk: Desk, question: Question) -> Answer:
    """RescanAllHba, RescanHba, RescanVmfs: all adapters and the volumes behind them."""
    desk.gateway.perform(storage.rescan, desk.heard(desk.asked_host(question)).name)
    return Results()


def refresh(desk: Desk, question: Question) -> Answer:
    """RefreshStorageSystem: the host tells vCenter what it has mounted."""
    desk.gateway.perform(storage.refresh, desk.heard(desk.asked_host(question)).name)
    return Results()


def refresh_datastore(desk: Desk, question: Question) -> Answer:
    """RefreshDatastore and RefreshDatastoreStorageInfo: each host that vCenter hears and that has the datastore tells of it."""
    volume = desk.directory.datastores.name(question.this.value)
    for host in list(desk.gateway.world.hosts.values()):
        if host.center == desk.directory.center and is_heard(host) and volume in host.mounts:
            desk.gateway.perform(storage.refresh, host.name)
    return Results()


def mount(desk: Desk, question: Question) -> Answer:
    """MountVmfsVolume."""
    host = desk.heard(desk.asked_host(question))
    desk.gateway.perform(storage.mount, host.name, VolumeId(str(question.args["vmfsUuid"])))
    desk.gateway.perform(storage.refresh, host.name)
    return Results()


def unmount(desk: Desk, question: Question) -> Answer:
    """UnmountVmfsVolume."""
    host = desk.heard(desk.asked_host(question))
    desk.gateway.perform(storage.unmount, host.name, VolumeId(str(question.args["vmfsUuid"])))
    desk.gateway.perform(storage.refresh, host.name)
    return Results()


ROUTES: Routes = {
    "RescanAllHba": Route("call", rescan),
    "RescanHba": Route("call", rescan),
    "RescanVmfs": Route("call", rescan),
    "RefreshStorageSystem": Route("call", refresh),
    "RefreshDatastore": Route("call", refresh_datastore),
    "RefreshDatastoreStorageInfo": Route("call", refresh_datastore),
    "MountVmfsVolume": Route("call", mount),
    "UnmountVmfsVolume": Route("call", unmount),
}
