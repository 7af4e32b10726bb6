"""A whole lab with DNS and NAS: a fail-over over NFS by the alias, over the wires alone."""

from __future__ import annotations

import shutil
import subprocess

import dns.message
import dns.query
import pytest

from harness.blueprints import load_blueprint
from harness.cli.lab import describe
from harness.journal import ApiCall, Placed
from harness.lab import open_lab
from harness.patience import STUCK
from harness.probes.failures import Absent, CommandFailed, NameServerRefusal, NameServerUnreachable, Unmet
from harness.probes.limits import limits_of
from harness.probes.names import NameClient, Names
from harness.probes.nas import NfsDatastores
from harness.probes.operator import Operator
from harness.probes.replicas import Replicas
from harness.procedures.site_file import load_site
from harness.releases import load
from harness.simulators.choice import choose_simulator
from harness.units import Credentials, minutes, seconds
from tests.nas import ALIAS, FAR, NEAR, SOURCE, VOLUME

MACHINES = """
[[vm]]
name = "desk1"
host = "esx01.lab.example"
datastore = "nfs01"
network = "production"

[[vm]]
name = "desk2"
host = "esx02.lab.example"
datastore = "nfs01"
network = "production"
on = false
"""


@pytest.fixture
def lab(tmp_path):
    path = tmp_path / "nas.toml"
    path.write_text(
        SOURCE.read_text().replace('vcenter = "vc01.lab.example" }]', 'vcenter = "vc01.lab.example", ha = true }]') + MACHINES
    )
    with open_lab(load_blueprint(path), load("5.0-716794"), choose_simulator("process"), 1) as opened:
        yield opened


@pytest.fixture
def operator(lab):
    acting = Operator(lab, limits_of(lab.release))
    yield acting
    acting.close()


def test_a_fail_over_by_the_alias_and_what_goes_wrong_on_the_way(lab, operator):
    names, nas, replicas = Names(operator), NfsDatastores(operator), Replicas(operator)
    nas.check_accessible("nfs01", ["esx01", "esx02"])
    nas.check_connected(NEAR, ["esx01", "esx02"])
    assert (names.target(ALIAS), names.address(ALIAS), names.time_to_live(ALIAS)) == ("nas-near.lab.example", NEAR, seconds(300))
    before = operator.look().datastore("nfs01")
    assert (before.volume, before.accessible) == (VOLUME.id, {"esx01.lab.example": True, "esx02.lab.example": True})

    _lose_near_site(lab, operator)
    replicas.act("cg-desktops", "break")
    with pytest.raises(CommandFailed, match="Unable to connect to NFS server"):
        nas.mount(["esx03"], ALIAS, "/vol/desktops", "nfs01")  # the alias leads to the lost NAS yet
    _repoint_and_mount(lab, names, nas)
    assert replicas.labels("cg-desktops") == ["desktops"]

    lab.pass_time(minutes(5), "vSphere HA")
    operator.shell("esx03").run("esxcfg-rescan -A").succeeded()
    seen = operator.look()
    assert seen.datastore("nfs01").volume == VOLUME.id
    assert seen.datastore("nfs01").accessible["esx03.lab.example"]
    assert (seen.machine("desk1").host, seen.machine("desk1").power) == ("esx03.lab.example", "poweredOn")
    assert seen.machine("desk2").power == "poweredOff"
    told = [e.record for e in lab.journal.entries() if isinstance(e.record, ApiCall) and e.record.target == "DNS"]
    assert [t.arguments for t in told if t.method == "update"] == [f"{ALIAS} CNAME nas-far.lab.example"]
    assert lab.nameservers["dns-far.lab.example"].login.password not in repr(lab.journal.entries())


def _lose_near_site(lab, operator):
    lab.faults.lose_site("near")
    assert [lab.nameservers[name].site for name in lab.nameservers if operator.nameserver(name).answers()] == ["far"]
    with pytest.raises(NameServerUnreachable):
        operator.nameserver("dns-near").lookup(ALIAS)


