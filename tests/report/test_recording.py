"""What the record keeps of a scenario: steps with what went over the wires, simulated time, provenance, and no secret."""

import hashlib
import json
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.report.archive import read_record, to_json
from harness.report.page import to_page
from harness.report.plan import shown_path
from harness.report.session import WRITERS, write_report
from tests.report.conftest import make_bench
from tests.report.sample_record import entry, event, sample, scenario, step

FEATURE = """
    @VDS
    Feature: Ports
      Why ports matter.

      Background:
        Given a lab

      @VDS-06
      Scenario: A timing takes part
        When a assumed text and timing take part
        And a quoted text and timing take part

      Rule: They are kept
        @VDS-05
        Scenario Outline: <line> is kept
          When "<line>" is run
          And time passes
          Then it holds

          @slow
          Examples:
            | line   |
            | ls -l  |
            | ls -lR |

        @VDS-05 @twin:file-missing
        Scenario: Without its file it is not
          Then it holds
    """


@pytest.fixture(scope="module", params=[1, 2])
def record(request, tmp_path_factory):
    """Of one run, which the tests look at."""
    bench = make_bench(tmp_path_factory.mktemp("recorded"))
    bench.feature("ports.feature", FEATURE)
    return bench.run(workers=request.param)


def test_scenarios_stand_in_the_order_of_the_file_with_what_the_file_says_of_them(record):
    assert [(each.name, each.rule, each.line) for each in record.scenarios] == [
        ("A timing takes part", "", 9),
        ("ls -l is kept", "They are kept", 23),
        ("ls -lR is kept", "They are kept", 24),
        ("Without its file it is not", "They are kept", 27),
    ]
    assert record.scenarios[1].tags == ("@VDS", "@VDS-05", "@slow")
    assert [each.requirements for each in record.scenarios] == [("VDS-06",), ("VDS-05",), ("VDS-05",), ("VDS-05",)]
    assert [each.twin for each in record.scenarios] == [False, False, False, True]
    assert [(each.name, each.description) for each in record.features] == [("Ports", "Why ports matter.")]
    assert record.counts["passed"] == record.planned == 4


def test_each_step_has_what_happened_in_it(record):
    steps = record.scenarios[2].steps
    assert [(step.keyword, step.text, step.line) for step in steps][:2] == [
        ("Given", "a lab", 6),
        ("When", '"ls -lR" is run', 16),
    ]
    [command] = steps[1].entries
    assert command.kind == "command"
    assert command.data == {"host": "esx01", "line": "ls -lR", "output": "one\ntwo\n", "errors": "", "status": 0}
    [passed] = steps[2].entries
    assert (passed.kind, passed.data["span"]) == ("time", 300.0)
    assert (passed.began, passed.ended) == ("2012-02-09T09:00:00.000Z", "2012-02-09T09:05:00.000Z")
    assert steps[3].entries == ()
    assert [step.simulated for step in steps] == [0.0, 0.0, 300.0, 0.0]
    assert [entry.data["kind"] for entry in record.scenarios[2].cleanup] == ["LabStopped"]
    assert [entry.data["kind"] for entry in steps[0].entries] == ["LabStarted"]


def test_the_simulated_times_of_the_steps_add_up_however_long_a_duration_that_ends_in_one_has_run():
    late = entry("duration", 430, name="vds.sync", subject="esx01", span=400.0, provenance="assumed", source="ours")
    begun = step("Given", "a lab", 3, event(0, "LabStarted", "lab", "up"))
    steps = (begun, step("When", "time passes", 4, event(400, "X", "y", "")))
    [found] = sample(scenarios=(scenario("It takes a while", 2, steps=(*steps, step("Then", "it ends", 5, late))),)).scenarios
    assert [each.simulated for each in found.steps] == [0.0, 400.0, 30.0]
    assert "30 s · wall" in to_page(sample(scenarios=(found,)))


def test_what_is_known_how_well_is_counted_and_decides_between_the_two_green_verdicts(record):
    assumed = [(fact.kind, fact.name, fact.count, fact.seconds) for fact in record.facts if fact.provenance == "assumed"]
    assert assumed == [("duration", "boot", 1, 90.0), ("text", "motd", 1, 0.0)]
    assert record.verdict.decision == "certified on assumptions"
    assert record.verdict.exit_status == 0


def test_strict_does_not_accept_assumptions(bench):
    bench.feature("ports.feature", FEATURE)
    verdict = bench.run(strict=True).verdict
    assert (verdict.decision, verdict.exit_status) == ("certified on assumptions", 1)


def test_the_environment_says_what_the_run_stood_on(record):
    environment = record.environment
    assert environment.simulator == "process"
    assert environment.facts["vcsim"] == "0.52.0"
    assert environment.software["pytest-bdd"]
    assert {"conftest.py", "ports.feature", "test_features.py", "three-hosts.toml", "two-sites.toml", "5.0.toml"} <= {
        name.rpartition("/")[2] for name in environment.digests
    }


def test_a_file_that_changes_while_the_scenarios_run_leaves_nothing_certified(bench):
    path = bench.scenario("Given a lab", "Then it holds")
    before = hashlib.sha256(path.read_bytes()).hexdigest()
    bench.listener.tell = lambda *_: path.write_text(f"{path.read_text()}\n# another text\n")
    record = bench.run()
    [problem] = record.problems
    assert problem.message == f"changed while the scenarios ran, so that nobody knows what ran: {shown_path(path)}"
    assert (record.counts["passed"], record.verdict.decision, record.verdict.exit_status) == (1, "inconclusive", 2)
    assert record.environment.digests[shown_path(path)] == before


