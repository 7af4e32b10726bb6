"""The words of a record: how a scenario or a step ended, what a run comes to, what a journal entry is."""

from __future__ import annotations

from typing import Literal, TypeAlias, get_args

Outcome: TypeAlias = Literal[
    "passed",
    "failed",
    "skipped",
    "not_applicable",
    "undefined",
    "ambiguous",
    "error",
    "teardown_error",
    "timeout",
    "crashed",
    "not_run",
    "deselected",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

StepStatus: TypeAlias = Literal[
    "passed", "failed", "skipped", "not_applicable", "undefined", "ambiguous", "error", "timeout", "crashed", "not_run"
]

Decision: TypeAlias = Literal["certified", "certified on assumptions", "failed", "inconclusive"]

EntryKind: TypeAlias = Literal["command", "call", "fault", "time", "event", "duration", "text", "place", "procedure"]

Standing: TypeAlias = Literal["documented", "extrapolated"]

RequirementState: TypeAlias = Outcome | Literal["shown_by_tests", "no_scenario"]
"""The worst that a requirement's scenarios came to, or why none of them says anything."""
