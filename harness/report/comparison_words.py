"""The words of a comparison, for every form of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from harness.report.change import KINDS, Comparison, Kind, RequirementChange, ScenarioChange, Side, StepChange
from harness.report.verdict import WORDS

KIND_WORDS: Mapping[Kind, str] = {
    "broken": "broken",
    "not_run": "not run any more",
    "removed": "removed",
    "fixed": "fixed",
    "now_run": "run now",
    "new": "new",
    "changed": "not passed, otherwise than before",
    "not_applicable": "no longer applicable",
    "same": "the same",
}
SIGNS: Mapping[Kind, str] = {
    "broken": "✗",
    "not_run": "○",
    "removed": "−",
    "fixed": "✓",
    "now_run": "✓",
    "new": "+",
    "changed": "≠",
    "not_applicable": "–",
    "same": "=",
}
REWRITTEN = "text changed"
STATE_WORDS: Mapping[str, str] = {str(key): word for key, word in WORDS.items()} | {
    "shown_by_tests": "shown by the harness's own tests",
    "no_scenario": "without a scenario",
    "": "not there",
}


def conclusion(comparison: Comparison) -> str:
    """The one sentence at the end."""
    if comparison.exit_status:
        return "Something broke, is new and did not pass, or is not looked at any more."
    changed = any(count for kind, count in comparison.counts.items() if kind != "same")
    return "Nothing broke, and all that was looked at still is." if changed or comparison.rewritten else "Nothing is different."


def summary(comparison: Comparison) -> str:
    """The scenarios of each kind, the worst first: ``1 broken, 2 fixed, 97 the same; 1 text changed``."""
    counts = ", ".join(f"{count} {KIND_WORDS[kind]}" for kind, count in in_order(comparison.counts) if count) or "none"
    return f"{counts}; {comparison.rewritten} {REWRITTEN}" if comparison.rewritten else counts


def in_order(counts: Mapping[Kind, int]) -> Iterator[tuple[Kind, int]]:
    """The counts, the worst kind first."""
    return ((kind, counts[kind]) for kind in KINDS)


def side_line(side: Side) -> str:
    """A record in one line: what it was for, when, and what it came to."""
    names = [part for part in (side.change, side.title) if part]
    known = [f"release {side.release}", *names, side.started.replace("T", " ").replace("Z", " UTC")]
    commit = [f"commit {side.commit[:12]}"] if side.commit else []
    return f"{', '.join([*known, *commit])}: {side.headline}"


def headings(change: ScenarioChange | RequirementChange) -> Sequence[str]:
    """What became of it, in one or two words or groups of them."""
    rewritten = change.rewritten if isinstance(change, ScenarioChange) else bool(change.texts)
    kinds = [] if change.kind == "same" else [KIND_WORDS[change.kind]]
    return [*kinds, *([REWRITTEN] if rewritten else [])]


def outcomes(before: str, after: str) -> str:
    """``passed, now failed``, with words for what is not there."""
    was, became = (STATE_WORDS.get(each, each) for each in (before, after))
    return was if was == became else f"{was}, now {became}"


def step_lines(step: StepChange) -> list[tuple[str, str]]:
    """A step as signs and lines: ``-`` its text before, ``+`` its text now, `` `` where that is the same."""
    if step.text_before == step.text_after:
        return [(" ", line) for line in step.text_after.splitlines()]
    before, after = (
        [(sign, line) for line in text.splitlines()] for sign, text in (("-", step.text_before), ("+", step.text_after))
    )
    return [*before, *after]


def step_outcome(step: StepChange) -> str:
    """What became of the step where it is on both sides and did not stay the same; else nothing."""
    both = step.status_before and step.status_after and step.kind != "same"
    return outcomes(step.status_before, step.status_after) if both else ""
