"""The ``procedure`` command on input that needs no lab: help, lists, plans, and what it cannot use."""

from __future__ import annotations

import os
import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.vcsim_lab import until

ROOT = Path(__file__).parents[2]
SITE = """\
name = "ours"
release = "5.0"
credentials = "logins.toml"

[[vcenter]]
name = "vc01"
url = "https://127.0.0.1:9/sdk"
insecure = true

[[host]]
name = "esx01"
address = "127.0.0.1"
port = 9
datastores = ["vmfs01"]
insecure = true
"""
LOGINS = '[vcenter]\nuser = "ops"\npassword = "s3cret-1"\n[host]\nuser = "root"\npassword = "s3cret-2"\n'


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "ours.toml").write_text(SITE)
    (tmp_path / "logins.toml").write_text(LOGINS)
    (tmp_path / "logins.toml").chmod(0o600)
    return tmp_path


def spawn(place: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harness.cli", "procedure", *arguments]
    pipe = subprocess.PIPE
    return subprocess.Popen(command, cwd=place, env={**os.environ, "PYTHONPATH": str(ROOT)}, stdout=pipe, stderr=pipe, text=True)


def test_the_procedures_are_listed_with_their_branches(call):
    status, out, errors = call("procedure", "--list")
    assert (status, errors) == (0, "")
    assert re.search(r"^agents-restart\n  Restart the management agents .*\n  --branch vcenter=up\|down$", out, re.MULTILINE)


def test_a_plan_needs_no_login(place, call):
    (place / "logins.toml").unlink()
    status, out, errors = call("procedure", "agents-restart", "--site", "ours.toml", "--plan")
    assert (status, errors) == (0, "")
    assert "3 steps. Nothing is touched by this plan." in out
    assert [file.name for file in place.iterdir()] == ["ours.toml"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ([], r"^blackstart: procedure: no name was given\n  Known: agents-restart"),
        (["agent-restart"], r"^blackstart: procedure 'agent-restart': there is none\n  Near: agents-restart"),
        (["agents-restart"], r"^blackstart: --site: missing"),
        (
            ["agents-restart", "--site", "none.toml"],
            r"^blackstart: none\.toml: file: cannot be read: No such file or directory\n",
        ),
        (["agents-restart", "--site", "ours.toml", "--branch", "vcenter"], r"argument --branch: 'vcenter' is not NAME=CHOICE"),
        (
            ["agents-restart", "--site", "ours.toml", "--branch", "vcenter=off"],
            r"^blackstart: branch vcenter: has no alternative 'off'",
        ),
        (
            ["agents-restart", "--site", "ours.toml", "--resume"],
            r"^blackstart: ours\.agents-restart\.state\.json: state: there is no run",
        ),
        (
            ["agents-restart", "--site", "bare.toml"],
            r"^blackstart: bare\.toml: \[\[vcenter\]\]: the procedure agents-restart needs it",
        ),
        (
            ["agents-restart", "--site", "open.toml"],
            r"^blackstart: open-logins\.toml: credentials: other users .*\n  chmod 600 open-",
        ),
        (["agents-restart", "--site", "ours.toml", "--password", "x"], r"error: unrecognized arguments: --password x$"),
    ],
)
def test_unusable_input_is_one_error_and_2(place, call, arguments, said):
    (place / "bare.toml").write_text('name = "bare"\nrelease = "5.0"\n')
    (place / "open.toml").write_text(SITE.replace("logins", "open-logins"))
    (place / "open-logins.toml").write_text(LOGINS)
    (place / "open-logins.toml").chmod(0o644)
    status, out, errors = call("procedure", *arguments)
    assert (status, out) == (2, "")
    assert re.search(said, errors, re.MULTILINE), errors
    assert not list(place.glob("*.json*"))


def test_a_ctrl_c_ends_it_between_two_acts_and_says_how_to_go_on(place):
    process = spawn(place, "agents-restart", "--site", "ours.toml", "--log", "log.jsonl")
    until(lambda: '"kind": "wait"' in ((place / "log.jsonl").read_text() if (place / "log.jsonl").exists() else ""))
    process.send_signal(signal.SIGINT)
    out, errors = process.communicate(timeout=120)
    assert process.returncode == 2
    assert errors.startswith("\nStopping when this act or look has ended.")
    assert "Stopped at the step vcenter-answers vc01, between two acts, as you wished.\n" in out
    assert "  then:  blackstart procedure agents-restart --site ours.toml --resume --log log.jsonl\n" in out
    assert (place / "ours.agents-restart.state.json").exists()
    assert not list(place.glob("*.lock"))


def test_a_second_ctrl_c_ends_it_at_once_and_it_can_go_on(place, call):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        silent.settimeout(120)
        (place / "ours.toml").write_text(SITE.replace(":9/sdk", f":{silent.getsockname()[1]}/sdk"))
        process = spawn(place, "agents-restart", "--site", "ours.toml")
        look, _ = silent.accept()  # it has begun to look, which lasts
        process.send_signal(signal.SIGINT)
        assert process.stderr
        assert process.stderr.readline() == "\n"
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=120)
        look.close()
    assert process.returncode == 2
    status, out, _ = call("procedure", "agents-restart", "--site", "ours.toml", "--plan", "--resume")
    assert status == 0
    assert "(done)" not in out
