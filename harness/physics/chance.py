"""The one owner of chance."""

from __future__ import annotations

import random
from typing import NewType

Luck = NewType("Luck", object)
"""How chance stands: what is drawn from then on is the same wherever it stands the same."""


class Chance:
    """Everything that is drawn by lot in a lab comes from its seeds, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self._source = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret is drawn
        self._luck: Luck | None = None  # known until something is drawn

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        self._luck = None
        return self._source.randint(low, high)

    def hex(self, digits: int) -> str:
        """That many hexadecimal digits."""
        self._luck = None
        return f"{self._source.getrandbits(4 * digits):0{digits}x}"

    def go_on(self, seed: int) -> None:
        """From now on draw from that seed; nothing that it gave at a beginning comes again."""
        self._luck = None
        self._source.seed(f"on with {seed}")

    @property
    def luck(self) -> Luck:
        """How it stands."""
        if self._luck is None:
            self._luck = Luck(self._source.getstate())
        return self._luck

    @luck.setter
    def luck(self, luck: Luck) -> None:
        if luck is not self._luck:
            self._source.setstate(luck)  # type: ignore[arg-type]  # what getstate() has given
            self._luck = luck
