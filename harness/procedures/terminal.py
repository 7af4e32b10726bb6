"""What a person sees of a run: a line for each thing that happened, as it happens."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import TextIO

from harness.procedures.events import Acting, Begun, Checked, Ended, Event, Noted, StepBegun, StepDone, Waiting
from harness.procedures.model import Check, Notes, Procedure, Task
from harness.units import number_of

HOW = {"acted": "done", "already": "nothing to do: it is so already", "looked": "seen"}
SHOWN = 200
"""Characters of what a check saw; the log has the rest."""


class Terminal:
    """Writes to ``stream``; ``mask`` takes passwords out."""

    def __init__(self, stream: TextIO, mask: Callable[[str], str]) -> None:
        self._stream, self._mask = stream, mask
        self._steps: tuple[str, ...] = ()
        self._awaited = ""

    def tell(self, event: Event) -> None:
        """A line, or more, or none, for an event."""
        for line in self._lines(event):
            encoding = self._stream.encoding or "utf-8"
            self._stream.write(self._mask(line).encode(encoding, "replace").decode(encoding) + "\n")
        self._stream.flush()

    def _lines(self, event: Event) -> list[str]:
        if isinstance(event, Begun):
            self._steps = event.steps
            return _opening(event)
        if isinstance(event, StepBegun):
            return ["", f"[{self._steps.index(event.step) + 1}/{len(self._steps)}] {event.step}: {event.does}"]
        if isinstance(event, StepDone):
            return [f"  {HOW[event.how]}"]
        if isinstance(event, Ended):
            return _closing(event)
        if isinstance(event, Waiting):
            self._awaited = event.expects
        return _progress(event, self._awaited)


def _opening(event: Begun) -> list[str]:
    branches = "".join(f", {branch}={choice}" for branch, choice in event.branches.items())
    left = len(event.steps) - len(event.done)
    goes_on = f" Resumed: {len(event.done)} done before, {left} to do." if event.resumed else ""
    return [f"{event.procedure} at {event.site}{branches}: {number_of(len(event.steps), 'step')}.{goes_on}"]


def _progress(event: Event, awaited: str) -> list[str]:
    if isinstance(event, Checked):
        if event.when == "already" and not event.holds:
            return []
        word = "ok" if event.holds else "not yet" if event.expects == awaited else "no"
        return [f"  {event.when:7} {word}  {event.expects}: {_short(event.seen)}"]
    if isinstance(event, Waiting):
        span = timedelta(seconds=event.limit)
        return [f"  waiting, at most {span} (h:mm:ss): {event.expects}", f"          else: {event.otherwise}"]
    if isinstance(event, Noted):
        return [f"  noted   {_short(_listed(event.notes))}"]
    return ["  acting"] if isinstance(event, Acting) else []


def _closing(event: Ended) -> list[str]:
    if event.ending == "stopped":
        return ["", f"Stopped at the step {event.step}, {event.failed}", f"  found: {event.found}", f"  next:  {event.otherwise}"]
    words = {
        "finished": "Finished: every step is done.",
        "interrupted": f"Stopped at the step {event.step}, between two acts, as you wished.",
        "broken": f"Broken off at the step {event.step}: nobody can tell how the site stands.",
    }
    return ["", words[event.ending]]


def _listed(notes: Notes) -> str:
    """Notes in words: of what has parts of its own, which the log keeps, the names alone."""
    return ", ".join(name if isinstance(value, Mapping) else f"{name}: {_said(value)}" for name, value in notes.items())


def _said(value: object) -> str:
    return (", ".join(map(str, value)) if isinstance(value, list) else str(value)) or "none"


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= SHOWN else f"{line[:SHOWN]}..."


def describe_plan(procedure: Procedure, tasks: Sequence[Task], done: Sequence[str]) -> list[str]:
    """What would be done, in order, in lines to read."""
    lines = [f"{procedure.name}: {procedure.does}", f"{number_of(len(tasks), 'step')}. Nothing is touched by this plan."]
    for number, task in enumerate(tasks, start=1):
        state = "  (done)" if task.name in done else ""
        lines += ["", f"[{number}/{len(tasks)}] {task.name}: {task.text(task.step.does)}{state}"]
        lines += [line for check in task.before for line in _planned(task, "before", check)]
        lines += ["  act" if task.step.act else "  look only"]
        lines += [line for check in task.after for line in _planned(task, "after", check)]
    return lines


def _planned(task: Task, when: str, check: Check) -> list[str]:
    limit = f" (waits: {check.within})" if check.within else ""
    return [f"  {when:7} {task.text(check.expects)}{limit}", f"          else: {task.text(check.otherwise)}"]
