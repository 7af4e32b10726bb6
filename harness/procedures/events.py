"""What happens in a run of a procedure, for whoever tells or keeps it. ``log.schema.json`` is the form on disk."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from harness.units import Instant

When: TypeAlias = Literal["already", "before", "after"]
"""Whether a check asks if there is nothing left to do, whether one may act, or whether the act did it."""

How: TypeAlias = Literal["acted", "already", "looked"]
"""How a step came to be done: it was acted on, there was nothing left to do, or it was there to look only."""

Form: TypeAlias = Literal["command", "call"]
"""What was asked over a wire: a command on a host, or a call to an API."""

Ending: TypeAlias = Literal["finished", "stopped", "interrupted", "broken"]
"""How a run ended: to its end; at a check or an act that failed; because a person wanted it; because nobody can tell."""


@dataclass(frozen=True)
class Begun:
    """A run begins, or goes on."""

    kind: ClassVar[str] = "begin"
    procedure: str
    run: str
    site: str
    digest: str
    branches: Mapping[str, str]
    resumed: bool
    steps: tuple[str, ...]
    done: tuple[str, ...]
    """The steps that were done before it was resumed."""


@dataclass(frozen=True)
class StepBegun:
    """A step is looked at."""

    kind: ClassVar[str] = "step"
    step: str
    does: str


@dataclass(frozen=True)
class Checked:
    """A look, with what was seen."""

    kind: ClassVar[str] = "check"
    step: str
    when: When
    expects: str
    holds: bool
    seen: str


@dataclass(frozen=True)
class Waiting:
    """A check does not hold yet, and may take that many seconds of the place's time; each change of what it sees is told.

    ``otherwise`` is what a person does next where it does not come to hold: it may wait for that person.
    """

    kind: ClassVar[str] = "wait"
    step: str
    expects: str
    limit: float
    otherwise: str


@dataclass(frozen=True)
class Noted:
    """What a step wrote down before it acts."""

    kind: ClassVar[str] = "note"
    step: str
    notes: Mapping[str, object]


@dataclass(frozen=True)
class Acting:
    """The act of a step begins."""

    kind: ClassVar[str] = "act"
    step: str


@dataclass(frozen=True)
class Wire:
    """What was asked over a wire, and what came back."""

    kind: ClassVar[str] = "wire"
    step: str
    form: Form
    began: str
    ended: str
    data: Mapping[str, object]


@dataclass(frozen=True)
class StepDone:
    """A step is done."""

    kind: ClassVar[str] = "done"
    step: str
    how: How


@dataclass(frozen=True)
class Ended:
    """The run is over. For one that was stopped: where, what was found and what a person does next."""

    kind: ClassVar[str] = "end"
    ending: Ending
    step: str = ""
    failed: str = ""
    """What failed: the check's expectation, or the act."""
    found: str = ""
    otherwise: str = ""


def stamp(moment: Instant) -> str:
    """An instant as logs and states have it."""
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


Event: TypeAlias = Begun | StepBegun | Checked | Waiting | Noted | Acting | Wire | StepDone | Ended
Teller: TypeAlias = Callable[[Event], None]
