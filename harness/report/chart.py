"""The timeline as inline SVG: a row for each lane, bars for what took time, signs for moments. The table behind it says the same.

Nothing in it depends on colour alone: provenance is fill, outline and dashes; losses and returns have signs of their own.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from markupsafe import Markup, escape

from harness.report.landscape import Lane
from harness.report.plain_text import shown_span, visible
from harness.report.recovery_time import Part, RecoveryTime
from harness.report.timeline import Timeline
from harness.report.timeline_sources import Item

WIDTH, LABELS, MARGIN = 960, 148, 14
ROW, HEAD, TOP = 17, 20, 46
LETTER, LEAST = 5.2, 34
"""Units of a letter in a label, and the least room for one."""
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


class Drawing:
    """One chart, written from top to bottom."""

    def __init__(self, timeline: Timeline) -> None:
        self._timeline = timeline
        self._began, self._reach = timeline.began, max(timeline.ended - timeline.began, 0.001)
        self._rows = [
            (lane.group, name, items) for lane, all_items in timeline.lanes for name, items in self._unfold(lane, all_items)
        ]
        heads = len({group for group, _, _ in self._rows if group})
        self._height = TOP + self._recovery_height() + len(self._rows) * ROW + heads * HEAD + 8

    def _unfold(self, lane: Lane, items: Sequence[Item]) -> Iterator[tuple[str, list[Item]]]:
        """The rows of a lane: one, and where it has steps one for each, unless they are too many to be read."""
        inside = [item for item in items if item.ended >= self._began and item.began <= self._timeline.ended]
        steps = [item for item in inside if item.sort in STAIRS]
        if len(steps) > MOST_STEPS:
            steps = []
        rest = [item for item in inside if item not in steps]
        rows = [*([rest] if rest else []), *([step] for step in steps)]
        yield from ((lane.name if not number else "", row) for number, row in enumerate(rows))

    def _recovery_height(self) -> int:
        recovery = self._timeline.recovery
        return ROW + 8 if recovery and recovery.ended is not None else 0

    def _x(self, seconds: float) -> float:
        share = min(max((seconds - self._began) / self._reach, 0.0), 1.0)
        return round(LABELS + share * (WIDTH - LABELS - MARGIN), 1)

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
                yield f'<text class="group" x="0" y="{top - 5}">{escape(visible(group))}</text>'
                yield f'<path class="rule" d="M0 {top}H{WIDTH}"/>'
            for _, name, items in rows:
                yield _text(name, 0, top + 12, LABELS - 6) if name else ""
                yield from self._row(items, top)
                top += ROW
        yield "</svg>"

    def _axis(self) -> Iterator[str]:
        step = next((each for each in STEPS if self._reach / each <= TICKS), STEPS[-1])
        first = -(-self._began // step) * step
        for number in range(int((self._timeline.ended - first) // step) + 1):
            at = first + number * step
            x = self._x(at)
            yield f'<path class="tick" d="M{x:g} 18V{self._height}"/>'
            sign = "−" if at < 0 else "+" if at else ""
            end = "end" if x > WIDTH - 40 else "middle"
            yield f'<text class="at" text-anchor="{end}" x="{x:g}" y="12">{sign}{shown_span(abs(at))}</text>'

    def _recovery(self, top: float) -> Iterator[str]:
        recovery = self._timeline.recovery
        assert recovery is not None  # noqa: S101 - its height said so
        began, ended = self._x(0), self._x(recovery.seconds)
        yield f'<rect class="span" x="{began:g}" y="{top - 20}" width="{ended - began:g}" height="{self._height - top + 14}"/>'
        middle, words = (began + ended) / 2, f"{shown_span(recovery.seconds)}, simulated{_so_far(recovery)}"
        anchor, x = ("middle", middle) if ended - began > len(words) * LETTER else ("start", min(began, WIDTH - len(words) * 6.5))
        yield f'<text class="sum" text-anchor="{anchor}" x="{x:g}" y="{top - 6}">{escape(words)}</text>'
        yield _text("Made of", 0, top + 12, LABELS - 6)
        for part in merged_parts(recovery.parts):
            x = self._x(part.began - recovery.began)
            width = max(self._x(part.ended - recovery.began) - x, 1.5)
            yield _bar(x, top + 3, width, part.provenance or "wait", f"{part.what}: {shown_span(part.seconds)}")

    def _row(self, items: Sequence[Item], top: float) -> Iterator[str]:
        groups = [list(group) for _, group in groupby(items, key=self._spot)]
        free = [*(self._x(group[0].began) for group in groups[1:]), float(WIDTH)]
        for group, until in zip(groups, free, strict=True):
            x, end = self._x(group[0].began), self._x(group[0].ended)
            words, took = ", ".join(item_words(item) for item in group), group[0].ended > group[0].began
            end = max(end, x + 2) if took else x + 4
            look = group[0].provenance or group[0].sort
            label = _beside(words, (x if took else x - 4, end, until), top, alone=len(groups) == 1, solid=look in SOLID)
            hint = words if "…" in label or not label else ""
            yield _bar(x, top + 3, end - x, look, hint) if took else _sign(group, x, top)
            yield label

    def _spot(self, item: Item) -> tuple[float, float, bool]:
        """What marks have to share to be one; a bar stands for itself."""
        took = item.ended > item.began
        return self._x(item.began), self._x(item.ended) if took else 0.0, took


def _sign(marks: Sequence[Item], x: float, top: float) -> str:
    sort = next((each for each in ("loss", "return") if any(mark.sort == each for mark in marks)), marks[0].sort)
    return f'<text class="{sort}" x="{x:g}" y="{top + 12:g}">{SIGNS[sort]}</text>'


def _beside(words: str, at: tuple[float, float, float], top: float, *, alone: bool, solid: bool) -> str:
    """The words of a bar or sign: on its right, on its left where nothing else is in the row, or in it; cut where none has room.

    ``at`` is where it begins and ends, and where the next one in the row begins.
    """
    x, end, until = at
    rooms = {"right": until - end - 7, "left": x - LABELS - 6 if alone else 0.0, "in": end - x - 6}
    need = len(words) * LETTER
    place = next((each for each, room in rooms.items() if room >= need), max(rooms, key=lambda each: rooms[each]))
    if rooms[place] <= LEAST:
        return ""
    inside = (x + 3, ' class="in"' if solid else "")
    start, look = {"right": (end + 3, ""), "left": (x - 3, ' text-anchor="end"'), "in": inside}[place]
    return _text(words, start, top + 12, rooms[place], look)


def item_words(item: Item) -> str:
    """What an item says, with how often."""
    return f"{item.what} ×{item.count}" if item.count > 1 else item.what


def merged_parts(parts: Sequence[Part]) -> list[Part]:
    """The parts of a recovery time, what is alike and follows each other as one; its subjects are counted."""
    merged = []
    for (what, provenance, source), group in groupby(parts, key=lambda part: (part.what, part.provenance, part.source)):
        listed = list(group)
        subject = listed[0].subject if len({part.subject for part in listed}) == 1 else f"{len(listed)} in a row"
        merged.append(Part(what, subject, listed[0].began, listed[-1].ended, provenance, source))
    return merged


def _so_far(recovery: RecoveryTime) -> str:
    return ", to power-on alone" if recovery.disconnected else ""


def _bar(x: float, y: float, width: float, look: str, words: str) -> str:
    """A bar; ``words`` show when a pointer rests on it."""
    rect = f'<rect class="{look}" x="{x:g}" y="{y:g}" width="{round(width, 1):g}" height="11"'
    return f"{rect}><title>{escape(visible(words))}</title></rect>" if words else f"{rect}/>"


def _text(words: str, x: float, y: float, room: float, look: str = "") -> str:
    most = max(int(room / LETTER), 1)
    shown = visible(words).replace("\n", " ")
    shown = shown if len(shown) <= most else f"{shown[: most - 1]}…"
    return f'<text{look} x="{round(x, 1):g}" y="{y:g}">{escape(shown)}</text>'
