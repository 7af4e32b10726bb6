"""What a scenario remembers of itself: how things stood before its act, and what its outcomes speak of."""

from __future__ import annotations

import re
from collections.abc import Iterable
from itertools import product

from harness.errors import LabError
from harness.probes.availability import Availability, EventKeys
from harness.probes.failures import Unmet
from harness.probes.operator import Operator
from harness.probes.snapshot import ABSENT, RUNS, Explanation, Snapshot, compare, take_snapshot, unexplained

QUOTED = re.compile(r'"([^"]*)"')


class Story:
    """Begins with the first act; from then on differences count."""

    def __init__(self, operator: Operator, availability: Availability) -> None:
        self._operator, self._availability = operator, availability
        self._before: Snapshot | None = None
        self._named: set[str] = set()
        self._looked_at: set[Explanation] = set()
        self._last_event: EventKeys | None = {}

    def begin(self, *, events: bool = False) -> None:
        """Look at everything before the first act; later acts belong to the same story.

        With ``events``, which an outcome is going to look at, those that there are already are noted, too.
        """
        if self._before is None:
            self._before = take_snapshot(self._operator)
            self._last_event = self._availability.last_event() if events else None

    @property
    def last_event(self) -> EventKeys:
        """The newest events from before the first act, none without one; raises ``LabError`` where nobody has noted them."""
        if self._last_event is None:
            remedy = "Have its step's sentence written by sentence_of_events()."
            raise LabError("the scenario", "looks at events since its act began, and nobody noted those before it", remedy)
        return self._last_event

    def speak(self, sentence: str) -> None:
        """Take the names in an outcome's quotes as those that may have changed."""
        self._named.update(QUOTED.findall(sentence))

    def explain(self, names: Iterable[str], *aspects: str) -> None:
        """Take these, which an outcome has looked at one by one, as named by it: all of them, or these aspects alone."""
        chosen = list(names)
        self._named.update(() if aspects else chosen)
        self._looked_at.update(Explanation(frozenset({name}), aspect) for name in chosen for aspect in aspects)

    def explain_pairs(self, names: Iterable[str], hosts: Iterable[str], *aspects: str) -> None:
        """The same for what each of these hosts has of each of these."""
        pairs = product(names, [self._operator.host_name(host) for host in hosts])
        self._looked_at.update(Explanation(frozenset(pair), aspect) for pair in pairs for aspect in aspects)

    def world_before(self, machine: str) -> str:
        """The world id that a VM had before the act, by its host's shell; empty where it did not run."""
        readings = self._before.readings.items() if self._before else ()
        return next((value for key, value in readings if key.aspect == RUNS and key.subjects[0] == machine), "")

    def check_named(self, machine: str, host: str) -> None:
        """The comparison with before names the VM: it runs on that host now, where it did not."""
        found = compare(self._before, take_snapshot(self._operator)) if self._before else []
        runs = (machine, self._operator.host_name(host))
        if not any(each.reading.aspect == RUNS and each.reading.subjects == runs and each.before == ABSENT for each in found):
            raise Unmet("the comparison", f"{machine} on {host}, new", [("it", "; ".join(map(str, found)) or "nothing")])

    def check_nothing_else(self) -> None:
        """Whatever differs from before the act belongs to something that an outcome names."""
        if self._before is None:
            raise Unmet("the scenario", "an act before its outcomes", [("it", "none")])
        found = unexplained(compare(self._before, take_snapshot(self._operator)), self._named, self._looked_at)
        if found:
            raise Unmet("everything else", "no change", [("the comparison", "\n  ".join(map(str, found)))])
