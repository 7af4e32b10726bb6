"""Comparing two records by requirement, scenario and step: what broke, what was fixed, what nobody looks at any more."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from harness.report.change import (
    KINDS,
    Comparison,
    Kind,
    RequirementChange,
    ScenarioChange,
    Side,
    StepChange,
    TextChange,
)
from harness.report.evidence import RequirementTrace
from harness.report.model import Record, Requirement
from harness.report.pairing import Pair, pair_scenarios, pair_steps, step_text
from harness.report.scenario import ScenarioResult, StepResult

Class: TypeAlias = Literal["good", "bad", "unclear", "away", "absent"]

CLASSES: Mapping[str, Class] = {
    "passed": "good",
    "shown_by_tests": "good",
    "failed": "bad",
    "skipped": "away",
    "not_run": "away",
    "deselected": "away",
    "no_scenario": "away",
    "not_applicable": "absent",
}
"""Whatever is not here ended without an answer: undefined, ambiguous, broken set-up or clean-up, time-out, crash."""

LOOKED_AT: tuple[Class, ...] = ("good", "bad", "unclear")


def compare(before: Record, after: Record, digests: tuple[str, str] = ("", "")) -> Comparison:
    """What ``after`` says otherwise than ``before``; ``digests`` are those of their files."""
    other = before.release.name != after.release.name
    pairs = [_scenario_change(pair, other) for pair in pair_scenarios(before.scenarios, after.scenarios)]
    scenarios = tuple(sorted((each for each in pairs if each.kind != "same" or each.rewritten), key=_worst_first))
    requirements = tuple(_requirement_changes(before, after, other))
    return Comparison(
        before=_side(before, digests[0]),
        after=_side(after, digests[1]),
        exit_status=int(any(each.lost for each in scenarios) or any(each.lost for each in requirements)),
        counts={kind: sum(each.kind == kind for each in pairs) for kind in KINDS},
        rewritten=sum(each.rewritten for each in pairs),
        requirements=requirements,
        scenarios=scenarios,
    )


def judge_change(before: str, after: str, other_release: bool) -> Kind:
    """What became of a thing whose outcome was ``before`` and is ``after``; one of them is empty where only one side has it."""
    if not before or not after:
        return "new" if after else "removed"
    was, became = _class(before), _class(after)
    if became == "good":
        return "same" if was == "good" else "fixed" if was in ("bad", "unclear") else "now_run"
    if became in ("bad", "unclear"):
        worse = was not in ("bad", "unclear")
        return "broken" if worse else "same" if before == after else "changed"
    if was == became:
        return "same" if before == after else "changed"
    if became == "absent" and other_release:
        return "not_applicable"
    return "not_run" if was in LOOKED_AT else "changed"


def _class(outcome: str) -> Class:
    return CLASSES.get(outcome, "unclear")


def _is_lost(kind: Kind, before: str, after: str) -> bool:
    """Whether a CI server has to stop: what is new has to pass, or a scenario could be renamed to break it unseen."""
    if kind == "new":
        return _class(after) in ("bad", "unclear")
    return kind in ("broken", "not_run") or (kind == "removed" and _class(before) in LOOKED_AT)


def _side(record: Record, digest: str) -> Side:
    return Side(
        release=record.release.name,
        started=record.environment.started,
        decision=record.verdict.decision,
        headline=record.verdict.headline,
        change=record.change,
        title=record.title,
        commit=record.environment.commit,
        digest=digest,
    )


def _worst_first(change: ScenarioChange) -> tuple[int, int]:
    return (not change.lost, KINDS.index(change.kind))


def _scenario_change(pair: Pair, other: bool) -> ScenarioChange:
    before, after = pair
    shown = after or before
    assert shown is not None  # noqa: S101 - a pair has at least one side
    was, became = (each.outcome if each else "" for each in pair)
    kind = judge_change(was, became, other)
    texts = tuple(_texts(before, after)) if before and after else ()
    steps = tuple(_step_changes(before, after, kind)) if before and after else ()
    if kind == "same" and before and after and _ended_otherwise(before, after, steps):
        kind = "changed"
    return ScenarioChange(
        kind=kind,
        lost=_is_lost(kind, was, became),
        rewritten=bool(texts) or any(step.text_before != step.text_after for step in steps),
        name=shown.name,
        requirements=shown.requirements,
        twin=shown.twin,
        key_before=before.key if before else "",
        key_after=after.key if after else "",
        before=was,
        after=became,
        reason=_reason(after) if after else "",
        texts=texts,
        steps=steps,
    )


def _ended_otherwise(before: ScenarioResult, after: ScenarioResult, steps: Sequence[StepChange]) -> bool:
    """Whether what ended badly on both sides did so in another step or for another reason."""
    another = any(step.kind != "same" for step in steps) or _reason(before) != _reason(after)
    return another and _class(after.outcome) in ("bad", "unclear")


def _reason(scenario: ScenarioResult) -> str:
    """Its first line."""
    return scenario.reason.partition("\n")[0]


def _texts(before: ScenarioResult, after: ScenarioResult) -> Iterator[TextChange]:
    for what in ("name", "rule", "file", "description"):
        yield from _text(what, getattr(before, what), getattr(after, what))
    yield from _text("tags", " ".join(before.tags), " ".join(after.tags))


def _text(what: str, before: str, after: str) -> Iterator[TextChange]:
    if before != after:
        yield TextChange(what, before, after)


def _step_changes(before: ScenarioResult, after: ScenarioResult, kind: Kind) -> Iterator[StepChange]:
    """The steps that are written otherwise, and those that ended otherwise where both sides were run to some end."""
    statuses = kind in ("broken", "fixed", "changed", "same")
    for was, became in pair_steps(before.steps, after.steps):
        change = _step_change(was, became)
        if change.text_before != change.text_after or (statuses and change.kind != "same"):
            yield change


def _step_change(before: StepResult | None, after: StepResult | None) -> StepChange:
    shown = after or before
    assert shown is not None  # noqa: S101 - a pair has at least one side
    was, became = (each.status if each else "" for each in (before, after))
    old, new = (step_text(each) if each else "" for each in (before, after))
    return StepChange(judge_change(was, became, other_release=False), shown.line, old, new, was, became)


def _requirement_changes(before: Record, after: Record, other: bool) -> Iterator[RequirementChange]:
    ours, theirs = _by_id(before.trace), _by_id(after.trace)
    listed = [{each.id: each for each in record.requirements} for record in (before, after)]
    for key in dict.fromkeys((*theirs, *ours)):
        was, became = (side[key].state if key in side else "" for side in (ours, theirs))
        old, new = (side.get(key) for side in listed)
        kind = judge_change(was, became, other)
        texts = tuple(_requirement_texts(old, new)) if old and new else ()
        shown = new or old
        if kind != "same" or texts:
            yield RequirementChange(kind, _is_lost(kind, was, became), key, shown.text if shown else "", was, became, texts)


def _by_id(traces: Iterable[RequirementTrace]) -> Mapping[str, RequirementTrace]:
    return {each.id: each for each in traces}


def _requirement_texts(before: Requirement, after: Requirement) -> Sequence[TextChange]:
    names = ("text", "document", "section", "provenance")
    return [change for name in names for change in _text(name, getattr(before, name), getattr(after, name))]