def test_no_scenario_stands_for_one_of_another_file_that_would_have_its_name_in_the_report(bench, monkeypatch):
    for folder, then in (("a", "it does not hold"), ("b", "it holds")):
        bench.feature(f"{folder}/ours/one.feature", f"Feature: {folder}\n  Scenario: it\n    Then {then}\n")
    seen = [("features/a/ours/one.feature:2", "failed"), ("features/b/ours/one.feature:2", "passed")]
    assert [(each.key, each.outcome) for each in bench.run().scenarios] == seen
    apart = tuple(bench.root / "features" / folder / "ours" for folder in ("a", "b"))
    with pytest.raises(InputError, match=r"b/ours/one\.feature: features: would be ours/one\.feature in a report, as .+/a/ours/"):
        bench.run(features=apart)
    assert len(bench.listener.begun) == 1
    monkeypatch.chdir(bench.root)
    assert [(each.key, each.outcome) for each in bench.run(features=apart).scenarios] == seen


def shown(form: Path) -> str:
    """The text of a form of the report; a book's pages one after the other."""
    if form.suffix != ".epub":
        return form.read_text(encoding="utf-8")
    with zipfile.ZipFile(form) as book:
        return "".join(book.read(name).decode("utf-8") for name in book.namelist())


def test_the_record_survives_its_file(record, tmp_path):
    directory = write_report(record, tmp_path / "reports")
    assert directory == tmp_path / "reports" / "5.0"
    assert {path.name for path in directory.iterdir()} == {"SHA256SUMS", *WRITERS}
    assert read_record(directory / "report.json") == record
    assert json.loads(to_json(record))["counts"]["passed"] == 4


def test_no_secret_is_in_any_form(bench):
    bench.scenario("Given a lab", "Then the secret leaks")
    record, scenario = bench.only()
    assert scenario.reason.startswith("ValueError: no login with ********")
    for name in WRITERS:
        text = shown(write_report(record, bench.root / "reports") / name)
        assert "********" in text.replace("\\*", "*")  # Markdown has a backslash before each
        assert "hunter2" not in text


@pytest.mark.parametrize("workers", [1, 2])
def test_no_place_on_this_machine_is_in_any_form(bench, add_steps, workers):
    add_steps("""
        import sys, tempfile

        @then("a file of this machine is missing")
        def _():
            places = [f"{tempfile.gettempdir()}/volumes", f"{Path(__file__).parent.parent}/features", f"{sys.prefix}/bin/vcsim"]
            raise LabError("vcsim", f"did not start: no {', no '.join(places)}")
        """)
    add_steps("from pathlib import Path\n")
    bench.scenario("Given a lab", "Then a file of this machine is missing")
    record, scenario = bench.only(workers=workers)
    assert scenario.reason.splitlines()[0] == "vcsim: did not start: no TMPDIR/volumes, no ./features, no PYTHON/bin/vcsim"
    for path in write_report(record, bench.root / "reports").iterdir():
        text = shown(path)
        assert [place for place in (str(bench.root), sys.prefix, tempfile.gettempdir() + "/") if place in text] == []


def test_what_no_text_in_utf_8_can_hold_is_a_question_mark_in_the_record(bench, add_steps):
    add_steps("""
    @when("a host answers with half a character")
    def _(lab):
        lab.record(CommandRun("esx01", "cat name", "\\ud800", "", 0))
        lab.record(TimePassed(timedelta(seconds=2.5), "\\ud800"))
    """)
    bench.scenario("Given a lab", "When a host answers with half a character")
    _, scenario = bench.only()
    assert [entry.data for entry in scenario.steps[1].entries] == [
        {"host": "esx01", "line": "cat name", "output": "?", "errors": "", "status": 0},
        {"span": 2.5, "why": "?"},
    ]


def test_a_tag_expression_selects_and_the_verdict_says_that_it_did(bench):
    bench.feature("ports.feature", FEATURE)
    record = bench.run(tags="@VDS-05 and not @twin")
    assert [each.outcome for each in record.scenarios] == ["deselected", "passed", "passed", "deselected"]
    assert (record.selected, record.planned) == (2, 4)
    assert record.verdict.headline == "certified: 2 of 2 scenarios passed; partial: 2 of 4 scenarios selected"
    assert bench.listener.begun == [(2, 4)]
    assert len(bench.listener.told) == 2


def test_shuffling_and_foreign_order_plugins_change_nothing_but_the_order(bench):
    lines = "".join(f"  Scenario: s{number}\n    Then it holds\n" for number in range(8))
    bench.feature("a.feature", f"Feature: a\n{lines}")
    plain = bench.run()
    shuffled = bench.run(shuffle=True, seed=3)
    randomly = bench.run(pytest_arguments=("-p", "pytest_randomly"), seed=3)
    told = [each.name for each in bench.listener.told]
    assert told[:8] == [f"s{number}" for number in range(8)]
    assert sorted(told[8:16]) == sorted(told[:8]) != told[8:16]
    for record in (plain, shuffled, randomly):
        assert [each.name for each in record.scenarios] == [f"s{number}" for number in range(8)]
        assert record.counts["passed"] == 8


def test_what_steers_pytest_on_this_machine_does_not_reach_the_run(bench, monkeypatch):
    monkeypatch.setenv("PYTEST_ADDOPTS", "-k nothing")
    monkeypatch.setenv("PYTEST_PLUGINS", "nothing_of_that_name")
    (bench.root / "pytest.ini").write_text("[pytest]\naddopts = -k nothing\n")
    bench.scenario("Then it holds")
    assert bench.run().verdict.decision == "certified"
