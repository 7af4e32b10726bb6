"""A simulator that dies while ``blackstart validate`` is at work: the lab is broken, and no behaviour is said to have failed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.patience import STUCK
from harness.report.archive import read_record
from tests.vcsim_lab import until

ROOT = Path(__file__).parents[2]
OPENING = "Feature: a scenario that lasts\n  Scenario: looks and looks\n    Given a cluster of three hosts\n"
FEATURE = OPENING + 400 * '    Then no event "com.vmware.vc.HA.DasHostFailedEvent" is posted for "esx01"\n'


def text_of(scratch: Path, pattern: str) -> str:
    return "".join(path.read_text() for path in scratch.glob(f"blackstart-*/run-*/{pattern}"))


@pytest.mark.parametrize("stage", ["being built", "at work"])
def test_a_simulator_that_dies_is_a_broken_lab(tmp_path: Path, stage: str) -> None:
    (tmp_path / "scratch").mkdir()
    (tmp_path / "a.feature").write_text(FEATURE)
    words = ("validate", "--simulator", "process", "--features", str(tmp_path), "--output", str(tmp_path / "reports"))
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", *words],
        cwd=tmp_path,
        env={**os.environ, "TMPDIR": str(tmp_path / "scratch"), "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    until(lambda: "\n" in text_of(tmp_path / "scratch", "processes"))
    if stage == "at work":
        until(lambda: '"event":"step_end"' in text_of(tmp_path / "scratch", "*/events-*.jsonl"))
    os.kill(int(text_of(tmp_path / "scratch", "processes").split()[0]), signal.SIGKILL)
    said, _ = process.communicate(timeout=STUCK)
    assert process.returncode == 2, said
    (scenario,) = read_record(tmp_path / "reports" / "5.0" / "report.json").scenarios
    assert scenario.outcome == "error"
    assert scenario.reason.startswith("vcsim: "), scenario.reason
    assert list((tmp_path / "scratch").iterdir()) == []
