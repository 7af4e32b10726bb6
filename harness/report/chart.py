"""The timeline as inline SVG: a row for each lane, bars for what took time, signs for moments. The table behind it says the same.

Nothing in it depends on colour alone: provenance is fill, outline and dashes; losses and returns have signs of their own.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import NamedTuple

from markupsafe import Markup, escape

from harness.report.landscape import Lane, names_of
from harness.report.plain_text import visible
from harness.report.recovery_time import RecoveryTime, merged_parts
from harness.report.timeline import Timeline
from harness.report.timeline_sources import Item
from harness.units import shown_span

WIDTH, LABELS, MARGIN = 960, 148, 14
ROW, HEAD, TOP = 17, 20, 46
LETTER, LEAST, SIGN = 5.4, 34, 4
"""Units of a letter in a label, the least room for one, and half of a sign: labels and bars keep off it."""
LEAST_BAR, POINTED = 2, 5
"""Units of the narrowest bar, and of one that a pointer can rest on."""
STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 28800, 86400)
TICKS = 9
SOLID = ("act", "procedure", "plan", "quoted")
"""What is filled so that words in it need the colour of the paper."""
STAIRS, MOST_STEPS = ("act", "procedure", "plan"), 40
"""What has a row for each item, and up to how many of them."""
SIGNS = {"loss": "✕", "return": "▲", "event": "◆", "plan": "◆", "procedure": "◆", "act": "◆", "duration": "◆"}


def draw(timeline: Timeline, title: str) -> Markup:
    """The chart of ``timeline``; ``title`` names it to a screen reader."""
    return Markup("".join(Drawing(timeline).parts(title)))  # noqa: S704 - each part escapes what it inserts


def table_of(timeline: Timeline) -> list[tuple[str, str, str, str, str]]:
    """The table behind the chart: after what time, how long, who, what, and how well that is known."""
    return [
        (
            ("−" if item.began < 0 else "") + shown_span(abs(item.began)),
            shown_span(item.ended - item.began) if item.ended > item.began else "",
            names_of(lanes),
            item_words(item),
            item.provenance,
        )
        for lanes, item in timeline.table
    ]


class Drawing:
    """One chart, written from top to bottom. Coordinates are whole numbers, and what looks alike in a row is one element."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._began, self._reach = timeline.began, max(timeline.ended - timeline.began, 0.001)
        self._rows = [
            (group, name, items)
            for group, names, all_items in alike(timeline.lanes)
            for name, items in self._unfold(names, all_items)
        ]
        heads = len({group for group, _, _ in self._rows if group})
        self._height = TOP + self._recovery_height() + len(self._rows) * ROW + heads * HEAD + 8

    def _unfold(self, names: Sequence[str], items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
        """The rows of lanes: one, and where they have steps one for each, unless they are too many to be read."""
        inside = [item for item in items if item.ended >= self._began and item.began <= self._timeline.ended]
        steps = [item for item in inside if item.sort in STAIRS]
        if len(steps) > MOST_STEPS:
            steps = []
        rest = [item for item in inside if item not in steps]
        rows = [*self._beside_each_other(rest), *([step] for step in steps)]
        yield from ((_named(names) if not number else "", row) for number, row in enumerate(rows))

    def _beside_each_other(self, items: Sequence[Item]) -> list[list[Item]]:
        """The items in as many rows as it takes for no bar to cover another one, or the sign of a loss; signs stand first."""
        rows: list[list[Item]] = [[]] if items else []
        ends = [0] * len(rows)
        for item in items:
            x, end, took = self._spot(item)
            number = next((number for number, until in enumerate(ends) if x >= until), len(rows)) if took else 0
            if number == len(rows):
                rows.append([])
                ends.append(0)
            rows[number].append(item)
            ends[number] = max(ends[number], x + SIGN if item.sort == "loss" else end)
        return rows

    def _recovery_height(self) -> int:
        recovery = self._timeline.recovery
        return ROW + 8 if recovery and recovery.ended is not None else 0

    def _x(self, seconds: float) -> int:
        share = min(max((seconds - self._began) / self._reach, 0.0), 1.0)
        return round(LABELS + share * (WIDTH - LABELS - MARGIN))

    def parts(self, title: str) -> Iterator[str]:
        """The pieces of the SVG, in order."""
        yield f'<svg class="timeline" viewBox="0 0 {WIDTH} {self._height}" role="img" aria-label="{escape(visible(title))}">'
        yield from self._axis()
        top = TOP
        if self._recovery_height():
            yield from self._recovery(top)
            top += self._recovery_height()
        for group, rows in groupby(self._rows, key=lambda row: row[0]):
            if group:
                top += HEAD
                yield f'<text class="group" y="{top - 5}">{_escaped(group)}</text><path class="rule" d="M0 {top}H{WIDTH}"/>'
            for _, name, items in rows:
                yield _group(top, _text(name, 0, LABELS - 6) if name else "", self._row(items))
                top += ROW
        yield "</svg>"

    def _axis(self) -> Iterator[str]:
        step = next((each for each in STEPS if self._reach / each <= TICKS), STEPS[-1])
        first = -(-self._began // step) * step
        marks = [first + number * step for number in range(int((self._timeline.ended - first) // step) + 1)]
        lines = "".join(f"M{self._x(at)} 18V{self._height}" for at in marks)
        yield f'<path class="tick" d="{lines}"/><g class="at">'
        for at in marks:
            x, sign = self._x(at), "−" if at < 0 else "+" if at else ""
            end = ' text-anchor="end"' if x > WIDTH - 40 else ""
            yield f'<text{end} x="{x}" y="12">{sign}{shown_span(abs(at))}</text>'
        yield "</g>"

    def _recovery(self, top: int) -> Iterator[str]:
        recovery = self._timeline.recovery
        assert recovery is not None  # noqa: S101 - its height said so
        began, ended = self._x(0), self._x(recovery.seconds)
        yield f'<path class="span" d="M{began} {top - 20}H{ended}V{self._height - 6}H{began}z"/>'
        middle, words = (began + ended) // 2, f"{shown_span(recovery.seconds)}, simulated{_so_far(recovery)}"
        anchor, x = ("middle", middle) if ended - began > len(words) * LETTER else ("start", min(began, WIDTH - len(words) * 6.5))
        yield f'<text class="sum" text-anchor="{anchor}" x="{x:.0f}" y="{top - 6}">{escape(words)}</text>'
        bars = Bars()
        for part in merged_parts(recovery.parts):
            x = self._x(part.began - recovery.began)
            words = f"{part.what}: {shown_span(part.seconds)}"
            bars.add(x, self._x(part.ended - recovery.began), part.provenance or "wait", words)
        yield _group(top, _text("Made of", 0, LABELS - 6), [bars.drawn()])

    def _row(self, items: Sequence[Item]) -> Iterator[str]:
        groups = [(spot, list(group)) for spot, group in groupby(items, key=self._spot)]
        spots = [spot for spot, _ in groups]
        bars, signs, labels = Bars(), Signs(), []
        for number, ((x, end, took), group) in enumerate(groups):
            words = ", ".join(item_words(item) for item in group)
            look = group[0].provenance or group[0].sort
            label = _beside(words, (x, end) if took else (x - SIGN, x + SIGN), _rooms(spots, number), solid=look in SOLID)
            labels.append(label)
            if took:
                bars.add(x, end, look, words if "…" in label or not label else "")
            else:
                signs.add(group, x)
        yield from (bars.drawn(), signs.drawn(), *labels)

    def _spot(self, item: Item) -> Spot:
        x = self._x(item.began)
        return Spot(x, max(self._x(item.ended), x + LEAST_BAR) if item.ended > item.began else 0, item.ended > item.began)


class Spot(NamedTuple):
    """Where a mark begins, and where a bar ends: what marks have to share to be one."""

    x: int
    end: int
    took: bool


class Bars:
    """The bars of a row; those of one look and with the same words are one path."""

    def __init__(self) -> None:
        self._paths: dict[tuple[str, str], list[str]] = {}

    def add(self, x: int, end: int, look: str, words: str) -> None:
        """A bar from ``x`` to ``end``; ``words`` show when a pointer rests on it, if it is wide enough for one."""
        width = max(end - x, LEAST_BAR)
        self._paths.setdefault((look, words if width >= POINTED else ""), []).append(f"M{x}-9h{width}v11h-{width}z")

    def drawn(self) -> str:
        """All of them."""
        return "".join(
            f'<path class="{look}" d="{"".join(path)}"' + (f"><title>{_escaped(words)}</title></path>" if words else "/>")
            for (look, words), path in self._paths.items()
        )


class Signs:
    """The signs of a row; those of one sort are one text, with a place for each letter."""

    def __init__(self) -> None:
        self._places: dict[str, list[int]] = {}

    def add(self, marks: Sequence[Item], x: int) -> None:
        """The sign of ``marks`` at one place: a loss or a return among them shows."""
        sorts = [mark.sort for mark in marks]
        sort = next((each for each in ("loss", "return") if each in sorts), sorts[0])
        self._places.setdefault(sort, []).append(x)

    def drawn(self) -> str:
        """All of them."""
        return "".join(
            f'<text class="{sort}" x="{" ".join(map(str, places))}">{SIGNS[sort] * len(places)}</text>'
            for sort, places in self._places.items()
        )


def alike(lanes: Iterable[tuple[Lane, tuple[Item, ...]]]) -> list[tuple[str, list[str], tuple[Item, ...]]]:
    """The lanes as group, names and items: those of a group in which the same happened at the same moments are one."""
    found: dict[tuple[object, ...], tuple[str, list[str], tuple[Item, ...]]] = {}
    for lane, items in lanes:
        key = (lane.group, *(item.alike for item in items))
        found.setdefault(key, (lane.group, [], items))[1].append(lane.name)
    return list(found.values())


def _named(names: Sequence[str]) -> str:
    """Names for a label: all, if there is room for them."""
    words = ", ".join(names)
    fits = len(words) * LETTER <= LABELS - 6
    return words if fits or len(names) == 1 else f"{names[0]} +{len(names) - 1} alike"


def _rooms(spots: Sequence[Spot], number: int) -> dict[str, int]:
    """How much room the words of a mark have on its right, on its left where nothing else is in the row, or in it."""
    x, end, took = spots[number]
    following = min((spot.x for spot in spots[number + 1 :]), default=WIDTH)
    if not took:
        covered = any(spot.x <= x + SIGN < spot.end for spot in spots)
        return {"right": 0 if covered else following - x - SIGN - 7, "left": x - LABELS - 6 if len(spots) == 1 else 0}
    inside = min((spot.x for spot in spots[number + 1 :] if spot.x > x + SIGN), default=WIDTH)
    within = min(end, inside - SIGN) - x - SIGN - 3
    return {"right": following - end - 7, "left": x - LABELS - 6 if len(spots) == 1 else 0, "in": within}


def _beside(words: str, at: tuple[int, int], rooms: Mapping[str, int], *, solid: bool) -> str:
    """The words of the mark that begins and ends ``at``: where they have room, else cut where there is most of it."""
    x, end = at
    need = len(words) * LETTER
    place = next((each for each, room in rooms.items() if room >= need), max(rooms, key=lambda each: rooms[each]))
    if rooms[place] <= LEAST:
        return ""
    inside = (x + SIGN, ' class="in"' if solid else "")
    start, look = {"right": (end + 3, ""), "left": (x - 3, ' text-anchor="end"'), "in": inside}[place]
    return _text(words, start, rooms[place], look)


def item_words(item: Item) -> str:
    """What an item says, with how often."""
    return f"{item.what} ×{item.times}" if item.times > 1 else item.what


def _so_far(recovery: RecoveryTime) -> str:
    return ", to power-on alone" if recovery.disconnected else ""


def _group(top: int, name: str, row: Iterable[str]) -> str:
    """A row; its texts stand on its zero."""
    return f'<g transform="translate(0 {top + 12})">{name}{"".join(row)}</g>'


def _text(words: str, x: int, room: float, look: str = "") -> str:
    most = max(int(room / LETTER), 1)
    shown = visible(words).replace("\n", " ")
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    place = f' x="{x}"' if x else ""
    return f"<text{look}{place}>{_escaped(shown)}</text>"


def _escaped(words: str) -> str:
    return visible(words).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
