"""Two reports compared: what became of each requirement, scenario and step, in every form, and the exit status for CI."""

import json
import re
from dataclasses import replace

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.cli import main
from harness.report.archive import schema
from harness.report.change import KINDS
from harness.report.comparing import to_comparison_json
from harness.report.comparison import compare, judge_change
from harness.report.comparison_page import to_comparison_page
from harness.report.comparison_text import to_markdown, to_text
from harness.report.judgement import conclude
from harness.report.model import SCHEMA_VERSION, Release
from harness.report.session import write_report
from harness.report.vocabulary import OUTCOMES
from tests.report.sample_record import FILE, attempt, sample, scenario, step
from tests.report.test_writers import Page

FORMS = (to_text, to_markdown, to_comparison_page, to_comparison_json)


def steps(*texts, **statuses):
    return tuple(step("Then", text, 20 + number, status=statuses.get(text, "passed")) for number, text in enumerate(texts))


def of(*scenarios, release="5.0", requirements=None):
    record = sample(scenarios=tuple(scenarios))
    record = replace(record, release=Release(release, "documented"))
    return conclude(record if requirements is None else replace(record, requirements=requirements))


def one(before, after, **changes):
    """The only change between two records of one scenario each, and the exit status."""
    found = compare(of(before), of(after), **changes)
    assert len(found.scenarios) <= 1
    return (found.scenarios[0] if found.scenarios else None), found.exit_status


def ended(outcome, **changes):
    plain = scenario("a", 3, outcome, steps=steps("it holds"), reason="" if outcome == "passed" else "why")
    return replace(plain, **changes)


BAD = set(OUTCOMES) - {"passed", "not_applicable", "skipped", "not_run", "deselected"}


def expected(before, after):
    if after == "passed":
        return "same" if before == "passed" else "fixed" if before in BAD else "now_run"
    if after in BAD:
        return "broken" if before not in BAD else "same" if before == after else "changed"
    if before in ("passed", *BAD):
        return "not_run"
    return "same" if before == after else "changed"


@pytest.mark.parametrize("before", OUTCOMES)
@pytest.mark.parametrize("after", OUTCOMES)
def test_each_pair_of_outcomes_has_its_word_and_its_exit_status(before, after):
    found = compare(of(ended(before)), of(ended(after)))
    kind = expected(before, after)
    assert judge_change(before, after, other_release=False) == kind
    assert [each.kind for each in found.scenarios if not each.texts] == ([] if kind == "same" else [kind]) or found.rewritten
    assert found.counts == {**dict.fromkeys(KINDS, 0), kind: 1}
    assert found.exit_status == int(kind in ("broken", "not_run"))


def test_what_fails_in_another_step_or_for_another_reason_is_changed_and_no_loss():
    early = ended("failed", steps=steps("one", "two", one="failed", two="not_run"))
    late = ended("failed", steps=steps("one", "two", two="failed"))
    change, status = one(early, late)
    assert ([(each.kind, each.text_after) for each in change.steps], change.kind, status) == (
        [("fixed", "Then one"), ("broken", "Then two")],
        "changed",
        0,
    )
    change, status = one(early, replace(early, attempt=attempt("failed", "another cause")))
    assert (change.kind, change.reason, status) == ("changed", "another cause", 0)
    assert one(early, early) == (None, 0)


def test_what_was_seen_is_compared_whatever_the_record_says_of_it(tmp_path, capsys):
    good, bad = write_report(sample(), tmp_path / "good"), write_report(sample(), tmp_path / "bad")
    text = (bad / "report.json").read_text()
    (bad / "report.json").write_text(text.replace('"status":"passed"', '"status":"failed"', 1))
    assert main(["compare", str(good), str(bad)]) == 1
    assert "✗ broken: " in capsys.readouterr().out


def test_what_the_data_of_another_release_leaves_out_is_no_loss_and_within_one_release_it_is():
    before, after = ended("passed"), ended("not_applicable", reason="5.1 has no such defect")
    assert compare(of(before), of(after)).exit_status == 1
    found = compare(of(before), of(after, release="5.1"))
    assert (found.scenarios[0].kind, found.exit_status) == ("not_applicable", 0)
    assert compare(of(before), of(ended("deselected"), release="5.1")).exit_status == 1


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_what_is_new_has_to_pass_or_to_be_left_out(outcome):
    other = replace(ended(outcome), name="b", key="b:9", steps=steps("else"), tags=("@VDS-06",))
    found = compare(of(ended("passed")), of(ended("passed"), other))
    assert [each.kind for each in found.scenarios] == ["new"]
    assert (found.scenarios[0].lost, found.exit_status) == (outcome in BAD, int(outcome in BAD))


