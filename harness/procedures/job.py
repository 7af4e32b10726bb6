"""What a step works with: the operator's wires, the site, and what was written down on the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from harness.probes.failures import StillWaiting
from harness.probes.place import Place
from harness.procedures.model import Notes
from harness.procedures.site_file import SiteFile
from harness.units import Span

if TYPE_CHECKING:
    from harness.probes.limits import Limits
    from harness.probes.operator import Operator


class Hands:
    """The wires of a place, dialled when a step first needs them."""

    def __init__(self, place: Place, limits: Limits) -> None:
        self.place, self.limits = place, limits

    @cached_property
    def operator(self) -> Operator:
        """Acts and looks at the place."""
        from harness.probes.operator import Operator  # noqa: PLC0415 - slow to import, and a plan needs no wires

        return Operator(self.place, self.limits)

    def wait(self, seen: Callable[[], bool], limit: Span, why: str) -> None:
        """Look until ``seen``, at most ``limit``; what the looks in between asked is not written down."""
        if "operator" not in vars(self):
            self.place.wait_for(seen, limit, why)
            return
        with suppress(StillWaiting):  # the look that follows says what is missing
            self.operator.wait(seen, limit, why)

    def close(self) -> None:
        """Hang up."""
        if "operator" in vars(self):
            self.operator.close()


@dataclass(frozen=True)
class Job:
    """One step at one subject, as its functions see it."""

    hands: Hands
    site: SiteFile
    chosen: Mapping[str, str]
    """The alternative of each branch."""
    run: str
    """Names this run, resumed or not: a sign that a step may leave at what it acted on."""
    task: str
    subject: str
    notes: Mapping[str, Notes]
    """By the names of steps, what they wrote down."""

    @property
    def operator(self) -> Operator:
        """Acts and looks over the wires."""
        return self.hands.operator

    @property
    def noted(self) -> Notes:
        """What this step wrote down before it acted; empty where it did not."""
        return self.notes.get(self.task, {})
