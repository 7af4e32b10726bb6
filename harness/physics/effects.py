"""What physics and operations may answer with: events, and what happens after some simulated time."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias, TypeVar

from harness.units import Span
from harness.world.aggregate import World
from harness.world.events import Event

if TYPE_CHECKING:
    from harness.physics.laws import Laws


class Trigger(ABC):
    """Something that will happen at a point of simulated time, unless the world has moved on by then."""

    @abstractmethod
    def fire(self, laws: Laws) -> Iterator[Effect]:
        """What happens; nothing where the world has moved on."""


@dataclass(frozen=True)
class After:
    """``trigger`` fires when the timing ``timing`` of the release has passed, less the timing ``less`` that has passed already.

    ``subject`` says for whom the time passes, for the report's list of durations.
    """

    timing: str
    subject: str
    trigger: Trigger
    less: str = ""


@dataclass(frozen=True)
class At:
    """``trigger`` fires ``delay`` from now, where a schedule of the release gives the delay."""

    delay: Span
    trigger: Trigger


@dataclass(frozen=True)
class Spend:
    """An operation takes the timing ``timing`` of the release; other things happen meanwhile."""

    timing: str
    subject: str


@dataclass(frozen=True)
class Rest:
    """An operation takes a span that its caller chose, a ``sleep`` say."""

    span: Span


@dataclass(frozen=True)
class Await:
    """An operation waits until ``done`` is true of the world; it is resumed with False where ``limit`` passed first."""

    done: Callable[[World], bool]
    limit: Span | None = None


T = TypeVar("T")
Effect: TypeAlias = Event | After | At
Effects: TypeAlias = Iterator[Effect]
Act: TypeAlias = Event | After | At | Spend | Rest | Await
Operation: TypeAlias = Generator[Act, Any, T]
"""An operation in progress: it yields what it does, and returns its value or raises ``Refusal``."""
