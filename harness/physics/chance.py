"""The one owner of chance."""

from __future__ import annotations

import random


class Chance:
    """Everything that is drawn by lot in a lab comes from one seed, so that a run can be repeated."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self._source = random.Random(seed)  # noqa: S311 - repeatable on purpose, nothing secret is drawn

    def number(self, low: int, high: int) -> int:
        """A whole number from ``low`` to ``high``, both included."""
        return self._source.randint(low, high)

    def hex(self, digits: int) -> str:
        """That many hexadecimal digits."""
        return f"{self._source.getrandbits(4 * digits):0{digits}x}"
