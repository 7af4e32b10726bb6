"""A property value that a vCenter should show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple, Protocol

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.orders import Change


class Showing(Protocol):
    """What a vCenter should show as a property: the same as another one of that property with equal ``data``."""

    @property
    def target(self) -> Managed:
        """Whose property."""

    @property
    def path(self) -> str:
        """Which one."""

    @property
    def data(self) -> Hashable:
        """What decides the value."""

    def changes(self, shown: Any) -> Iterator[Change]:  # noqa: ANN401 - its own data of before
        """What makes vCenter show it, where it shows ``shown``: the data of before, None where it was never shown."""


class Fact(NamedTuple):
    """``path`` of ``target`` shows ``data``; ``build`` makes the API's value of it, where that is another.

    A tuple, as there are thousands in a moment.
    """

    target: Managed
    path: str
    data: Hashable
    build: Callable[[], Any] | None = None

    def changes(self, _shown: object) -> Iterator[Change]:
        """The whole value, whatever is shown."""
        yield self.target, self.path, self.build() if self.build else self.data


def doubled(target: Managed, path: str, data: Hashable, build: Callable[[], Any] | None = None) -> list[Fact]:
    """The same fact under ``runtime`` and under ``summary.runtime``, which clients follow apart."""
    return [Fact(target, f"runtime.{path}", data, build), Fact(target, f"summary.runtime.{path}", data, build)]


def once(build: Callable[[], Any]) -> Callable[[], Any]:
    """``build`` for facts that show the same value: it is made when it is first asked for, and not again."""
    made: list[Any] = []

    def give() -> Any:  # noqa: ANN401 - the API's value
        if not made:
            made.append(build())
        return made[0]

    return give
