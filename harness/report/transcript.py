"""What went over the wires in a scenario, as much as a page with the whole suite can carry; report.json has all of it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harness.report.landscape import short
from harness.report.scenario import Entry, ScenarioResult, StepResult

WIRES = ("command", "call")
TAGS = 60
"""About what the tags of one exchange add to its text on a page."""


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a page shows: of a scenario that passed up to ``most`` exchanges of a step, and of a text lines and characters.

    These are of a ``command``'s output, and of a ``call``'s arguments and answer, which are a summary already; ``whole`` are
    those where something is to be found out. With ``focus`` that is only the step that did not pass, else its whole scenario.
    """

    most: int
    command: tuple[int, int]
    call: tuple[int, int]
    whole: tuple[int, int]
    focus: bool = False
    words: str = ""


DETAILS = (
    Detail(6, (7, 440), (4, 160), (400, 40_000)),
    Detail(
        3, (5, 300), (3, 120), (40, 3_000), focus=True, words="There is much to show: a step that passed has few exchanges here."
    ),
    Detail(
        0,
        (5, 300),
        (3, 120),
        (20, 1_500),
        focus=True,
        words="There is too much to show: a step that passed has none of its exchanges here.",
    ),
)
"""The first for a suite like ours, the others where a page would be too large with it."""


class Exchange(NamedTuple):
    """One exchange; ``also`` are hosts on which the same command line ran in the same step and said the same.

    ``otherwise`` are those on which it ran right after it with the same exit status and said something else. With no entry it
    stands for as many as ``repeated`` that this scenario has shown word for word, or for the ``left`` ones.
    """

    entry: Entry | None
    repeated: int = 0
    left: int = 0
    also: tuple[str, ...] = ()
    otherwise: tuple[str, ...] = ()


def transcript(scenario: ScenarioResult, detail: Detail) -> list[list[Exchange]]:
    """The exchanges of each step of ``scenario``: all where something is to be found out, else without what says nothing new."""
    seen: set[tuple[object, ...]] = set()
    return [
        _beginning(_of_step(step, seen), detail.most) if brief(scenario, step, detail) else _all(step) for step in scenario.steps
    ]


def brief(scenario: ScenarioResult, step: StepResult, detail: Detail) -> bool:
    """Whether all went well in ``step``, so that its beginning is enough."""
    return scenario.outcome == "passed" or (detail.focus and step.status == "passed")


def limits(scenario: ScenarioResult, step: StepResult, kind: str, detail: Detail) -> tuple[int, int]:
    """How many lines and characters of a text of a ``command`` or a ``call`` in ``step`` a page shows."""
    if not brief(scenario, step, detail):
        return detail.whole
    return detail.command if kind == "command" else detail.call


def fitting(scenarios: Iterable[ScenarioResult], excess: int) -> Detail | None:
    """The `Detail` with which a page with ``excess`` bytes is small enough, or comes nearest to it; None if none helps."""
    listed = list(scenarios)
    before, found = _weight(listed, DETAILS[0]), None
    for detail in DETAILS[1:] if before else ():
        saved = before - _weight(listed, detail)
        found = detail if saved else found
        if saved >= excess:
            break
    return found


def _weight(scenarios: Iterable[ScenarioResult], detail: Detail) -> int:
    """About how many bytes the exchanges take on a page."""
    return sum(size for scenario in scenarios for size in _sizes(scenario, detail))


def _sizes(scenario: ScenarioResult, detail: Detail) -> Iterator[int]:
    for step, told in zip(scenario.steps, transcript(scenario, detail), strict=True):
        for entry in (each.entry for each in told if each.entry):
            most = limits(scenario, step, entry.kind, detail)[1]
            yield TAGS + sum(min(len(value), most) for value in entry.data.values() if isinstance(value, str))


def _all(step: StepResult) -> list[Exchange]:
    return [Exchange(entry) for entry in _wires(step)]


def _beginning(found: list[Exchange], most: int) -> list[Exchange]:
    left = len(found) - most
    return found if left <= (1 if most else 0) else [*found[:most], Exchange(None, left=left)]


def _wires(step: StepResult) -> list[Entry]:
    return [entry for entry in step.entries if entry.kind in WIRES]


def _of_step(step: StepResult, seen: set[tuple[object, ...]]) -> list[Exchange]:
    found: list[Exchange] = []
    answers: dict[tuple[object, ...], int] = {}
    for entry in _wires(step):
        said = (entry.kind, *entry.data.values())
        last = found[-1] if found else Exchange(None)
        same = answers.get(_answer(entry))
        if said in seen:
            repeats = found and last.entry is None
            found[-1:] = [last._replace(repeated=last.repeated + 1)] if repeats else [*found[-1:], Exchange(None, 1)]
        elif same is not None and entry.kind == "command":
            found[same] = found[same]._replace(also=(*found[same].also, _host(entry)))
        elif last.entry and entry.kind == "command" and _alike(last.entry, entry):
            found[-1] = last._replace(otherwise=(*last.otherwise, _host(entry)))
        else:
            answers[_answer(entry)] = len(found)
            found.append(Exchange(entry))
        seen.add(said)
    return found


def _answer(entry: Entry) -> tuple[object, ...]:
    return tuple(value for name, value in entry.data.items() if name != "host")


def _host(entry: Entry) -> str:
    return short(str(entry.data["host"]))


def _alike(first: Entry, other: Entry) -> bool:
    """Whether a command ran on another host in the same words, with the same exit status."""
    same = all(first.data.get(part) == other.data.get(part) for part in ("line", "status", "errors"))
    return same and first.data.get("host") != other.data.get("host")
