"""The Go program's own checks, as part of ours."""

from __future__ import annotations

import shutil
import subprocess

import pytest

from tests.vcsim_lab import GO_ENVIRONMENT, VCSIM_SOURCE

pytestmark = pytest.mark.skipif(shutil.which("go") is None, reason="this machine has no Go")


def go(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=VCSIM_SOURCE, env=GO_ENVIRONMENT, capture_output=True, text=True, check=False, timeout=280)


def test_go_tests_pass() -> None:
    done = go("go", "test", "./...")
    assert done.returncode == 0, done.stdout + done.stderr


def test_go_vet_is_silent() -> None:
    done = go("go", "vet", "./...")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


def test_gofmt_would_change_nothing() -> None:
    done = go("gofmt", "-l", ".")
    assert (done.returncode, done.stdout + done.stderr) == (0, "")
