"""Following a run while it goes on: which scenario of which release has come to its end, and how long each release took."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from harness.report.events import Event
from harness.report.history import History, scenario_result
from harness.report.plan import PlannedScenario
from harness.report.scenario import ScenarioResult


class Follower:
    """Tells of each scenario that ends, and forgets it: the records are made of the events when all is over."""

    def __init__(
        self, plan: Sequence[PlannedScenario], releases: Sequence[str], tell: Callable[[str, ScenarioResult], None]
    ) -> None:
        self._planned, self._tell = {scenario.key: scenario for scenario in plan}, tell
        self._histories = {release: History() for release in releases}
        self._moments: dict[str, list[float]] = {release: [] for release in releases}

    def take(self, event: Event) -> None:
        """Take one event in; events of one worker must come in their order."""
        release = event["release"]
        for name in [release] if release else list(self._histories):
            self._take(name, event)

    def abandon(self) -> None:
        """Every process is gone, and none was asked to stop: whatever has not ended died with its process."""
        for release, history in self._histories.items():
            for key in [] if history.finished else history.abandon():
                self._end(release, key)

    def walls(self) -> dict[str, float]:
        """Wall seconds from the first event of each release's scenarios to the last."""
        return {release: round(moments[-1] - moments[0], 3) if moments else 0.0 for release, moments in self._moments.items()}

    def _take(self, release: str, event: Event) -> None:
        history = self._histories[release]
        history.take(event)
        if key := history.key_of(event):
            self._moments[release] = [*self._moments[release][:1], time.monotonic()]
            if event["event"] in ("end", "crash") and key in self._planned:
                self._end(release, key)

    def _end(self, release: str, key: str) -> None:
        history = self._histories[release]
        trace = history.traces.get(key)
        self._tell(release, scenario_result(self._planned[key], trace, bound=True))
        if trace:
            del trace.events[:-1]