def _repoint_and_mount(lab, names, nas):
    names.repoint(ALIAS, "nas-far.lab.example")
    assert names.address(ALIAS) == FAR
    with pytest.raises(CommandFailed, match="Unable to connect to NFS server"):
        nas.mount(["esx03"], ALIAS, "/vol/desktops", "nfs01")  # the host believes what it was told
    assert nas.resolved("esx03", ALIAS) == NEAR
    lab.pass_time(names.time_to_live(ALIAS), "the time to live")
    assert nas.resolved("esx03", ALIAS) == FAR
    nas.mount(["esx03"], ALIAS, "/vol/desktops", "nfs01")
    nas.check_connected(FAR, ["esx03"])


def test_clients_and_listings(lab, operator):
    placed = {(e.record.subject, e.record.kind, e.record.site) for e in lab.journal.entries() if isinstance(e.record, Placed)}
    assert {("dns-far.lab.example", "DNS server", "far"), ("nfs.nas-near.vol.desktops", "export", "near")} <= placed
    told = describe(lab)["dns"]
    assert [server["name"] for server in told] == ["dns-near.lab.example", "dns-far.lab.example"]
    answer = dns.query.udp(dns.message.make_query(ALIAS, "A"), told[0]["host"], timeout=STUCK, port=told[0]["port"])
    assert FAR not in str(answer)
    assert NEAR in str(answer)

    server = operator.nameserver("dns-near")
    stranger = Credentials("operator.blackstart.", "b3RoZXI=")
    access = type(lab.nameservers[server.name])(server.name, "near", lab.nameservers[server.name].address, stranger)
    with pytest.raises(NameServerRefusal, match="NOTAUTH"):
        NameClient(access, operator._diary).repoint(ALIAS, "nas-far.lab.example")
    with pytest.raises(Absent, match="no alias 'nas-far"):
        server.repoint("nas-far.lab.example", "x.lab.example")
    with pytest.raises(NameServerRefusal, match="REFUSED"):
        server.lookup("www.example.org")
    with pytest.raises(Absent, match="DNS server"):
        operator.nameserver("moon")
    with pytest.raises(Absent, match="no address 'nowhere"):
        Names(operator).address("nowhere.lab.example")
    _look_amiss(lab, NfsDatastores(operator))


def _look_amiss(lab, nas):
    with pytest.raises(Unmet, match="connected to the NAS"):
        nas.check_connected(FAR, ["esx01"])
    with pytest.raises(Absent, match="NFS datastore"):
        nas.check_accessible("nfs01", ["esx03"])
    with pytest.raises(Absent, match="no address 'nowhere"):
        nas.resolved("esx01", "nowhere.lab.example")
    lab.faults.cut_paths(lab.blueprint.hosts[0].name, "nfs01")
    with pytest.raises(Unmet, match="mounted, not accessible"):
        nas.check_accessible("nfs01", ["esx01"])
    nas.check_accessible("nfs01", ["esx02"])
    lab.faults.give_paths(lab.blueprint.hosts[0].name, "nfs01")
    nas.check_accessible("nfs01", ["esx01"])
    lab.faults.lose_array("nas-near")
    with pytest.raises(Unmet, match="mounted, not accessible"):
        nas.check_accessible("nfs01", ["esx01"])


@pytest.mark.skipif(shutil.which("nsupdate") is None, reason="this machine has no nsupdate (Debian: bind9-dnsutils)")
def test_the_operators_own_tool_updates_a_record(lab):
    server = describe(lab)["dns"][0]
    script = f"server {server['host']} {server['port']}\nupdate add from-nsupdate.lab.example 60 A 192.0.2.77\nsend\n"
    key = f"{server['algorithm']}:{server['key']}:{server['secret']}"
    subprocess.run(["nsupdate", "-y", key], input=script, text=True, check=True, timeout=STUCK)
    question = dns.message.make_query("from-nsupdate.lab.example", "A")
    assert "192.0.2.77" in str(dns.query.udp(question, server["host"], timeout=STUCK, port=server["port"]))


def test_a_site_file_describes_dns_servers(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(
        'name = "ours"\nrelease = "5.0"\n[[nameserver]]\nname = "dns1"\nurl = "dns://192.0.2.53"\n'
        '[[nameserver]]\nname = "dns2"\nurl = "dns://192.0.2.54:5353"\nlogin = "updates"\n'
    )
    first, second = load_site(path).of_kind("nameserver")
    assert (tuple(first.address), first.login) == (("192.0.2.53", 53), "nameserver")
    assert (tuple(second.address), second.login) == (("192.0.2.54", 5353), "updates")
