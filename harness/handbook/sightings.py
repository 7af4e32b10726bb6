"""What the newest reports say of each scenario: on which release it was seen to end how, and when."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from harness.errors import InputError
from harness.report.archive import RECORD, read_record
from harness.report.model import Record
from harness.report.plan import PlannedScenario
from harness.report.scenario import ScenarioResult
from harness.report.trace import state_of
from harness.report.vocabulary import Outcome, RequirementState

Planned = TypeVar("Planned", PlannedScenario, ScenarioResult)


@dataclass(frozen=True)
class Sighting:
    """A scenario as one release's newest report has it. ``since_changed``: its feature file is another one now."""

    release: str
    day: str
    outcome: Outcome
    since_changed: bool


@dataclass(frozen=True)
class Evidence:
    """The newest report of each release, oldest release first, and what they saw."""

    records: Mapping[str, Record]
    seen: Mapping[str, tuple[Sighting, ...]]
    """What was seen of each scenario of the plan, by its key."""

    def of(self, scenario: PlannedScenario) -> tuple[Sighting, ...]:
        """What was seen of ``scenario``, by release; example rows of one name are told apart by their order."""
        return self.seen.get(scenario.key, ())

    def of_requirement(self, requirement: str, release: str) -> RequirementState | None:
        """What the report of ``release`` says became of ``requirement``; None if it does not know of it."""
        return next((each.state for each in self.records[release].trace if each.id == requirement), None)

    def of_all(self, scenarios: Iterable[PlannedScenario], release: str) -> RequirementState | None:
        """What the report of ``release`` says of all ``scenarios`` together, the worst of them; None if it knows none of them."""
        wanted = {_identity(each) for each in scenarios}
        found = [each for each in self.records[release].scenarios if _identity(each) in wanted]
        return state_of(None, found) if found else None

    def day(self, release: str) -> str:
        """When the newest report of ``release`` was made."""
        return self.records[release].environment.started[:10]


def gather(reports: Path, releases: Sequence[str], plan: Iterable[PlannedScenario]) -> Evidence:
    """Read ``reports/<release>/report.json`` of each release that has one. Raises `InputError` for one that cannot be read."""
    records = {name: read_record(path) for name in releases if (path := reports / name / RECORD).is_file()}
    planned = _numbered(plan)
    seen: dict[str, tuple[Sighting, ...]] = {}
    for name, record in records.items():
        for identity, scenario in _numbered(record.scenarios).items():
            if now := planned.get(identity):
                digest = hashlib.sha256(now.source.encode("utf-8")).hexdigest()
                changed = record.environment.digests.get(scenario.file) != digest
                sighting = Sighting(name, record.environment.started[:10], scenario.outcome, changed)
                seen[now.key] = (*seen.get(now.key, ()), sighting)
    return Evidence(records, seen)


def find_reports(given: Path | None) -> Path:
    """The directory ``given``, or the usual one, which need not be there. Raises `InputError` where it is none."""
    reports = given or Path("reports")
    if not reports.is_dir() and (given or reports.exists()):
        problem = "is no directory" if reports.exists() else "there is no such directory"
        raise InputError("reports", problem, "Give the directory that validate wrote to.", reports)
    return reports


def _numbered(scenarios: Iterable[Planned]) -> dict[tuple[str, str, str, int], Planned]:
    """The scenarios by what they are called, and by the how manyth of that name they are: example rows share one."""
    met: Counter[tuple[str, str, str]] = Counter()
    found: dict[tuple[str, str, str, int], Planned] = {}
    for scenario in scenarios:
        file, rule, name = _identity(scenario)
        found[file, rule, name, met[file, rule, name]] = scenario
        met[file, rule, name] += 1
    return found


def _identity(scenario: PlannedScenario | ScenarioResult) -> tuple[str, str, str]:
    return _place(scenario.file), scenario.rule, scenario.name


def _place(file: str) -> str:
    """Folder and name of a feature file: what stands before them depends on where a run began."""
    return "/".join(Path(file).parts[-2:])
