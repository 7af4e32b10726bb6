"""What the processes of a run wrote down, put together with the plan: one result for each planned scenario."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias, cast

from harness.report.events import Event, WholeEvent
from harness.report.model import Problem
from harness.report.outcomes import judge_attempt
from harness.report.plan import PlannedScenario, PlannedStep
from harness.report.scenario import Attempt, Entry, Phase, ScenarioResult, StepResult
from harness.report.vocabulary import StepStatus

When: TypeAlias = Literal["setup", "call", "teardown"]


@dataclass
class Trace:
    """The events of one scenario on one worker, in order; ``crashed`` once its worker is known to have died in it."""

    worker: str
    events: list[Event | WholeEvent] = field(default_factory=list)
    crashed: bool = False

    @property
    def ended(self) -> bool:
        """Whether the scenario came to its end, clean-up included."""
        return bool(self.events) and self.events[-1]["event"] == "end"


@dataclass
class History:
    """All that a run's processes wrote down: traces by scenario key, what is wrong with the run, what the lab says of itself."""

    traces: dict[str, Trace] = field(default_factory=dict)
    bound: dict[str, str] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    facts: dict[str, str] = field(default_factory=dict)
    finished: bool = False

    def take(self, event: Event | WholeEvent) -> None:
        """Take one event in; events of one worker must come in their order."""
        kind = event["event"]
        if kind == "items":
            self.bound |= event["items"]
        elif kind == "problem":
            self._add_problem(Problem(event["message"]))
        elif kind == "crash":
            self._crash(self.key_of(event))
        elif kind == "finish":
            self.finished = self.finished or event["worker"] == "main"
        elif kind == "start":
            self.traces[event["key"]] = Trace(event["worker"])
        elif trace := self.traces.get(self.key_of(event)):
            trace.events.append(event)
            self.facts |= event.get("facts", {})

    def key_of(self, event: Event | WholeEvent) -> str:
        """The scenario that ``event`` is about; empty if none."""
        return event.get("key") or self.bound.get(event.get("nodeid", ""), "")

    def abandon(self) -> list[str]:
        """Every process is gone, and none was asked to stop: whatever has not ended died with its process. Gives those keys."""
        dead = [key for key, trace in self.traces.items() if not trace.ended and not trace.crashed]
        for key in dead:
            self.traces[key].crashed = True
        return dead

    def _crash(self, key: str) -> None:
        if trace := self.traces.get(key):
            trace.crashed = True

    def _add_problem(self, problem: Problem) -> None:
        if problem not in self.problems:
            self.problems.append(problem)


def scenario_results(plan: Sequence[PlannedScenario], history: History) -> list[ScenarioResult]:
    """One result for each scenario of ``plan``, in its order."""
    bound = set(history.bound.values())
    return [scenario_result(planned, history.traces.get(planned.key), planned.key in bound) for planned in plan]


def scenario_result(planned: PlannedScenario, trace: Trace | None, bound: bool) -> ScenarioResult:
    """What became of ``planned``, as far as ``trace`` goes; ``bound`` says whether a test module had it."""
    attempt = _attempt(planned, trace, bound)
    return _judged(planned, trace or Trace(""), attempt, tuple(_steps(planned, trace.events if trace else [], attempt)))


def _judged(planned: PlannedScenario, trace: Trace, attempt: Attempt, steps: tuple[StepResult, ...]) -> ScenarioResult:
    outcome, reason = judge_attempt(attempt, steps)
    return ScenarioResult(
        key=planned.key,
        file=planned.file,
        line=planned.line,
        feature=planned.feature,
        rule=planned.rule,
        name=planned.name,
        description=planned.description,
        tags=planned.tags,
        requirements=planned.requirements,
        twin=planned.is_twin,
        skip_reason=planned.skip_reason,
        expires=planned.expires,
        attempt=attempt,
        outcome=outcome,
        reason=reason,
        declared=outcome == "skipped" and bool(planned.skip_reason),
        worker=trace.worker,
        wall=round(sum(phase.wall for phase in attempt.phases), 6),
        steps=steps,
        cleanup=tuple(entry for event in trace.events if event["event"] == "phase" for entry in _entries(event)),
    )


def _attempt(planned: PlannedScenario, trace: Trace | None, bound: bool) -> Attempt:
    events = trace.events if trace else []
    begun, ended = (sum(event["event"] == kind for event in events) for kind in ("step", "step_end"))
    return Attempt(
        selected=planned.selected,
        hidden_by=planned.hidden_by,
        bound=bound,
        began=trace is not None,
        died=trace is not None and trace.crashed,
        open_step=begun if begun > ended else 0,
        phases=tuple(
            Phase(cast(When, event["when"]), cast(StepStatus, event["status"]), event["reason"], round(event["wall"], 6))
            for event in events
            if event["event"] == "phase"
        ),
    )


def _steps(planned: PlannedScenario, events: Sequence[Event | WholeEvent], attempt: Attempt) -> Iterable[StepResult]:
    begun = [event for event in events if event["event"] == "step"]
    ended = [event for event in events if event["event"] == "step_end"]
    for number, step in enumerate(planned.steps):
        if number < len(ended):
            yield _ended(step, begun[number], ended[number])
        else:
            died_here = attempt.died and number + 1 == attempt.open_step
            yield StepResult(
                step.keyword, step.text, step.line, step.argument, "crashed" if died_here else "not_run", "", 0.0, ()
            )


def _ended(step: PlannedStep, begun: Event | WholeEvent, ended: Event | WholeEvent) -> StepResult:
    return StepResult(
        keyword=step.keyword,
        text=begun["text"],
        line=step.line,
        argument=step.argument,
        status=cast(StepStatus, ended["status"]),
        error=ended["error"],
        wall=round(ended["wall"], 6),
        entries=_entries(ended),
    )


def _entries(event: Event | WholeEvent) -> tuple[Entry, ...]:
    """What a lab told until ``event``; nothing where that was not read."""
    return cast(WholeEvent, event).get("entries", ())
