"""A run for several releases: one pool of workers, for each release the record that a run of its own gives, and the index."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import jsonschema
import pytest

from harness.report.archive import read_record
from harness.report.index_page import to_index_page
from harness.report.index_refresh import refresh_index
from harness.report.model import Record, Release
from harness.report.releases_index import INDEX_VERSION, Index, Line, index_schema, make_column, make_rows, to_index_json
from harness.report.releases_session import run_releases
from harness.report.requirements import Catalogue
from tests.report.conftest import Listener, Workbench, make_bench
from tests.report.sample_record import REQUIREMENTS, sample
from tests.report.test_timeline import fail_over
from tests.report.test_writers import NASTY, Page

STEPS = """
from harness.report.seams import identity_of, release_of

@given(parsers.parse('only release "{name}" has it'))
def _(request, name):
    if release_of(request.node) != name:
        not_applicable(f"release {release_of(request.node)} does not have it (assumed: a test)")

@then(parsers.parse('it fails on "{name}"'))
def _(request, name):
    assert release_of(request.node) != name, "the VM is off"

@then(parsers.parse('the process dies on "{name}"'))
def _(request, name):
    if release_of(request.node) == name:
        os.kill(os.getpid(), signal.SIGKILL)

@then("it says who it is")
def _(lab, request):
    lab.record(CommandRun("esx01", identity_of(request.node), release_of(request.node), "", 0))
"""
FEATURE = """
    Feature: a

      @VDS-05
      Scenario: everywhere
        Given a lab
        Then it says who it is

      @VDS-06
      Scenario Outline: in one alone
        Given only release "<name>" has it
        And a lab
        Then it says who it is

        Examples:
          | name |
          | 5.1  |
          | 6.7  |

      @VDS-07
      Scenario: not in one
        Then it fails on "6.7"
    """
NAMES = ("5.0", "5.1", "6.7")


def add_steps(bench):
    path = bench.root / "steps" / "conftest.py"
    path.write_text(path.read_text(encoding="utf-8") + STEPS, encoding="utf-8")


@pytest.fixture(autouse=True)
def steps(bench):
    add_steps(bench)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The bench of one run for all three releases, its index, and the record of a run for each of them alone."""
    bench = make_bench(tmp_path_factory.mktemp("made"))
    add_steps(bench)
    bench.feature("a.feature", FEATURE)
    index = run_releases(runs(bench), "repeat all", bench.listener)
    return Made(bench, index, {each.release.name: bench.run(release=each.release, command=each.command) for each in runs(bench)})


class Made(NamedTuple):
    bench: Workbench
    index: Index
    alone: dict[str, Record]

    @property
    def output(self) -> Path:
        return self.bench.root / "reports"


def runs(bench, **changes):
    """Options for three releases that differ in nothing else."""
    return [bench.options(release=Release(name, "documented"), command=f"repeat {name}", **changes) for name in NAMES]


def history(record):
    """All of a record that is the same when it is made again."""
    return [
        (each.key, each.outcome, each.reason, [entry.data for step in each.steps for entry in step.entries])
        for each in record.scenarios
    ]


@pytest.mark.parametrize("workers", [1, 2])
def test_each_release_gets_the_record_of_a_run_of_its_own_and_the_worst_exit_status_is_that_of_all(made, tmp_path, workers):
    index, output = made.index, made.output
    if workers > 1:
        output = tmp_path / "together"
        index = run_releases(runs(made.bench, workers=workers, output=output), "repeat all", Listener())
    together = {name: read_record(output / name / "report.json") for name in NAMES}
    for name, alone in made.alone.items():
        assert history(alone) == history(together[name])
        assert together[name].environment.command == f"repeat {name}"
    assert [record.verdict.exit_status for record in together.values()] == [0, 0, 1]
    assert index.exit_status == 1
    assert [record.counts["not_applicable"] for record in together.values()] == [2, 1, 1]
    assert {path.name for path in output.iterdir()} == {*NAMES, "index.html", "index.json", "SHA256SUMS"}


