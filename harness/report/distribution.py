"""Which worker of a run gets which scenario: those that begin alike stay together, as a process works out a beginning once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController


class Together(LoadScheduling):  # type: ignore[misc] # xdist has no types
    """Hands scenarios out one by one: a worker goes on with those that begin like its last one.

    When none is left it gets the first one that begins like none that another worker is at, so that all of that kind are its
    own; towards the end, when there is no such, the first of all, so that no worker idles. ``beginnings`` tells how scenarios
    begin, by their node ids, once workers have collected them.
    """

    def __init__(self, config: pytest.Config, log: Producer, beginnings: Callable[[], Mapping[str, str]]) -> None:
        super().__init__(config, log)
        self.maxschedchunk = 1
        self._beginnings = beginnings
        self._last: dict[WorkerController, str] = {}

    @cached_property
    def _begins(self) -> list[str]:
        known = self._beginnings()
        return [known.get(nodeid, "") for nodeid in self.collection]

    def _send_tests(self, node: WorkerController, num: int) -> None:
        for _ in range(min(num, len(self.pending))):
            self._put_first(self._next(node))
            self._last[node] = self._begins[self.pending[0]]
            super()._send_tests(node, 1)

    def _next(self, node: WorkerController) -> int:
        """The place of the scenario that ``node`` gets, among those that are left."""
        left, last = [self._begins[index] for index in self.pending], self._last.get(node)
        if last in left:
            return left.index(last)
        taken = {self._last.get(other) for other in self.nodes}
        return next((place for place, begins in enumerate(left) if begins not in taken), 0)

    def _put_first(self, place: int) -> None:
        self.pending.insert(0, self.pending.pop(place))
