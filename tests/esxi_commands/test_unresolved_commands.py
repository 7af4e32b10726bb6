"""Copies of volumes as the host's own commands list, mount and resignature them, against public captures."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime

import pytest

from harness.operations import hosts, storage
from harness.units import DeviceId, VolumeId
from harness.world.hosts import CONFIG_STORE, ESX_CONF
from harness.world.storage import Lun
from tests.esxi_commands.conftest import words
from tests.world.planting import add_copy
from tests.world.scene import NAMES

A, B, C = NAMES
UUID, LABEL, DEVICE = "5fd23c30-16acc074-006d-d09466c6d6af", "esxi6-flash-ds", "naa.6589cfc0000003c710fbb298e0d059e7"
VOLUMES_6 = """\
Scanning for VMFS-6 host activity (4096 bytes/HB, 1024 HBs).
VMFS UUID/label: 5fd23c30-16acc074-006d-d09466c6d6af/esxi6-flash-ds
Can mount: Yes
Can resignature: Yes
Extent name: naa.6589cfc0000003c710fbb298e0d059e7:1     range: 0 - 511743 (MB)

"""
SNAPSHOTS_6 = """\
5fd23c30-16acc074-006d-d09466c6d6af
   Volume Name: esxi6-flash-ds
   VMFS UUID: 5fd23c30-16acc074-006d-d09466c6d6af
   Can mount: true
   Reason for un-mountability: \n\
   Can resignature: true
   Reason for non-resignaturability: \n\
   Unresolved Extent Count: 1