def test_new_is_no_loss_and_removed_is_one_where_it_was_looked_at():
    other = scenario("b", 9, steps=steps("else"))
    found = compare(of(ended("passed")), of(ended("passed"), other))
    assert ([(each.kind, each.name) for each in found.scenarios], found.exit_status) == ([("new", "b")], 0)
    found = compare(of(ended("passed"), other), of(ended("passed")))
    assert ([(each.kind, each.name) for each in found.scenarios], found.exit_status) == ([("removed", "b")], 1)
    skipped = scenario("b", 9, "skipped", steps=steps("else"), declared=True, reason="no array")
    assert compare(of(ended("passed"), skipped), of(ended("passed"))).exit_status == 0


def test_a_scenario_that_moved_within_its_file_is_the_same():
    assert one(ended("passed"), ended("passed", key=f"{FILE}:99", line=99)) == (None, 0)


def test_one_that_is_renamed_or_moved_to_another_file_is_rewritten_and_neither_new_nor_removed():
    change, status = one(ended("passed"), ended("passed", name="b"))
    assert [(each.what, each.before, each.after) for each in change.texts] == [("name", "a", "b")]
    assert (change.kind, change.rewritten, status) == ("same", True, 0)
    moved = ended("failed", file="features/b.feature", key="features/b.feature:3", steps=steps("more", "it holds", more="failed"))
    change, status = one(ended("passed"), moved)
    assert (change.kind, change.key_before, change.key_after, status) == (
        "broken",
        f"{FILE}:3",
        "features/b.feature:3",
        1,
    )


def test_example_rows_of_one_name_are_told_apart_by_their_steps():
    rows = [scenario("row", line, steps=steps(f"it is {word}")) for line, word in ((5, "one"), (6, "two"), (7, "three"))]
    found = compare(of(rows[0], rows[2]), of(*rows))
    assert [(each.kind, each.key_after.rpartition(":")[2]) for each in found.scenarios] == [("new", "6")]


def test_steps_say_where_it_broke_and_what_is_written_otherwise():
    before = ended("passed", steps=steps("one", "two", "three", "four"))
    after = ended("failed", steps=steps("one", "TWO", "three", "extra", "four", three="failed", extra="not_run", four="not_run"))
    change, _ = one(before, after)
    assert [(each.kind, each.text_before, each.text_after, each.status_after) for each in change.steps] == [
        ("same", "Then two", "Then TWO", "passed"),
        ("broken", "Then three", "Then three", "failed"),
        ("new", "", "Then extra", "not_run"),
        ("not_run", "Then four", "Then four", "not_run"),
    ]
    assert change.rewritten
    text = to_text(compare(of(before), of(after)))
    assert "    - Then two\n    + Then TWO\n      Then three  (passed, now failed)\n    + Then extra\n" in text


def test_a_requirement_is_lost_with_its_last_scenario_or_its_tag():
    bare = ended("passed", tags=(), requirements=())
    found = compare(of(ended("passed")), of(bare))
    assert [(each.id, each.kind, each.before, each.after) for each in found.requirements] == [
        ("VDS-05", "not_run", "passed", "no_scenario")
    ]
    assert found.exit_status == 1
    assert compare(of(bare), of(ended("passed"))).exit_status == 0
    first, *rest = of(bare).requirements
    found = compare(of(bare), of(bare, requirements=(replace(first, text="Other."), *rest)))
    assert [(each.kind, each.texts[0].what) for each in found.requirements] == [("same", "text")]
    assert compare(of(ended("passed")), of(ended("passed"), requirements=tuple(rest))).exit_status == 0
    assert [each.kind for each in compare(of(bare), of(bare, requirements=tuple(rest))).requirements] == ["removed"]


def test_the_worst_comes_first_and_what_is_alike_is_only_counted():
    names = "abcd"
    befores = [scenario(name, number, steps=steps(name)) for number, name in enumerate(names, 1)]
    wanted = {"a": "passed", "b": "passed", "c": "failed", "d": "not_run"}
    afters = [replace(each, attempt=attempt(wanted[each.name], "why")) for each in befores]
    befores[1] = replace(befores[1], attempt=attempt("failed", "why"))
    found = compare(of(*befores), of(*afters))
    assert [each.kind for each in found.scenarios] == ["broken", "not_run", "fixed"]
    assert found.counts["same"] == 1
    assert "Scenarios: 1 broken, 1 not run any more, 1 fixed, 1 the same\nSomething broke" in to_text(found)


