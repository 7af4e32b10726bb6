"""A check that cannot fail is a defect: each outcome is seen to fail where it is not so, and where there is nothing to see."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from gherkin import Compiler, Parser
from pytest_bdd.steps import step_function_context_registry

from harness.errors import BlackstartError
from harness.probes.failures import StillWaiting, Unmet
from harness.simulators.choice import choose_simulator
from harness.simulators.interface import Simulator
from steps.laboratory import IDENTITY
from steps.sentences import looks_at_events
from tests.steps.test_step_definitions import KINDS, Definition, definitions

FILE = Path(__file__).with_name("false_outcomes.feature")
FALSE: tuple[type[BaseException], ...] = (Unmet, StillWaiting)
NOTHING_THERE = (*FALSE, BlackstartError)
"""What an outcome may also say in a scenario tagged ``@nothing``: that something is not there, or does not answer."""


class Said(NamedTuple):
    """A step: its kind (given, when, then) and its sentence."""

    kind: str
    text: str


@dataclass(frozen=True)
class Scenario:
    """The steps up to the outcomes, the outcomes, each of which is to fail, and how."""

    name: str
    acts: tuple[Said, ...]
    outcomes: tuple[Said, ...]
    failing: tuple[type[BaseException], ...]


def scenarios() -> Iterator[Scenario]:
    document: Any = Parser().parse(FILE.read_text(encoding="utf-8"))
    for pickle in Compiler().compile({**document, "uri": FILE.name}):
        said = [Said(KINDS[step["type"]], step["text"]) for step in pickle["steps"]]
        acts, outcomes = (tuple(each for each in said if (each.kind == "then") is late) for late in (False, True))
        yield Scenario(pickle["name"], acts, outcomes, NOTHING_THERE if pickle["tags"] else FALSE)


SCENARIOS = list(scenarios())
OUTCOMES = [each for each in definitions() if each.kind == "then"]


@pytest.fixture(scope="session")
def simulator() -> Iterator[Simulator]:
    with choose_simulator("process") as chosen:
        yield chosen


def take(request: pytest.FixtureRequest, said: Said) -> None:
    """Do what a scenario of the features does at this step."""
    contexts = step_function_context_registry.values()
    (context,) = [each for each in contexts if each.type in {None, said.kind} and each.parser.is_matching(said.text)]
    given = context.parser.parse_arguments(said.text) or {}
    names = inspect.signature(context.step_func).parameters
    context.step_func(**{name: given[name] if name in given else request.getfixturevalue(name) for name in names})


def holds(request: pytest.FixtureRequest, outcome: Said, failing: tuple[type[BaseException], ...]) -> bool:
    request.getfixturevalue("story").speak(outcome.text)
    try:
        take(request, outcome)
    except failing:
        return False
    return True


@pytest.mark.timeout(700)
@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda each: each.name)
def test_an_outcome_fails_where_it_is_not_so(request: pytest.FixtureRequest, scenario: Scenario) -> None:
    request.node.stash[IDENTITY] = scenario.name
    for said in scenario.acts:
        if said.kind == "when":
            request.getfixturevalue("story").begin(events=any(looks_at_events(each.text) for each in scenario.outcomes))
        take(request, said)
    assert [outcome.text for outcome in scenario.outcomes if holds(request, outcome, scenario.failing)] == []


@pytest.mark.parametrize("outcome", OUTCOMES, ids=lambda each: each.place)
def test_every_outcome_is_among_those_that_are_seen_to_fail(outcome: Definition) -> None:
    assert any(outcome.takes(*said) for scenario in SCENARIOS for said in scenario.outcomes)
