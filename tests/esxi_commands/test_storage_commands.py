"""Storage as the host's own commands show and change it, against public captures."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.operations import storage
from harness.protocols.esxi_shell.commands.storage import ADAPTERS
from harness.protocols.esxi_shell.product_output import Row, table
from harness.units import VolumeId
from harness.world.storage import Lun
from tests.esxi_commands.conftest import words
from tests.world.scene import NAMES

FILE_SYSTEMS_5_0 = """\
Mount Point Volume Name UUID Mounted Type Size Free
------------------------------------------------- ----------- ----------------------------------- ------- ------ \
------------ -----------
/vmfs/volumes/4de4cb24-4cff750f-85f5-0019b9f1ecf6 datastore1 4de4cb24-4cff750f-85f5-0019b9f1ecf6 true VMFS-5 140660178944 #
/vmfs/volumes/4e414917-a8d75514-6bae-0019b9f1ecf4 LUN01 4e414917-a8d75514-6bae-0019b9f1ecf4 true VMFS-5 146028888064 #
"""
UNMOUNTED_5_0 = " LUN01 4e414917-a8d75514-6bae-0019b9f1ecf4 false VMFS-unknown version 0 0"
FILE_SYSTEMS_9_0 = """\
Mount Point                                        Volume Name                                 UUID                     \
            Mounted  Type           Size         Free
