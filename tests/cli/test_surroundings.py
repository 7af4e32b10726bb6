"""``blackstart validate`` on machines that lack something: whatever it is, no behaviour is said to have failed for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
FEATURE = """Feature: a short one
  Scenario: a host answers
    Given a cluster of three hosts
    Then "esx01" answers its operators
"""
VALIDATE = f"exec {sys.executable} -m harness.cli validate --simulator process --features f"
NOBODY = """
import pwd
def unknown(uid): raise KeyError(f"getpwuid(): uid not found: {uid}")
pwd.getpwuid = unknown
"""
NAMES = ("LOGNAME", "USER", "LNAME", "USERNAME")


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "f").mkdir()
    (tmp_path / "f" / "a.feature").write_text(FEATURE)
    (tmp_path / "scratch").mkdir()
    return tmp_path


def run(place: Path, line: str, **variables: str) -> subprocess.CompletedProcess[str]:
    known = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(place / "scratch"), **variables}
    return subprocess.run(["bash", "-c", line], cwd=place, env=known, capture_output=True, text=True, timeout=240, check=False)


def test_a_closed_output_is_no_obstacle(place: Path) -> None:
    done = run(place, f"{VALIDATE} >&-")
    assert (done.returncode, done.stderr) == (0, "")
    assert (place / "reports" / "5.0" / "report.json").exists()


def test_where_nobody_reads_any_more_the_run_ends_and_leaves_nothing(place: Path) -> None:
    done = run(place, f"({VALIDATE}) | head -1; exit ${{PIPESTATUS[0]}}")
    assert (done.returncode, done.stderr) == (2, "")
    assert list((place / "scratch").iterdir()) == []


def test_a_full_disk_ends_a_run_with_2_and_one_line(place: Path) -> None:
    done = run(place, f"ulimit -f 8; {VALIDATE}")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    assert "File too large" in done.stdout + done.stderr
    assert list((place / "scratch").iterdir()) == []


def test_a_user_without_a_name_is_no_obstacle(place: Path) -> None:
    (place / "sitecustomize.py").write_text(NOBODY)
    done = run(place, VALIDATE, PYTHONPATH=os.pathsep.join([str(place), str(ROOT)]), **dict.fromkeys(NAMES, ""))
    assert done.returncode == 0, done.stdout


def test_a_run_whose_starter_ignores_ctrl_c_ends_on_sigterm(place: Path) -> None:
    feature = FEATURE + 400 * '    And "esx01" answers its operators\n'
    (place / "f" / "a.feature").write_text(feature)
    waiting = "until cat scratch/blackstart-*/run-*/*/events-*.jsonl 2>/dev/null | grep -q step_end; do sleep 0.1; done"
    done = run(place, f"trap '' INT; ({VALIDATE}) & {waiting}; kill $!; wait $!")
    assert done.returncode == 2
    assert "the run was interrupted" in done.stdout
    assert list((place / "scratch").iterdir()) == []
