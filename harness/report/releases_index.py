"""Several releases side by side, as data: each one's verdict, and what became of each requirement and scenario in each."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeAlias, cast

from harness.errors import InputError
from harness.report.archive import decode, read_plain
from harness.report.model import Record, Release, Requirement, Verdict
from harness.report.plan import PlannedScenario
from harness.report.recovery_time import RecoveryTime, provenance_of, recovered, tally
from harness.report.requirements import Catalogue
from harness.report.scenario import ScenarioResult
from harness.report.trace import state_of
from harness.report.vocabulary import Outcome, RequirementState

INDEX_VERSION = 3
INDEX = "index.json"
"""The name of an index as data, in the directory that holds its reports."""

Endings: TypeAlias = list[tuple[Outcome, list[str], list[str]]]
"""What a scenario came to: each outcome with the releases in which it did, and the reasons."""


@dataclass(frozen=True, slots=True)
class Cell:
    """A requirement in a release: ``passed`` of the ``run`` scenarios that the release has; ``reason`` says why not more."""

    state: RequirementState
    passed: int
    run: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Ending:
    """What a scenario came to in a release, and the first line of why."""

    outcome: Outcome
    reason: str


@dataclass(frozen=True, slots=True)
class Recovery:
    """A simulated recovery time: ``lost`` in words, and how many of the ``seconds`` rest on what, none of it under ``""``.

    Without ``seconds`` something that was lost did not come back. ``disconnected`` runs without the network that it had.
    """

    seconds: float | None
    lost: str
    disconnected: str
    rests: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Column:
    """A release: its verdict and counts as in its own report, requirements by id, scenarios and recovery times by key.

    ``started`` is that of the index, unless the release ran again by itself.
    """

    release: Release
    verdict: Verdict
    planned: int
    counts: Mapping[Outcome, int]
    started: str
    wall: float
    assumed: int
    requirements: Mapping[str, Cell]
    scenarios: Mapping[str, Ending]
    recovery: Mapping[str, Recovery]


@dataclass(frozen=True, slots=True)
class Line:
    """A scenario: its key, its name, the requirements that it shows and whether it is a negative twin."""

    key: str
    name: str
    requirements: tuple[str, ...]
    twin: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A requirement, and whether not all releases came to the same."""

    id: str
    text: str
    source: str
    differs: bool


@dataclass(frozen=True, slots=True)
class Index:
    """All releases of one run, and what of them ran again since.

    ``wall`` is in seconds, ``command`` repeats the run, ``differences`` counts the rows that differ. ``change`` and ``title`` are
    what the team calls that which is certified, empty if not given; ``dirty`` says that ``commit`` is not the whole truth.
    """

    schema_version: int
    command: str
    started: str
    commit: str
    wall: float
    exit_status: int
    differences: int
    columns: tuple[Column, ...]
    rows: tuple[Row, ...]
    scenarios: tuple[Line, ...]
    change: str = ""
    title: str = ""
    dirty: bool = False


def make_column(record: Record) -> Column:
    """A release as the index shows it."""
    about: dict[str, list[ScenarioResult]] = {requirement.id: [] for requirement in record.requirements}
    for scenario in record.scenarios:
        for key in scenario.requirements:
            about.setdefault(key, []).append(scenario)
    listed = {requirement.id: requirement for requirement in record.requirements}
    return Column(
        release=record.release,
        verdict=record.verdict,
        planned=record.planned,
        counts=record.counts,
        started=record.environment.started,
        wall=record.environment.wall,
        assumed=sum(fact.provenance == "assumed" for fact in record.facts),
        requirements={key: _cell(listed.get(key), scenarios) for key, scenarios in about.items()},
        scenarios={each.key: Ending(each.outcome, each.reason.partition("\n")[0]) for each in record.scenarios},
        recovery={scenario.key: _recovery(time) for scenario, time in recovered(record.scenarios)},
    )


