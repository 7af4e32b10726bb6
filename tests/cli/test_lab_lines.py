"""What a person, or a script, breaks and mends in a running ``blackstart lab`` by lines on its standard input."""

from __future__ import annotations

import os
import pty
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import PIPE
from typing import Any
from urllib.parse import urlsplit

import pytest

from harness.patience import STUCK
from tests.cli.started_lab import ROOT, StartedLab, started
from tests.vcsim_lab import until

TWO_SITES = ("--blueprint", "two-sites", "--pace", "0")
READER = (
    "from harness.cli.lab_lines import Input\ncome = Input()\nwhile True: print(*come.wait(0.05), sep='', end='', flush=True)"
)

OWNER = """
import os, signal, subprocess, sys
os.setsid()
terminal = os.open(sys.argv[1], os.O_RDWR)
command = [sys.executable, "-c", sys.argv[2]]
child = subprocess.Popen(command, stdin=terminal, stdout=open(sys.argv[3], "w"), process_group=0)
input()
signal.signal(signal.SIGTTOU, signal.SIG_IGN)
os.tcsetpgrp(terminal, child.pid)
input()
child.kill()
"""
"""A shell's part: it has the terminal, and a child in the background, which it brings to the foreground."""


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedLab]:
    with started(tmp_path_factory.mktemp("lab"), *TWO_SITES, "--json", stdin=PIPE) as running:
        yield running


def answers(told: dict[str, Any], name: str) -> bool:
    """Whether somebody listens there: a host's SSH, or a management API."""
    listed = [*told["vcenters"], *told["arrays"], *told["srm"]]
    ports = {served["name"]: int(urlsplit(served["url"]).port or 443) for served in listed}
    ports |= {host["name"]: host["ssh"]["port"] for host in told["hosts"]}
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", ports[name])) == 0


def test_each_line_is_answered_by_what_is_so_then_and_the_wires_agree(lab):
    told = lab.told
    said = lab.say("lose protected")
    assert said == {"line": "lose protected", "ok": True, "answer": "protected is lost", "time": said["time"]}
    gone = ["mgmt-a01.lab.example", "esx-a04.lab.example", "array-a", "srm-a.lab.example", "vc-mgmt-a.lab.example"]
    assert [name for name in gone if answers(told, name)] == []
    assert answers(told, "esx-b01.lab.example")
    assert lab.say("lose protected")["answer"] == "nothing changed: protected is lost"
    said = lab.say("restore esx-a01")
    assert (said["ok"], said["answer"]) == (False, "esx-a01.lab.example stands at protected, which has no power")
    assert lab.say("restore array-a")["answer"] == "array-a has power"
    assert [name for name in gone if answers(told, name)] == ["array-a"]
    assert lab.say("restore protected")["answer"] == "protected has power"
    assert lab.say("restore esx-a01")["answer"] == "nothing changed: esx-a01.lab.example has power and boots"
    before = said["time"]
    said = lab.say("pass 20m")
    assert (said["answer"], said["time"] > before) == ("0:20:00 passed", True)
    assert [name for name in gone if not answers(told, name)] == []
    shown = lab.say("show")["answer"].splitlines()
    assert [re.sub(" +", " ", line) for line in shown if line.startswith(("protected", "esx-a01"))] == [
        "protected has power",
        "esx-a01.lab.example runs",
    ]


