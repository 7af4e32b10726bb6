"""What the objects of a session are called by. It keeps what was read over it, for the sessions that come after."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, TypeVar

from pyVmomi import vim
from pyVmomi.SoapAdapter import StubAdapterBase

from harness.vmomi.reading import keep_objects

T = TypeVar("T")
ROW, MOST_MADE = "_as_a_row", 300
_idle: dict[str, list[Line]] = {}
"""By the version of the API that is spoken, those of sessions that are over."""


@dataclass(frozen=True, eq=False, slots=True)
class Row:
    """One managed object with the properties that were asked for and are set. Where nothing of it has changed it is the same."""

    ref: Any
    values: Mapping[str, Any]


class Line(StubAdapterBase):
    """Passes calls on to the adapter of the session that has it.

    One session after the other has it: what they read at labs that begin alike is much the same.
    """

    def __init__(self, version: str) -> None:
        super().__init__(version=version)  # type: ignore[no-untyped-call]
        keep_objects(self)
        self.adapter: Any = None
        self._made: dict[tuple[int, object], tuple[object, Any, str]] = {}

    def InvokeMethod(self, mo: Any, info: Any, args: Any) -> Any:  # noqa: ANN401, N802 - the library's
        """See the library."""
        status, found = self.adapter.InvokeMethod(mo, info, args, self)
        if status != HTTPStatus.OK:
            raise found
        return found

    def made(self, found: Sequence[Any], build: Callable[[list[Row]], T]) -> tuple[T, str]:
        """What ``build`` makes of an answer, and how that reads: once, however often the same answer comes.

        What the server says of itself is no part of its inventory.
        """
        key = id(found), build
        if key not in self._made:
            if len(self._made) > MOST_MADE:
                self._made.clear()
            made = build([_row(item) for item in found if item.obj.__class__ is not vim.ServiceInstance])
            self._made[key] = found, made, str(made)  # an answer that is kept keeps its id
        return self._made[key][1:]


def _row(item: Any) -> Row:  # noqa: ANN401
    kept: dict[str, Any] = item.__dict__
    if ROW not in kept:
        kept[ROW] = Row(item.obj, {each.name: each.val for each in item.propSet})
    row: Row = kept[ROW]
    return row


def lead_to(adapter: Any, before: Line | None = None) -> Line:  # noqa: ANN401
    """A line to where an adapter leads: the one from before, so that what came over it stays of use, or one that is idle.

    One from before that is for another version of the API is given back.
    """
    if before and before.version != adapter.version:
        give_back(before)
        before = None
    idle = _idle.setdefault(adapter.version, [])
    line = before or (idle.pop() if idle else Line(adapter.version))
    line.adapter = adapter
    return line


def give_back(line: Line) -> None:
    """Leave a line to others; nothing that came over it is of use from now on."""
    line.adapter = None
    _idle[line.version].append(line)