"""
ONLINE = """\
Can mount: false
Reason for un-mountability: the original volume is still online
Can resignature: true
Reason for non-resignaturability:
Unresolved Extent Count: 1
"""
IN_USE = """\
Can mount: true
Reason for un-mountability:
Can resignature: false
Reason for non-resignaturability: the volume is being actively used
Unresolved Extent Count: 1
"""
MAPPING_5_5 = (
    "mpx.vmhba1:C0:T1:L0:1                                            /vmfs/devices/disks/mpx.vmhba1:C0:T1:L0:1"
    " 555acc28-b82a2519-a19d-000c29b96d8d  0  MyVol\n"
)
QUERY_6_5 = """\
VMFS-6.81 (Raw Major Version: 24) file system spanning 1 partitions.
File system label (if any): Thin_DS2_R800
Mode: public ATS-only
Capacity 119.8 GB, 118.8 GB available, file block size 1 MB, max supported file size 64 TB
Volume Creation Time: Sun Jan 14 21:47:26 2001
Files (max/free): 16384/16371
Ptr Blocks (max/free): 0/0
Sub Blocks (max/free): 16384/16371
Secondary Ptr Blocks (max/free): 256/255
File Blocks (overcommit/used/overcommit %): 0/972/0
Ptr Blocks  (overcommit/used/overcommit %): 0/0/0
Sub Blocks  (overcommit/used/overcommit %): 0/13/0
Large File Blocks (total/used/file block clusters): 240/0/240
Volume Metadata size: 1504247808
UUID: 3a621e6e-1f3492e8-29a5-6cc2172acba0
Partitions spanned (on "lvm"):
\tnaa.60060e80072720000030272000000032:1
Is Native Snapshot Capable: NO
"""
"""The capture, with what an almost empty volume of that size has in use."""
QUERY_4 = """\
File system label (if any): Storage1
Mode: public
Capacity 8.8 GB, 7.9 GB available, file block size 1 MB
UUID: 502e8a75-d04a58db-431a-000c29d33d34
Partitions spanned (on "lvm"):
"""
FORCED = """\
/fs/vmfs[{volume}]/forceMountedLvm/forceMount = "true"
/fs/vmfs[{volume}]/forceMountedLvm/lvmName = "snap-........-........-........-....-............"
/fs/vmfs[{volume}]/forceMountedLvm/readOnly = "false"
"""


def renamed(lun: Lun, device: str, label: str, uuid: str) -> Lun:
    vmfs = replace(lun.vmfs, id=VolumeId(uuid), label=label)
    return replace(lun, device=DeviceId(device or lun.device), vmfs=vmfs)


def show_copy(here, device: str = "", label: str = "vmfs01", uuid: str = "") -> Lun:
    """Hosts B and C see a copy of ``vmfs01``, which A alone keeps; the volume is called as in a capture."""
    gateway, original = here.scene.gateway, here.scene.lun("vmfs01")
    for name in NAMES:
        gateway.perform(storage.unmount, name, original.vmfs.id)
    here.plant(lambda world: world.with_lun(renamed(original, "", label, uuid or original.vmfs.id)))
    copy = add_copy(gateway, here.world.luns[original.device], frozenset({B, C}))
    if device:
        here.plant(
            lambda world: replace(world.with_lun(renamed(copy, device, label, uuid)), luns=_moved(world.luns, copy, device))
        )
    gateway.perform(storage.present, original.device, frozenset({A}))
    for name in NAMES:
        gateway.perform(storage.rescan, name)
    return next(lun for lun in here.world.luns.values() if lun.array == "array02")


def _moved(luns, copy: Lun, device: str):
    others = {name: lun for name, lun in luns.items() if name != copy.device}
    return {**others, DeviceId(device): replace(copy, device=DeviceId(device))}


def tail(out: str) -> list[list[str]]:
    return words(out)[-5:]


def restart(here, host: int = 2) -> None:
    here.scene.gateway.perform(hosts.reboot, NAMES[host - 1], force=True)
    here.scene.pass_minutes(10)


def mounted(here, host: int = 2) -> set[str]:
    return {line.split()[4] for line in here.run("esxcfg-scsidevs -m", host=host).out.splitlines()}


def test_a_copy_is_listed_as_in_the_captures_of_6(place):
    here = place("6.7")
    show_copy(here, DEVICE, LABEL, UUID)
    assert here.run("esxcfg-volume -l", host=2).out == VOLUMES_6
    assert here.run("esxcfg-volume --list", host=3).out == VOLUMES_6
    assert here.run("esxcli storage vmfs snapshot list", host=2).out == SNAPSHOTS_6
    assert here.run(f"esxcli storage vmfs snapshot list -u {UUID}", host=2).out == SNAPSHOTS_6
    assert here.run("esxcli storage vmfs snapshot list -l other", host=2).out == ""
    for line in ("esxcfg-volume -l", "esxcli storage vmfs snapshot list"):
        nothing = here.run(line, host=1)
        assert (nothing.out, nothing.err, nothing.status) == ("", "", 0)


def test_before_vmfs_6_no_line_tells_of_a_scan(place):
    here = place("5.0")
    copy = show_copy(here)
    assert here.run("esxcfg-volume -l", host=2).out.splitlines() == [
        f"VMFS UUID/label: {copy.vmfs.id}/vmfs01",
        "Can mount: Yes",
        "Can resignature: Yes",
        f"Extent name: {copy.device}:1     range: 0 - 511743 (MB)",
        "",
    ]


def test_a_copy_is_listed_after_a_rescan_of_the_adapters_alone(place):
    here = place("5.0")
    copy = show_copy(here)
    here.scene.gateway.perform(storage.present, copy.device, frozenset(NAMES))
    here.run("esxcli storage filesystem rescan")
    assert here.run("esxcfg-volume -l").out == ""
    here.run("esxcfg-rescan -A")
    assert f"VMFS UUID/label: {copy.vmfs.id}/vmfs01" in here.run("esxcfg-volume -l").out


def test_beside_its_original_a_copy_says_why_it_is_not_mounted(place):
    here = place("6.7")
    copy = show_copy(here)
    here.scene.gateway.perform(storage.present, copy.device, frozenset(NAMES))
    here.run("esxcfg-rescan -A")
    assert tail(here.run("esxcli storage vmfs snapshot list").out) == words(ONLINE)
    assert "Can mount: No (the original volume is still online)\nCan resignature: Yes\n" in here.run("esxcfg-volume -l").out
    for line in ("esxcfg-volume -m vmfs01", "esxcfg-volume -M vmfs01", "esxcli storage vmfs snapshot mount -l vmfs01"):
        refused = here.run(line)
        assert refused.status != 0
        assert "the original volume is still online" in refused.err
    quoted = {text.name: text.provenance for text in here.shown()}
    assert quoted["vmfs-snapshot.original-online"] == "quoted"
    assert quoted["vmfs-snapshot.cannot"] == "assumed"


def test_a_read_only_copy_says_why_it_is_no_use(place):
    here = place("5.0")
    copy = show_copy(here)
    here.scene.gateway.perform(storage.set_access, copy.device, writable=False)
    listed = here.run("esxcli storage vmfs snapshot list", host=2).out
    assert listed.count("its device is read-only") == 2
    for line in ("esxcfg-volume -m", "esxcfg-volume -M", "esxcfg-volume -r"):
        refused = here.run(f"{line} vmfs01", host=2)
        assert refused.status != 0
        assert "its device is read-only" in refused.err
    assert mounted(here) == {"vmfs02"}


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


def test_scsidevs_prints_the_columns_of_5_5(place):
    here = place("5.1")
    lun = here.scene.lun("vmfs02")
    here.run("esxcli storage filesystem unmount -l vmfs01")
    out = here.run("esxcfg-scsidevs -m").out
    named = MAPPING_5_5.replace("555acc28-b82a2519-a19d-000c29b96d8d", lun.vmfs.id).replace("MyVol", "vmfs02")
    device, filled = "mpx.vmhba1:C0:T1:L0", f"{lun.device}:1"
    assert out == named.replace(f"{f'{device}:1':<64}", f"{filled:<64}").replace(f"{device}:1", filled)


def call_volume(here, label: str, uuid: str, device: str, size: int, created: str = "2001-01-14T21:47:26+00:00") -> None:
    """``vmfs02`` becomes the volume of a capture on host A."""
    lun = here.scene.lun("vmfs02")
    for name in NAMES:
        here.scene.gateway.perform(storage.unmount, name, lun.vmfs.id)
    vmfs = replace(
        lun.vmfs, id=VolumeId(uuid), label=label, written_for=DeviceId(device), created=datetime.fromisoformat(created)
    )
    moved = replace(lun, device=DeviceId(device), size=size, vmfs=vmfs)
    here.plant(lambda world: world.with_lun(moved))
    here.scene.gateway.perform(storage.rescan, A)


def test_vmkfstools_tells_of_a_volume_as_in_the_capture_of_6_5(place):
    here = place("6.7")
    call_volume(
        here, "Thin_DS2_R800", "3a621e6e-1f3492e8-29a5-6cc2172acba0", "naa.60060e80072720000030272000000032", 122624 * 2**20
    )
    assert here.run("vmkfstools -Ph -v 1 /vmfs/volumes/Thin_DS2_R800/").out == QUERY_6_5
    assert here.run("cd /vmfs/volumes/Thin_DS2_R800; vmkfstools -Ph -v1 .").out.splitlines()[0] == QUERY_6_5.splitlines()[0]
    plain = here.run("vmkfstools -P /vmfs/volumes/Thin_DS2_R800").out.splitlines()
    size = 122624 * 2**20
    assert plain[0] == "VMFS-6.81 file system spanning 1 partitions."
    assert plain[3].startswith(f"Capacity {size} (122624 file blocks * 1048576), {size - 972 * 2**20} (121652 blocks) available")


def test_vmkfstools_tells_of_a_volume_as_in_the_capture_of_4(place):
    here = place("5.0")
    call_volume(here, "Storage1", "502e8a75-d04a58db-431a-000c29d33d34", "naa.1", 9011 * 2**20)
    out = here.run("vmkfstools -Ph /vmfs/volumes/Storage1/").out
    assert words(out)[1:-2] == words(QUERY_4)
    assert out.splitlines()[-2:] == ["\tnaa.1:1", "Is Native Snapshot Capable: NO"]
    assert here.run("vmkfstools -Ph -v 1 /vmfs/volumes/Storage1").status == 0
