"""A scenario in the record of a run: what was seen of it, and what became of it.

Times are ISO 8601 strings in UTC, durations are seconds.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from typing import Literal

from harness.report.vocabulary import EntryKind, Outcome, StepStatus


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of a scenario's journal. ``data`` holds the fields of the journal's own record, spans in seconds.

    One of kind ``procedure`` is a line of the log of a procedure that was carried out meanwhile, as `procedure_log` reads it.
    """

    kind: EntryKind
    began: str
    ended: str
    wall: float
    data: Mapping[str, str | int | float | bool]


@dataclass(frozen=True, slots=True)
class StepResult:
    """A step as it ran; ``argument`` is its table or doc string. ``wall`` and ``simulated`` are the seconds that passed in it."""

    keyword: str
    text: str
    line: int
    argument: str
    status: StepStatus
    error: str
    wall: float
    entries: tuple[Entry, ...]
    simulated: float = 0.0


@dataclass(frozen=True, slots=True)
class Phase:
    """One phase of a scenario's attempt as pytest ended it; ``wall`` is in seconds."""

    when: Literal["setup", "call", "teardown"]
    status: StepStatus
    reason: str
    wall: float


@dataclass(frozen=True, slots=True)
class Attempt:
    """What was seen of a scenario before anybody judged it; its outcome follows from this and its steps alone.

    ``bound`` says that a test module had it, ``died`` that its process died in it; ``hidden_by`` is the line of a later scenario
    of the same name, or 0. ``open_step`` is the number, from 1, of the step that had begun and was not seen to end; 0 if none.
    """

    selected: bool
    hidden_by: int
    bound: bool
    began: bool
    died: bool
    open_step: int
    phases: tuple[Phase, ...]


@dataclass(frozen=True, slots=True)
class ScenarioResult:
    """A scenario or example row, what was seen of it and what became of it.

    ``skip_reason`` is what the features give for leaving it out, and ``expires`` the last day (ISO 8601) on which that counts;
    both empty if not given. ``declared`` says that it is skipped for that reason.
    """

    key: str
    file: str
    line: int
    feature: str
    rule: str
    name: str
    description: str
    tags: tuple[str, ...]
    requirements: tuple[str, ...]
    twin: bool
    skip_reason: str
    expires: str
    attempt: Attempt
    outcome: Outcome
    reason: str
    declared: bool
    worker: str
    wall: float
    steps: tuple[StepResult, ...]
    cleanup: tuple[Entry, ...]

    @property
    def entries(self) -> tuple[Entry, ...]:
        """All journal entries of the scenario, in order."""
        return (*chain.from_iterable(step.entries for step in self.steps), *self.cleanup)

    @property
    def simulated(self) -> tuple[str, str]:
        """Where simulated time stood at the scenario's first and last entry; two empty strings if there is none."""
        entries = self.entries
        return (min(entry.began for entry in entries), max(entry.ended for entry in entries)) if entries else ("", "")
