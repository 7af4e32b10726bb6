"""The timeline of a scenario: who did what when, in simulated time, as rows of bars and marks; drawn by `chart`.

It is made of what the journal recorded and nothing else. What came of the lab's start, what goes round by itself and what a look
at the lab asked for is left out; what is alike and next to each other in a lane is one item with a count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

from harness.report.landscape import HAND, SERVED, SHARED, Landscape, Lane
from harness.report.recovery_time import RecoveryTime, recovery_times
from harness.report.scenario import Entry, ScenarioResult
from harness.report.timeline_sources import Item, items_of_entries, items_of_steps

NEAR = 0.006
"""What part of the whole lies at most between two items that become one."""


@dataclass(frozen=True, slots=True)
class Timeline:
    """The items of a scenario by lane, in seconds after ``zero``; ``began`` and ``ended`` bound what a chart shows of them."""

    zero: float
    began: float
    ended: float
    lanes: tuple[tuple[Lane, tuple[Item, ...]], ...]
    recovery: RecoveryTime | None

    @property
    def rows(self) -> list[tuple[Lane, Item]]:
        """Every item with its lane, as they began."""
        listed = [(lane, item) for lane, items in self.lanes for item in items]
        return sorted(listed, key=lambda row: row[1].began)

    @property
    def table(self) -> list[tuple[tuple[Lane, ...], Item]]:
        """The rows, what is alike in several lanes from the same moment on as one with all their lanes."""
        found: dict[tuple[object, ...], tuple[list[Lane], Item]] = {}
        for lane, item in self.rows:
            found.setdefault(item.alike, ([], item))[0].append(lane)
        return [(tuple(lanes), item) for lanes, item in found.values()]

    @property
    def drawn(self) -> bool:
        """Whether there is something to draw: time passed in it."""
        return self.ended - self.began >= 1 and any(items for _, items in self.lanes)


def timelines_of(scenarios: tuple[ScenarioResult, ...]) -> dict[str, Timeline]:
    """The timeline of each scenario, by its key; its zero is the loss where there was one, else its first act."""
    told = zip(scenarios, recovery_times(scenarios), strict=True)
    return {scenario.key: _timeline_of(scenario, recovery) for scenario, recovery in told}


def _timeline_of(scenario: ScenarioResult, recovery: RecoveryTime | None) -> Timeline:
    entries = scenario.entries
    started = opening(entries)
    landscape = Landscape.of(entries)
    found = [*items_of_steps(scenario.steps, started), *items_of_entries(entries, started, landscape)]
    return _timeline(found, landscape, recovery)


def timeline_of_log(entries: Sequence[Entry]) -> Timeline:
    """The timeline of a procedure that was carried out outside of a scenario, of which its log is all that is known."""
    landscape = Landscape.of(entries)
    return _timeline(list(items_of_entries(entries, 0, landscape)), landscape, None)


def opening(entries: Sequence[Entry]) -> int:
    """How many entries come of the lab's start."""
    return max((number for number, entry in enumerate(entries, 1) if entry.kind == "place"), default=0)


def _timeline(found: Sequence[Item], landscape: Landscape, recovery: RecoveryTime | None) -> Timeline:
    found = list(_telling(found))
    if not found:
        return Timeline(0, 0, 0, (), recovery)
    zero = recovery.began if recovery else min(item.began for item in found)
    last = max(item.ended for item in found)
    ended = recovery.ended if recovery and recovery.ended is not None else last
    reach = ended - zero
    inside = [began for item in found if (began := item.began - zero) >= -0.25 * max(reach, 60)]
    after = [item.ended - zero for item in found if item.began - zero <= reach] or [reach]
    lanes = _merged(found, max(reach, 1) * NEAR)
    ordered = tuple((lane, tuple(item.since(zero) for item in lanes[lane])) for lane in sorted(lanes, key=_ranking(landscape)))
    return Timeline(zero, min([0.0, *inside]), max(reach, min(max(after), reach * 1.15)), ordered, recovery)


def _telling(found: Sequence[Item]) -> Iterator[Item]:
    """All but the events that are nothing but the end of a duration in their lane."""
    ends = {(item.lane, item.ended) for item in found if item.sort == "duration"}
    return (item for item in found if item.sort != "event" or (item.lane, item.ended) not in ends)


def _ranking(landscape: Landscape) -> Callable[[Lane], tuple[int, int, str]]:
    before = [HAND, *(landscape.group(site) for site in landscape.sites)]
    after = [landscape.group(""), SHARED, SERVED]
    ranks = {group: rank for rank, group in enumerate(dict.fromkeys((*before, *after)))}
    return lambda lane: (ranks.get(lane.group, len(before)), lane.rank, lane.name)


def _merged(items: Iterable[Item], near: float) -> dict[Lane, list[Item]]:
    """The items by lane; what is the same as one there, and follows it by no more than ``near`` seconds, is one with it."""
    lanes: dict[Lane, list[Item]] = {}
    last: dict[tuple[object, ...], int] = {}  # of those alike only the last is near enough: later ones begin still later
    for item in sorted(items, key=lambda each: each.began):
        there = lanes.setdefault(item.lane, [])
        same = (item.lane, item.sort, item.what, item.provenance)
        twin = last.get(same) if item.mergeable else None
        if twin is not None and item.began - there[twin].ended <= near:
            there[twin] = there[twin].with_one_more(item)
        else:
            last[same] = len(there)
            there.append(item)
    return lanes
