"""Judging a run by its recorded history alone. A verdict may be red or inconclusive; it is never green for want of looking."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from harness.report.model import Fact, Problem, Verdict
from harness.report.scenario import ScenarioResult
from harness.report.vocabulary import OUTCOMES, Decision, Outcome
from harness.units import number_of

INCONCLUSIVE: tuple[Outcome, ...] = ("undefined", "ambiguous", "error", "teardown_error", "timeout", "crashed", "not_run")

WORDS: Mapping[Outcome, str] = {
    "passed": "passed",
    "failed": "failed",
    "skipped": "skipped",
    "not_applicable": "not applicable",
    "undefined": "undefined",
    "ambiguous": "ambiguous",
    "error": "broken set-up",
    "teardown_error": "broken clean-up",
    "timeout": "timed out",
    "crashed": "crashed",
    "not_run": "not run",
    "deselected": "not selected",
}


def count_outcomes(scenarios: Sequence[ScenarioResult]) -> dict[Outcome, int]:
    """How many scenarios came to each outcome; every outcome has a number."""
    counts: dict[Outcome, int] = dict.fromkeys(OUTCOMES, 0)
    for scenario in scenarios:
        counts[scenario.outcome] += 1
    return counts


def judge(
    scenarios: Sequence[ScenarioResult], problems: Sequence[Problem], facts: Sequence[Fact], strict: bool, unshown: int = 0
) -> Verdict:
    """The verdict on a run. Exit status 0 certified, 1 a behaviour failed (``strict``: or rests on assumptions), 2 unknown.

    ``unshown`` is how many requirements have no scenario: what nobody looks at is said in the headline.
    """
    counts = count_outcomes(scenarios)
    undeclared = sum(1 for scenario in scenarios if scenario.outcome == "skipped" and not scenario.declared)
    broken = _broken(counts, undeclared, problems)
    assumed = [fact for fact in facts if fact.provenance == "assumed"]
    decision: Decision
    if counts["failed"]:
        decision, status = "failed", 1
        broken = (_counted(counts, "failed"), *broken)
    elif broken or not counts["passed"]:
        decision, status = "inconclusive", 2
        broken = broken or ("no scenario passed",)
    elif assumed:
        decision, status = "certified on assumptions", 1 if strict else 0
        words = ("text or timing that took part is assumed", "texts and timings that took part are assumed")
        broken = (number_of(len(assumed), *words),)
    else:
        decision, status = "certified", 0
    return Verdict(decision, status, _headline(decision, counts, unshown), broken)


def _broken(counts: Mapping[Outcome, int], undeclared: int, problems: Sequence[Problem]) -> tuple[str, ...]:
    reasons = [_counted(counts, outcome) for outcome in INCONCLUSIVE if counts[outcome]]
    if undeclared:
        reasons.append(f"{undeclared} skipped without a declared reason")
    return (*reasons, *((problem.message or "a problem without a word").splitlines()[0] for problem in problems))


def _counted(counts: Mapping[Outcome, int], outcome: Outcome) -> str:
    return f"{counts[outcome]} {WORDS[outcome]}"


def _headline(decision: Decision, counts: Mapping[Outcome, int], unshown: int) -> str:
    total = sum(counts.values())
    selected = total - counts["deselected"]
    partial = f"; partial: {selected} of {number_of(total, 'scenario')} selected" if counts["deselected"] else ""
    without = f"; {number_of(unshown, 'requirement')} without a scenario" if unshown else ""
    return f"{decision}: {counts['passed']} of {number_of(selected, 'scenario')} passed{partial}{without}"