def test_a_record_compared_with_itself_says_so():
    record = sample(failed=True)
    found = compare(record, record)
    assert (found.scenarios, found.requirements, found.rewritten, found.exit_status) == ((), (), 0, 0)
    assert to_text(found).endswith("Scenarios: 8 the same\nNothing is different.\n")
    assert Page(to_comparison_page(found)).text.count("Each is as it was.") == 2


@pytest.mark.parametrize("form", FORMS)
def test_the_same_comparison_gives_the_same_bytes(form):
    pairs = [(sample(), sample(failed=True)) for _ in range(2)]
    assert form(compare(*pairs[0])).encode() == form(compare(*pairs[1])).encode()


@pytest.mark.parametrize(("before", "after"), [(sample(), sample(failed=True)), (sample(failed=True), sample())])
def test_the_json_is_what_the_schema_says(before, after):
    rules = schema()
    plain = json.loads(to_comparison_json(compare(before, after)))
    jsonschema.validate(plain, {"$ref": "#/$defs/comparison", "$defs": rules["$defs"]})


@given(st.text(st.characters(), max_size=40))
@settings(max_examples=40)
def test_any_text_stays_text_in_every_form(text):
    changes = {"rule": text, "name": text, "reason": text, "tags": (text,)}
    found = compare(of(ended("passed")), of(ended("failed", steps=steps("it holds", text, **{text: "failed"}), **changes)))
    page = Page(to_comparison_page(found))
    assert not [tag for tag, _ in page.tags if tag == "script"]
    for form in FORMS[:3]:
        form(found).encode()
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", form(found))


def test_markdown_cannot_be_broken_out_of():
    nasty = "```\n# <img src=x>"
    after = ended("failed", name="| <b>", attempt=attempt("failed", "[x](y)"), steps=(step("Then", nasty, 4, status="failed"),))
    text = to_markdown(compare(of(ended("passed", name="| <b>")), of(after)))
    assert "### ✗ broken, text changed: VDS-05 \\| \\<b\\>\n" in text
    assert "\\[x\\](y)" in text
    fences = re.findall(r"^`{4}(?:diff)?$", text, re.MULTILINE)
    assert fences == ["````diff", "````"]


def test_the_command_prints_writes_and_ends_for_a_ci_server(tmp_path, capsys):
    good, bad = write_report(sample(), tmp_path / "good"), write_report(sample(failed=True), tmp_path / "bad")
    page, notes = tmp_path / "out" / "changes.html", tmp_path / "out" / "changes.md"
    assert main(["compare", str(good), str(bad), "--html", str(page), "--markdown", str(notes)]) == 1
    said = capsys.readouterr().out
    assert "+ new: VDS-06 Waiting does not cure it" in said
    assert "✗ broken: requirement VDS-05\n    passed, now undefined" in said
    assert page.read_text().startswith("<!doctype html>") or "<!doctype html>" in page.read_text()[:200]
    assert notes.read_text().startswith("# Something broke, is new and did not pass, or is not looked at any more.\n")
    assert main(["compare", str(bad / "report.json"), str(good), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["counts"]["removed"] == 3
    assert main(["compare", str(good), str(good)]) == 0


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda path: path.write_text(path.read_text()[:5000]), r"report\.json:\d+: record: is not whole JSON"),
        (
            lambda path: path.write_text(path.read_text().replace(f'n": {SCHEMA_VERSION}', 'n": 99')),
            r"report\.json:\d+: record: has schema ver",
        ),
        (
            lambda path: path.write_text(path.read_text().replace('"line":15', '"line":"x"')),
            r"report\.json: record: at \$\.scen",
        ),
        (lambda path: path.unlink(), r"5\.0: report: has no report\.json"),
    ],
)
def test_a_report_that_cannot_be_read_is_one_error_and_2(tmp_path, capsys, damage, said):
    good, bad = write_report(sample(), tmp_path / "good"), write_report(sample(), tmp_path / "bad")
    damage(bad / "report.json")
    assert main(["compare", str(good), str(bad)]) == 2
    captured = capsys.readouterr()
    assert re.match(rf"blackstart: {re.escape(str(bad.parent))}/.*{said}", captured.err), captured.err
    assert captured.out == ""


def test_a_directory_of_reports_names_those_that_could_be_meant(tmp_path, capsys):
    report = write_report(sample(), tmp_path)
    assert main(["compare", str(tmp_path), str(report)]) == 2
    assert "Give the directory of one report: 5.0 are in it." in capsys.readouterr().err