def test_the_index_shows_for_each_requirement_where_releases_differ(made):
    index, output = made.index, made.output
    assert [(row.id, row.differs) for row in index.rows] == [("VDS-05", False), ("VDS-06", True), ("VDS-07", True)]
    states = {row.id: [column.requirements[row.id].state for column in index.columns] for row in index.rows}
    assert states == {
        "VDS-05": ["passed"] * 3,
        "VDS-06": ["not_applicable", "passed", "passed"],
        "VDS-07": ["passed", "passed", "failed"],
    }
    page = Page((output / "index.html").read_text(encoding="utf-8"))
    for said in (
        "✗ 1 release failed, 2 releases certified 2 requirements differ between releases. Seen in a simulation",
        "VDS-06 differs between releases",
        "VDS-07 differs between releases",
        "✓ passed 1/1 ✓ passed 1/1 ✗ failed 0/1",
        "– n/a ✓ passed 1/1 ✓ passed 1/1",
        "– not applicable 5.0, 6.7 does not have it (assumed: a test)",
        "✗ failed 6.7 the VM is off",
        "repeat all",
    ):
        assert said in page.text
    assert [value for value in page.values("href") if not value.startswith("#")] == [f"{name}/index.html" for name in NAMES] * 2


def test_a_process_that_dies_in_a_scenario_of_one_release_costs_the_others_nothing(bench):
    bench.feature(
        "a.feature", 'Feature: a\n  Scenario: x\n    Then the process dies on "5.1"\n  Scenario: y\n    Then it holds\n'
    )
    index = run_releases(runs(bench, workers=2), "repeat all", bench.listener)
    outcomes = {column.release.name: [each.outcome for each in column.scenarios.values()] for column in index.columns}
    assert outcomes == {"5.0": ["passed", "passed"], "5.1": ["crashed", "passed"], "6.7": ["passed", "passed"]}
    assert index.exit_status == 2


def test_what_is_wrong_with_the_whole_run_is_in_every_report(bench):
    bench.scenario("Then it holds")
    (bench.root / "steps" / "conftest.py").write_text("import nothing_of_that_name\n")
    index = run_releases(runs(bench), "repeat all", bench.listener)
    assert {column.verdict.decision for column in index.columns} == {"inconclusive"}
    assert all("nothing_of_that_name" in column.verdict.reasons[-1] for column in index.columns)


def test_a_shuffled_run_for_several_releases_has_the_order_of_each_one_alone(bench):
    bench.feature("a.feature", "Feature: a\n" + "".join(f"  Scenario: s{number}\n    Then it holds\n" for number in range(8)))
    run_releases(runs(bench, shuffle=True, seed=3), "repeat all", bench.listener)
    bench.run(shuffle=True, seed=3)
    told = [scenario.name for scenario in bench.listener.told]
    assert told[:8] == told[8:16] == told[16:24] == told[24:] != sorted(told[:8])


