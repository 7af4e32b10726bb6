"""What lies in the output directory before a run: history, what changed since, and what must not be lost."""

import json
import re
from dataclasses import replace

import pytest

from harness.blueprints import loading
from harness.errors import InputError
from harness.report.archive import read_record
from harness.report.comparison import compare
from harness.report.earlier import MOST_RUNS, look_back
from harness.report.manifest import digest
from harness.report.model import Release
from harness.report.page import to_page
from harness.report.session import write_report
from harness.report.verification import verify_report
from tests.report.sample_record import sample
from tests.report.test_writers import Page


@pytest.fixture
def before(bench):
    """The report of an earlier release in the output directory, of the same scenario."""
    bench.scenario("Then it holds")
    record = replace(bench.run(), release=Release("4.1", "documented"))
    return write_report(record, bench.root / "reports")


def test_a_run_knows_the_last_ones_and_what_changed_since_the_previous_release(bench, before):
    first = bench.run(previous="4.1", change="CHG-1", title="Autumn")
    assert (first.change, first.title, first.runs) == ("CHG-1", "Autumn", ())
    assert (first.since.exit_status, first.since.counts["same"], first.since.before.release) == (0, 1, "4.1")
    assert first.since.before.digest == digest(before / "report.json")
    report = write_report(first, bench.root / "reports")
    bench.scenario("Then it does not hold")
    second = bench.run(previous="4.1", since=report)
    [past] = second.runs
    assert (past.started, past.decision, past.change, past.title) == (first.environment.started, "certified", "CHG-1", "Autumn")
    assert past.digest == digest(report / "report.json")
    assert [each.kind for each in second.since.scenarios] == ["broken"]
    write_report(second, bench.root / "reports")
    assert read_record(report / "report.json") == second
    assert verify_report(report).faults == ()
    third = look_back(bench.options(), told=False)
    assert [each.decision for each in third.runs] == ["failed", "certified"]


def test_history_is_as_long_as_it_is_useful(bench):
    record = sample()
    for _ in range(MOST_RUNS + 3):
        record = replace(record, runs=look_back(bench.options(), told=False).runs)
        write_report(record, bench.root / "reports")
    assert len(look_back(bench.options(), told=False).runs) == MOST_RUNS


def cut(path):
    path.write_text(path.read_text()[:3000])


def newer(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"schema_version": 99}))


def other(path):
    path.write_text('{"schema_version": 1}')


def untyped(path):
    path.write_text(json.dumps(json.loads(path.read_text()) | {"counts": {"splendid": 1}}))


CUT = r"report\.json:\d+: record: is not whole JSON: .*\n  Move it away, or give another directory with --output DIR\.$"
NEWER = r"report\.json: record: has schema version 99, and this program writes \d+\n  Move it away"
UNTYPED = r"report\.json: record: is not one of a run: Invalid enum value 'splendid'.*\n  Move it away"
OTHER = r"report\.json: record: is not one of a run: 'verdict'\n  Move it away"


@pytest.mark.parametrize(
    ("damage", "release", "said"),
    [
        (cut, "5.0", CUT),
        (cut, "4.1", CUT),
        (newer, "5.0", NEWER),
        (newer, "4.1", NEWER),
        (other, "5.0", OTHER),
        (untyped, "5.0", UNTYPED),
    ],
)
def test_an_earlier_report_that_cannot_be_read_stops_the_run_and_nothing_is_lost(bench, damage, release, said):
    bench.scenario("Then it holds")
    path = write_report(replace(sample(), release=Release(release, "documented")), bench.root / "reports") / "report.json"
    damage(path)
    kept = {each.name: each.read_bytes() for each in path.parent.iterdir()}
    with pytest.raises(InputError) as caught:
        bench.run(previous="4.1")
    assert re.search(said, str(caught.value)), str(caught.value)
    assert caught.value.file == path
    assert {each.name: each.read_bytes() for each in path.parent.iterdir()} == kept
    assert bench.listener.begun == []


def test_a_record_of_an_older_version_is_history_and_nothing_to_compare_with(bench, before):
    path = before / "report.json"
    plain = json.loads(path.read_text()) | {"schema_version": 1}
    for name in ("change", "title", "runs"):
        del plain[name]
    path.write_text(json.dumps(plain))
    assert bench.run(previous="4.1").since is None
    own = bench.root / "reports" / "5.0"
    path.rename((own.mkdir(exist_ok=True), own / "report.json")[1])
    [past] = bench.run().runs
    assert (past.decision, past.change) == ("certified", "")


def test_a_report_to_compare_with_that_is_given_must_be_usable(bench, tmp_path):
    bench.scenario("Then it holds")
    with pytest.raises(InputError, match=r"nowhere: record: No such file or directory\n  Give another report with --since"):
        bench.run(since=tmp_path / "nowhere")


@pytest.mark.parametrize("given", [True, False], ids=["since", "previous release"])
def test_an_earlier_report_that_is_none_below_its_heading_costs_a_run_its_comparison_alone(bench, before, given):
    path = before / "report.json"
    plain = json.loads(path.read_text())
    path.write_text(json.dumps(plain | {"scenarios": [{"outcome": "passed"}]}))
    record = bench.run(since=before) if given else bench.run(previous="4.1")
    assert (record.since, record.counts["passed"], record.verdict.decision) == (None, 1, "inconclusive")
    [reason] = record.verdict.reasons
    assert reason.startswith(f"what has changed since an earlier report is not known: {path}: record: at $.scenarios[0]: ")
    assert verify_report(write_report(record, bench.root / "reports")).faults == ()


def test_a_blueprint_that_is_broken_stops_the_run_with_its_line(bench, tmp_path, monkeypatch):
    bench.scenario("Then it holds")
    for path in loading.shipped_blueprints():
        (tmp_path / path.name).write_text(path.read_text().replace("[[host]]", "[[hosst]]", 1))
    monkeypatch.setattr(loading, "FOLDER", tmp_path)
    with pytest.raises(InputError) as caught:
        bench.run()
    assert caught.value.file.parent == tmp_path
    assert caught.value.line
    assert bench.listener.begun == []


def test_the_first_page_shows_change_and_title_what_changed_the_last_runs_and_empty_lines_to_sign():
    record = replace(
        sample(failed=True), change="CHG-1234", title="Fail-over, autumn", since=compare(sample(), sample(failed=True))
    )
    page = Page(to_page(record))
    first = "Validation report · CHG-1234 · 2026-03-14 Fail-over, autumn Release 5.0"
    assert page.text.index(first) < page.text.index("Accounting")
    assert "Something broke, is new and did not pass, or is not looked at any more. Scenarios: 3 new, 5 the same." in page.text
    assert "VDS-06 without a scenario, now failed" in page.text
    assert "Prepared by, date Reviewed by, date Approved by, date" in " ".join(page.text.replace("date", "date ").split())
    assert "There was no report of an earlier release to compare with." in Page(to_page(sample())).text
