"""``blackstart lab`` with View: where its connection servers are told, with the users of desktops, and that they answer there."""

from __future__ import annotations

import signal

from harness.lab import BrokerAccess
from harness.probes.brokers import BrokerClient
from harness.procedures.site_file import load_site
from harness.units import Address, Credentials
from tests.cli.started_lab import started
from tests.view_api.desktop_block import BLUEPRINT


def test_a_script_finds_the_connection_servers_in_the_first_line_and_a_procedure_in_the_site_file(tmp_path):
    (tmp_path / "ours.toml").write_text(BLUEPRINT)
    with started(tmp_path, "--blueprint", "ours.toml", "--json", "--site-file", "lab.toml") as lab:
        first, second = lab.told["view"]
        assert first.keys() == {"name", "url", "users"}
        assert [first["name"], second["name"]] == ["view-cs01.example", "view-cs02.example"]
        users = {user["name"]: Credentials(user["user"], user["password"]) for user in first["users"]}
        assert users["user-01"].user == "LAB\\user-01"
        host, _, port = first["url"].removeprefix("https://").partition(":")
        client = BrokerClient(BrokerAccess(first["name"], Address(host, int(port)), users["user-01"], users))
        assert [client.desktop(user).machine for user in users] == ["desk-01", "desk-02", "desk-03"]
        client.close()
        site = load_site(tmp_path / "lab.toml")
        assert [entry.name for entry in site.of_kind("view")] == ["view-cs01.example", "view-cs02.example"]
        assert site.of_kind("view")[0].url == first["url"]
        assert lab.end(signal.SIGINT) == 0
        assert not lab.remains()


def test_a_person_is_told_them_too_and_that_a_release_has_none(tmp_path):
    (tmp_path / "ours.toml").write_text(BLUEPRINT)
    with started(tmp_path, "--blueprint", "ours.toml") as lab:
        shown = lab.shown()
    at = shown.index("View connection server view-cs01.example\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    assert [line.split(",")[0] for line in shown[at + 2 : at + 5]] == [f"  user LAB\\user-0{number}" for number in (1, 2, 3)]
    with started(tmp_path, "--blueprint", "ours.toml", "--release", "8.0") as lab:
        shown = lab.shown()
    assert "View view.example: the release has none with Composer, so nobody serves it.\n" in shown
