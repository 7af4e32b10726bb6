"""``blackstart lab`` with storage arrays: where they are told, and that they answer there."""

from __future__ import annotations

import signal

import httpx

from tests.cli.started_lab import started
from tests.lab.test_arrays import PAIR


def test_a_script_finds_the_arrays_in_the_first_line(tmp_path):
    (tmp_path / "ours.toml").write_text(PAIR)
    with started(tmp_path, "--blueprint", "ours.toml", "--json") as lab:
        assert [array["name"] for array in lab.told["arrays"]] == ["array-a", "array-b"]
        for array in lab.told["arrays"]:
            assert array.keys() == {"name", "url", "user", "password"}
            login = (array["user"], array["password"])
            shown = httpx.get(f"{array['url']}/api/v1/array", auth=login, verify=False, timeout=10)
            assert shown.json()["name"] == array["name"]
        assert lab.end(signal.SIGINT) == 0
        assert not lab.remains()


def test_a_person_is_told_them_too(tmp_path):
    (tmp_path / "ours.toml").write_text(PAIR)
    with started(tmp_path, "--blueprint", "ours.toml") as lab:
        shown = lab.shown()
    at = shown.index("Array array-b\n")
    assert shown[at + 1].startswith("  https://127.0.0.1:")
    assert shown[at + 2].startswith("  user admin, password ")
