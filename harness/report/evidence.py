"""What a record says about its own evidence: what shows a requirement, how well things are known, how far a run reaches."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from harness.report.vocabulary import Decision, Outcome, RequirementState


@dataclass(frozen=True, slots=True)
class Showing:
    """Where a twin's cause was seen: in which step (its line and text), by which command or call, in which line of the answer.

    ``place`` is empty where the step rests on earlier looks, ``text`` where no single line of the answer names the cause.
    """

    scenario: str
    line: int
    step: str
    place: str
    text: str


@dataclass(frozen=True, slots=True)
class TwinTrace:
    """The keys of the scenarios that show a documented twin, and where its cause was seen; no slug if it is undocumented."""

    slug: str
    scenarios: tuple[str, ...]
    shown: tuple[Showing, ...]


@dataclass(frozen=True, slots=True)
class RequirementTrace:
    """A requirement's scenarios by key. One that is not ``listed`` is tagged in the features alone."""

    id: str
    listed: bool
    state: RequirementState
    behaviours: tuple[str, ...]
    twins: tuple[TwinTrace, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """How well the run knows its texts, timings and behaviours: how many vcsim has by itself, and how many are known how well.

    Texts and timings are those of the simulation that took part, behaviours the requirements that were looked at; native to vcsim
    are the API methods that it answered alone (``behaviours``) and the faults it worded for them (``texts``).
    """

    subject: Literal["texts", "timings", "behaviours"]
    native: int
    quoted: int
    stated: int
    assumed: int


@dataclass(frozen=True, slots=True)
class Limit:
    """Something that vcsim does not do as a vCenter does: what, what Blackstart does about it, and who says so."""

    text: str
    answer: str
    source: str


@dataclass(frozen=True, slots=True)
class Scope:
    """What was simulated, what a run shows and does not prove, and the known limits of vcsim."""

    simulated: tuple[str, ...]
    proven: tuple[str, ...]
    unproven: tuple[str, ...]
    limits: tuple[Limit, ...]


@dataclass(frozen=True, slots=True)
class PastRun:
    """An earlier run for the same release, as its own record told it. ``digest`` is the SHA-256 of that record's file."""

    started: str
    decision: Decision
    headline: str
    counts: Mapping[Outcome, int]
    commit: str
    dirty: bool
    change: str
    title: str
    digest: str
