"""NFS datastores as the host's own commands show and change them, against public captures."""

from __future__ import annotations

import pytest

from harness.errors import Refusal
from harness.operations import names, replication
from harness.units import DeviceId
from harness.world.names import Record, Zone
from tests.esxi_commands.conftest import Answer, words
from tests.nas import ALIAS, FAR, NEAR, VOLUME, alias_to, nas_scene

LIST_7_0 = """\
Volume Name  Host          Share      Accessible  Mounted  Read-Only   isPE  Hardware Acceleration
-----------  ------------  ---------  ----------  -------  ---------  -----  ---------------------
ssd          198.51.100.5  /data/ssd        true     true      false  false  Not Supported
"""
LIST_5_0 = """\
Volume Name Host Share Accessible Mounted Hardware Acceleration
----------- ------------- --------------- ---------- ------- ---------------------
NFS 203.0.113.107 /data/nfs_share true true Not Supported
"""
DF_7_0 = "NFS        349.8G  32.2M    349.8G   0% /vmfs/volumes/ssd"
DENIED_6 = (
    "Unable to connect to NAS volume Belstar_Ae2: Unable to complete Sysinfo operation.  Please see the VMkernel log file for"
    " more details.: Sysinfo error: The NFS server denied the mount requestSee VMkernel log for details.\n"
)
ADD = f"esxcli storage nfs add -H {ALIAS} -s /vol/desktops -v nfs01"


@pytest.fixture
def nas(place):
    return lambda release="5.0": place(release, nas_scene)


def lose(here, array="nas-near"):
    here.scene.gateway.perform(replication.switch_array, array, on=False)


def as_captured(listing: str, label: str, host: str, share: str) -> str:
    return listing.replace(label, "nfs01").replace(host, ALIAS).replace(share, "/vol/desktops")


def test_the_listing_of_5_0_is_as_captured(nas):
    here = nas()
    expected = words(as_captured(LIST_5_0, "NFS ", "203.0.113.107", "/data/nfs_share").replace("nfs01", "nfs01 "))
    assert [line for line in here.run("esxcli storage nfs list").words if line[0][0] != "-"] == [expected[0], expected[2]]


def test_later_listings_have_their_columns_and_their_alignment(nas):
    head, _, row = LIST_7_0.splitlines()
    shown = nas("6.7").run("esxcli storage nfs list").out.splitlines()
    assert shown[0].split() == head.split()
    assert shown[2].split() == ["nfs01", ALIAS, "/vol/desktops", *row.split()[3:]]
    assert shown[2].index("true") + len("true") == shown[0].index("Accessible") + len("Accessible")


def test_one_out_of_reach_is_not_accessible_and_esxcfg_nas_leaves_a_word_out(nas):
    here = nas()
    mounted = here.run("esxcfg-nas -l")
    assert (mounted.out, mounted.status) == (f"nfs01 is /vol/desktops from {ALIAS} mounted\n", 0)
    lose(here)
    assert here.run("esxcfg-nas -l").out == f"nfs01 is /vol/desktops from {ALIAS}\n"
    assert here.run("esxcli storage nfs list").words[-1][3:5] == ["false", "true"]
    assert "nfs01" not in here.run("df -h").out
    row = next(line for line in here.run("esxcli storage filesystem list").words if "nfs01" in line)
    assert row[-3:] == ["NFS", "0", "0"]
    assert here.run("ls /vmfs/volumes/nfs01/").err == "ls: /vmfs/volumes/nfs01/: Input/output error\n"


def test_it_is_listed_among_the_file_systems_and_not_among_devices(nas):
    here = nas()
    row = next(line for line in here.run("esxcli storage filesystem list").words if "nfs01" in line)
    assert row[:5] == [f"/vmfs/volumes/{VOLUME.id}", "nfs01", VOLUME.id, "true", "NFS"]
    line = next(line for line in here.run("df -h").out.splitlines() if line.startswith("NFS"))
    assert line.split() == ["NFS", "200.0G", *line.split()[2:4], "0%", "/vmfs/volumes/nfs01"]
    assert [len(cell) for cell in DF_7_0.split("  ")[:1]] == [len(cell) for cell in line.split("  ")[:1]]
    for listing in ("esxcfg-scsidevs -m", "esxcli storage vmfs extent list", "esxcli storage core device list"):
        assert "nfs01" not in here.run(listing).out
    assert here.run("vmkfstools -P /vmfs/volumes/nfs01").status == 1
    assert here.run("esxcli storage filesystem unmount -l nfs01").status == 1
    entries = here.run("ls -l /vmfs/volumes").words
    assert next(line for line in entries if line[-1] == VOLUME.id and "->" not in line)[0] == "drwxr-xr-x"
    assert next(line for line in entries if "nfs01" in line)[-3:] == ["nfs01", "->", VOLUME.id]
    assert here.run("cd /vmfs/volumes/nfs01 && pwd").out.strip().endswith(VOLUME.id)


def test_adding_and_deleting_speak_as_captured(nas):
    here = nas()
    deleted = here.run("esxcfg-nas -d nfs01")
    assert (deleted.out, deleted.status) == ("NAS volume nfs01 deleted.\n", 0)
    assert here.run("esxcfg-nas -l").out == ""
    added = here.run(f"esxcfg-nas -a -o {ALIAS} -s /vol/desktops nfs01")
    assert (added.out, added.err, added.status) == ("Connecting to NAS volume: nfs01\nnfs01 created and connected.\n", "", 0)
    assert here.run("esxcfg-nas -d nfs02").status == 1
    again = here.run(f"esxcfg-nas -a -o {ALIAS} -s /vol/desktops nfs02")
    assert (again.status, "mounted as nfs01 already" in again.err) == (1, True)


