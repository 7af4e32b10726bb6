"""Runs that do not come to the end of all scenarios: what is said of these, and of the run."""

from __future__ import annotations

import pytest

WORKERS = pytest.mark.parametrize("workers", [1, 2])


@WORKERS
def test_one_crash_leaves_the_other_scenarios_their_results_or_says_not_run(bench, workers):
    bench.feature(
        "a.feature", "Feature: a\n  Scenario: first\n    Then it holds\n  Scenario: second\n    Then the process dies\n"
    )
    bench.feature("b.feature", "Feature: b\n  Scenario: third\n    Then it holds\n")
    record = bench.run(workers=workers)
    outcomes = {scenario.name: scenario.outcome for scenario in record.scenarios}
    assert outcomes["first"] == "passed"
    assert outcomes["second"] == "crashed"
    assert outcomes["third"] == ("not_run" if workers == 1 else "passed")
    assert record.verdict.decision == "inconclusive"


@WORKERS
def test_stopping_early_leaves_the_rest_not_run(bench, workers):
    lines = "".join(f"  Scenario: s{number}\n    Then it does not hold\n" for number in range(9))
    bench.feature("a.feature", f"Feature: a\n{lines}")
    record = bench.run(workers=workers, pytest_arguments=("-x",))
    assert record.counts["not_run"] >= 9 - 2 * workers
    assert record.counts["failed"] + record.counts["not_run"] == record.planned == 9
    assert record.verdict.decision == "failed"


def test_what_no_module_binds_is_not_run(bench):
    bench.feature("a.feature", "Feature: a\n  Scenario: x\n    Then it holds\n")
    bench.feature("b.feature", "Feature: b\n  Scenario: y\n    Then it holds\n")
    path = bench.root / "features/a.feature"
    (bench.root / "steps/test_features.py").write_text(f"from pytest_bdd import scenarios\nscenarios({str(path)!r})\n")
    record = bench.run()
    assert [scenario.outcome for scenario in record.scenarios] == ["passed", "not_run"]
    assert record.scenarios[1].reason == "no test module binds it"
    assert record.verdict.exit_status == 2


@WORKERS
def test_steps_that_cannot_be_imported_are_one_problem_in_a_sentence(bench, workers):
    bench.scenario("Then it holds")
    (bench.root / "steps/test_features.py").write_text("import nothing_of_that_name\n")
    record, scenario = bench.only(workers=workers)
    assert scenario.outcome == "not_run"
    [problem] = record.problems
    assert "No module named 'nothing_of_that_name'" in problem.message
    assert "Traceback" not in problem.message
    assert record.verdict.exit_status == 2


@WORKERS
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("import os\nimport nothing_of_that_name\n", "ModuleNotFoundError: No module named 'nothing_of_that_name'"),
        ("import os\ndef x(:\n", "SyntaxError: invalid syntax"),
    ],
)
def test_a_conftest_that_cannot_be_imported_is_a_problem_with_file_and_line(bench, workers, text, said):
    bench.scenario("Then it holds")
    (bench.root / "steps/conftest.py").write_text(text)
    record, scenario = bench.only(workers=workers)
    assert scenario.outcome == "not_run"
    [problem] = record.problems
    assert problem.message.endswith(f": {said}\n  at steps/conftest.py:2")
    assert "Traceback" not in problem.message
    assert record.verdict.exit_status == 2
