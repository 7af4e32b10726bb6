"""``blackstart storage`` against arrays behind real HTTPS."""

from __future__ import annotations

import hashlib
import json
import os
import ssl
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.operations import replication
from harness.patience import STUCK
from harness.protocols.array_api import make_application
from harness.protocols.web.server import WebServer
from harness.units import Credentials
from tests.cli.started_lab import ROOT, started
from tests.command import Called
from tests.lab.test_arrays import PAIR
from tests.web_server import port_of, web_server  # noqa: F401 - a fixture
from tests.world.replicas import GROUP, replicate
from tests.world.scene import NAMES, Scene, make_scene

LOGIN = Credentials("admin", "Arr@y-1")
Run = Callable[..., Called]


@pytest.fixture
def ask(call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch) -> Run:
    """The command with a login in the environment, unless its ``password`` is empty."""

    def asked(*words: str, password: str = LOGIN.password) -> Called:
        for name, value in (("BLACKSTART_ARRAY_USER", LOGIN.user), ("BLACKSTART_ARRAY_PASSWORD", password)):
            monkeypatch.setenv(name, value) if password else monkeypatch.delenv(name, raising=False)
        return call("storage", *words)

    return asked


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    return replicate(make_scene(tmp_path / "volumes"))


@pytest.fixture
def port(scene: Scene, server: WebServer) -> int:
    return port_of(server, make_application(scene.gateway, "array02", LOGIN))


@pytest.fixture
def storage(port: int, ask: Run) -> Run:
    return lambda *words, **wishes: ask("--array", f"https://127.0.0.1:{port}", "--insecure", *words, **wishes)


def test_a_fail_over_by_the_command_line(storage, scene):
    status, shown, _ = storage("groups")
    assert (status, shown.split()[:2]) == (0, [GROUP, "replicating"])
    assert "synchronous  array01 -> array02  targets as of 2012-02-09T09:02:00Z, lag 0 s" in shown
    assert storage("break", GROUP)[0] == 0
    status, shown, _ = storage("make-writable", "vmfs01", "vmfs02")
    assert (status, [line.split()[0] for line in shown.splitlines()]) == (0, ["vmfs01", "vmfs02"])
    assert "read-write" in shown
    status, shown, _ = storage("present", "vmfs01", "--host", NAMES[2], "--json")
    assert (status, [lun["presented"] for lun in json.loads(shown)]) == (0, [[NAMES[2]]])
    assert storage("mask", "vmfs01", "--all-hosts")[1].rstrip().endswith("masked from all hosts")
    assert scene.gateway.world.replication[GROUP].state == "broken"
    assert storage("luns", "vmfs02")[1].startswith("vmfs02  naa.")


def test_what_the_array_does_not_do_is_one_line_and_status_1(storage, scene):
    status, shown, said = storage("reverse", GROUP)
    assert (status, shown) == (1, "")
    assert said.count("\n") == 1
    assert "this needs a group that is broken" in said
    assert storage("suspend", "cg-none")[0] == 1
    status, _, said = storage("make-writable", "vmfs01", "vmfs09")
    assert (status, said) == (1, "blackstart: " + said.removeprefix("blackstart: "))
    assert "no LUN 'vmfs09'" in said
    scene.gateway.perform(replication.switch_array, "array01", on=False)
    assert storage("break", GROUP)[0] == 0
    status, _, said = storage("reverse", GROUP)
    assert (status, "array01 does not answer" in said) == (1, True)


def test_a_wrong_password_and_a_silent_array_are_status_2(storage, server, tmp_path):
    status, _, said = storage("groups", password="guess")
    assert (status, "unauthorized" in said, "guess" in said) == (2, True, False)
    status, _, said = storage("groups", password="")
    assert (status, "BLACKSTART_ARRAY_USER and BLACKSTART_ARRAY_PASSWORD" in said) == (2, True)
    server.stop()
    status, _, said = storage("groups")
    assert (status, "does not answer (GET consistency-groups): refused" in said) == (2, True)


def test_the_password_comes_from_a_file_that_nobody_else_reads(storage, tmp_path):
    secret = tmp_path / "login.toml"
    secret.write_text(f'[array]\nuser = "{LOGIN.user}"\npassword = "{LOGIN.password}"\n')
    secret.chmod(0o644)
    assert "chmod 600" in storage("--credentials", str(secret), "groups", password="")[2]
    secret.chmod(0o600)
    assert storage("--credentials", str(secret), "groups", password="")[0] == 0


def test_an_array_is_believed_by_its_thumbprint_alone(port, ask):
    address = f"https://127.0.0.1:{port}"
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", port)))
    assert ask("--array", address, "--thumbprint", hashlib.sha1(shown).hexdigest(), "luns")[0] == 0
    for believed in (["--thumbprint", "ab" * 32], []):
        status, _, said = ask("--array", address, *believed, "luns")
        assert (status, "distrusted" in said) == (2, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--array", "array-b", "groups"], "is not an https address"),
        (["--array", "https://127.0.0.1:x", "groups"], "is not an https address"),
        (["--array", "https://127.0.0.1", "--thumbprint", "12", "groups"], "no SHA-1 or SHA-256"),
        (["--array", "https://127.0.0.1", "present", "vmfs01"], "the following arguments are required: --host"),
        (["--array", "https://127.0.0.1", "mask", "vmfs01"], "one of the arguments --host --all-hosts is required"),
        (["--array", "https://127.0.0.1"], "the following arguments are required: COMMAND"),
        (["--array", "https://127.0.0.1", "--password", "x", "groups"], "invalid choice: 'x'"),
        (["--array", "array-b", "--site", "none.toml", "groups"], "none.toml"),
    ],
)
def test_input_that_cannot_be_used_is_status_2(ask, words, said):
    status, _, told = ask(*words)
    assert (status, said in told) == (2, True), told


def test_the_site_file_of_a_lab_leads_to_its_arrays(tmp_path):
    (tmp_path / "ours.toml").write_text(PAIR)
    with started(tmp_path, "--blueprint", "ours.toml", "--site-file", "lab.toml", "--json"):
        status, shown, said = in_a_process(tmp_path, "--site", "lab.toml", "--array", "array-b", "groups")
        assert (status, shown.split()[0], said) == (0, "cg", "")
        status, _, said = in_a_process(tmp_path, "--site", "lab.toml", "--array", "array-c", "groups")
        assert (status, "Known: array-a, array-b" in said) == (2, True)


def in_a_process(folder: Path, *words: str) -> Called:
    """The command in a process of its own, without a login in its environment."""
    command = [sys.executable, "-m", "harness.cli", "storage", *words]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=STUCK, check=False)
    return done.returncode, done.stdout, done.stderr
