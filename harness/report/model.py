"""The record of one run: everything that any report says, as plain frozen data.

Times are ISO 8601 strings in UTC, durations are seconds. What was recorded (steps, entries) stands apart from what was judged
(`Verdict`): the second can be derived again from the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from harness.report.change import Comparison
from harness.report.evidence import PastRun, RequirementTrace, Scope, Tally
from harness.report.scenario import Entry, ScenarioResult
from harness.report.vocabulary import Decision, Outcome, Standing
from harness.units import Provenance

SCHEMA_VERSION = 4


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
