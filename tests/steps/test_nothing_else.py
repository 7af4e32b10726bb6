"""ALL-03: real scenarios fail, by the name of it, where something that they do not speak of changes under them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
MEDDLER = """
    import pytest

    from harness.probes.machines import Machines
    from harness.probes.network import Network


    @pytest.hookimpl(tryfirst=True)
    def pytest_bdd_before_step(request, step):
        if step.name == "nothing else has changed":
            operator = request.getfixturevalue("operator")
            Network(operator, Machines(operator)).create_group("dvs-prod", "stray")
"""
CHOSEN = "new_port_group_does_not_grow or second_switch or standard_switch_brings or leaves_maintenance_mode"
"""A scenario that names one port group, two on port files, and one in which a host fails."""


def run_scenarios(folder: Path, *arguments: str) -> str:
    """What pytest says of the chosen scenarios on release 5.0."""
    quiet = ("-q", "--tb=short", "--no-header", "-p", "no:cacheprovider", "-p", "no:randomly")
    wanted = ("--release=5.0", "--simulator=process", "-p", "harness.report.collection", "-k", CHOSEN)
    command = [sys.executable, "-m", "pytest", "steps/test_features.py", *quiet, *wanted, *arguments]
    path = os.pathsep.join((str(folder), str(ROOT)))
    environment = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False).stdout


def test_all_03_scenarios_pass_while_nobody_meddles(tmp_path: Path) -> None:
    assert "4 passed" in run_scenarios(tmp_path)


def test_all_03_scenarios_fail_by_the_name_of_what_somebody_else_changed(tmp_path: Path) -> None:
    (tmp_path / "meddler.py").write_text(dedent(MEDDLER), encoding="utf-8")
    said = run_scenarios(tmp_path, "-p", "meddler")
    assert "4 failed" in said
    assert said.count("E     stray: ports (vCenter): not there before, 8 now") >= 4, said[-3000:]
