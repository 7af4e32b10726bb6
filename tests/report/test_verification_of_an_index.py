"""An index over releases looked at again: it is what was written, and shows what the reports beside it say."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace

import pytest

from harness.cli import main
from harness.report.index_page import FORMS, write_index
from harness.report.index_refresh import refresh_index
from harness.report.manifest import INDEX_FORMS
from harness.report.releases_index import INDEX_VERSION, Index, Line, make_column, make_rows
from harness.report.requirements import Catalogue
from harness.report.session import write_report
from tests.report.sample_record import REQUIREMENTS, sample, scenario


def of_release(name, *, failed=False):
    record = sample(scenarios=(scenario("a", 3), scenario("b", 9, "failed" if failed else "passed", reason="not so")))
    return replace(record, release=replace(record.release, name=name))


@pytest.fixture
def reports(tmp_path):
    """Two reports and the index over them."""
    records = [of_release("5.0"), of_release("5.1")]
    for record in records:
        write_report(record, tmp_path)
    columns = tuple(make_column(record) for record in records)
    rows = make_rows(Catalogue(records[0].documents, REQUIREMENTS), columns)
    lines = tuple(Line(each.key, each.name, each.requirements, each.twin) for each in records[0].scenarios)
    write_index(Index(INDEX_VERSION, "repeat", "2026-03-14T08:12:45Z", "", 1.0, 0, 0, columns, rows, lines), tmp_path)
    return tmp_path


def looked_at(reports, capsys):
    """The exit status and the faults of the reports and of the index."""
    status = main(["verify", str(reports)])
    out, err = capsys.readouterr()
    found = [line.removeprefix(f"  CHANGED  {reports}/") for line in out.splitlines() if "  CHANGED  " in line]
    return status, [*found, *err.splitlines()], out


def test_an_index_as_it_was_written_is_intact_and_its_reports_are_looked_at_as_well(reports, capsys):
    status, faults, out = looked_at(reports, capsys)
    assert (status, faults) == (0, [])
    heads = [line for line in out.splitlines() if not line.startswith(" ")]
    assert [head.partition(": ")[0] for head in heads] == [str(reports / "5.0"), str(reports / "5.1"), str(reports)]
    assert "index over 2 releases" in heads[-1]
    assert "agrees   it shows what their reports say" in out
    subprocess.run(["sha256sum", "--strict", "--check", "SHA256SUMS"], cwd=reports, check=True, capture_output=True)


@pytest.mark.parametrize("name", INDEX_FORMS)
def test_a_form_of_the_index_that_is_cut_short_changed_or_gone_is_named(reports, capsys, name):
    content = (reports / name).read_bytes()
    (reports / name).write_bytes(content[:200] + bytes([content[200] ^ 1]) + content[201:])
    assert looked_at(reports, capsys)[:2][1][0].startswith(f"{name}: has changed: SHA-256")
    (reports / name).write_bytes(content[: len(content) // 2])
    status, faults, _ = looked_at(reports, capsys)
    assert status == 2
    assert faults[0].startswith(f"{name}: has changed: SHA-256")


def test_a_page_that_is_gone_is_named(reports, capsys):
    (reports / "index.html").unlink()
    assert looked_at(reports, capsys)[:2] == (2, ["index.html: is missing"])


def test_what_the_index_says_otherwise_than_a_report_is_named_though_its_digests_are_right(reports, capsys):
    write_report(of_release("5.1", failed=True), reports)
    status, faults, _ = looked_at(reports, capsys)
    assert status == 2
    assert "index.json: exit_status says 0, and the reports say 1" in faults
    assert 'index.json: columns[1].verdict.decision says "certified on assumptions", and the reports say "failed"' in faults


def test_an_index_that_shows_a_failed_release_as_its_report_does_ends_with_1(reports, capsys):
    failed = of_release("5.1", failed=True)
    write_report(failed, reports)
    assert refresh_index(failed, reports) == ""
    assert looked_at(reports, capsys)[:2] == (1, [])


def test_a_report_that_is_gone_or_changed_is_told_and_the_others_are_looked_at(reports, capsys):
    for path in (reports / "5.0").iterdir():
        path.unlink()
    status, faults, out = looked_at(reports, capsys)
    assert status == 2
    assert "index.json: no report beside it says what it shows of 5.0" in faults
    assert f"{reports / '5.1'}: release 5.1" in out
    (reports / "5.1" / "summary.md").write_text("")
    status, faults, _ = looked_at(reports, capsys)
    assert status == 2
    assert "5.1/summary.md: is empty: it was cut short" in faults


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda plain: plain.update(schema_version=1), "index.json: index: has schema version 1"),
        (lambda plain: plain.pop("columns"), "index.json: index: is not whole: "),
    ],
)
def test_an_index_that_cannot_be_read_is_one_line_and_no_traceback(reports, capsys, change, said):
    plain = json.loads((reports / "index.json").read_text())
    change(plain)
    (reports / "index.json").write_text(json.dumps(plain))
    status, faults, _ = looked_at(reports, capsys)
    assert status == 2
    assert any(fault.startswith(said) for fault in faults)


def test_an_index_has_the_forms_that_are_looked_for():
    assert tuple(sorted(FORMS)) == INDEX_FORMS
