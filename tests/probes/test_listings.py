"""Excerpts of outputs of real hosts (public captures, names made neutral) and of what is awkward in them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from harness.probes.listings import (
    read_blocks,
    read_copies,
    read_directory,
    read_invalid_vms,
    read_log,
    read_mappings,
    read_table,
    read_vms,
)
from harness.probes.switch_listings import PortInUse, read_net_dvs, read_vm_ports, read_vswitches

SWITCH = "6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa"
OTHER = "b7 00 16 50 a9 8d 8d b8-5c 4a 54 c2 0e a7 91 9a"


def test_a_port_folder_of_2012():
    entries = read_directory(
        "drwxr-xr-x    1 root     root         1.5k Feb  8 12:47 6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa\n"
        "-rw------- 1 root root 3.0k Feb 9 09:00 106\n"
        "lrwxr-xr-x    1 root     root           35 Jan 14  2011 datastore1 -> 4de4cb24-4cff750f-85f5-0019b9f1ecf6\n"
        "drwxr-xr-x    1 root     root          420 Feb  8 12:33 ..\n"
        "total 12\n"
    )
    assert [(e.name, e.type, e.mode, e.size, e.target) for e in entries] == [
        (SWITCH, "directory", "rwxr-xr-x", "1.5k", ""),
        ("106", "file", "rw-------", "3.0k", ""),
        ("datastore1", "link", "rwxr-xr-x", "35", "4de4cb24-4cff750f-85f5-0019b9f1ecf6"),
    ]
    now = datetime(2012, 2, 9, 9, 5, tzinfo=UTC)
    assert entries[1].modified(now) == datetime(2012, 2, 9, 9, 0, tzinfo=UTC)
    assert entries[2].modified(now) == datetime(2011, 1, 14, tzinfo=UTC)


def test_a_file_of_last_december_is_not_of_the_future():
    (entry,) = read_directory("-rw------- 1 root root 3.0k Dec 31 23:55 106")
    assert entry.modified(datetime(2013, 1, 1, 0, 5, tzinfo=UTC)) == datetime(2012, 12, 31, 23, 55, tzinfo=UTC)


@pytest.mark.parametrize("text", ["", "ls: /vmfs/volumes/x: No such file or directory\n"])
def test_no_listing_is_no_entry(text):
    assert read_directory(text) == []


def test_a_table_with_an_unmounted_row_and_blanks_in_a_name():
    rows = read_table(
        "Mount Point                                        Volume Name  UUID                                 Mounted  Type\n"
        "-------------------------------------------------  -----------  -----------------------------------  -------  ------\n"
        "/vmfs/volumes/4de4cb24-4cff750f-85f5-0019b9f1ecf6  my store     4de4cb24-4cff750f-85f5-0019b9f1ecf6     true  VMFS-5\n"
        "                                                   LUN01        4e414917-a8d75514-6bae-0019b9f1ecf4    false  VMFS-u\n"
    )
    assert [(row["Mount Point"][:13], row["Volume Name"], row["Mounted"], row["Type"]) for row in rows] == [
        ("/vmfs/volumes", "my store", "true", "VMFS-5"),
        ("", "LUN01", "false", "VMFS-u"),
    ]


def test_right_aligned_numbers_belong_to_their_column():
    (row,) = read_table("World ID  Name\n--------  ----\n 2203241  web01\n")
    assert row == {"World ID": "2203241", "Name": "web01"}


@pytest.mark.parametrize("text", ["", "Connect to localhost failed: Connection failure\n"])
def test_no_table_is_no_row(text):
    assert read_table(text) == []


def test_processes_with_their_headings():
    text = (
        "web01\n   World ID: 3199732\n   Display Name: web01\n   Config File: /vmfs/volumes/x/a:b.vmx\n\nweb02\n   World ID: 7\n"
    )
    assert read_blocks(text) == [
        {"": "web01", "World ID": "3199732", "Display Name": "web01", "Config File": "/vmfs/volumes/x/a:b.vmx"},
        {"": "web02", "World ID": "7"},
    ]


def test_registered_vms_between_headings_annotations_and_invalid_ones():
    text = (
        "Skipping invalid VM '16'\n"
        "Vmid     Name                    File                     Guest OS       Version         Annotation       \n"
        "2      a b        [datastore1] a b/a b.vmx           rhel8_64Guest     vmx-14                           \n"
        "3      makemake   [datastore1] makemake/makemake.vmx   centos8_64Guest   vmx-14    Rocky linux 8\n"
        "autostart\n"
    )
    assert [(vm.vmid, vm.name, vm.file) for vm in read_vms(text)] == [
        (2, "a b", "[datastore1] a b/a b.vmx"),
        (3, "makemake", "[datastore1] makemake/makemake.vmx"),
    ]
    assert read_invalid_vms(text) == [16]
    assert read_vms("Vmid   Name   File   Guest OS   Version   Annotation\n") == []


def test_copies_of_volumes_with_and_without_a_line_on_the_scan():
    """The first is a public capture of ESXi 6.x; the second is of ESX 4.x, but for the reason."""
    text = (
        "Scanning for VMFS-6 host activity (4096 bytes/HB, 1024 HBs).\n"
        "VMFS UUID/label: 5fd23c30-16acc074-006d-d09466c6d6af/esxi6-flash-ds\n"
        "Can mount: Yes\nCan resignature: Yes\n"
        "Extent name: naa.6589cfc0000003c710fbb298e0d059e7:1     range: 0 - 511743 (MB)\n\n"
        "VMFS3 UUID/label: 502e8a75-d04a58db-431a-000c29d33d34/Storage1\n"
        "Can Mount: No (the original volume is still online)\nCan resignature: Yes\n"
        "Extent name: naa.6000c29e28495d0b9ecd280a8dc01a5c:5 range: 0 - 8959 (MB)\n"
        "Extent name: naa.6000c29e28495d0b9ecd280a8dc01a5d:1 range: 8960 - 9999 (MB)\n"
    )
    flash, storage = read_copies(text)
    assert (flash.volume, flash.label) == ("5fd23c30-16acc074-006d-d09466c6d6af", "esxi6-flash-ds")
    assert (flash.mountable, flash.reason, flash.devices) == (True, "", ("naa.6589cfc0000003c710fbb298e0d059e7",))
    assert (storage.label, storage.mountable, storage.reason) == ("Storage1", False, "the original volume is still online")
    assert len(storage.devices) == 2
    assert read_copies("Scanning for VMFS-6 host activity (4096 bytes/HB, 1024 HBs).\n") == []


def test_mapped_volumes_of_two_generations():
    text = (
        "mpx.vmhba1:C0:T1:L0:1      /vmfs/devices/disks/mpx.vmhba1:C0:T1:L0:1 555acc28-b82a2519-a19d-000c29b96d8d  0  My Vol\n"
        "naa.6000c29e28495d0b9ecd280a8dc01a5c:5 /dev/sda5 502e8a75-d04a58db-431a-000c29d33d34 0 Storage1\n"
    )
    assert [(row.device, row.volume, row.label) for row in read_mappings(text)] == [
        ("mpx.vmhba1:C0:T1:L0", "555acc28-b82a2519-a19d-000c29b96d8d", "My Vol"),
        ("naa.6000c29e28495d0b9ecd280a8dc01a5c", "502e8a75-d04a58db-431a-000c29d33d34", "Storage1"),
    ]
    assert read_mappings("\n") == []


def test_a_log_passes_over_lines_without_a_stamp():
    lines = read_log("2012-02-09T09:05:00.250Z cpu0: first\nVMB: 49: mbMagic\n2012-02-09T09:05:01Z second\n")
    assert [(line.time.second, line.text) for line in lines] == [(0, "cpu0: first"), (1, "second")]


NET_DVS = f"""\
switch {SWITCH} (etherswitch)
        max ports: 256
        global properties:
                com.vmware.common.alias = dvs-prod ,    propType = CONFIG
                com.vmware.common.version = 0x 0. 0. 0. 0
                        propType = CONFIG
                com.vmware.etherswitch.mtu = 1500 ,     propType = CONFIG
                com.vmware.common.uplinkPorts:
                        dvUplink1, dvUplink2
                        propType = CONFIG
        port 41:
                com.vmware.common.port.volatile.persist = /vmfs/volumes/541e6368/.dvsData/{SWITCH}/41 ,         propType = CONFIG
                com.vmware.common.port.volatile.status = inUse linkUp portID=33554441  propType = RUNTIME
