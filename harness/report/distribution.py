"""Which worker of a run gets which scenario: those that begin alike stay together, as a process works out a beginning once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import NamedTuple

import pytest
from xdist.remote import Producer
from xdist.scheduler import LoadScheduling
from xdist.workermanage import WorkerController


class Outline(NamedTuple):
    """What is known of a scenario before it runs: what begins like it, and how many steps it has."""

    begins: str
    steps: int


UNKNOWN = Outline("", 0)


class Together(LoadScheduling):  # type: ignore[misc] # xdist has no types
    """Hands scenarios out one by one: a worker goes on with those that begin like its last one, the longest of them first.

    When none is left it gets the first kind that no other worker is at, so that all of it is its own; towards the end, when
    there is no such, the first of all, so that no worker idles. ``outlines`` tells those of all scenarios by their node ids, once
    workers have collected them.
    """

    def __init__(self, config: pytest.Config, log: Producer, outlines: Callable[[], Mapping[str, Outline]]) -> None:
        super().__init__(config, log)
        self.maxschedchunk = 1
        self._tell = outlines
        self._last: dict[WorkerController, str] = {}

    @cached_property
    def _outlines(self) -> list[Outline]:
        known = self._tell()
        return [known.get(nodeid, UNKNOWN) for nodeid in self.collection]

    def _send_tests(self, node: WorkerController, num: int) -> None:
        for _ in range(min(num, len(self.pending))):
            left = [self._outlines[index] for index in self.pending]
            self._last[node] = kind = self._kind({each.begins: None for each in left}, node)
            alike = [place for place, each in enumerate(left) if each.begins == kind]
            self._put_first(max(alike, key=lambda place: left[place].steps))
            super()._send_tests(node, 1)

    def _kind(self, left: Mapping[str, None], node: WorkerController) -> str:
        """Of the kinds that are ``left`` that of which ``node`` gets one."""
        if (last := self._last.get(node)) is not None and last in left:
            return last
        taken = {self._last.get(other) for other in self.nodes}
        return next((kind for kind in left if kind not in taken), next(iter(left)))

    def _put_first(self, place: int) -> None:
        self.pending.insert(0, self.pending.pop(place))
