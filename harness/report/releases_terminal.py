"""What a person sees while several releases are validated at once: how far all of them are, and what did not pass."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TextIO

from harness.report.plain_text import visible
from harness.report.releases_index import Column, Index
from harness.report.scenario import ScenarioResult
from harness.report.terminal import BOLD, DIM, GREEN, QUIET, RED, YELLOW, Terminal
from harness.units import number_of, shown_span

EVERY = 0.05
"""A line of progress for each such part of the whole."""


class ReleasesTerminal(Terminal):
    """Lines for what is not as it should be, and one for each twentieth of the way: a log of thousands of lines tells nobody."""

    def __init__(self, stream: TextIO, colour: bool, releases: Sequence[str]) -> None:
        super().__init__(stream, colour)
        self._releases, self._each, self._next, self._began = tuple(releases), 0, 0.0, time.monotonic()
        self._ended: Counter[str] = Counter()

    def begin(self, selected: int, planned: int) -> None:
        """Say how much there is to do."""
        self._each, self._next, self._began = selected, EVERY, time.monotonic()
        partial = f" ({planned} in all, the rest is not selected)" if selected != planned else ""
        releases = number_of(len(self._releases), "release")
        self._say(f"{number_of(selected, 'scenario')}{partial} for each of {releases}: {', '.join(self._releases)}\n")

    def tell(self, release: str, scenario: ScenarioResult) -> None:
        """Lines for a scenario that did not pass, and for a part of the way that is done."""
        self._ended[release] += 1
        if scenario.outcome not in QUIET and not (scenario.outcome == "skipped" and scenario.declared):
            ids = " ".join(scenario.requirements)
            self._say(f"{self._outcome(scenario.outcome)} {release}: {ids} {visible(scenario.name)} ({scenario.key})")
            self._say(self._indent(scenario.reason.splitlines()[0] if scenario.reason else "no reason was recorded", 4))
        done, total = sum(self._ended.values()), self._each * len(self._releases)
        if done >= self._next * total:
            self._next = done / total + EVERY
            self._say(self._progress(done, total))

    def conclude_all(self, index: Index) -> None:
        """One line for each release with its verdict, and what kept it from a better one."""
        self._say("")
        for column in index.columns:
            self._conclude(column)
        self._say(
            f"\n{number_of(len(index.columns), 'release')} in {shown_span(index.wall)}; requirements differ: {index.differences}"
        )

    def point_all(self, output: Path) -> None:
        """Say where the reports are."""
        self._say(f"Reports: {output / 'index.html'}")
        for name in self._releases:
            self._weigh(output / name)

    def _progress(self, done: int, total: int) -> str:
        whole = [name for name in self._releases if self._ended[name] >= self._each]
        begun = [name for name in self._releases if 0 < self._ended[name] < self._each]
        elapsed = shown_span(round(time.monotonic() - self._began))
        place = f"{len(whole)} of {number_of(len(self._releases), 'release')} done" + (
            f", {', '.join(begun)} under way" if begun else ""
        )
        return self._paint(DIM, f"[{done:>{len(str(total))}}/{total}] {done * 100 // total:>3} % after {elapsed}: {place}")

    def _conclude(self, column: Column) -> None:
        verdict = column.verdict
        colour = GREEN if verdict.exit_status == 0 else RED if verdict.decision == "failed" else YELLOW
        standing = "" if column.release.standing == "documented" else ", an extrapolated release"
        absent = column.counts["not_applicable"]
        beside = f", {absent} not applicable" if absent else ""
        self._say(self._paint(f"{BOLD};{colour}", f"Release {column.release.name}{standing}: {verdict.headline}{beside}"))
        for reason in verdict.reasons if verdict.exit_status else ():
            self._say(f"  {visible(reason)}")
