"""``blackstart lab`` with DNS: where its servers are told, that they answer there, and how updates of them are signed."""

from __future__ import annotations

import signal

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update

from harness.procedures.logins import read_credentials
from harness.procedures.site_file import load_site
from tests.cli.started_lab import started
from tests.nas import ALIAS, SOURCE


def test_a_script_finds_the_name_servers_in_the_first_line_and_a_procedure_in_the_site_file(tmp_path):
    with started(tmp_path, "--blueprint", str(SOURCE), "--json", "--site-file", "lab.toml") as lab:
        first, second = lab.told["dns"]
        assert first.keys() == {"name", "host", "port", "key", "secret", "algorithm"}
        assert [first["name"], second["name"]] == ["dns-near.lab.example", "dns-far.lab.example"]
        key = dns.tsig.Key(first["key"], first["secret"], first["algorithm"])
        update = dns.update.UpdateMessage("lab.example", keyring={key.name: key}, keyname=key.name)
        update.replace(ALIAS + ".", 60, "CNAME", "nas-far.lab.example.")
        assert dns.query.udp(update, first["host"], timeout=10, port=first["port"]).rcode() == dns.rcode.NOERROR
        shown = dns.query.tcp(dns.message.make_query(ALIAS, "A"), second["host"], timeout=10, port=second["port"])
        assert "198.51.100.20" in str(shown)
        site = load_site(tmp_path / "lab.toml")
        (entry, _) = site.of_kind("nameserver")
        assert (entry.name, tuple(entry.address)) == (first["name"], (first["host"], first["port"]))
        login = read_credentials(tmp_path / "lab.credentials.toml")[entry.login]
        assert (login.user, login.password) == (first["key"], first["secret"])
        assert site.host("esx01.lab.example").datastores == ("vmfs01", "nfs01")
        assert lab.end(signal.SIGINT) == 0
        assert not lab.remains()


def test_a_person_is_told_them_too(tmp_path):
    with started(tmp_path, "--blueprint", str(SOURCE)) as lab:
        shown = lab.shown()
    at = shown.index("DNS server dns-near.lab.example\n")
    assert shown[at + 1].startswith("  @127.0.0.1 -p ")
    assert "for dig; updates by nsupdate -y hmac-sha256:operator.blackstart.:" in shown[at + 1]
