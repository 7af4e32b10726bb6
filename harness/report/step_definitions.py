"""Which step definitions speak a sentence: looked up once for all scenarios of a process.

pytest-bdd asks pytest for the definitions of each name that a fixture has, and tries the parser of each step definition, for each
step of each scenario. It has no setting for that, so its function is replaced.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias

import pytest_bdd  # noqa: F401 - brings in the module that is named below; the package has a function of that name
from _pytest.fixtures import FixtureDef, FixtureManager
from _pytest.nodes import Node
from pytest_bdd.compat import get_fixture_names, getfixturedefs
from pytest_bdd.parser import Step
from pytest_bdd.steps import StepFunctionContext, step_function_context_registry

Fixture: TypeAlias = FixtureDef[Any]

FINDER = "find_fixturedefs_for_step"


class Definition(NamedTuple):
    """A step definition: the fixture as which pytest has it, and what pytest-bdd knows of it."""

    fixture: Fixture
    context: StepFunctionContext

    def speaks(self, step: Step) -> bool:
        """Whether it is one for ``step``."""
        return self.context.type in (None, step.type) and bool(self.context.parser.is_matching(step.name))


class Definitions:
    """The step definitions of a process, by the modules that scenarios are collected from.

    All definitions are there before the first scenario runs, and what a single scenario adds are no step definitions.
    """

    def __init__(self) -> None:
        self._visible: dict[Node | None, list[Definition]] = {}
        self._speaking: dict[tuple[Node | None, str, str], tuple[Definition, ...]] = {}

    def speaking(self, step: Step, manager: FixtureManager, scenario: Node) -> tuple[Definition, ...]:
        """Those for ``step`` that ``scenario`` sees; the same sentence stands in many scenarios, and in each once a release."""
        key = scenario.parent, step.type, step.name
        if key not in self._speaking:
            self._speaking[key] = tuple(each for each in self._seen(manager, scenario) if each.speaks(step))
        return self._speaking[key]

    def _seen(self, manager: FixtureManager, scenario: Node) -> list[Definition]:
        if scenario.parent not in self._visible:
            visible = (each for name in get_fixture_names(manager) for each in getfixturedefs(manager, name, scenario) or ())
            known = ((each, step_function_context_registry.get(each.func)) for each in visible)
            self._visible[scenario.parent] = [Definition(each, context) for each, context in known if context is not None]
        return self._visible[scenario.parent]

    def find(self, step: Step, fixturemanager: FixtureManager, node: Node) -> Sequence[Fixture]:
        """What pytest-bdd's own function finds."""
        return [each.fixture for each in self.speaking(step, fixturemanager, node)]


def look_up_in(definitions: Definitions) -> None:
    """From now on pytest-bdd finds step definitions in ``definitions``."""
    setattr(sys.modules["pytest_bdd.scenario"], FINDER, definitions.find)
