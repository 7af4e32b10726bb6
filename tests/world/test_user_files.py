"""What users keep on persistent disks: real bytes, so that a user finds at the other site what was replicated, and no more."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import desktops, files, hosts, machines, storage
from harness.physics import user_files
from tests.world.desktop_scene import A2, B1, Desks, make_desks, recovered


@pytest.fixture
def desks(tmp_path) -> Desks:
    return make_desks(tmp_path)


def keep(desks: Desks, name: str, text: str, desktop: str = "desk-01") -> None:
    desks.gateway.perform(desktops.write_file, desks.machine(desktop).id, name, text)


def found(desks: Desks, desktop: str = "desk-01") -> dict[str, str]:
    return desks.gateway.perform(desktops.read_files, desks.machine(desktop).id)


@pytest.mark.parametrize("kept", [{}, {"a.txt": "x", "b.txt": ""}, {"ä": 'zwei\nZeilen\n€ \\ "'}])
def test_files_are_read_as_they_are_written(kept):
    assert user_files.unpack(user_files.pack(kept)) == kept


@pytest.mark.parametrize("content", [None, b"", b"\0\0\0", b"[1, 2]", b"\xff\xfe"])
def test_a_disk_that_holds_no_files_holds_none(content):
    assert user_files.unpack(content) == {}


def test_each_desktop_has_its_own_files_and_keeps_them_when_it_starts_again(desks):
    keep(desks, "a.txt", "first")
    keep(desks, "a.txt", "second")
    keep(desks, "b.txt", "other", "desk-02")
    assert found(desks) == {"a.txt": "second"}
    assert found(desks, "desk-02") == {"b.txt": "other"}
    desks.gateway.perform(machines.power_off, desks.machine("desk-01").id)
    with pytest.raises(Refusal, match="the agent in desk-01 does not answer") as caught:
        found(desks)
    assert caught.value.reason == "GuestOperationsUnavailable"
    desks.gateway.perform(machines.power_on, desks.machine("desk-01").id)
    with pytest.raises(Refusal, match="does not answer"):
        keep(desks, "c.txt", "too early")
    desks.pass_minutes(3)
    assert found(desks) == {"a.txt": "second"}


def test_a_desktop_that_lost_the_paths_to_its_persistent_disk_keeps_nothing(desks):
    lun = desks.lun("persistent")
    desks.gateway.perform(storage.present, lun.device, lun.presented - {desks.machine("desk-01").host})
    for ask in (lambda: found(desks), lambda: keep(desks, "a.txt", "x")):
        with pytest.raises(Refusal, match="datastore persistent") as caught:
            ask()
        assert caught.value.reason == "InvalidDatastore"


def test_a_vm_without_a_persistent_disk_has_no_place_for_files(desks):
    machine = desks.machine("cs01")
    with pytest.raises(Refusal, match="cs01 has no persistent disk"):
        desks.gateway.perform(desktops.read_files, machine.id)


def test_what_was_written_after_the_last_replication_is_lost_with_the_site_and_what_came_before_is_not(desks):
    desks.pass_minutes(6)
    keep(desks, "before.txt", "before the cycle")
    desks.pass_minutes(20)
    keep(desks, "after.txt", "after the cycle")
    assert set(found(desks)) == {"before.txt", "after.txt"}
    recovered(desks, settle=False)
    desks.pass_minutes(10)
    assert desks.machine("desk-01").host == B1
    assert desks.machine("desk-01").running
    assert found(desks) == {"before.txt": "before the cycle"}


def test_the_replica_of_a_volume_that_nobody_has_mounted_is_readable_by_no_desktop(desks):
    keep(desks, "a.txt", "x", "desk-02")
    desks.gateway.perform(hosts.cut_power, A2)
    with pytest.raises(Refusal, match="does not answer"):
        found(desks, "desk-02")


def test_a_host_that_reads_the_bytes_sees_them(desks):
    keep(desks, "a.txt", "x")
    extent = desks.machine("desk-01").disks[2].file.at("desk-01/desk-01-vdm-user-disk-D-flat.vmdk")
    assert '"a.txt": "x"' in desks.read(A2, extent.absolute)
    desks.gateway.perform(files.write, A2, extent.absolute, b"overwritten")
    assert found(desks) == {}
