"""A run that is stopped, by Ctrl-C, a signal or the death of its starter, cleans up, and says what it did not see."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.patience import STUCK
from harness.report.archive import read_record
from tests.vcsim_lab import freeze, state_of, until

ROOT = Path(__file__).parents[2]
WAITING = """
from pathlib import Path
HERE = Path(__file__).parent.parent

@pytest.fixture
def marker():
    (HERE / "up").write_text(str(os.getpid()))
    yield
    (HERE / "down").write_text("")

@when("somebody waits")
def _(marker): time.sleep(300)
"""


@pytest.fixture(params=[1, 2])
def running(bench, add_steps, request):
    """``blackstart validate`` in the middle of a scenario."""
    add_steps(WAITING)
    (bench.root / "steps" / "__init__.py").write_text("")
    (bench.root / "scratch").mkdir()
    bench.feature("a.feature", "Feature: a\n  Scenario: x\n    When somebody waits\n  Scenario: y\n    When somebody waits\n")
    command = [sys.executable, "-m", "harness.cli", "validate", "--workers", str(request.param)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(bench.root / "scratch")}
    pipe = subprocess.PIPE
    process = subprocess.Popen(
        command, cwd=bench.root, env=environment, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )
    until(lambda: (bench.root / "up").exists() and (bench.root / "up").read_text())
    yield process
    process.kill()
    process.communicate()


def is_gone(pid):
    return state_of(Path(f"/proc/{pid}")) in "ZX"


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_cleans_up_and_is_inconclusive(bench, running, number):
    running.send_signal(number)
    output, errors = running.communicate(timeout=STUCK)
    assert running.returncode == 2, errors
    assert "Traceback" not in output + errors
    assert "the run was interrupted" in output
    assert (bench.root / "down").exists()
    until(lambda: is_gone(int((bench.root / "up").read_text())))
    assert list((bench.root / "scratch").iterdir()) == []
    record = read_record(bench.root / "reports" / "5.0" / "report.json")
    assert record.verdict.decision == "inconclusive"
    assert record.counts["not_run"] == 2
    assert "the run was interrupted in the step 'somebody waits'" in {scenario.reason for scenario in record.scenarios}


@pytest.mark.parametrize("running", [2], indirect=True)
def test_a_ctrl_c_reaches_the_workers_by_itself(bench, running):
    worker = int((bench.root / "up").read_text())
    controller = int(Path(f"/proc/{worker}/stat").read_text().rpartition(")")[2].split()[1])
    freeze(controller)
    try:
        running.send_signal(signal.SIGINT)
        until((bench.root / "down").exists)
    finally:
        os.kill(controller, signal.SIGCONT)
    output, errors = running.communicate(timeout=STUCK)
    assert (running.returncode, "the run was interrupted" in output) == (2, True), errors


def test_a_run_whose_starter_is_killed_cleans_up(bench, running):
    running.kill()
    until((bench.root / "down").exists)
    until(lambda: is_gone(int((bench.root / "up").read_text())))
    until(lambda: list((bench.root / "scratch").iterdir()) == [])


@pytest.mark.parametrize("workers", [1, 2])
def test_a_process_that_a_scenario_leaves_behind_is_ended_and_told(bench, add_steps, workers):
    add_steps("""
        import subprocess
        from pathlib import Path

        @when("somebody forgets a process")
        def _():
            process = subprocess.Popen(["sleep", "300"])
            (Path(__file__).parent.parent / "up").write_text(str(process.pid))
        """)
    bench.scenario("When somebody forgets a process")
    record, scenario = bench.only(workers=workers)
    assert scenario.outcome == "passed"
    assert record.verdict.decision == "inconclusive"
    assert [problem.message for problem in record.problems] == ["the run left processes behind, which were killed: sleep"]
    until(lambda: is_gone(int((bench.root / "up").read_text())))