def test_lines_between_arrays_vcenters_and_paths_are_lost_and_restored(lab):
    said = lab.say("lose cg-tenants")["answer"]
    assert said == "cg-tenants is partitioned from array-a to array-b; the line between them is cut"
    said = lab.say("restore cg-tenants")["answer"]
    assert said == "cg-tenants is resynchronising from array-a to array-b; the line between them works"
    assert lab.say("lose vc-mgmt-b")["answer"] == "vc-mgmt-b.lab.example is off"
    assert not answers(lab.told, "vc-mgmt-b.lab.example")
    assert lab.say("restore vc-mgmt-b")["answer"] == "vc-mgmt-b.lab.example is on"
    assert lab.say("isolate esx-b01")["answer"] == "esx-b01.lab.example runs, isolated: its management network is cut"
    assert not answers(lab.told, "esx-b01.lab.example")
    assert lab.say("join esx-b01")["answer"] == "esx-b01.lab.example runs"
    assert lab.say("cut esx-a02 tenant-vmfs01")["answer"] == "esx-a02.lab.example has no paths to tenant-vmfs01"
    assert lab.say("mend esx-a02 tenant-vmfs01")["answer"] == "esx-a02.lab.example has paths to tenant-vmfs01"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("lose protectd", r"'protectd': no thing that can be lost or restored has that name here\n  Near: protected$"),
        ("lose moon", r"has that name here\n  There are:\n  site +protected, recovery\n  array +array-a, array-b\n"),
        ("lose vc-res", r"no thing that can be lost or restored has that name here\n"),
        ("lose", r"lose: 0 words after it, where 1 is needed\n  Say: lose NAME$"),
        ("cut esx-a01", r"cut: 1 word after it, where 2 are needed\n  Say: cut HOST DATASTORE$"),
        ("cut array-a tenant-vmfs01", r"'array-a': no host has that name here\n"),
        ("cut esx-a01 vmfs09", r"datastore 'vmfs09': not in the lab\n  Known: mgmt-vmfs01, "),
        ("pass 3d", r"'3d': not a time of at most a day\n  Say it like 90 \(seconds\), 15m or 2h\.$"),
        ("pass 25h", r"'25h': not a time of at most a day\n"),
        ("show all", r"show: 1 word after it, where 0 are needed\n  Say: show$"),
        ("destroy protected", r"'destroy': nothing that a lab does\n  Known: lose, restore, .*, quit\. help says more\.$"),
    ],
)
def test_what_it_cannot_do_is_told_with_what_there_is(lab, line, said):
    answer = lab.say(line)
    assert (answer["ok"], answer["line"]) == (False, line)
    assert re.search(said, answer["answer"]), answer["answer"]


def test_help_lists_each_line_and_each_name(lab):
    said = lab.say("\n  help ")["answer"]
    assert re.search(r"^restore NAME +give it back$", said, re.M)
    assert re.search(r"^  vCenter +vc-mgmt-a\.lab\.example, vc-mgmt-b\.lab\.example$", said, re.M)
    assert re.search(r"^DATASTORE is one of\n  mgmt-vmfs01, .*tenant-vmfs04$", said, re.M)


def test_without_json_answers_are_lines_to_read_and_a_last_line_needs_no_end(tmp_path):
    with started(tmp_path, "--pace", "0", stdin=PIPE) as lab:
        said, errors = lab.process.communicate("lose the site\nlose esx09\nrestore storage\nquit", timeout=STUCK)
    assert (lab.process.returncode, errors) == (0, "\nThe lab is gone.\n")
    assert said.endswith(
        "2012-02-09 09:00:00  the site is lost\n"
        "2012-02-09 09:00:00  no: 'esx09': no thing that can be lost or restored has that name here\n"
        "  Near: esx03, esx02, esx01\n"
        "2012-02-09 09:00:00  storage has paths to all 2 LUNs\n"
    )


def test_a_lab_goes_on_after_the_end_of_its_input_and_ctrl_c_still_ends_it(tmp_path):
    with started(tmp_path, "--json", "--pace", "0", stdin=PIPE) as lab:
        assert lab.say("lose esx01")["ok"]
        assert lab.process.stdin
        lab.process.stdin.close()
        lab.process.stdin = None
        time.sleep(0.6)
        address = lab.addresses[-1]
        with socket.create_connection(address, timeout=STUCK):
            assert lab.process.poll() is None
        assert lab.end(signal.SIGINT) == 0
        until(lambda: not lab.remains())


def test_in_the_background_of_a_terminal_it_leaves_what_is_typed_to_others(tmp_path):
    """Reading there would stop the process; in the foreground it reads."""
    master, terminal = pty.openpty()
    typed, read = [], tmp_path / "read"
    command, environment = (
        [sys.executable, "-c", OWNER, os.ttyname(terminal), READER, str(read)],
        {**os.environ, "PYTHONPATH": str(ROOT)},
    )
    with subprocess.Popen(command, env=environment, stdin=PIPE, text=True) as owner:
        assert owner.stdin
        until(read.exists)
        time.sleep(0.8)
        os.write(master, b"typed\n")
        time.sleep(0.4)
        typed.append(Path(read).read_text())
        owner.stdin.write("\n")
        owner.stdin.flush()
        until(lambda: Path(read).read_text() != "")
        typed.append(Path(read).read_text())
        owner.stdin.write("\n")
    os.close(master)
    os.close(terminal)
    assert typed == ["", "typed"]
