"""All that a record concludes from its recorded history: when the run ends, and again whenever somebody verifies it.

What was seen (steps, attempts, journal entries, problems, the environment) is taken as it is; every outcome, count, fact and the
verdict follow from it here, and nowhere else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from harness.report.facts import gather_facts
from harness.report.ledger import tally
from harness.report.model import Record
from harness.report.outcomes import judge_attempt
from harness.report.recovery_time import moment
from harness.report.scenario import ScenarioResult, StepResult
from harness.report.tags import is_twin, requirement_ids, selects
from harness.report.trace import trace
from harness.report.verdict import count_outcomes, judge


def conclude(record: Record) -> Record:
    """``record`` with everything that follows from its history derived anew; a sound record comes back as it was."""
    chosen = selects(record.environment.tags)
    scenarios = tuple(_conclude(scenario, chosen(scenario.tags)) for scenario in record.scenarios)
    facts, traces = gather_facts(scenarios), trace(record.requirements, scenarios)
    unshown = sum(each.state == "no_scenario" for each in traces)
    return replace(
        record,
        verdict=judge(scenarios, record.problems, facts, record.environment.strict, unshown),
        planned=len(scenarios),
        selected=sum(scenario.attempt.selected for scenario in scenarios),
        counts=count_outcomes(scenarios),
        scenarios=scenarios,
        trace=traces,
        facts=facts,
        ledger=tally(facts, scenarios, record.requirements, record.environment.answered),
    )


def _conclude(scenario: ScenarioResult, selected: bool) -> ScenarioResult:
    attempt = replace(scenario.attempt, selected=selected)
    outcome, reason = judge_attempt(attempt, scenario.steps)
    return replace(
        scenario,
        requirements=requirement_ids(scenario.tags),
        twin=is_twin(scenario.tags),
        attempt=attempt,
        outcome=outcome,
        reason=reason,
        declared=outcome == "skipped" and bool(scenario.skip_reason),
        wall=round(sum(phase.wall for phase in attempt.phases), 6),
        steps=tuple(_timed(scenario)),
    )


def _timed(scenario: ScenarioResult) -> Iterator[StepResult]:
    """The steps with the simulated time that passed in each: a duration that ends in one may have begun long before it."""
    at = scenario.simulated[0]
    for step in scenario.steps:
        before, at = at, max([at, *(entry.ended for entry in step.entries)])
        yield replace(step, simulated=round(moment(at) - moment(before), 3) if at > before else 0.0)
