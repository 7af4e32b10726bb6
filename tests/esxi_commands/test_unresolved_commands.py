"""Copies of volumes as the host's own commands mount and resignature them, against public captures."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.operations import hosts
from harness.units import DeviceId, VolumeId
from harness.world.hosts import CONFIG_STORE, ESX_CONF
from tests.esxi_commands.conftest import words
from tests.esxi_commands.copies import mounted, show_copy, tail
from tests.world.scene import NAMES

A, B, C = NAMES
IN_USE = """\
Can mount: true
Reason for un-mountability:
Can resignature: false
Reason for non-resignaturability: the volume is being actively used
Unresolved Extent Count: 1
"""
FORCED = """\
/fs/vmfs[{volume}]/forceMountedLvm/forceMount = "true"
/fs/vmfs[{volume}]/forceMountedLvm/lvmName = "snap-........-........-........-....-............"
/fs/vmfs[{volume}]/forceMountedLvm/readOnly = "false"
"""


def restart(here, host: int = 2) -> None:
    here.scene.gateway.perform(hosts.reboot, NAMES[host - 1], force=True)
    here.scene.pass_minutes(10)


@pytest.mark.parametrize(("line", "says", "stays"), [
    ("esxcfg-volume -m {0}", "Mounting volume {0}\n", False),
    ("esxcfg-volume -M {0}", "Persistently Mounting volume {0}\n", True),
    ("esxcli storage vmfs snapshot mount -l vmfs01", "", True),
    ("esxcli storage vmfs snapshot mount -n --volume-label=vmfs01", "", False),
])  # fmt: skip
@pytest.mark.parametrize("release", ["5.0", "8.0"])
def test_what_mounts_a_copy_and_whether_a_boot_mounts_it_again(place, release, line, says, stays):
    here = place(release)
    copy = show_copy(here)
    done = here.run(line.format(copy.vmfs.id), host=2)
    assert (done.out, done.err, done.status) == (says.format(copy.vmfs.id), "", 0)
    assert mounted(here) == {"vmfs01", "vmfs02"}
    assert mounted(here, host=3) == {"vmfs02"}, "one host alone"
    assert tail(here.run("esxcli storage vmfs snapshot list", host=2).out)[:5] == words(IN_USE)
    again = here.run("esxcfg-volume -M vmfs01", host=2)
    assert (again.status != 0, "already mounted" in again.err) == (True, True)
    restart(here)
    assert mounted(here) == ({"vmfs01", "vmfs02"} if stays else {"vmfs02"})
    kept = here.run(f"ls -l {CONFIG_STORE}", host=2).status == 0
    lines = here.run(f"grep forceMountedLvm {ESX_CONF}", host=2).out
    assert (kept, bool(lines)) == {("5.0", True): (False, True), ("8.0", True): (True, False)}.get(
        (release, stays), (False, False)
    )


def test_the_lines_of_a_persistent_mount_are_those_of_the_capture(place):
    here = place("5.0")
    copy = show_copy(here)
    before = here.run(f"cat {ESX_CONF}", host=2).out
    here.run("esxcfg-volume -M vmfs01", host=2)
    lines = here.run(f"grep forceMountedLvm {ESX_CONF}", host=2).out
    pattern = re.escape(FORCED.format(volume=copy.vmfs.id)).replace(r"\.", "[0-9a-f]")
    assert re.fullmatch(pattern, lines)
    assert here.run(f"cat {ESX_CONF}", host=2).out == before + lines
    assert here.run(f"grep -c forceMountedLvm {ESX_CONF}", host=3).out == "0\n"
    gone = here.run("esxcfg-volume -u vmfs01", host=2)
    assert (gone.out, gone.status) == ("Unmounting volume vmfs01\n", 0)
    assert here.run(f"cat {ESX_CONF}", host=2).out == before
    assert here.run("esxcfg-volume -u vmfs01", host=2).status != 0


def test_a_power_cut_loses_what_was_not_saved(place):
    here = place("5.0")
    show_copy(here)
    here.run("esxcfg-volume -M vmfs01", host=2)
    here.scene.gateway.perform(hosts.cut_power, B)
    here.scene.gateway.perform(hosts.give_power, B)
    here.scene.pass_minutes(10)
    assert mounted(here) == {"vmfs02"}


def test_listings_show_a_forced_mount_on_the_device_of_the_copy(place):
    here = place("6.7")
    copy = show_copy(here)
    here.run("esxcfg-volume -m vmfs01", host=2)
    extents = {row[0]: row[3] for row in here.run("esxcli storage vmfs extent list", host=2).words}
    assert extents["vmfs01"] == copy.device
    row = next(line for line in here.run("esxcli storage filesystem list", host=2).words if "vmfs01" in line)
    assert row[:5] == [f"/vmfs/volumes/{copy.vmfs.id}", "vmfs01", copy.vmfs.id, "true", "VMFS-6"]
    assert f"\t{copy.device}:1\n" in here.run("vmkfstools -Ph /vmfs/volumes/vmfs01", host=2).out
    assert here.run("ls -l /vmfs/volumes", host=2).out.count(f"vmfs01 -> {copy.vmfs.id}") == 1
    here.run("esxcli storage filesystem unmount -l vmfs01", host=2)
    assert mounted(here) == {"vmfs02"}
    assert "vmfs01" not in here.run("esxcli storage filesystem list", host=2).out, "a copy is no volume to mount as such"
    assert here.run("esxcli storage filesystem mount -l vmfs01", host=2).status != 0


@pytest.mark.parametrize(("line", "says"), [
    ("esxcfg-volume -r vmfs01", "Resignaturing volume vmfs01\n"),
    ("esxcli storage vmfs snapshot resignature -l vmfs01", ""),
])  # fmt: skip
def test_a_resignatured_copy_is_another_volume(place, line, says):
    here = place("5.0")
    copy = show_copy(here)
    done = here.run(line, host=2)
    assert (done.out, done.err, done.status) == (says, "", 0)
    listed = here.run("ls -l /vmfs/volumes", host=2).out
    assert re.search(r"snap-[0-9a-f]{8}-vmfs01 -> [0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}\n", listed)
    assert copy.vmfs.id not in listed
    assert here.run("esxcfg-volume -l", host=2).out == here.run("esxcfg-volume -l", host=3).out == ""
    assert mounted(here, host=3) == {"vmfs02"}
    here.run("esxcfg-rescan -A", host=3)
    assert mounted(here, host=3) == mounted(here)
    assert here.run(line, host=2).status != 0


def test_a_copy_that_another_host_uses_is_not_resignatured(place):
    here = place("6.7")
    show_copy(here)
    here.run("esxcfg-volume -m vmfs01", host=3)
    for line in ("esxcfg-volume -r vmfs01", "esxcli storage vmfs snapshot resignature -l vmfs01"):
        refused = here.run(line, host=2)
        assert refused.status != 0
        assert "the volume is being actively used" in refused.err


def test_two_volumes_of_one_label_are_told_apart_by_their_uuids(place):
    here = place("5.0")
    first = show_copy(here)
    other = replace(first, device=DeviceId("naa.2"), vmfs=replace(first.vmfs, id=VolumeId("50000000-00000000-0000-000000000001")))
    here.plant(lambda world: world.with_lun(other))
    here.run("esxcfg-rescan -A", host=2)
    refused = here.run("esxcfg-volume -m vmfs01", host=2)
    assert refused.status != 0
    assert "by its UUID" in refused.err
    assert here.run(f"esxcfg-volume -m {other.vmfs.id}", host=2).status == 0
    assert here.host(2).mounts[other.vmfs.id].device == "naa.2"


@pytest.mark.parametrize("line", [
    "esxcfg-volume", "esxcfg-volume -l -m x", "esxcfg-volume -m", "esxcfg-volume -m nope", "esxcfg-volume -r nope",
    "esxcfg-volume -u nope", "esxcfg-volume vmfs01", "esxcli storage vmfs snapshot mount", "esxcfg-scsidevs", "vmkfstools",
    "esxcli storage vmfs snapshot mount -l vmfs01 -u x", "esxcli storage vmfs snapshot resignature -u nope", "vmkfstools -P",
    "vmkfstools -P /nope", "vmkfstools -P /etc", "vmkfstools -P -v x /vmfs/volumes/vmfs02", "vmkfstools -P /vmfs/volumes",
])  # fmt: skip
def test_what_cannot_be_done_is_said_and_changes_nothing(place, line):
    here = place("5.0")
    show_copy(here)
    before = here.world
    refused = here.run(line, host=2)
    assert (refused.status != 0, bool(refused.err)) == (True, True)
    assert here.world.hosts[B].mounts == before.hosts[B].mounts


@pytest.mark.parametrize("line", ["esxcfg-volume –m vmfs01", "esxcfg-volume –l", "esxcli storage vmfs snapshot mount –l vmfs01"])
def test_a_dash_copied_from_a_blog_is_no_option(place, line):
    here = place("5.0")
    show_copy(here)
    refused = here.run(line, host=2)
    assert (refused.out, refused.status != 0) == ("", True)
    assert "U+2013 EN DASH" in refused.err
    assert mounted(here) == {"vmfs02"}


def test_while_hostd_is_down_the_host_still_mounts_copies(place):
    here = place("5.0")
    show_copy(here)
    here.run("/etc/init.d/hostd stop", host=2)
    assert here.run("esxcli storage vmfs snapshot list", host=2).status != 0
    assert here.run("esxcfg-volume -m vmfs01", host=2).status == 0
    assert mounted(here) == {"vmfs01", "vmfs02"}
