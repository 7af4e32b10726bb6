"""How much of a run is known how well: what vcsim has by itself, and what is quoted, stated or assumed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from harness.report.evidence import Tally
from harness.report.model import Fact, Requirement
from harness.report.scenario import Entry, ScenarioResult
from harness.units import Provenance

WORDS: tuple[Provenance, ...] = ("quoted", "stated", "assumed")
VERBS = {"GET", "POST", "PUT", "PATCH", "DELETE"}
"""The methods of the other management APIs, which are HTTP's own; all of these are simulated by Blackstart."""


def tally(
    facts: Sequence[Fact],
    scenarios: Sequence[ScenarioResult],
    requirements: Sequence[Requirement],
    answered: Iterable[str],
) -> tuple[Tally, ...]:
    """The three lines of the ledger; ``answered`` are the API methods in which the simulated world takes part."""
    world = set(answered)
    native = [entry for entry in _calls(scenarios) if str(entry.data["method"]) not in world]
    faults = {(entry.data["method"], entry.data["fault"]) for entry in native if entry.data["fault"]}
    seen = {key for scenario in scenarios if scenario.outcome in ("passed", "failed") for key in scenario.requirements}
    return (
        Tally("texts", len(faults), *_counted(fact.provenance for fact in facts if fact.kind == "text")),
        Tally("timings", 0, *_counted(fact.provenance for fact in facts if fact.kind == "duration")),
        Tally(
            "behaviours",
            len({entry.data["method"] for entry in native}),
            *_counted(requirement.provenance for requirement in requirements if requirement.id in seen),
        ),
    )


def _calls(scenarios: Iterable[ScenarioResult]) -> Iterator[Entry]:
    """The calls of the vSphere API."""
    for scenario in scenarios:
        yield from (entry for entry in scenario.entries if entry.kind == "call" and entry.data["method"] not in VERBS)


def _counted(found: Iterable[Provenance]) -> tuple[int, int, int]:
    words = list(found)
    quoted, stated, assumed = (words.count(word) for word in WORDS)
    return quoted, stated, assumed
