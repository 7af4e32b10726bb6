"""What is different between two records, as plain frozen data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

Kind: TypeAlias = Literal["broken", "not_run", "removed", "fixed", "now_run", "new", "changed", "not_applicable", "same"]
"""What became of a thing, the worst first.

``broken``: it did not fail before. ``not_run``: it was looked at before. ``now_run``: it passed, and was not looked at before.
``changed``: it ended badly in another way, or is left out in another way. ``not_applicable``: by the data of another release.
"""

KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two records. ``digest`` is the SHA-256 of its file; empty if it was never one."""

    release: str
    started: str
    decision: str
    headline: str
    change: str
    title: str
    commit: str
    digest: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """A text of a thing that is another one now: which, and both; a text that was not there is empty."""

    what: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step that is new, removed, written otherwise or ended otherwise. ``line`` is in the later record's file if it is there.

    Text and status of the side that does not have it are empty.
    """

    kind: Kind
    line: int
    text_before: str
    text_after: str
    status_before: str
    status_after: str


@dataclass(frozen=True, slots=True)
class ScenarioChange:
    """A scenario that is not the same as before. Key and outcome of the side that does not have it are empty.

    ``lost`` says that something broke, is new and did not pass, or is not looked at any more, ``rewritten`` that its own texts or
    those of its steps are others; ``reason`` is the later record's, its first line.
    """

    kind: Kind
    lost: bool
    rewritten: bool
    name: str
    requirements: tuple[str, ...]
    twin: bool
    key_before: str
    key_after: str
    before: str
    after: str
    reason: str
    texts: tuple[TextChange, ...]
    steps: tuple[StepChange, ...]


@dataclass(frozen=True, slots=True)
class RequirementChange:
    """A requirement that is not the same as before, with the states of both records."""

    kind: Kind
    lost: bool
    id: str
    text: str
    before: str
    after: str
    texts: tuple[TextChange, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two records, and all that is different. ``counts`` says how many scenarios of each kind there are, those alike included.

    ``rewritten`` counts the scenarios with another text, whatever else became of them. ``exit_status`` is 1 where something is
    lost, else 0.
    """

    before: Side
    after: Side
    exit_status: int
    counts: Mapping[Kind, int]
    rewritten: int
    requirements: tuple[RequirementChange, ...]
    scenarios: tuple[ScenarioChange, ...]
