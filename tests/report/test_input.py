"""What a person gave and cannot be used: one error with the thing, file and line, and the way out."""

import json
import resource
from contextlib import contextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.report.archive import read_record, schema, to_json, write_text
from harness.report.plan import make_plan
from harness.report.session import write_report
from tests.report.sample_record import sample

BROKEN = {
    "syntax": ("Feature: a\n  Scenario: x\n    Given y\n  nonsense\n", 4, "cannot stand here"),
    "no feature": ("# nothing\n", 0, "has no Feature"),
    "no scenario": ("\n\nFeature: a\n", 3, "has no scenario"),
    "empty outline": (
        "Feature: a\n  Scenario Outline: x <y>\n    Given <y>\n    Examples:\n      | y |\n",
        4,
        "has no example row",
    ),
    "one empty table": (
        "Feature: a\n  Scenario Outline: x <y>\n    Given <y>\n    Examples:\n      | y |\n      | 1 |\n"
        "    Examples:\n      | y |\n",
        7,
        "has a table without a row",
    ),
    "empty rule": ("Feature: a\n  Rule: b\n    Example: x\n      Given y\n  Rule: c\n", 5, "has no scenario"),
    "byte order mark": ("\ufeffFeature: a\n  Scenario: x\n    Given y\n", 1, "begins with a byte order mark"),
    "outline without examples": ("Feature: a\n  Scenario Outline: x <y>\n    Given <y>\n", 2, "has no example row"),
    "first step": ("Feature: a\n  Scenario: x\n    And y\n", 3, "the first step begins with 'And'"),
    "background": ("Feature: a\n  Background:\n    * y\n  Scenario: x\n    Given y\n", 3, "the first step begins with '*'"),
    "language": ("# language: xx\nFeature: a\n", 1, "xx"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_feature_that_cannot_run_as_written_is_refused_with_its_line(tmp_path, case):
    text, line, problem = BROKEN[case]
    path = tmp_path / "a.feature"
    path.write_text(text)
    with pytest.raises(InputError) as caught:
        make_plan([tmp_path])
    assert (caught.value.file, caught.value.line) == (path, line)
    assert problem in caught.value.problem
    assert caught.value.remedy


def test_a_feature_in_another_encoding_is_refused(tmp_path):
    (tmp_path / "a.feature").write_bytes("Feature: äöü\n".encode("latin-1"))
    with pytest.raises(InputError, match="is not UTF-8"):
        make_plan([tmp_path])


def test_a_missing_directory_and_one_without_features_are_named(tmp_path):
    with pytest.raises(InputError, match=r"nowhere: features: there is no such directory"):
        make_plan([tmp_path / "nowhere"])
    with pytest.raises(InputError, match=r"no \*\.feature file below"):
        make_plan([tmp_path])


@pytest.mark.parametrize(
    ("tags", "problem"),
    [
        ("@nowhere", r"no scenario matches .*\n  Looked at: 1 scenario\.$"),
        ("a", r"Looked at: 1 scenario\. A tag begins with @"),
        ("@a and", "Too few operands"),
        ("(@a", "Too many open-parens"),
    ],
)
def test_a_tag_expression_that_selects_nothing_or_is_none_is_refused(tmp_path, tags, problem):
    (tmp_path / "a.feature").write_text("Feature: a\n  @a\n  Scenario: x\n    Given y\n")
    with pytest.raises(InputError, match=problem):
        make_plan([tmp_path], tags)


def test_overlapping_directories_count_a_scenario_once(tmp_path):
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "a.feature").write_text("Feature: a\n  Scenario: x\n    Given y\n")
    assert len(make_plan([tmp_path, tmp_path / "sub"])) == 1


def damaged(kind: str) -> str:
    text = to_json(sample())
    plain = json.loads(text)
    if kind == "truncated":
        return text[: len(text) // 2]
    if kind == "version":
        plain["schema_version"] = 99
    elif kind == "shape":
        plain["scenarios"][0]["outcome"] = "splendid"
    elif kind == "list":
        plain = [1]
    return json.dumps(plain)


@pytest.mark.parametrize(
    ("kind", "problem"),
    [
        ("truncated", "is not whole JSON"),
        ("version", "has schema version 99"),
        ("shape", r"at \$\.scenarios\[0\].*splendid"),
        ("list", "is none: it has no schema version"),
    ],
)
def test_a_record_that_cannot_be_trusted_is_refused(tmp_path, kind, problem):
    path = tmp_path / "report.json"
    path.write_text(damaged(kind), encoding="utf-8")
    with pytest.raises(InputError, match=problem) as caught:
        read_record(path)
    assert caught.value.file == path


def test_a_record_that_is_missing_or_binary_is_refused(tmp_path):
    with pytest.raises(InputError, match="No such file"):
        read_record(tmp_path / "report.json")
    (tmp_path / "report.json").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="is not UTF-8"):
        read_record(tmp_path / "report.json")


@contextmanager
def files_no_larger_than(size):
    """The system refuses to write more into a file, as a full disk does."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_report_of_which_one_file_cannot_be_written_leaves_the_old_one_whole_and_no_scratch(tmp_path):
    report = write_report(sample(), tmp_path)
    old = {path.name: path.read_bytes() for path in report.iterdir()}
    sizes = sorted(map(len, old.values()))
    with files_no_larger_than(sizes[-1] - 1), pytest.raises(InputError, match=r"output: File too large\n  Give") as caught:
        write_report(replace(sample(), title="another"), tmp_path)
    assert len(old[caught.value.file.name]) == sizes[-1] > sizes[0]
    assert {path.name: path.read_bytes() for path in report.iterdir()} == old


def test_an_output_that_is_a_file_is_refused(tmp_path):
    (tmp_path / "reports").write_text("")
    with pytest.raises(InputError, match="--output"):
        write_text(tmp_path / "reports" / "5.0" / "report.json", "new")


def test_the_schema_itself_is_sound():
    from jsonschema.validators import validator_for

    validator_for(schema()).check_schema(schema())


def test_the_page_on_the_record_names_every_part_of_its_schema():
    page = (Path(__file__).parents[2] / "docs" / "record.md").read_text(encoding="utf-8")
    kinds = schema()["$defs"]["entry"]["properties"]["kind"]["enum"]
    outcomes = schema()["$defs"]["outcome"]["enum"]
    parts = {*schema()["properties"], *schema()["$defs"], *schema()["$defs"]["attempt"]["properties"], *kinds, *outcomes}
    assert sorted(part for part in parts - {"phases", "hidden_by", "open_step"} if f"`{part}`" not in page) == []


def test_a_skip_holds_on_its_last_day_and_no_longer(tmp_path):
    skipped = "Feature: F\n\n  # skipped: a defect; until 2030-12-31\n  @skipped\n  Scenario: S\n    Given something\n"
    (tmp_path / "skipped.feature").write_text(skipped)
    [planned] = make_plan([tmp_path])
    assert [planned.is_skipped_on(day) for day in (date(2030, 12, 31), date(2031, 1, 1))] == [True, False]


@pytest.mark.parametrize("owner", ["Feature: F", "Rule: R", "Scenario: S"])
def test_a_reason_to_skip_counts_wherever_it_stands(tmp_path, owner):
    text = "Feature: F\n\n  Rule: R\n\n    Scenario: S\n      Given something\n"
    (tmp_path / "skipped.feature").write_text(text.replace(owner, f"# skipped: a defect\n@skipped\n{owner}"))
    [planned] = make_plan([tmp_path])
    assert (planned.is_skipped, planned.skip_reason) == (True, "a defect")
