"""A sentence has the step definition that pytest-bdd finds for it, however often it is spoken, and each is looked up once."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple, TypeAlias

import pytest

from steps.lookup import remembering


class Spoken(NamedTuple):
    """As much of a step as finding its definition takes."""

    type: str
    name: str


class Scenario(NamedTuple):
    """As much of a test as finding its steps takes: the file that it is from, and a name."""

    parent: str
    name: str


Find: TypeAlias = Callable[[Any, Any, Any], Iterable[Any]]


@pytest.fixture
def asked() -> list[Any]:
    return []


@pytest.fixture
def find(asked: list[Any]) -> Find:
    def search(step: Spoken, fixturemanager: None, node: Scenario) -> Iterator[Any]:
        asked.append((node.parent, step.type, step.name))
        yield f"{node.parent} {step.type} {step.name}"

    return remembering(search)  # type: ignore[arg-type]


def test_a_sentence_is_looked_up_once_for_the_scenarios_of_a_file(asked: list[Any], find: Find) -> None:
    found = [list(find(Spoken("given", "a lab"), None, Scenario("a.py", name))) for name in ("one", "two")]

    assert found == [["a.py given a lab"]] * 2
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("step", "file"),
    [
        pytest.param(Spoken("when", "a lab"), "a.py", id="another kind of step"),
        pytest.param(Spoken("given", "two labs"), "a.py", id="another sentence"),
        pytest.param(Spoken("given", "a lab"), "b.py", id="another file, which may have definitions of its own"),
    ],
)
def test_what_may_have_another_definition_is_looked_up_itself(find: Find, step: Spoken, file: str) -> None:
    first = list(find(Spoken("given", "a lab"), None, Scenario("a.py", "one")))

    assert list(find(step, None, Scenario(file, "one"))) == [f"{file} {step.type} {step.name}"] != first
