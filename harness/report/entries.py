"""Journal entries as plain data, fit for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC, timedelta
from functools import lru_cache
from typing import Any

from harness import journal
from harness.units import Instant

KINDS: dict[type[journal.Record], str] = {
    journal.CommandRun: "command",
    journal.ApiCall: "call",
    journal.FaultInjected: "fault",
    journal.TimePassed: "time",
    journal.Happened: "event",
    journal.DurationSpent: "duration",
    journal.TextShown: "text",
    journal.Placed: "place",
}
NAMES: dict[type[journal.Record], tuple[str, ...]] = {kind: tuple(each.name for each in fields(kind)) for kind in KINDS}


def plain_entries(entries: Iterable[journal.Entry]) -> list[dict[str, Any]]:
    """Each entry as ``{"kind", "began", "ended", "wall", "data"}``: instants in ISO 8601, spans in seconds."""
    return [
        {
            "kind": KINDS[type(entry.record)],
            "began": _instant(entry.began),
            "ended": _instant(entry.ended),
            "wall": round(entry.wall, 6),
            "data": {name: _plain(getattr(entry.record, name)) for name in NAMES[type(entry.record)]},
        }
        for entry in entries
    ]


def _plain(value: object) -> str | int | float:
    if isinstance(value, (str, int, float)):
        return value
    return value.total_seconds() if isinstance(value, timedelta) else str(value)


@lru_cache(maxsize=16)  # while the clock stands, entry after entry has the same
def _instant(instant: Instant) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
