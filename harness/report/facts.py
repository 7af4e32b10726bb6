"""How well the run is known: the texts and durations of the simulation that took part, with their provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from typing import cast

from harness.releases.files import known_keys
from harness.report.model import Fact
from harness.report.scenario import ScenarioResult
from harness.units import Provenance


@cache
def meanings() -> Mapping[str, str]:
    """What the texts and durations mean that the release data have by name, in a few words each; others need none."""
    known = known_keys()
    return {name: text.partition(": {")[0].removesuffix(".") for name, text in {**known["timings"], **known["texts"]}.items()}


def gather_facts(scenarios: Iterable[ScenarioResult]) -> tuple[Fact, ...]:
    """One fact for each text and duration by name and provenance, sorted; durations keep their longest span."""
    found: dict[tuple[str, str, str, str], tuple[int, float]] = {}
    for scenario in scenarios:
        for entry in scenario.entries:
            if entry.kind in ("text", "duration"):
                data = entry.data
                key = (entry.kind, str(data["name"]), str(data["provenance"]), str(data["source"]))
                count, longest = found.get(key, (0, 0.0))
                found[key] = count + 1, max(longest, float(data.get("span", 0)))
    return tuple(
        Fact("duration" if kind == "duration" else "text", name, cast(Provenance, provenance), source, count, longest)
        for (kind, name, provenance, source), (count, longest) in sorted(found.items())
    )
