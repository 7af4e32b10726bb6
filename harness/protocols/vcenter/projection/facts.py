"""A property value that a vCenter should show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from typing import Any, NamedTuple

from harness.protocols.vcenter.console import Managed


class Fact(NamedTuple):
    """``path`` of ``target`` shows ``data``; ``build`` makes the API's value of it, where that is another.

    Two facts about the same property with equal ``data`` show the same value. A tuple, as there are thousands in a moment.
    """

    target: Managed
    path: str
    data: Hashable
    build: Callable[[], Any] | None = None

    @property
    def value(self) -> object:
        """The value as the API has it."""
        return self.build() if self.build else self.data


def doubled(target: Managed, path: str, data: Hashable, build: Callable[[], Any] | None = None) -> list[Fact]:
    """The same fact under ``runtime`` and under ``summary.runtime``, which clients follow apart."""
    return [Fact(target, f"runtime.{path}", data, build), Fact(target, f"summary.runtime.{path}", data, build)]


def array(kind: Managed, items: Iterable[Any]) -> Any:  # noqa: ANN401 - pyvmomi's run-time classes
    """The API's array of that class of objects: an empty one still names its type."""
    return kind.Array(list(items))