def test_a_denied_mount_is_told_as_captured_and_leaves_nothing(nas):
    here = nas("6.7")
    refused = here.run("esxcfg-nas -a -o nas-near.lab.example -s /volume1/ASUS-esxi-02 Belstar_Ae2")
    assert (refused.out, refused.err, refused.status) == ("Connecting to NAS volume: Belstar_Ae2\n", DENIED_6, 1)
    assert "Belstar_Ae2" not in here.run("esxcfg-nas -l; esxcli storage nfs list; ls /vmfs/volumes").out
    assert "The NFS server denied the mount request" in here.run("tail -1 /var/log/vmkernel.log").out
    assert {t.provenance for t in here.shown() if t.name == "esxcfg-nas.not-connected"} == {"quoted"}


def test_esxcli_adds_and_removes_in_silence(nas):
    here = nas()
    assert here.run(ADD, host=3) == Answer(0, "", "")
    assert f"{NEAR}:2049" in here.run("esxcli network ip connection list", host=3).out, "where the alias leads"
    assert here.run("esxcli storage nfs remove -v nfs01", host=3) == Answer(0, "", "")
    assert here.run("esxcli storage nfs remove -v nfs01", host=3).status == 1
    assert here.run("esxcli storage nfs list", host=3).out == ""


def test_a_lost_nas_and_an_alias_not_repointed(nas):
    here = nas()
    lose(here)
    refused = here.run(ADD, host=3)
    assert (refused.status, "Unable to connect to NFS server" in refused.err) == (1, True)
    assert "nowhere.lab.example" in here.run("esxcli storage nfs add -H nowhere.lab.example -s /x -v x", host=3).err


def test_which_address_a_mount_goes_to_can_be_seen(nas):
    here = nas()
    assert f"{NEAR}:2049" in here.run("esxcli network ip connection list").out
    here.scene.gateway.perform(replication.break_replication, "cg-desktops")
    alias_to(here.scene.gateway, "nas-far.lab.example")
    assert here.run(ADD, host=3).status == 0
    assert f"{FAR}:2049" in here.run("esxcli network ip connection list", host=3).out
    assert here.run("grep nas/nfs01 /etc/vmware/esx.conf", host=3).out.splitlines() == [
        '/nas/nfs01/enabled = "true"', f'/nas/nfs01/host = "{ALIAS}"', '/nas/nfs01/readOnly = "false"',
        '/nas/nfs01/share = "/vol/desktops"',
    ]  # fmt: skip


def test_ping_shows_what_the_hosts_resolver_believes_and_whether_somebody_answers(nas):
    here = nas()
    first = here.run(f"ping -c 2 {ALIAS}")
    assert first.out.splitlines()[0] == f"PING {ALIAS} ({NEAR}): 56 data bytes"
    assert (first.status, "2 packets transmitted, 2 packets received, 0% packet loss" in first.out) == (0, True)
    alias_to(here.scene.gateway, "nas-far.lab.example")
    assert f"({NEAR})" in here.run(f"vmkping -c 1 {ALIAS}").out, "until the time to live has passed"
    assert f"({FAR})" in here.run(f"ping -c 1 {ALIAS}", host=2).out, "which never asked before"
    here.scene.pass_minutes(5)
    assert f"({FAR})" in here.run(f"ping -c 1 {ALIAS}").out
    lose(here, "nas-far")
    lost = here.run(f"ping -c 1 {ALIAS}")
    assert (lost.status, "100% packet loss" in lost.out) == (1, True)
    assert here.run("ping nowhere.lab.example") == Answer(1, "", "ping: unknown host nowhere.lab.example\n")
    assert here.run("ping -c 1 192.0.2.12").status == 0
    assert here.run("ping -c 0 192.0.2.12").status == 1


def test_a_datastore_for_reading_alone_is_listed_so(nas):
    here = nas("6.7")
    assert here.run("esxcfg-nas -d nfs01").status == 0
    assert here.run(f"{ADD} -r").status == 0
    assert here.run("esxcli storage nfs list").words[-1][5] == "true"
    assert here.run("touch /vmfs/volumes/nfs01/x").err == "touch: /vmfs/volumes/nfs01/x: Read-only file system\n"


def test_restore_tries_again(nas):
    here = nas()
    here.scene.gateway.perform(replication.break_replication, "cg-desktops")
    here.scene.gateway.perform(replication.present, DeviceId("nfs.nas-far.vol.desktops"), [here.host().name])
    lose(here)
    alias_to(here.scene.gateway, "nas-far.lab.example")
    assert here.run("esxcfg-nas -r").status == 0
    assert f"{FAR}:2049" in here.run("esxcli network ip connection list").out


@pytest.mark.parametrize(
    "line",
    [
        "esxcfg-nas",
        "esxcfg-nas -l -d x",
        "esxcfg-nas -d",
        "esxcfg-nas -a x",
        "esxcfg-nas –l",
        "esxcli storage nfs add -H a -s /b",
    ],
)
def test_bad_arguments_are_refused(nas, line):
    here = nas()
    done = here.run(line)
    assert done.status == 1
    assert done.err


def test_without_hostd_nothing_is_asked(nas):
    here = nas()
    here.run("/etc/init.d/hostd stop")
    for line in ("esxcfg-nas -l", "esxcli storage nfs list"):
        assert here.run(line).err == "Connect to localhost failed: Connection failure\n"


def test_an_edit_of_a_zone_that_does_not_exist_is_refused(nas):
    def edit(zone: Zone) -> tuple[Record, ...]:
        return zone.records

    with pytest.raises(Refusal, match="no zone other"):
        nas().scene.gateway.perform(names.change, "other.example", edit)
