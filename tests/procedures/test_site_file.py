"""Site files and logins: what a person gives, and the one error that says what is wrong with it, with file and line."""

from __future__ import annotations

import json
import re
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.probes.limits import Limits, limits_of
from harness.procedures.catalogue import PROCEDURES
from harness.procedures.logins import Logins, read_credentials
from harness.procedures.site import Site, at_lab
from harness.procedures.site_file import SCHEMA, Clock, load_site
from harness.releases import load
from harness.units import Credentials, minutes, seconds

WHOLE = """\
name = "ours"
release = "5.1"
credentials = "logins.toml"

[[vcenter]]
name = "vc-res.example"
url = "https://192.0.2.5:8443/sdk"
thumbprint = "AB:CD:EF:01:23:45:67:89:AB:CD:EF:01:23:45:67:89:AB:CD:EF:01"

[[array]]
name = "array-b"
url = "https://array-b.example"
role = "recovery"

[[srm]]
name = "srm-b"
url = "https://srm-b.example/api/rest/srm/v1"
role = "recovery"
login = "srm-recovery"

[[vcloud]]
name = "cloud"
url = "https://cloud.example"
insecure = true

[[host]]
name = "esx-a01.example"
address = "192.0.2.11"
port = 2222
vcenter = "vc-res.example"
role = "protected"
datastores = ["tenant-vmfs01"]
insecure = true

[[host]]
name = "esx-b01.example"
vcenter = "vc-res.example"
role = "recovery"
host-key = "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

[recovery]
plan = "management"
management = ["vc-res", "vcd-cell01"]
consistency-groups = ["cg-tenants"]
cluster = "resource"
vcenter = "vc-res.example"

[branches]
power-on = "ha"

[waits]
agents = 90
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "ours.toml").write_text(WHOLE)
    return tmp_path / "ours.toml"


def test_a_site_file_is_read_whole(file):
    site = load_site(file)
    (center,), (srm,), (cloud,) = (site.of_kind(kind) for kind in ("vcenter", "srm", "vcloud"))
    assert (center.address, center.identity[:5], center.login) == (("192.0.2.5", 8443), "AB:CD", "vcenter")
    assert (srm.address, srm.role, srm.login, srm.identity) == (("srm-b.example", 443), "recovery", "srm-recovery", "known")
    assert cloud.identity == "anybody"
    first, second = site.hosts
    assert (first.address, first.identity, first.datastores) == (("192.0.2.11", 2222), "anybody", ("tenant-vmfs01",))
    assert (second.address, second.identity[:7]) == (("esx-b01.example", 22), "SHA256:")
    assert (site.host_names(), site.host_names("recovery")) == (["esx-a01.example", "esx-b01.example"], ["esx-b01.example"])
    assert site.recovery
    assert (site.recovery.plan, site.recovery.groups) == ("management", ("cg-tenants",))
    assert (site.credentials, site.branches) == (file.parent / "logins.toml", {"power-on": "ha"})


def test_a_wait_is_the_file_s_or_else_the_release_s(file):
    site = load_site(file)
    assert site.wait("agents") == seconds(90)
    assert site.wait("boot") == limits_of(load("5.1")).boot


def test_the_file_can_set_every_wait_that_there_is():
    assert set(json.loads(SCHEMA.read_text())["properties"]["waits"]["properties"]) == {field.name for field in fields(Limits)}


def test_the_procedures_wait_only_for_what_there_is():
    checks = [check for procedure in PROCEDURES.values() for step in procedure.steps for check in (*step.before, *step.after)]
    assert {check.within for check in checks if check.within} <= {field.name for field in fields(Limits)}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('release = "5.1"', 'release = "4.0"', r"ours\.toml:2: release '4\.0': unknown\n  Did you mean "),
        ('release = "5.1"\n', "", r"ours\.toml: file: 'release' is a required property"),
        ("[waits]", "[waits", r"ours\.toml:\d+: .*not TOML"),
        ("agents = 90", "agent = 90", r"ours\.toml:52: waits\.agent: not a known name\n  Near: agents"),
        ("agents = 90", "agents = 0", r"ours\.toml:52: waits\.agents: 0 is less than or equal to the minimum of 0"),
        ('url = "https://cloud.example"', 'url = "http://cloud.example"', r"ours\.toml:23: vcloud\.0\.url: 'http:"),
        ('url = "https://cloud.example"', 'url = "https://me:pw@cloud"', r"ours\.toml:23: vcloud\.0\.url"),
        ("port = 2222", "port = 99999", r"ours\.toml:29: host\.0\.port: 99999 is greater"),
        ("AB:CD", "XY:CD", r"ours\.toml:8: vcenter\.0\.thumbprint"),
        (
            'role = "protected"',
            'role = "main"',
            r"ours\.toml:31: host\.0\.role: 'main' is not one of \['protected', 'recovery'\]",
        ),
        ('name = "esx-b01.example"', 'name = "esx-a01.example"', r"ours\.toml:36: host 'esx-a01\.example': is described twice"),
        (
            'host-key = "SHA',
            'insecure = true\nhost-key = "SHA',
            r"ours\.toml:39: host 'esx-b01\.example': insecure believes anybody",
        ),
        (
            'cluster = "resource"\nvcenter = "vc-res',
            'cluster = "resource"\nvcenter = "vc-x',
            r"ours\.toml:46: recovery\.vcenter: no vcenter named 'vc-x\.ex",
        ),
        (
            '2222\nvcenter = "vc-res.example"',
            '2222\n[[vcenter]]\nname = "vc-b"\nurl = "https://vc-b"\n[[host]]\nname = "esx-a02.example"',
            r"ours\.toml:26: host 'esx-a01\.example': does not say which vcenter manages it\n  Known: vc-res\.example, vc-b",
        ),
        (
            '2222\nvcenter = "vc-res',
            '2222\nvcenter = "vc',
            r"ours\.toml:30: host\.vcenter: no vcenter named 'vc\.example'\n  Known: vc-res",
        ),
        (
            "[branches]",
            '[recovery.nas]\nalias = "nas"\nprotected = "nas-a"\nrecovery = "nas-b"\nconsistency-groups = ["cg-nas"]\n'
            'datastores = { nfs01 = "/vol/one" }\n[branches]',
            r"ours\.toml:\d+: recovery\.nas\.consistency-groups: 'cg-nas' is none of recovery\.consistency-groups\n  Known: cg",
        ),
        (
            "[branches]",
            '[recovery.nas]\nalias = "nas"\nprotected = "nas-a"\nrecovery = "nas-b"\nconsistency-groups = ["cg-tenants"]\n'
            'datastores = { nfs01 = "vol/one" }\n[branches]',
            r"ours\.toml:\d+: recovery\.nas\.datastores\.nfs01: 'vol/one' does not match '\^/'",
        ),
        ("[waits]", "[clock]\npace = 2\nlab = 1\nwall = 2\n[waits]", r"ours\.toml:53: clock\.lab: not a date with time and zone"),
    ],
)
def test_what_cannot_be_used_is_named_with_its_line(file, old, new, said):
    assert old in WHOLE
    file.write_text(WHOLE.replace(old, new, 1))
    with pytest.raises(InputError) as caught:
        load_site(file)
    assert re.search(said, str(caught.value)), caught.value


def test_a_procedure_does_not_begin_without_the_parts_that_it_needs(file):
    site = load_site(file)
    site.require(("hosts", "vcenters", "arrays", "srm", "vcloud", "recovery"), "vcd-failover")
    file.write_text('name = "x"\nrelease = "5.0"\n')
    for part, table in (("hosts", "[[host]]"), ("arrays", "[[array]]"), ("srm", "[[srm]]"), ("recovery", "[recovery]")):
        with pytest.raises(InputError, match=re.escape(f"{table}: the procedure vcd-failover needs it")):
            load_site(file).require((part,), "vcd-failover")


def logins(path: Path, mode: int = 0o600, content: str = '[host]\nuser = "root"\npassword = "from-the-file"\n') -> Path:
    path.write_text(content)
    path.chmod(mode)
    return path


def test_logins_come_from_the_environment_or_from_the_file(tmp_path):
    file = logins(tmp_path / "logins.toml")
    assert Logins(file, {}).of("host", "x") == Credentials("root", "from-the-file")
    environment = {"BLACKSTART_HOST_USER": "ops", "BLACKSTART_HOST_PASSWORD": "from-outside"}
    assert Logins(file, environment).of("host", "x") == Credentials("ops", "from-outside")
    assert Logins(None, {"BLACKSTART_SRM_B_USER": "u", "BLACKSTART_SRM_B_PASSWORD": "p"}).of("srm-b", "x") == Credentials(
        "u", "p"
    )


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o660, 0o666])
def test_a_file_that_others_may_read_is_refused(tmp_path, mode):
    file = logins(tmp_path / "logins.toml", mode)
    with pytest.raises(InputError, match=rf"other users of this machine may use it \(mode {mode:04o}\)\n  chmod 600 "):
        read_credentials(file)


def test_a_login_that_nothing_gives_is_named_with_the_ways_to_give_it(tmp_path):
    with pytest.raises(
        InputError, match=r"login 'srm': srm srm-b needs it, and nothing gives it\n  Name a file .* BLACKSTART_SRM_USER"
    ):
        Logins(None, {}).of("srm", "srm srm-b")
    with pytest.raises(InputError, match=r"Give it a table \[srm\] with user and password, or set BLACKSTART_SRM_USER and "):
        Logins(logins(tmp_path / "logins.toml"), {"BLACKSTART_SRM_USER": "only"}).of("srm", "srm srm-b")


@pytest.mark.parametrize(
    "content",
    ['[host]\nuser = "root"\npassword = 5309\n', "host = 5309\n", '[host]\npassword = "5309"\n', "[host]\npassword = 5309 x"],
)
def test_no_message_about_a_credentials_file_quotes_it(tmp_path, content):
    with pytest.raises(InputError) as caught:
        read_credentials(logins(tmp_path / "logins.toml", content=content))
    assert "5309" not in str(caught.value)
    assert "logins.toml" in str(caught.value)


def test_only_the_parts_that_are_needed_have_to_have_logins(file):
    logins(file.parent / "logins.toml")
    site = load_site(file)
    found = Site(site, Logins(site.credentials, {}), ("hosts",))
    assert list(found.hosts) == site.host_names()
    assert (found.vcenters, found.srm) == ({}, {})
    assert found.journal.masked("from-the-file") == "********"
    with pytest.raises(InputError, match=r"login 'vcenter': vcenter vc-res\.example needs it"):
        Site(site, Logins(site.credentials, {}), ("vcenters",))


def test_a_lab_s_clock_runs_at_its_pace():
    lab, wall = datetime(2012, 2, 9, 9, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC)
    assert at_lab(Clock(60, lab, wall), wall + timedelta(seconds=2)) == lab + minutes(2)


def test_waiting_is_sleeping_between_looks(file):
    site = Site(load_site(file), Logins(None, {}), ())
    looks = iter([False, True])
    began = site.now()
    assert site.wait_for(lambda: next(looks), seconds(0.1), "it is there")
    assert site.now() - began >= seconds(0.1)
    assert not site.wait_for(lambda: False, seconds(0.1), "it is there")
    site.pass_time(seconds(0.1))
    assert [entry.record.why for entry in site.journal.entries()] == ["it is there", "it is there", ""]
