"""What a run is about, what it found and what it left out, for every form that shows it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from harness.report.model import Environment, Record
from harness.report.scenario import ScenarioResult
from harness.report.vocabulary import Outcome
from harness.units import number_of, shown_span

FINE: tuple[Outcome, ...] = ("passed", "not_applicable", "deselected")
LEFT_OUT: tuple[Outcome, ...] = ("not_applicable", "deselected")
UNTRIED: tuple[Outcome, ...] = ("skipped", "not_applicable", "deselected", "not_run")
"""The outcomes of scenarios of which no step was tried, so that how long it took says nothing."""
SHORT = 12
"""Digits of a commit that people read."""
KINDS = (
    (".feature", "feature file"),
    ("requirements.toml", "list of requirements"),
    ("steps/", "step module"),
    ("blueprints/", "blueprint"),
    ("releases/", "release profile"),
)
"""What the name of a certified file has in it, and what that file is; the first that fits counts."""
PLURALS = {"list of requirements": "lists of requirements"}
"""The kinds of which several are not called by an s at their end."""


@dataclass(frozen=True, slots=True)
class Alike:
    """Scenarios that came to the same for one reason."""

    outcome: Outcome
    reason: str
    scenarios: tuple[ScenarioResult, ...]


def findings(record: Record) -> list[ScenarioResult]:
    """The scenarios that neither passed nor were left out with good reason; those that are skipped are among them."""
    return [scenario for scenario in record.scenarios if scenario.outcome not in FINE]


def worst_of(found: Iterable[ScenarioResult]) -> list[ScenarioResult]:
    """Those of the findings that keep a run from being certified: first what failed, and nothing that was skipped on purpose."""
    return sorted((each for each in found if not each.declared), key=lambda each: each.outcome != "failed")


def omissions(scenarios: Iterable[ScenarioResult]) -> list[Alike]:
    """What the release data or the tag expression left out, by reason."""
    return by_reason(scenario for scenario in scenarios if scenario.outcome in LEFT_OUT)


def by_reason(scenarios: Iterable[ScenarioResult]) -> list[Alike]:
    """The scenarios that came to the same for one reason together, in the order of the first of them."""
    found: dict[tuple[Outcome, str, str], list[ScenarioResult]] = {}
    for scenario in scenarios:
        found.setdefault((scenario.outcome, scenario.reason, declared(scenario)), []).append(scenario)
    return [Alike(outcome, reason, tuple(listed)) for (outcome, reason, _), listed in found.items()]


def stopped_at(scenario: ScenarioResult) -> str:
    """The step that did not pass, with file and line: ``x.feature:11: Then it holds``; empty if none was seen."""
    steps = (step for step in scenario.steps if step.status not in ("passed", "not_run"))
    return next((f"{scenario.file}:{step.line}: {step.keyword} {step.text}" for step in steps), "")


def declared(scenario: ScenarioResult) -> str:
    """Who skipped it and for how long: ``declared in the feature, until 2031-06-30``; empty for what is not skipped so."""
    until = f", until {scenario.expires}" if scenario.expires else ", with no last day"
    return f"declared in the feature{until}" if scenario.declared else ""


def facts_of(scenario: ScenarioResult, simulated: float) -> list[str]:
    """What is told beside its name: its requirements, whether it is a negative twin, and how long it took if it was tried."""
    times = [f"{shown_span(simulated)} simulated"] if simulated else []
    times = [] if scenario.outcome in UNTRIED else [*times, f"wall {shown_span(scenario.wall)}"]
    return [each for each in (", ".join(scenario.requirements), "negative twin" if scenario.twin else "", *times) if each]


def revision(environment: Environment, digits: int = SHORT) -> str:
    """The commit of what was certified, and whether it is the whole truth."""
    if not environment.commit:
        return "not in a git repository"
    return f"{environment.commit[:digits]}{', with uncommitted changes' if environment.dirty else ''}"


PLACES = {"process": "as a local process", "container": "in containers"}


def simulator(environment: Environment) -> str:
    """What the run was simulated by: ``vcsim (govmomi v0.52.0, extension 5) as a local process``, or of which image."""
    facts = environment.facts
    parts = ["vcsim", f"({facts['vcsim']})"] if "vcsim" in facts else ["vcsim"]
    parts.append(PLACES.get(environment.simulator, environment.simulator))
    if "image" in facts:
        parts.append(f"of the image {facts['image']}")
    if "image digest" in facts:
        parts.append(f"with the digest {facts['image digest']}")
    return " ".join(parts)


def certified_files(environment: Environment) -> str:
    """What the digests are of, counted: ``23 feature files, 22 step modules``."""
    counts = Counter(next((what for part, what in KINDS if part in name), "other file") for name in environment.digests)
    listed = [(what, counts[what]) for what in (*(what for _, what in KINDS), "other file") if counts[what]]
    return ", ".join(number_of(count, what, PLURALS.get(what, "")) for what, count in listed)
