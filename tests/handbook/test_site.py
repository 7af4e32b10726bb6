"""The living documentation: what its pages say of a scenario, with and without a report that has seen it."""

from __future__ import annotations

import html
import re
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from harness.cli import main
from harness.handbook.sightings import gather
from harness.report.archive import to_json
from harness.report.plan import make_plan
from tests.report.sample_record import sample, scenario

FEATURES = Path(__file__).parents[2] / "features"
SPHINX = pytest.importorskip("sphinx", reason="no Sphinx here: pip install '.[docs]' brings it")


def words(page: Path) -> str:
    text = re.sub(r"<[^>]+>", "", page.read_text(encoding="utf-8"))
    return " ".join(html.unescape(text).replace("¶", "").split())


@pytest.fixture(scope="module")
def site(tmp_path_factory) -> Path:
    """A site on one report of release 5.0 that saw the first scenario of all fail, in a file that was another one then."""
    root = tmp_path_factory.mktemp("docs")
    first = make_plan([FEATURES])[0]
    seen = replace(
        scenario(first.name, first.line, "failed", reason="the VM is off"),
        **{name: getattr(first, name) for name in ("key", "feature", "rule", "tags", "requirements")},
        file="/".join(Path(first.file).parts[-2:]),  # as a run shows it that began in another directory
    )
    place = root / "reports" / "5.0"
    place.mkdir(parents=True)
    (place / "report.json").write_text(to_json(sample(scenarios=(seen,))), encoding="utf-8")
    assert main(["docs", "--reports", str(root / "reports"), "--output", str(root / "site")]) == 0
    return root / "site"


def test_each_feature_procedure_and_reference_has_a_page(site):
    pages = {path.relative_to(site).with_suffix("").as_posix() for path in site.rglob("*.html")}
    features = {f"{path.parent.name}/{path.stem}" for path in FEATURES.rglob("*.feature")}
    assert features <= pages
    assert {"procedures/agents-restart", "procedures/vcd-failover", "requirements", "releases", "vocabulary"} <= pages


def test_a_scenario_says_where_it_was_seen_and_that_its_text_is_another_one_now(site):
    first = make_plan([FEATURES])[0]
    page = site / Path(first.file).parent.name / f"{Path(first.file).stem}.html"
    text = words(page)
    assert first.steps[0].text in text
    assert "Release 5.0: ✗ failed on 2026-03-14 (the feature has changed since)" in text
    assert "Not in any report." in text


def test_each_row_of_an_outline_has_what_was_seen_of_it_alone(tmp_path):
    plan = make_plan([FEATURES])
    rows = [each for each in plan if (each.file, each.rule, each.name) == next_outline(plan)]
    seen = [
        replace(
            scenario(row.name, row.line, "passed" if number else "failed", reason="" if number else "the VM is off"),
            **{name: getattr(row, name) for name in ("key", "file", "feature", "rule", "tags", "requirements")},
        )
        for number, row in enumerate(rows)
    ]
    place = tmp_path / "5.0"
    place.mkdir()
    (place / "report.json").write_text(to_json(sample(scenarios=tuple(seen))), encoding="utf-8")
    evidence = gather(tmp_path, ["5.0"], plan)
    assert [[each.outcome for each in evidence.of(row)] for row in rows] == [["failed"], *[["passed"]] * (len(rows) - 1)]


def next_outline(plan):
    """File, rule and name that several scenarios of ``plan`` share."""
    met = Counter((each.file, each.rule, each.name) for each in plan)
    return next(called for called, count in met.items() if count > 1)


def test_a_screen_reader_can_tell_the_levels_of_headings_and_the_side_bars(site):
    for page in site.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        assert [each for each in re.findall(r"<[^>]* role=\"heading\"[^>]*>", text) if "aria-level" not in each] == []
        named = re.findall(r"<aside [^>]*aria-label=\"([^\"]+)\"", text)
        assert named == ["All pages", *(["This page"] if "no-toc" not in text else [])]
    assert "vCloud Director" in words(site / "index.html")
    assert "Vcloud director" not in words(site / "index.html")


def test_the_requirements_say_how_their_scenarios_ended_and_link_to_them(site):
    first = make_plan([FEATURES])[0]
    text = words(site / "requirements.html")
    assert f"{first.requirements[0]} ✗ failed" in text
    assert "VCD-01 not in the report" in text
    assert "ALL-02 by tests" in text
    assert "VDS-11 – not applicable" in text
    assert f'href="{Path(first.file).parent.name}/{Path(first.file).stem}.html#line-' in (site / "requirements.html").read_text()


def test_a_procedure_says_its_steps_its_branches_and_where_it_is_rehearsed(site):
    text = words(site / "procedures" / "vcd-failover.html")
    assert "Branch power-on: ha (usual), vcloud" in text
    assert "Otherwise:" in text
    assert "Rehearsed in" in text
    assert "5.0 2026-03-14 not in the report" in text


def test_an_option_in_a_text_can_be_copied_from_the_page(site):
    text = words(site / "procedures" / "vcd-failover.html")
    assert "go on with --resume" in text
    assert "\N{EN DASH}resume" not in text


def test_the_site_asks_no_other_place_for_anything(site):
    foreign = re.compile(r'<(?:script|img|link|iframe)\b[^>]*\b(?:src|href)="(?:https?:)?//')
    pages = [page for page in site.rglob("*.html") if foreign.search(page.read_text(encoding="utf-8"))]
    assert [page.name for page in pages] == []


def test_a_report_that_cannot_be_read_is_one_clear_error(tmp_path, capsys):
    place = tmp_path / "reports" / "5.0"
    place.mkdir(parents=True)
    (place / "report.json").write_text('{"schema_version"', encoding="utf-8")
    assert main(["docs", "--reports", str(tmp_path / "reports"), "--output", str(tmp_path / "site")]) == 2
    said = capsys.readouterr().err
    assert "5.0/report.json:1: record: is not whole JSON" in said
    assert not (tmp_path / "site").exists()


def test_a_directory_of_reports_that_is_none_is_one_clear_error(tmp_path, capsys):
    assert main(["docs", "--reports", str(tmp_path / "rports"), "--output", str(tmp_path / "site")]) == 2
    assert capsys.readouterr().err.startswith(f"blackstart: {tmp_path}/rports: reports: there is no such directory\n")
    assert not (tmp_path / "site").exists()


def test_an_output_that_is_a_file_is_one_clear_error(tmp_path, capsys):
    (tmp_path / "site").write_text("mine")
    assert main(["docs", "--reports", str(tmp_path), "--output", str(tmp_path / "site")]) == 2
    assert capsys.readouterr().err.startswith(f"blackstart: {tmp_path}/site: output: File exists\n")
    assert (tmp_path / "site").read_text() == "mine"
