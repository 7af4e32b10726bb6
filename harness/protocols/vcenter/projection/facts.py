"""A property value that a vCenter should show."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from typing import Any, NamedTuple, Protocol

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.orders import Change

UNSURE: tuple[None] = (None,)
"""The data of what may be shown otherwise than it was known: equal to no fact's."""


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
        """What makes vCenter show it, where it shows ``shown``: data of before, ``UNSURE``, or None where it was never shown."""


class Fact(NamedTuple):
    """``path`` of ``target`` shows ``data``; ``build`` makes the API's value of it, where that is another.

    ``again`` is a second path that shows the same. A tuple, as there are thousands in a moment.
    """

    target: Managed
    path: str
    data: Hashable
    build: Callable[[], Any] | None = None
    again: str = ""

    def changes(self, _shown: object) -> Iterator[Change]:
        """The whole value, whatever is shown."""
        value = self.build() if self.build else self.data
        yield self.target, self.path, value
        if self.again:
            yield self.target, self.again, value


class Plain(NamedTuple):
    """Each of ``paths`` of ``target`` shows that of ``data`` which stands at its place; they are known by the first path."""

    target: Managed
    paths: tuple[str, ...]
    data: tuple[Hashable, ...]

    @property
    def path(self) -> str:
        """See :class:`Showing`."""
        return self.paths[0]

    def changes(self, shown: tuple[Hashable, ...] | None) -> Iterator[Change]:
        """Those values that are not what is shown."""
        if shown is None or shown == UNSURE:
            yield from ((self.target, path, value) for path, value in zip(self.paths, self.data, strict=True))
            return
        for path, value, before in zip(self.paths, self.data, shown, strict=True):
            if before != value:
                yield self.target, path, value


def of_runtime(target: Managed, path: str, data: Hashable, build: Callable[[], Any] | None = None) -> Fact:
    """A fact that clients follow under ``runtime`` and under ``summary.runtime``."""
    return Fact(target, f"runtime.{path}", data, build, f"summary.runtime.{path}")


def once(build: Callable[[], Any]) -> Callable[[], Any]:
    """``build`` for facts that show the same value: it is made when it is first asked for, and not again."""
    made: list[Any] = []

    def give() -> Any:  # noqa: ANN401 - the API's value
        if not made:
            made.append(build())
        return made[0]

    return give
