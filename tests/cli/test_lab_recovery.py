"""``blackstart lab`` with Site Recovery Manager: where it is told, and that it answers there."""

from __future__ import annotations

import signal

import httpx

from tests.cli.started_lab import started


def test_a_script_finds_the_servers_in_the_first_line(tmp_path):
    with started(tmp_path, "--blueprint", "two-sites", "--json") as lab:
        assert [server["name"] for server in lab.told["srm"]] == ["srm-a.lab.example", "srm-b.lab.example"]
        for server in lab.told["srm"]:
            assert server.keys() == {"name", "url", "user", "password"}
            login = (server["user"], server["password"])
            answer = httpx.post(f"{server['url']}/api/rest/srm/v1/session", auth=login, verify=False, timeout=10)
            assert answer.json().keys() == {"session_id"}
        assert lab.end(signal.SIGINT) == 0
        assert not lab.remains()


def test_a_person_is_told_them_too(tmp_path):
    with started(tmp_path, "--blueprint", "two-sites") as lab:
        shown = lab.shown()
    at = shown.index("Site Recovery Manager srm-b.lab.example\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    assert shown[at + 2].startswith("  user administrator@vsphere.local, password ")
