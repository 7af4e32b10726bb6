"""Linked clones on NFS datastores: the volume is the name of its server and its share, and so is the path to a parent."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import Refusal
from harness.operations import desktops, faults, hosts, machines, names, nas, registration, replication
from harness.units import VolumeId
from harness.world.names import Record, Zone
from harness.world.storage import NasVolume
from tests.view_api.desktop_block import LABELS, on_nas
from tests.world.desktop_scene import B1, Desks, make_desks

ALIAS, FAR = "nas.example", "198.51.100.100"


@pytest.fixture
def desks(tmp_path) -> Desks:
    return make_desks(tmp_path, on_nas())


def volume(label: str, server: str = ALIAS) -> VolumeId:
    return NasVolume(label, server, f"/vol/{label}").id


def repointed(zone: Zone) -> tuple[Record, ...]:
    return tuple(replace(record, value="nas-b.example") if record.name == ALIAS else record for record in zone.records)


def recovered(desks: Desks, **servers: str) -> None:
    """The host at the other site mounts the copies by the alias; a volume named here by another name of the same NAS."""
    desks.pass_minutes(20)
    desks.gateway.perform(faults.lose_site, "a")
    desks.gateway.perform(replication.break_replication, "cg-desktops")
    desks.gateway.perform(names.change, "example", repointed)
    desks.gateway.perform(hosts.exit_maintenance, B1)
    for label in LABELS:
        server = servers.get(label.replace("-", "_"), ALIAS)
        desks.gateway.perform(nas.add, B1, NasVolume(label, server, f"/vol/{label}"))


def test_a_chain_on_nfs_names_its_replica_by_the_identity_of_the_datastore_and_is_whole_under_the_same_name(desks):
    clone = desks.machine("desk-01")
    assert clone.needed == sorted(volume(label) for label in ("replica", "os-1", "persistent"))
    behind = f"/vmfs/volumes/{volume('replica')}/replica-office/replica-office.vmdk"
    assert f'parentFileNameHint="{behind}"' in desks.read(clone.host, clone.disks[0].file.absolute)
    desks.gateway.perform(desktops.write_file, clone.id, "a.txt", "kept")
    recovered(desks)
    desks.pass_minutes(15)
    machine = desks.machine("desk-01")
    assert (machine.running, machine.host) == (True, B1)
    assert desks.gateway.perform(desktops.read_files, machine.id) == {"a.txt": "kept"}


def test_a_replica_mounted_by_the_address_of_its_server_is_another_volume_and_breaks_the_chain(desks):
    recovered(desks, replica=FAR)
    desks.pass_minutes(15)
    assert not desks.machine("desk-01").running
    machine = desks.gateway.perform(registration.register_from_files, B1, desks.machine("desk-04").vmx)
    with pytest.raises(Refusal, match="The system cannot find the file specified") as caught:
        desks.gateway.perform(machines.power_on, machine.id)
    link = f"/vmfs/volumes/{volume('replica')}/replica-office/replica-office.vmdk"
    assert (caught.value.reason, caught.value.fields) == ("FileNotFound", {"file": link})