-------------------------------------------------  ------------------------------------------  -------------------------\
----------  -------  ------  -----------  -----------
/vmfs/volumes/693975f2-9139b258-8620-005056b3b989  OSDATA-693975f2-9139b258-8620-005056b3b989  693975f2-9139b258-8620-00\
5056b3b989     true  VMFSOS  34091302912  32238469120
/vmfs/volumes/5f8b4c97-234dcc30-d982-54ea7418ec3f  BOOTBANK1                                   5f8b4c97-234dcc30-d982-54\
ea7418ec3f     true  vfat     4293591040   3975413760
"""
ADAPTERS_9_0 = """\
HBA Name  Driver  Link State  UID           Capabilities  Description
--------  ------  ----------  ------------  ------------  -----------
vmhba0    pvscsi  link-n/a    pscsi.vmhba0                (0000:02:00.0) VMware Inc. PVSCSI SCSI Controller
"""
EXTENTS_7_0 = """\
Volume Name                                 VMFS UUID                            Extent Number  Device Name          Partition
------------------------------------------  -----------------------------------  -------------  -------------------  ---------
OSDATA-693975f2-9139b258-8620-005056b3b989  693975f2-9139b258-8620-005056b3b989              0  mpx.vmhba0:C0:T0:L0          7
"""
DF_5_5 = """\
Filesystem   Size   Used Available Use% Mounted on
VMFS-5      99.8G 972.0M     98.8G   1% /vmfs/volumes/MyVol
"""
DEVICE_KEYS_8_0 = [
    "Display Name", "Has Settable Display Name", "Size", "Device Type", "Multipath Plugin", "Devfs Path", "Vendor",
    "Model", "Revision", "SCSI Level", "Is Pseudo", "Status", "Is RDM Capable", "Is Local", "Is Removable", "Is SSD",
    "Is VVOL PE", "Is Offline", "Is Perennially Reserved", "Queue Full Sample Size", "Queue Full Threshold",
    "Thin Provisioning Status", "Attached Filters", "VAAI Status", "Other UIDs", "Is Shared Clusterwide", "Is SAS",
    "Is USB", "Is Boot Device", "Device Max Queue Depth", "No of outstanding IOs with competing worlds", "Drive Type",
    "RAID Level", "Number of Physical Drives", "Protection Enabled", "PI Activated", "PI Type", "PI Protection Mask",
    "Supported Guard Types", "DIX Enabled", "DIX Guard Type", "Emulated DIX/DIF Enabled",
]  # fmt: skip


def relabel(here, old: str, label: str, uuid: str, size: int) -> None:
    """A volume of the place becomes the one of a capture, mounted as before."""
    lun = here.scene.lun(old)
    changed = replace(lun, size=size, vmfs=replace(lun.vmfs, label=label, id=VolumeId(uuid)))
    here.plant(lambda world: _renamed(world, lun, changed))


def _renamed(world, lun: Lun, changed: Lun):
    world = world.with_lun(changed)
    for host in world.hosts.values():
        renamed = [replace(m, volume=changed.vmfs.id) if m.device == lun.device else m for m in host.mounts.values()]
        mounts = {mount.volume: mount for mount in renamed}
        world = world.with_host(replace(host, mounts=mounts, reported=mounts))
    return world


def column(out: str, heading: str) -> list[str]:
    """A column of a table whose cells have no blanks beside each other."""
    head, _, *rows = out.splitlines()
    start = head.index(heading)
    return [row[start:].split()[0] for row in rows]


def test_filesystem_list_of_5_0_mounted_and_unmounted(place):
    here = place("5.0")
    relabel(here, "vmfs01", "datastore1", "4de4cb24-4cff750f-85f5-0019b9f1ecf6", 140660178944)
    relabel(here, "vmfs02", "LUN01", "4e414917-a8d75514-6bae-0019b9f1ecf4", 146028888064)
    out = here.run("esxcli storage filesystem list").out
    masked = [[*line[:-1], "#"] if line[-1].isdigit() else line for line in words(out)]
    expected = words(FILE_SYSTEMS_5_0)
    assert masked[0] == expected[0]
    assert masked[2:] == expected[2:]
    silent = here.run("esxcli storage filesystem unmount -l LUN01")
    assert (silent.out, silent.err, silent.status) == ("", "", 0)
    assert here.run("esxcli storage filesystem list").words[-1] == UNMOUNTED_5_0.split()
    assert here.run("ls /vmfs/volumes/LUN01").status != 0
    again = here.run("esxcli storage filesystem mount -u 4e414917-a8d75514-6bae-0019b9f1ecf4")
    assert (again.out, again.status) == ("", 0)
    assert here.run("ls /vmfs/volumes/LUN01").status == 0
    assert here.run("esxcli storage filesystem list").out == out


def test_a_volume_on_a_read_only_lun_is_not_mounted(place):
    here = place("5.0")
    lun = here.scene.lun("vmfs02")
    here.run("esxcli storage filesystem unmount -l vmfs02")
    here.scene.gateway.perform(storage.set_access, lun.device, writable=False)
    refused = here.run("esxcli storage filesystem mount -l vmfs02")
    assert refused.status != 0
    assert f"LUN {lun.device} is read-only" in refused.out + refused.err
    here.run("esxcli storage core adapter rescan --all")
    assert here.run("ls /vmfs/volumes/vmfs02").status != 0
    here.scene.gateway.perform(storage.set_access, lun.device, writable=True)
    here.run("esxcli storage core adapter rescan --all")
    assert here.run("ls /vmfs/volumes/vmfs02").status == 0


def test_tables_have_the_layout_of_the_captures():
    def volume(label: str, uuid: str, kind: str, size: int, free: int) -> Row:
        fields = {"Mount Point": f"/vmfs/volumes/{uuid}", "Volume Name": label, "UUID": uuid, "Mounted": True}
        return Row({**fields, "Type": kind, "Size": size, "Free": free})

    osdata = "693975f2-9139b258-8620-005056b3b989"
    first = volume(f"OSDATA-{osdata}", osdata, "VMFSOS", 34091302912, 32238469120)
    second = volume("BOOTBANK1", "5f8b4c97-234dcc30-d982-54ea7418ec3f", "vfat", 4293591040, 3975413760)
    assert table([first, second]) == FILE_SYSTEMS_9_0
    adapter = {"HBA Name": "vmhba0", "Driver": "pvscsi", "Link State": "link-n/a", "UID": "pscsi.vmhba0", "Capabilities": ""}
    text = "(0000:02:00.0) VMware Inc. PVSCSI SCSI Controller"
    assert table([Row({**adapter, "Description": text})], ADAPTERS.loose) == ADAPTERS_9_0
    extent = {"Volume Name": f"OSDATA-{osdata}", "VMFS UUID": osdata, "Extent Number": 0}
    assert table([Row({**extent, "Device Name": "mpx.vmhba0:C0:T0:L0", "Partition": 7})]) == EXTENTS_7_0


@pytest.mark.parametrize(("release", "capabilities"), [("5.0", False), ("8.0", True)])
def test_adapters_and_extents(place, release, capabilities):
    here = place(release)
    adapters = here.run("esxcli storage core adapter list").out.splitlines()
    assert adapters[0].startswith("HBA Name  Driver  Link State  UID ")
    assert ("Capabilities" in adapters[0]) is capabilities
    extents = here.run("esxcli storage vmfs extent list").out
    assert extents.splitlines()[0].split() == EXTENTS_7_0.splitlines()[0].split()
    assert column(extents, "Volume Name") == ["vmfs01", "vmfs02"]
    assert set(column(extents, "Device Name")) == set(here.host().devices)


def test_devices_of_8_0(place):
    here = place("8.0")
    blocks = here.run("esxcli storage core device list").out.split("\n\n")
    assert [block.splitlines()[0] for block in blocks] == sorted(here.host().devices)
    head, *rows = blocks[0].strip("\n").splitlines()
    assert [row.strip().partition(":")[0] for row in rows] == DEVICE_KEYS_8_0
    assert all(row.startswith("   ") and ": " in row for row in rows)
    assert "   Device Type: Direct-Access \n" in blocks[0]
    assert "   Size: 512000\n" in blocks[0]
    assert here.run(f"esxcli storage core device list -d {head}").out.startswith(f"{head}\n")
    assert here.run("esxcli storage core device list -d naa.0").status != 0
    here.scene.gateway.perform(storage.lose, here.scene.lun("vmfs01").device)
    assert here.run(f"esxcli storage core device list -d {here.scene.lun('vmfs01').device} | grep Status:").out.startswith(
        "   Status: dead\n"
    )


def test_df_prints_the_columns_of_5_5(place):
    here = place("5.1")
    relabel(here, "vmfs01", "MyVol", "555acc28-b82a2519-a19d-000c29b96d8d", 102154 * 2**20)
    here.run("esxcli storage filesystem unmount -l vmfs02")
    assert here.run("df -h").out == DF_5_5
    assert here.run("df").out.splitlines()[0].split()[:2] == ["Filesystem", "Bytes"]


def test_rescan_is_silent_and_finds_what_has_come(place):
    here = place("5.0")
    hidden = here.scene.lun("vmfs02")
    here.scene.gateway.perform(storage.present, hidden.device, frozenset())
    here.run("reboot")
    here.scene.pass_minutes(10)
    assert column(here.run("esxcli storage filesystem list").out, "Volume Name") == ["vmfs01"]
    here.scene.gateway.perform(storage.present, hidden.device, frozenset(NAMES))
    volumes = here.run("esxcli storage filesystem rescan; vmkfstools -V")
    assert (volumes.out, volumes.status) == ("", 0)
    assert column(here.run("esxcli storage filesystem list").out, "Volume Name") == ["vmfs01"]
    rescan = here.run("esxcli storage core adapter rescan --all")
    assert (rescan.out, rescan.err, rescan.status) == ("", "", 0)
    assert column(here.run("esxcli storage filesystem list").out, "Volume Name") == ["vmfs01", "vmfs02"]


def test_esxcfg_rescan_and_what_dead_paths_cost(place):
    here = place("5.0")
    assert here.run("esxcfg-rescan -A").out == "Rescanning all adapters..\n"
    healthy = here.run("time esxcfg-rescan vmhba1")
    assert (healthy.out, healthy.err.splitlines()[0]) == ("", "real 0m 1.90s")
    here.scene.gateway.perform(storage.lose, here.scene.lun("vmfs02").device)
    assert here.run("time esxcfg-rescan vmhba2").err.splitlines()[0] == "real 2m 21.39s"
    assert here.run("esxcfg-rescan vmhba9").status != 0
    assert here.run("esxcfg-rescan").status != 0


def test_unmount_is_refused_while_vms_need_the_volume(place):
    here = place("5.0")
    here.scene.add("web01")
    busy = here.run("esxcli storage filesystem unmount -p /vmfs/volumes/vmfs01")
    assert (busy.out, busy.status != 0) == ("", True)
    assert "web01" in busy.err
    assert here.run("esxcli storage filesystem unmount -l nope").status != 0
    assert here.run("esxcli storage filesystem unmount").status != 0
    assert len(here.host().mounts) == 2


def test_a_mount_on_one_host_is_not_one_on_another(place):
    here = place("5.0")
    here.run("esxcli storage filesystem unmount -l vmfs02", host=1)
    assert column(here.run("esxcli storage filesystem list", host=2).out, "Mounted") == ["true", "true"]
    assert column(here.run("esxcli storage filesystem list", host=1).out, "Volume Name")[0] == "vmfs01"
