"""Volumes as ``esxcfg-scsidevs`` and ``vmkfstools`` tell of them, against public captures."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from harness.operations import storage
from harness.units import DeviceId, VolumeId
from tests.esxi_commands.conftest import words
from tests.world.scene import NAMES

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


def test_scsidevs_prints_the_columns_of_5_5(place):
    here = place("5.1")
    lun = here.scene.lun("vmfs02")
    here.run("esxcli storage filesystem unmount -l vmfs01")
    out = here.run("esxcfg-scsidevs -m").out
    named = MAPPING_5_5.replace("555acc28-b82a2519-a19d-000c29b96d8d", lun.vmfs.id).replace("MyVol", "vmfs02")
    device, filled = "mpx.vmhba1:C0:T1:L0", f"{lun.device}:1"
    assert out == named.replace(f"{f'{device}:1':<64}", f"{filled:<64}").replace(f"{device}:1", filled)


def call_volume(here, label: str, uuid: str, device: str, size: int, created: str = "2001-01-14T21:47:26+00:00") -> None:
    """``vmfs02`` becomes the volume of a capture on the first host."""
    lun = here.scene.lun("vmfs02")
    for name in NAMES:
        here.scene.gateway.perform(storage.unmount, name, lun.vmfs.id)
    vmfs = replace(
        lun.vmfs, id=VolumeId(uuid), label=label, written_for=DeviceId(device), created=datetime.fromisoformat(created)
    )
    moved = replace(lun, device=DeviceId(device), size=size, vmfs=vmfs)
    here.plant(lambda world: world.with_lun(moved))
    here.scene.gateway.perform(storage.rescan, NAMES[0])


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
