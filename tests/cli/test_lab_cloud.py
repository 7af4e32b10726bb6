"""``blackstart lab`` with vCloud Director: where it is told, with its users, and that it answers there."""

from __future__ import annotations

import signal

from harness.units import Credentials
from tests.cli.started_lab import started
from tests.vcloud_api.private_cloud import BLUEPRINT, Caller
from tests.vcsim_lab import until


def test_a_script_finds_the_cloud_in_the_first_line(tmp_path):
    (tmp_path / "ours.toml").write_text(BLUEPRINT)
    with started(tmp_path, "--blueprint", "ours.toml", "--json") as lab:
        (cloud,) = lab.told["vcloud"]
        assert cloud.keys() == {"name", "url", "user", "password", "organisations"}
        assert cloud["name"] == "vcloud.example"
        for login in (cloud, *cloud["organisations"]):
            caller = Caller(cloud["url"], Credentials(login["user"], login["password"]))
            assert caller.get("/api/session").get("user") == login["user"].partition("@")[0]
        assert [organisation["name"] for organisation in cloud["organisations"]] == ["alpha", "beta"]
        assert lab.end(signal.SIGINT) == 0
        until(lambda: not lab.remains())


def test_a_person_is_told_it_too_and_that_a_release_has_none(tmp_path):
    (tmp_path / "ours.toml").write_text(BLUEPRINT)
    with started(tmp_path, "--blueprint", "ours.toml") as lab:
        shown = lab.shown()
    at = shown.index("vCloud Director vcloud.example\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    users = [line.split(",")[0] for line in shown[at + 2 : at + 5]]
    assert users == ["  user administrator@System", "  user admin@alpha", "  user admin@beta"]
    with started(tmp_path, "--blueprint", "ours.toml", "--release", "9.0") as lab:
        shown = lab.shown()
    assert "vCloud Director vcloud.example: the release has none, so nobody serves it.\n" in shown
