"""Judging: what may be green, and what may not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.report.model import Fact, Problem
from harness.report.page import to_page
from harness.report.verdict import count_outcomes, judge
from harness.report.vocabulary import OUTCOMES, Outcome
from tests.report.sample_record import sample, scenario
from tests.report.test_writers import Page

ASSUMED = Fact("text", "motd", "assumed", "ours", 1)
QUOTED = Fact("text", "motd", "quoted", "a source", 1)


def of(*outcomes: Outcome, **changes: object):
    return [scenario(outcome, line, outcome, steps=(), **changes) for line, outcome in enumerate(outcomes)]


@pytest.mark.parametrize("outcome", [each for each in OUTCOMES if each not in ("passed", "not_applicable", "deselected")])
def test_one_scenario_that_did_not_pass_spoils_a_run(outcome):
    verdict = judge(of("passed", outcome), [], [], strict=False)
    assert (verdict.decision, verdict.exit_status) == (("failed", 1) if outcome == "failed" else ("inconclusive", 2))
    assert verdict.reasons


def test_a_failure_weighs_more_than_what_is_unknown_and_both_are_named():
    verdict = judge(of("failed", "undefined", "passed"), [Problem("no space")], [], strict=False)
    assert (verdict.decision, verdict.exit_status) == ("failed", 1)
    assert verdict.reasons == ("1 failed", "1 undefined", "no space")


@pytest.mark.parametrize("outcomes", [[], ["not_applicable"], ["deselected"]])
def test_nothing_that_passed_is_nothing_certified(outcomes):
    assert judge(of(*outcomes), [], [], strict=False).exit_status == 2


@pytest.mark.parametrize("messages", [["a conftest is broken"], ["no space", "left behind"], [""]])
def test_a_problem_with_the_run_spoils_it_and_each_is_named(messages):
    verdict = judge(of("passed"), [Problem(each) for each in messages], [], strict=False)
    assert verdict.exit_status == 2
    assert list(verdict.reasons) == [each or "a problem without a word" for each in messages]


@pytest.mark.parametrize(
    ("facts", "strict", "decision", "status"),
    [
        ([QUOTED], True, "certified", 0),
        ([ASSUMED], False, "certified on assumptions", 0),
        ([ASSUMED], True, "certified on assumptions", 1),
    ],
)
def test_assumptions_are_named_and_strict_does_not_take_them(facts, strict, decision, status):
    verdict = judge(of("passed", "not_applicable"), [], facts, strict)
    assert (verdict.decision, verdict.exit_status) == (decision, status)


def test_what_nobody_looked_at_is_said_in_the_same_sentence():
    said = "certified: 1 of 1 scenario passed; partial: 1 of 2 scenarios selected; 2 requirements without a scenario"
    assert judge(of("passed", "deselected"), [], [], strict=False, unshown=2).headline == said
    assert sample().verdict.headline == "certified on assumptions: 3 of 5 scenarios passed; 1 requirement without a scenario"
    shown = Page(to_page(sample())).text
    assert "3 of 5 scenarios passed, 1 not applicable, 1 skipped. 1 requirement without a scenario." in shown
    assert "without a scenario" not in Page(to_page(sample(failed=True))).text


@given(st.lists(st.sampled_from(OUTCOMES)), st.booleans())
def test_green_means_that_everything_was_looked_at(outcomes, declared):
    scenarios = of(*outcomes, declared=declared)
    counts = count_outcomes(scenarios)
    assert sum(counts.values()) == len(outcomes)
    green = {"passed", "not_applicable", "deselected", *(["skipped"] if declared else [])}
    expected = "passed" in outcomes and set(outcomes) <= green
    assert (judge(scenarios, [], [], strict=False).exit_status == 0) == expected
