"""Every sentence of the features is one definition, and every definition is a sentence: pytest-bdd is silent on both."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gherkin import Compiler, Parser
from pytest_bdd.parsers import StepParser
from pytest_bdd.steps import step_function_context_registry

import steps
from steps.sentences import sentence

NO_SUBJECTS = {"__init__", "conftest", "laboratory", "lookup", "sentences", "test_features", "moments", "venue"}
FOLDER = Path(steps.__file__).parent
FEATURES = FOLDER.parent / "features"
SUBJECTS = sorted(f"steps.{path.stem}" for path in FOLDER.glob("*.py") if path.stem not in NO_SUBJECTS)
KINDS = {"Context": "given", "Action": "when", "Outcome": "then"}


@dataclass(frozen=True)
class Definition:
    """A step function: where it is, which type of step it takes (None: any), and its parser."""

    place: str
    kind: str | None
    parser: StepParser

    def takes(self, kind: str, text: str) -> bool:
        return self.kind in {None, kind} and self.parser.is_matching(text)


def definitions() -> list[Definition]:
    for name in SUBJECTS:
        importlib.import_module(name)
    contexts = [each for each in step_function_context_registry.values() if each.step_func.__module__ in SUBJECTS]
    return [Definition(f"{each.step_func.__module__}.{each.step_func.__name__}", each.type, each.parser) for each in contexts]


def said() -> Iterator[tuple[str, str]]:
    for file in sorted(FEATURES.rglob("*.feature")):
        document: Any = Parser().parse(file.read_text(encoding="utf-8"))
        for pickle in Compiler().compile({**document, "uri": str(file)}):
            for step in pickle["steps"]:
                yield KINDS[step["type"]], step["text"]


SAID = sorted(set(said()))


def test_the_definitions_are_found() -> None:
    assert len(definitions()) >= 60


@pytest.mark.parametrize(("kind", "text"), SAID)
def test_each_sentence_is_exactly_one_definition(kind: str, text: str) -> None:
    assert len([d.place for d in definitions() if d.takes(kind, text)]) == 1, [
        d.place for d in definitions() if d.takes(kind, text)
    ]


def test_no_two_definitions_take_the_same_sentence_whatever_its_type() -> None:
    taken = {text: [d.place for d in definitions() if d.parser.is_matching(text)] for _, text in SAID}
    assert {text: places for text, places in taken.items() if len(places) > 1} == {}


def test_every_definition_is_used() -> None:
    assert [d.place for d in definitions() if not any(d.takes(kind, text) for kind, text in SAID)] == []


def test_an_argument_ends_at_its_quote() -> None:
    parser = sentence('"{machine}" runs on "{host}"')
    assert parser.parse_arguments('"web01" runs on "esx01"') == {"machine": "web01", "host": "esx01"}
    assert not parser.is_matching('"web01" runs on "esx01" from the datastore "vmfs01"')
    assert not parser.is_matching('"web01" runs on esx01')


@pytest.mark.parametrize("name", SUBJECTS)
def test_step_functions_hold_no_logic(name: str) -> None:
    source = inspect.getsource(importlib.import_module(name))
    words = {line.split()[0].rstrip(":") for line in source.splitlines() if line.strip()}
    assert not words & {"if", "for", "while", "try", "with", "elif", "else", "match"}
