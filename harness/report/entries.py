"""Journal entries as plain data, fit for JSON."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import fields
from datetime import UTC
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
TIMED = (journal.DurationSpent, journal.TimePassed)
NAMES = {kind: tuple(each.name for each in fields(kind)) for kind in TIMED}


def plain_entries(entries: Iterable[journal.Entry]) -> list[dict[str, Any]]:
    """Each entry as ``{"kind", "began", "ended", "wall", "data"}``: instants in ISO 8601, spans in seconds.

    A record without a span stands for its data: JSON has its fields as they are.
    """
    return [
        {
            "kind": KINDS[type(entry.record)],
            "began": _instant(entry.began),
            "ended": _instant(entry.ended),
            "wall": round(entry.wall, 6),
            "data": _data(entry.record),
        }
        for entry in entries
    ]


def _data(record: journal.Record) -> journal.Record | dict[str, Any]:
    if not isinstance(record, TIMED):
        return record
    return {name: getattr(record, name) for name in NAMES[type(record)]} | {"span": record.span.total_seconds()}


@lru_cache(maxsize=16)  # while the clock stands, entry after entry has the same
def _instant(instant: Instant) -> str:
    return instant.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