switch {OTHER} (cswitch)
        max ports: 512
"""


@pytest.mark.parametrize("text", [NET_DVS, "\n".join(line.strip() for line in NET_DVS.splitlines())], ids=["host", "web"])
def test_net_dvs_with_and_without_its_indentation(text):
    first, second = read_net_dvs(text)
    assert (first.id, first.name, first.mtu, first.uplinks) == (SWITCH, "dvs-prod", 1500, ("dvUplink1", "dvUplink2"))
    assert first.ports["41"].file == f"/vmfs/volumes/541e6368/.dvsData/{SWITCH}/41"
    assert first.ports["41"].properties["com.vmware.common.port.volatile.status"] == "inUse linkUp portID=33554441"
    assert (second.id, second.name, second.mtu, second.uplinks, second.ports) == (OTHER, "", 0, (), {})


def test_net_dvs_that_fails_shows_no_switch():
    assert read_net_dvs("ioctl failed: No such file or directory\n") == []


def test_vswitches_standard_and_distributed():
    standard, distributed = read_vswitches(
        "Switch Name      Num Ports   Used Ports  Configured Ports  MTU     Uplinks\n"
        "vSwitch0         1536        3           128               1500    vmnic1\n"
        "\n"
        "  PortGroup Name        VLAN ID  Used Ports  Uplinks\n"
        "  VM Network            0        1           vmnic1\n"
        "\n"
        "DVS Name         Num Ports   Used Ports  Configured Ports  MTU     Uplinks\n"
        "Compute VDS      1536        10          512               1500    vmnic0\n"
        "\n"
        "  DVPort ID           In Use      Client\n"
        "  32                  1           vmnic0\n"
        "  24                  1           my web.eth0\n"
        "  33                  0\n"
    )
    assert (standard.name, standard.distributed, dict(standard.clients)) == ("vSwitch0", False, {})
    assert (distributed.name, distributed.distributed) == ("Compute VDS", True)
    assert distributed.clients == {"32": "vmnic0", "24": "my web.eth0", "33": ""}


def test_ports_of_a_vm_on_both_kinds_of_switch():
    ports = read_vm_ports(
        "   Port ID: 33554578\n   vSwitch: vSwitch0\n   Portgroup: Inside\n   DVPort ID:\n   MAC Address: 00:0c:29:47:03:dc\n"
        "   IP Address: 0.0.0.0\n   Active Filters:\n\n"
        "   Port ID: 33554579\n   vSwitch: dvs-prod\n   Portgroup: dvportgroup-7\n   DVPort ID: 41\n"
        "   MAC Address: 00:0c:29:47:03:d2\n"
    )
    assert ports == [
        PortInUse("vSwitch0", "Inside", "", "00:0c:29:47:03:dc"),
        PortInUse("dvs-prod", "dvportgroup-7", "41", "00:0c:29:47:03:d2"),
    ]