def make_rows(catalogue: Catalogue, columns: Sequence[Column]) -> tuple[Row, ...]:
    """The requirements in the catalogue's order, then those only tagged, and whether all ``columns`` came to the same."""
    titles = {document.id: document.title for document in catalogue.documents}
    listed = {each.id: each for each in catalogue.requirements}
    known = {key for column in columns for key in column.requirements}
    ordered = [*(key for key in listed if key in known), *sorted(known - listed.keys())]
    return tuple(_row(key, listed.get(key), titles, columns) for key in ordered)


def with_columns(index: Index, columns: Sequence[Column], catalogue: Catalogue) -> Index:
    """``index`` with these ``columns``, and what follows from them."""
    rows = make_rows(catalogue, columns)
    return replace(
        index,
        exit_status=max(each.verdict.exit_status for each in columns),
        differences=sum(row.differs for row in rows),
        columns=tuple(columns),
        rows=rows,
    )


def make_lines(plan: Iterable[PlannedScenario]) -> tuple[Line, ...]:
    """The scenarios in their order; they are the same for every release."""
    return tuple(Line(each.key, each.name, each.requirements, each.is_twin) for each in plan)


def endings_of(line: Line, columns: Iterable[Column]) -> Endings:
    """What the scenario came to, with the releases in which it did and the different reasons, without their names."""
    found: dict[Outcome, tuple[list[str], dict[str, None]]] = {}
    for column in columns:
        ending, name = column.scenarios[line.key], column.release.name
        releases, reasons = found.setdefault(ending.outcome, ([], {}))
        releases.append(name)
        if ending.reason:
            reasons[ending.reason.removeprefix(f"release {name} ")] = None
    return [(outcome, releases, list(reasons)) for outcome, (releases, reasons) in found.items()]


def read_index(place: Path) -> Index:
    """The index in ``place``. Raises `InputError` for a file that is missing, cut short, of another version or shape."""
    plain = read_plain(place)
    if plain["schema_version"] != INDEX_VERSION:
        remedy = f"This program reads version {INDEX_VERSION}. Run --release all again."
        raise InputError("index", f"has schema version {plain['schema_version']!r}", remedy, place)
    try:
        return decode(Index, plain)
    except ValueError as error:
        raise InputError("index", f"is not whole: {error}", "Run --release all again.", place) from error


def index_schema() -> dict[str, Any]:
    """The JSON Schema of an index."""
    return cast("dict[str, Any]", json.loads(files("harness.report").joinpath("index.schema.json").read_text(encoding="utf-8")))


def to_index_json(index: Index) -> str:
    """``index`` as JSON text; the same index gives the same text."""
    return json.dumps(asdict(index), indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _recovery(time: RecoveryTime) -> Recovery:
    seconds = None if time.ended is None else time.seconds
    return Recovery(seconds, tally(time.outages), tally(time.disconnected), dict(provenance_of(time.parts)))


def _cell(requirement: Requirement | None, scenarios: Sequence[ScenarioResult]) -> Cell:
    run = [scenario.outcome for scenario in scenarios if scenario.outcome not in ("not_applicable", "deselected")]
    state = state_of(requirement, scenarios)
    if requirement and requirement.absence and state == "not_applicable":
        return Cell(state, run.count("passed"), len(run), requirement.absence)
    reasons = [scenario.reason.partition("\n")[0] for scenario in scenarios if scenario.outcome == state]
    return Cell(state, run.count("passed"), len(run), reasons[0] if reasons and state != "passed" else "")


def _row(key: str, requirement: Requirement | None, titles: Mapping[str, str], columns: Sequence[Column]) -> Row:
    seen = {_seen(column, key) for column in columns}
    if requirement is None:
        return Row(key, "Tagged in the features, and listed nowhere.", "", len(seen) > 1)
    source = ", ".join(part for part in (titles.get(requirement.document, requirement.document), requirement.section) if part)
    return Row(key, requirement.text, source, len(seen) > 1)


def _seen(column: Column, key: str) -> tuple[RequirementState, int, int]:
    cell = column.requirements[key]
    return cell.state, cell.passed, cell.run
