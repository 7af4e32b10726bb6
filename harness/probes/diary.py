"""How probes write into a place's journal, and what of looks that are repeated until something is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from harness.journal import Record
from harness.patience import Patience
from harness.probes.place import Place
from harness.units import Instant


class Diary:
    """Writes down what was asked over the wires of one place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._kept: list[tuple[Record, Instant]] | None = None

    def now(self) -> Instant:
        """The place's own time."""
        return self._place.now()

    @property
    def patience(self) -> Patience:
        """How long clients wait there, in wall time."""
        return self._place.patience

    def record(self, record: Record, began: Instant) -> None:
        """Write ``record`` down: now, or where looks are repeated, when it is known that its look was the last one."""
        if self._kept is None:
            self._place.journal.record(record, began)
        else:
            self._kept.append((record, began))

    @contextmanager
    def last_look(self, look: Callable[[], bool]) -> Iterator[Callable[[], bool]]:
        """``look`` to be repeated: of all that it asks only what it asked the last time is written down, when it is over."""
        if self._kept is not None:
            yield look  # within another one, whose looks these are part of
            return
        kept = self._kept = []

        def again() -> bool:
            kept.clear()
            return look()

        try:
            yield again
        finally:
            self._kept = None
            for record, began in kept:
                self._place.journal.record(record, began)
