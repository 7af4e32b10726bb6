"""How probes write into a place's journal, and keep quiet while they look again and again."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from harness.journal import Record
from harness.patience import Patience
from harness.probes.place import Place
from harness.units import Instant


class Diary:
    """Writes down what was asked over the wires of one place."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._quiet = False

    def now(self) -> Instant:
        """The place's own time."""
        return self._place.now()

    @property
    def patience(self) -> Patience:
        """How long clients wait there, in wall time."""
        return self._place.patience

    def record(self, record: Record, began: Instant) -> None:
        """Write ``record`` down, unless in a quiet time."""
        if not self._quiet:
            self._place.journal.record(record, began)

    @contextmanager
    def quiet(self) -> Iterator[None]:
        """A time in which nothing is written down: for looks that are repeated until something is seen."""
        self._quiet = True
        try:
            yield
        finally:
            self._quiet = False
