"""Which scenario of one record is which of another, and which of their steps belong together.

A scenario is known by its file, its rule and its name; line numbers move. Example rows of one name are told apart by their steps.
Whatever is left over may have been renamed or moved: the same steps, or the same name and rule in another file.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from difflib import SequenceMatcher

from harness.report.scenario import ScenarioResult, StepResult

Pair = tuple[ScenarioResult | None, ScenarioResult | None]
StepPair = tuple[StepResult | None, StepResult | None]


def pair_scenarios(before: Sequence[ScenarioResult], after: Sequence[ScenarioResult]) -> list[Pair]:
    """Each scenario of both sides once: pairs in the order of ``after``, then what only ``before`` has."""
    found: dict[str, ScenarioResult] = {}
    left = list(before)
    for identity in (_exact, _identity, _texts, _moved):
        _match(left, [each for each in after if each.key not in found], identity, found)
        taken = {each.key for each in found.values()}
        left = [each for each in before if each.key not in taken]
    return [*((found.get(each.key), each) for each in after), *((each, None) for each in left)]


def pair_steps(before: Sequence[StepResult], after: Sequence[StepResult]) -> Iterator[StepPair]:
    """The steps of both sides in their order; where texts differ, as many as there are on both sides are taken for rewritten."""
    matcher = SequenceMatcher(None, [step_text(each) for each in before], [step_text(each) for each in after], autojunk=False)
    for _, begin, end, first, last in matcher.get_opcodes():
        ours, theirs = before[begin:end], after[first:last]
        for number in range(max(len(ours), len(theirs))):
            yield ours[number] if number < len(ours) else None, theirs[number] if number < len(theirs) else None


def step_text(step: StepResult) -> str:
    """A step as it stands in the file: keyword, text, and its table or doc string."""
    return "\n".join(part for part in (f"{step.keyword} {step.text}", step.argument) if part)


def _match(
    before: Sequence[ScenarioResult],
    after: Sequence[ScenarioResult],
    identity: Callable[[ScenarioResult], Hashable],
    found: dict[str, ScenarioResult],
) -> None:
    waiting: dict[Hashable, list[ScenarioResult]] = {}
    for each in before:
        waiting.setdefault(identity(each), []).append(each)
    for each in after:
        if candidates := waiting.get(identity(each)):
            found[each.key] = candidates.pop(0)


def _texts(scenario: ScenarioResult) -> Hashable:
    """The steps; a scenario without any is like no other."""
    return tuple(step_text(step) for step in scenario.steps) or scenario.key


def _identity(scenario: ScenarioResult) -> Hashable:
    return scenario.file, scenario.rule, scenario.name


def _exact(scenario: ScenarioResult) -> Hashable:
    return _identity(scenario), _texts(scenario)


def _moved(scenario: ScenarioResult) -> Hashable:
    return scenario.rule, scenario.name
