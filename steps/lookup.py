"""Which step definition speaks a sentence is looked up once for all scenarios of a process.

pytest-bdd goes through all names of fixtures, and tries the parser of each step definition, for each step of each scenario.
It has no setting for that, so its function is wrapped.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

import pytest_bdd  # noqa: F401 - brings in the module that is named below; the package has a function of that name

if TYPE_CHECKING:
    from _pytest.fixtures import FixtureDef, FixtureManager
    from _pytest.nodes import Node
    from pytest_bdd.parser import Step

    Found = Iterable[FixtureDef[Any]]

FINDER = "find_fixturedefs_for_step"


def look_up_once() -> None:
    """From now on a sentence keeps the step definitions that were found for it, where the scenario stands in the same file.

    All definitions are there before the first scenario runs, and what a single scenario adds are no step definitions.
    """
    scenarios = sys.modules["pytest_bdd.scenario"]
    setattr(scenarios, FINDER, remembering(getattr(scenarios, FINDER)))


def remembering(find: Callable[[Step, FixtureManager, Node], Found]) -> Callable[[Step, FixtureManager, Node], Found]:
    """``find``, which is asked once for each kind and name of a step and each place that scenarios are collected from."""
    known: dict[tuple[Node | None, str, str], Sequence[FixtureDef[Any]]] = {}

    def remembered(step: Step, fixturemanager: FixtureManager, node: Node) -> Found:
        key = (node.parent, step.type, step.name)
        if key not in known:
            known[key] = tuple(find(step, fixturemanager, node))
        return known[key]

    return remembered
