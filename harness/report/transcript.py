"""What went over the wires in a scenario, as much as a page with the whole suite can carry; report.json has all of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.report.model import Entry, ScenarioResult, StepResult

WIRES = ("command", "call")
WHOLE = (400, 40_000)
"""Lines and characters of one text that a page shows where something is to be found out."""
BRIEF = {"command": (7, 440), "call": (4, 160)}
"""And where all went well: of a command's output, and of a call's arguments and answer, which are a summary already."""
MOST = 6
"""How many exchanges of one step a page shows where all went well."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One exchange; ``also`` are hosts on which the same command line ran right after it, with the same exit status.

    With no entry it stands for as many as ``repeated`` that this scenario has shown word for word, or for the ``left`` ones.
    """

    entry: Entry | None
    repeated: int = 0
    left: int = 0
    also: tuple[str, ...] = ()


def transcript(scenario: ScenarioResult) -> list[list[Exchange]]:
    """The exchanges of each step of ``scenario``: all of one that did not pass, else without what says nothing new."""
    if scenario.outcome != "passed":
        return [[Exchange(entry) for entry in _wires(step)] for step in scenario.steps]
    seen: set[tuple[object, ...]] = set()
    return [_beginning(_of_step(step, seen)) for step in scenario.steps]


def _beginning(found: list[Exchange]) -> list[Exchange]:
    left = len(found) - MOST
    return found if left <= 1 else [*found[:MOST], Exchange(None, left=left)]


def _wires(step: StepResult) -> list[Entry]:
    return [entry for entry in step.entries if entry.kind in WIRES]


def _of_step(step: StepResult, seen: set[tuple[object, ...]]) -> list[Exchange]:
    found: list[Exchange] = []
    for entry in _wires(step):
        said = (entry.kind, *entry.data.values())
        last = found[-1] if found else Exchange(None)
        if said in seen:
            repeats = found and last.entry is None
            found[-1:] = [replace(last, repeated=last.repeated + 1)] if repeats else [*found[-1:], Exchange(None, 1)]
        elif last.entry and entry.kind == "command" and _alike(last.entry, entry):
            found[-1] = replace(last, also=(*last.also, str(entry.data["host"])))
        else:
            found.append(Exchange(entry))
        seen.add(said)
    return found


def _alike(first: Entry, other: Entry) -> bool:
    """Whether a command ran on another host, in the same words and with the same exit status."""
    same = all(first.data.get(part) == other.data.get(part) for part in ("line", "status", "errors"))
    return same and first.data.get("host") != other.data.get("host")


def limits(scenario: ScenarioResult, kind: str) -> tuple[int, int]:
    """How many lines and characters of a text of a ``command`` or a ``call`` its page shows."""
    return BRIEF[kind] if scenario.outcome == "passed" else WHOLE
