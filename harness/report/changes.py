"""What changed in the world while a scenario ran: its events after the lab's start, those of one kind and text as one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from harness.report.scenario import ScenarioResult
from harness.report.timeline import opening
from harness.report.transcript import Detail

MOST, MOST_SUBJECTS = 24, 4
"""How many changes a page shows where not all are, and how many subjects of a change."""


class Change(NamedTuple):
    """Events of one kind and text; ``began`` is the instant of the first of them."""

    began: str
    kind: str
    text: str
    subjects: tuple[str, ...]

    @property
    def who(self) -> str:
        """Its subjects, as many as can be read."""
        more = len(self.subjects) - MOST_SUBJECTS
        return ", ".join(self.subjects[:MOST_SUBJECTS]) + (f" and {more} more" if more > 0 else "")


def changes_of(scenario: ScenarioResult) -> list[Change]:
    """The changes in the order in which they first happened."""
    entries = scenario.entries
    found: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for entry in entries[opening(entries) :]:
        if entry.kind == "event":
            kind, text = str(entry.data["kind"]), str(entry.data["text"])
            found.setdefault((kind, text), (entry.began, []))[1].append(str(entry.data["subject"]))
    return [Change(began, kind, text, tuple(subjects)) for (kind, text), (began, subjects) in found.items()]


def events_in(changes: Sequence[Change]) -> int:
    """How many events they are."""
    return sum(len(each.subjects) for each in changes)


def shown(scenario: ScenarioResult, changes: Sequence[Change], detail: Detail) -> Sequence[Change]:
    """Those that a page shows: all of a scenario that did not pass, unless there is much to show."""
    return changes[:MOST] if detail.focus or scenario.outcome == "passed" else changes
