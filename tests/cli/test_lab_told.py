"""``blackstart lab`` with arrays, Site Recovery Manager, View and DNS: where each is told, and that it answers there."""

from __future__ import annotations

import signal
from collections.abc import Iterator

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update
import httpx
import pytest

from harness.lab import BrokerAccess
from harness.patience import STUCK
from harness.probes.brokers import BrokerClient
from harness.procedures.logins import read_credentials
from harness.procedures.site_file import SiteFile, load_site
from harness.units import Address, Credentials
from tests.cli.started_lab import StartedLab, started
from tests.vcsim_lab import until

EVERYTHING = ("--blueprint", "view-two-sites", "--variation", "desktops on NFS")
ALIAS, FAR = "nas.lab.example", "198.51.100.100"


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedLab]:
    """With a first line for a script; in the end it is ended, and leaves nothing."""
    with started(tmp_path_factory.mktemp("told"), *EVERYTHING, "--json", "--site-file", "lab.toml") as running:
        yield running
        assert running.end(signal.SIGINT) == 0
        until(lambda: not running.remains())


@pytest.fixture(scope="module")
def site(lab: StartedLab) -> SiteFile:
    """What a procedure finds."""
    return load_site(lab.folder / "lab.toml")


@pytest.fixture(scope="module")
def shown(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a person reads."""
    with started(tmp_path_factory.mktemp("shown"), *EVERYTHING) as running:
        return running.shown()


def test_a_script_finds_the_arrays_in_the_first_line(lab):
    assert [array["name"] for array in lab.told["arrays"]] == ["array-a", "array-b", "nas-a", "nas-b"]
    for array in lab.told["arrays"]:
        assert array.keys() == {"name", "url", "user", "password"}
        login = (array["user"], array["password"])
        answer = httpx.get(f"{array['url']}/api/v1/array", auth=login, verify=False, timeout=STUCK)
        assert answer.json()["name"] == array["name"]


def test_a_person_is_told_the_arrays_too(shown):
    at = shown.index("Array array-b\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    assert shown[at + 2].startswith("  user admin, password ")


def test_a_script_finds_the_recovery_servers_in_the_first_line(lab):
    assert [server["name"] for server in lab.told["srm"]] == ["srm-a.lab.example", "srm-b.lab.example"]
    for server in lab.told["srm"]:
        assert server.keys() == {"name", "url", "user", "password"}
        login = (server["user"], server["password"])
        answer = httpx.post(f"{server['url']}/api/rest/srm/v1/session", auth=login, verify=False, timeout=STUCK)
        assert answer.json().keys() == {"session_id"}


def test_a_person_is_told_the_recovery_servers_too(shown):
    at = shown.index("Site Recovery Manager srm-b.lab.example\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    assert shown[at + 2].startswith("  user administrator@vsphere.local, password ")


def test_a_script_finds_the_connection_servers_in_the_first_line_and_a_procedure_in_the_site_file(lab, site):
    first, second = lab.told["view"]
    assert first.keys() == {"name", "url", "users"}
    assert [first["name"], second["name"]] == ["view-cs01.lab.example", "view-cs02.lab.example"]
    users = {user["name"]: Credentials(user["user"], user["password"]) for user in first["users"]}
    assert users["user-01"].user == "LAB\\user-01"
    host, _, port = first["url"].removeprefix("https://").partition(":")
    client = BrokerClient(BrokerAccess(first["name"], Address(host, int(port)), users["user-01"], users))
    assert [client.desktop(user).machine for user in ("user-01", "user-02", "user-03")] == ["office-01", "office-02", "office-03"]
    client.close()
    assert [entry.name for entry in site.of_kind("view")] == [first["name"], second["name"]]
    assert site.of_kind("view")[0].url == first["url"]


def test_a_person_is_told_the_connection_servers_too(shown):
    at = shown.index("View connection server view-cs01.lab.example\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    assert [line.split(",")[0] for line in shown[at + 2 : at + 5]] == [f"  user LAB\\user-0{number}" for number in (1, 2, 3)]


def test_a_person_is_told_that_a_release_has_no_connection_servers(tmp_path):
    with started(tmp_path, *EVERYTHING, "--release", "8.0") as running:
        assert "View view.lab.example: the release has none with Composer, so nobody serves it.\n" in running.shown()


def test_a_script_finds_the_name_servers_in_the_first_line_and_a_procedure_in_the_site_file(lab, site):
    first, second = lab.told["dns"]
    assert first.keys() == {"name", "host", "port", "key", "secret", "algorithm"}
    assert [first["name"], second["name"]] == ["dns-a.lab.example", "dns-b.lab.example"]
    key = dns.tsig.Key(first["key"], first["secret"], first["algorithm"])
    update = dns.update.UpdateMessage("lab.example", keyring={key.name: key}, keyname=key.name)
    update.replace(ALIAS + ".", 60, "CNAME", "nas-b.lab.example.")
    assert dns.query.udp(update, first["host"], timeout=STUCK, port=first["port"]).rcode() == dns.rcode.NOERROR
    answer = dns.query.tcp(dns.message.make_query(ALIAS, "A"), second["host"], timeout=STUCK, port=second["port"])
    assert FAR in str(answer)
    (entry, _) = site.of_kind("nameserver")
    assert (entry.name, tuple(entry.address)) == (first["name"], (first["host"], first["port"]))
    login = read_credentials(lab.folder / "lab.credentials.toml")[entry.login]
    assert (login.user, login.password) == (first["key"], first["secret"])
    names = ("replica", "os01", "os02", "persistent")
    assert site.host("esx-a01.lab.example").datastores == tuple(f"{kind}-{name}" for kind in ("view", "nfs") for name in names)


def test_a_person_is_told_the_name_servers_too(shown):
    at = shown.index("DNS server dns-a.lab.example\n")
    assert shown[at + 1].startswith("  @127.0.0.1 -p ")
    assert "for dig; updates by nsupdate -y hmac-sha256:operator.blackstart.:" in shown[at + 1]
