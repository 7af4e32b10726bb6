"""Copies of volumes as the host's own commands list them, against public captures."""

from __future__ import annotations

from harness.operations import storage
from tests.esxi_commands.conftest import words
from tests.esxi_commands.copies import mounted, show_copy, tail
from tests.world.scene import NAMES

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