def test_a_run_for_one_release_takes_its_place_in_the_index_that_links_to_it(made, tmp_path):
    before, output = made.index, tmp_path / "reports"
    shutil.copytree(made.output, output)
    record = made.bench.run(release=runs(made.bench)[2].release, tags="not @VDS-07")
    record = replace(record, environment=replace(record.environment, started="2031-01-01T00:00:00Z"))
    assert refresh_index(record, output) == ""
    plain = json.loads((output / "index.json").read_text(encoding="utf-8"))
    jsonschema.validate(plain, index_schema())
    assert [each["verdict"]["exit_status"] for each in plain["columns"]] == [0, 0, 0]
    assert (before.exit_status, plain["exit_status"]) == (1, 0)
    assert plain["columns"][2] == json.loads(to_index_json(replace(before, columns=(make_column(record),))))["columns"][0]
    assert plain["columns"][:2] == json.loads(to_index_json(before))["columns"][:2]
    text = Page((output / "index.html").read_text(encoding="utf-8")).text
    assert "6.7 ran again by itself, on 2031-01-01 00:00:00 UTC." in text
    assert "✓ passed 1/1 ✓ passed 1/1 · left out" in text


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda text: text[:900], "is not whole JSON"),
        (lambda text: text.replace(f'"schema_version": {INDEX_VERSION}', '"schema_version": 1'), "has schema version 1"),
        (lambda text: text.replace('"command"', '"commando"'), "is not whole: Object missing required field `command`"),
        (lambda text: text.replace("a.feature:", "b.feature:"), "it is of other features"),
    ],
)
def test_an_index_that_cannot_show_the_new_run_is_left_and_said(made, tmp_path, damage, said):
    record = made.alone["5.0"]
    place = tmp_path / "index.json"
    place.write_text(damage((made.output / "index.json").read_text(encoding="utf-8")), encoding="utf-8")
    left = place.read_bytes()
    assert said in refresh_index(record, tmp_path)
    assert place.read_bytes() == left


def test_where_no_index_has_the_release_none_is_touched(bench, made):
    bench.feature("a.feature", FEATURE)
    output = bench.root / "reports"
    assert refresh_index(made.alone["5.0"], output) == ""
    assert not (output / "index.json").exists()
    run_releases(runs(bench)[1:2], "repeat all", bench.listener)
    left = (output / "index.json").read_bytes()
    assert refresh_index(made.alone["5.0"], output) == ""
    assert (output / "index.json").read_bytes() == left


def test_the_index_has_the_simulated_recovery_times_release_by_release():
    records = [sample(scenarios=(fail_over(),)), sample(scenarios=(replace(fail_over(), steps=fail_over().steps[:2]),))]
    named = [replace(each, release=replace(each.release, name=name)) for each, name in zip(records, NAMES, strict=False)]
    columns = tuple(make_column(each) for each in named)
    lines = (Line(fail_over().key, "fail-over", ("VDS-05",), twin=False),)
    rows = make_rows(Catalogue((), REQUIREMENTS), columns)
    index = Index(INDEX_VERSION, "repeat all", "2026-03-14T08:12:45Z", "", 1.0, 0, 0, columns, rows, lines)
    jsonschema.validate(json.loads(to_index_json(index)), index_schema())
    said = "fail-over VDS-05 54 s 23 s assumed 5 s stated 25 s quoted 1 s untimed not all came back"
    assert said in Page(to_index_page(index)).text
    alike = replace(index, columns=(columns[0], replace(columns[0], release=columns[1].release), *columns[1:]))
    assert said in Page(to_index_page(alike)).text
    lost = Page(to_index_page(replace(index, columns=columns[1:]))).text
    assert "None in any release in 1 scenario, where something that was lost did not come back fail-over" in lost


def test_the_index_says_whose_change_it_is_about(bench):
    bench.feature("a.feature", FEATURE)
    ours = [replace(each, title="Fail-over, autumn", change="CHG-1234") for each in runs(bench)[:1]]
    run_releases(ours, "repeat all", bench.listener)
    text = Page((bench.root / "reports" / "index.html").read_text(encoding="utf-8")).text
    assert re.search(r"Validation reports · CHG-1234 · 20\d\d-\d\d-\d\d Fail-over, autumn", text)


def test_the_index_is_what_its_schema_says_and_needs_nothing_but_itself(made):
    index = made.index
    text = to_index_json(index)
    jsonschema.validate(json.loads(text), index_schema())
    assert (made.output / "index.json").read_text(encoding="utf-8") == text
    page = Page(to_index_page(replace(index, command=NASTY, title=NASTY, change=NASTY)))
    assert {tag for tag, _ in page.tags} & {"script", "link", "img", "iframe", "object", "form"} == set()
    ids = page.values("id")
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)
    assert {value[1:] for value in page.values("href") if value.startswith("#")} <= set(ids)
    assert "&amp;]]>␀␛[31m" in page.text
