"""What became of a scenario, judged by what was seen of its attempt alone: the same when it ends and whenever it is verified."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from harness.report.scenario import Attempt, Phase, StepResult
from harness.report.vocabulary import Outcome
from harness.units import number_of

HIDDEN = "line {} holds another scenario of the same name, which takes its place: rename one"


def judge_attempt(attempt: Attempt, steps: Sequence[StepResult]) -> tuple[Outcome, str]:
    """The outcome of a scenario with ``steps`` and the reason why it is not a pass; empty where it is one."""
    if not attempt.selected:
        return "deselected", "the tag expression leaves it out"
    if attempt.hidden_by:
        return "not_run", HIDDEN.format(attempt.hidden_by)
    if not attempt.began:
        return "not_run", "the run ended before it" if attempt.bound else "no test module binds it"
    phases: dict[str, Phase] = {phase.when: phase for phase in attempt.phases}
    for when in ("setup", "call"):
        if (phase := phases.get(when)) and phase.status != "passed":
            return cast(Outcome, phase.status), _with_clean_up(phase.reason, phases.get("teardown"))
    return _after_call(attempt, steps, phases)


def _after_call(attempt: Attempt, steps: Sequence[StepResult], phases: dict[str, Phase]) -> tuple[Outcome, str]:
    if attempt.died:
        return "crashed", _where("the process died", attempt, steps)
    if "call" not in phases or "teardown" not in phases:
        return "not_run", _where("the run was interrupted", attempt, steps)
    if phases["teardown"].status != "passed":
        return "teardown_error", phases["teardown"].reason
    return _complete(steps)


def _with_clean_up(reason: str, teardown: Phase | None) -> str:
    """``reason``, and what went wrong in the clean-up after it, which must not be lost behind it."""
    return f"{reason}\nand in the clean-up: {teardown.reason}" if teardown and teardown.status != "passed" else reason


def _complete(steps: Sequence[StepResult]) -> tuple[Outcome, str]:
    """A scenario that nothing complained about has passed only if each of its steps was seen to pass."""
    passed = sum(step.status == "passed" for step in steps)
    if not steps:
        return "undefined", "the scenario has no step"
    if passed != len(steps):
        return "error", f"{passed} of {number_of(len(steps), 'step')} {'was' if len(steps) == 1 else 'were'} seen to pass"
    return "passed", ""


def _where(what: str, attempt: Attempt, steps: Sequence[StepResult]) -> str:
    return f"{what} in the step {steps[attempt.open_step - 1].text!r}" if 0 < attempt.open_step <= len(steps) else what
