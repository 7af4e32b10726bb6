"""Where a scenario takes place: what its first ``Given`` lines say of its lab."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

from harness.blueprints import Blueprint, load_blueprint
from harness.errors import LabError
from harness.releases import Release

_shipped = cache(load_blueprint)
"""What is shipped stays as it is while scenarios run: one look at a blueprint does for all scenarios that have it."""


class Venue:
    """The lab of a scenario before there is one: its release, and the blueprint with which it is opened."""

    def __init__(self, release: Release, arrive: Callable[[], None]) -> None:
        self.release = release
        self.blueprint: Blueprint | None = None
        self._arrive = arrive

    def read(self, defect: str, *, present: bool) -> None:
        """From two readings of a defect take one; before the lab opens."""
        self._must_be_free()
        self.release = self.release.reading(defect, present=present)

    def open(self, blueprint: str, *variations: str) -> None:
        """Open the lab: a blueprint by its name, with variations by theirs. The operator looks at all of it."""
        self._must_be_free()
        self.blueprint = _shipped(blueprint, *variations)
        self._arrive()

    def _must_be_free(self) -> None:
        if self.blueprint:
            raise LabError("the scenario", f"has its lab already, of {self.blueprint.name!r}", "Say so before it opens.")
