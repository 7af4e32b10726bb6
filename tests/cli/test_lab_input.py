"""What the ``lab`` command says to input that it cannot use, and to a person who asks for help."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from harness.patience import STUCK
from tests.cli.started_lab import ROOT, TWO_SITES

SHIPPED = r"there is no such file\n  Give .*: three-hosts, two-sites, view-two-sites$"
BROKEN = {
    "broken.toml": 'name = "x"\n[[vcenter]\n',
    "stray.toml": 'name = "x"\nsize = 3\n',
    "nobody.toml": TWO_SITES.replace('"vc-b.example"}]\nhost', '"vc-c.example"}]\nhost'),
    "bytes.toml": b"\xff\xfe",
}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--release", "4.2"], r"^blackstart: release '4\.2': unknown\n  Known: .*5\.0"),
        (
            ["--blueprint", "none.toml"],
            rf"^blackstart: none\.toml: blueprint: {SHIPPED}",
        ),
        (
            ["--blueprint", "four-hosts"],
            rf"^blackstart: four-hosts: blueprint: {SHIPPED}",
        ),
        (
            ["--blueprint", "two-sites", "--variation", "none"],
            r"^blackstart: .*two-sites\.toml: variation 'none': not in the blueprint\n  Known: asynchronous replication, ",
        ),
        (["--blueprint", "broken.toml"], r"^blackstart: broken\.toml:2: .*not TOML"),
        (["--blueprint", "stray.toml"], r"^blackstart: stray\.toml:2: size: not a known name\n  Near: "),
        (["--blueprint", "nobody.toml"], r"^blackstart: nobody\.toml:4: cluster\.vcenter: no vcenter named 'vc-c\.example'"),
        (["--blueprint", "bytes.toml"], r"^blackstart: bytes\.toml: .*cannot be read"),
        (["--blueprint", "."], r"^blackstart: \.: file: cannot be read: Is a directory\n"),
        (["--simulator", "magic"], r"argument --simulator: invalid choice"),
        (["--seed", "x"], r"argument --seed: invalid int value"),
        (["--pace", "-1"], r"argument --pace: '-1' is not a number from 0 to 86400"),
        (["--pace", "nan"], r"argument --pace: 'nan' is not a number from 0 to 86400"),
        (["--pace", "1e30"], r"argument --pace: '1e30' is not a number from 0 to 86400"),
        (["--pace", "0", "--site-file", "lab.toml"], r"^blackstart: --site-file: with --pace 0 time stands still"),
        (["--quick"], r"^usage: blackstart lab .*\nblackstart lab: error: unrecognized arguments: --quick$"),
    ],
)
def test_unusable_input_is_one_error_and_2(tmp_path, call, arguments, said):
    for name, content in BROKEN.items():
        (tmp_path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    status, out, err = call("lab", "--simulator", "process", *arguments)
    assert (status, out) == (2, "")
    assert re.search(said, err, re.MULTILINE | (re.DOTALL if "--quick" in arguments else 0)), err


@pytest.mark.parametrize("arguments", [["--help"], ["lab", "--help"], ["procedure", "--help"], ["doctor", "--help"]])
def test_help_needs_no_package_that_has_to_be_installed(arguments):
    command = [sys.executable, "-S", "-m", "harness.cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=STUCK, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: blackstart ")
