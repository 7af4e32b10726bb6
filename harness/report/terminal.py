"""What a person sees while a run goes on, and at its end: plain lines, coloured only on a terminal that wants colour."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TextIO

from harness.report.accounting import UNTRIED, declared
from harness.report.model import Record
from harness.report.page import LIMIT
from harness.report.plain_text import SYMBOLS, visible
from harness.report.scenario import ScenarioResult
from harness.report.verdict import WORDS
from harness.report.vocabulary import Outcome
from harness.units import number_of, shown_span

GREEN, RED, YELLOW, DIM, BOLD, PLAIN = "32", "31", "33", "2", "1", ""
QUIET: tuple[Outcome, ...] = ("passed", "not_applicable", "deselected")


def wants_colour(stream: TextIO, environment: Mapping[str, str] = os.environ) -> bool:
    """Whether ``stream`` is a terminal that was not asked to stay plain (``NO_COLOR``, ``TERM=dumb``)."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


class Terminal:
    """Writes progress and summary to ``stream``; each line stands by itself, so that a log reads as well as a screen."""

    def __init__(self, stream: TextIO, colour: bool) -> None:
        self._stream, self._colour = stream, colour
        self._total, self._done = 0, 0

    def announce(self, release: str, simulator: str, seed: int) -> None:
        """Say what is about to be run."""
        self._say(self._paint(BOLD, f"Release {release}") + f", simulator {simulator}, seed {seed}")

    def begin(self, selected: int, planned: int) -> None:
        """Say how much there is to do."""
        self._total, self._done = selected, 0
        partial = f" ({planned} in all, the rest is not selected)" if selected != planned else ""
        self._say(f"{number_of(selected, 'scenario')} to run{partial}\n")

    def tell(self, release: str, scenario: ScenarioResult) -> None:
        """One line for a scenario that ended, and its reason where it did not pass."""
        self._done += 1
        count = f"[{self._done:>{len(str(self._total))}}/{self._total}]"
        ids = " ".join((*scenario.requirements, *(["twin"] if scenario.twin else [])))
        name = " ".join(part for part in (ids, visible(scenario.name)) if part)
        wall = "" if scenario.outcome in UNTRIED else self._paint(DIM, f" ({shown_span(scenario.wall)})")
        self._say(f"{count} {self._outcome(scenario.outcome)} {name}{wall}")
        if scenario.outcome != "passed" and scenario.reason:
            until = f" ({declared(scenario)})" if scenario.declared else ""
            self._say(self._indent(scenario.reason.splitlines()[0] + until, 10))

    def conclude(self, record: Record) -> None:
        """The summary: what did not pass and why, the accounting and the verdict."""
        for scenario in record.scenarios:
            if scenario.outcome not in QUIET and not (scenario.outcome == "skipped" and scenario.declared):
                self._explain(scenario)
        for problem in record.problems:
            self._say(f"\n{self._paint(RED, 'the run')}\n{self._indent(problem.message, 2)}")
        counts = ", ".join(f"{count} {WORDS[outcome]}" for outcome, count in record.counts.items() if count)
        self._say(f"\n{number_of(record.planned, 'scenario')}: {counts} in {shown_span(record.environment.wall)}")
        colour = GREEN if record.verdict.exit_status == 0 else RED if record.verdict.decision == "failed" else YELLOW
        standing = "" if record.release.standing == "documented" else ", an extrapolated release"
        self._say(self._paint(f"{BOLD};{colour}", f"Release {record.release.name}{standing}: {record.verdict.headline}"))
        for reason in record.verdict.reasons:
            self._say(f"  {visible(reason)}")

    def point(self, directory: Path) -> None:
        """Say where the report is, and where its page is too large for some."""
        self._say(f"Report: {directory / 'index.html'}")
        self._weigh(directory)

    def warn(self, words: str) -> None:
        """Say ``words`` if there are any."""
        if words:
            self._say(self._paint(YELLOW, words))

    def _weigh(self, directory: Path) -> None:
        if (size := (directory / "index.html").stat().st_size) > LIMIT:
            words = f"index.html has {size / 1e6:.1f} MB, over {LIMIT / 1e6:g} MB: some browsers and mail servers refuse that."
            self._say(self._paint(YELLOW, f"{directory.name}: {words} Select less with --tags, or read summary.md."))

    def _explain(self, scenario: ScenarioResult) -> None:
        self._say(f"\n{self._outcome(scenario.outcome)} {scenario.file}:{scenario.line}  {visible(scenario.name)}")
        for step in scenario.steps:
            if step.status not in ("passed", "not_run"):
                self._say(f"  {scenario.file}:{step.line}: {step.keyword} {visible(step.text)}")
        self._say(self._indent(scenario.reason, 4))

    def _outcome(self, outcome: Outcome) -> str:
        colour = GREEN if outcome == "passed" else RED if outcome == "failed" else DIM if outcome in QUIET else YELLOW
        return self._paint(colour, f"{SYMBOLS[outcome]} {WORDS[outcome]}")

    def _indent(self, text: str, width: int) -> str:
        return "\n".join(" " * width + line for line in visible(text).splitlines())

    def _paint(self, code: str, text: str) -> str:
        return f"\033[{code}m{text}\033[0m" if self._colour and code else text

    def _say(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        print(text.encode(encoding, "replace").decode(encoding), file=self._stream, flush=True)
