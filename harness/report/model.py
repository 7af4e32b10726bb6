"""The record of one run: everything that any report says, as plain frozen data.

Times are ISO 8601 strings in UTC, durations are seconds. What was recorded (steps, entries) stands apart from what was judged
(`Verdict`): the second can be derived again from the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain
from typing import Literal

from harness.report.change import Comparison
from harness.report.evidence import PastRun, RequirementTrace, Scope, Tally
from harness.report.vocabulary import OUTCOMES, Decision, EntryKind, Outcome, Standing, StepStatus
from harness.units import Provenance

SCHEMA_VERSION = 4

__all__ = [
    "OUTCOMES",
    "SCHEMA_VERSION",
    "Attempt",
    "Decision",
    "Document",
    "Entry",
    "EntryKind",
    "Environment",
    "Fact",
    "Feature",
    "Outcome",
    "Phase",
    "Problem",
    "ProcedureLog",
    "Product",
    "Record",
    "Release",
    "Requirement",
    "ScenarioResult",
    "Standing",
    "StepResult",
    "StepStatus",
    "Twin",
    "Verdict",
]


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


@dataclass(frozen=True, slots=True)
class Feature:
    """A feature file: its path as reports show it, its name, what it says before its first scenario, its whole text as run."""

    file: str
    name: str
    description: str
    source: str = ""


@dataclass(frozen=True, slots=True)
class Twin:
    """What a negative twin takes away, and how an operator finds that cause: where to look, for what, and what it says."""

    slug: str
    removed: str
    cause_kind: str
    cause_name: str
    cause_text: str


@dataclass(frozen=True, slots=True)
class Requirement:
    """A documented behaviour. ``absence`` quotes the data by which it is not about the release; empty where it is.

    ``evidence`` says who shows it: ``scenarios``, or the harness's own ``tests``.
    """

    id: str
    text: str
    document: str
    section: str
    provenance: Provenance
    evidence: Literal["scenarios", "tests"] = "scenarios"
    absence: str = ""
    twins: tuple[Twin, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A source of requirements: its short id and its title."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Product:
    """A product of a release, with what it calls its version and its build."""

    name: str
    version: str
    build: str = ""


@dataclass(frozen=True, slots=True)
class Release:
    """The release that a run was for. ``standing`` says whether a document was written for it."""

    name: str
    standing: Standing
    products: tuple[Product, ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True)
class Environment:
    """What the run stood on. ``command`` repeats it, ``digests`` are SHA-256 by file, ``facts`` what the lab says of itself.

    ``answered`` are the methods of the vSphere API in which the simulated world takes part; vcsim answers all others alone.
    """

    simulator: str
    seed: int
    workers: int
    strict: bool
    tags: str
    command: str
    platform: str
    commit: str
    dirty: bool
    started: str
    wall: float
    software: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)
    answered: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fact:
    """A text or a duration of the simulation that this run used: how well it is known, how often it took part.

    ``seconds`` is the longest span of a duration and 0 for a text.
    """

    kind: Literal["text", "duration"]
    name: str
    provenance: Provenance
    source: str
    count: int
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong with the run as a whole: ``file`` and ``line`` say where, empty and 0 if nowhere."""

    message: str
    file: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the run says. ``headline`` is one sentence; ``reasons`` name what kept it from a better one."""

    decision: Decision
    exit_status: int
    headline: str
    reasons: tuple[str, ...] = ()


UNJUDGED = Verdict("inconclusive", 2, "nobody has judged this yet")
"""The verdict of a record that holds history alone."""


@dataclass(frozen=True, slots=True)
class ProcedureLog:
    """What a procedure did outside of any scenario, by its log: shown, and part of no verdict.

    ``digest`` is the file's SHA-256.
    """

    file: str
    digest: str
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One run for one release. ``counts`` has every outcome, and its values add up to ``planned``.

    ``change`` and ``title`` are what the team calls that which is certified, empty if not given. ``runs`` are the last runs
    before this one, the newest first; ``since`` is what is different since the previous release's report, None without one.
    What follows from what was seen is empty until somebody judges it (`judgement.conclude`).
    """

    schema_version: int = SCHEMA_VERSION
    change: str
    title: str
    verdict: Verdict = UNJUDGED
    planned: int = 0
    selected: int = 0
    counts: Mapping[Outcome, int] = field(default_factory=dict)
    release: Release
    environment: Environment
    documents: tuple[Document, ...]
    requirements: tuple[Requirement, ...]
    features: tuple[Feature, ...]
    scenarios: tuple[ScenarioResult, ...]
    trace: tuple[RequirementTrace, ...] = ()
    facts: tuple[Fact, ...] = ()
    ledger: tuple[Tally, ...] = ()
    scope: Scope
    problems: tuple[Problem, ...]
    procedures: tuple[ProcedureLog, ...]
    runs: tuple[PastRun, ...] = ()
    since: Comparison | None = None
