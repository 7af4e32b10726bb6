"""Runs a procedure: step by step, each with its checks, and never past one that does not hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from harness.errors import BlackstartError, InputError, LabError
from harness.probes.failures import ApiFault, Unmet
from harness.procedures.events import (
    Acting,
    Checked,
    Ended,
    Ending,
    How,
    Noted,
    StepBegun,
    StepDone,
    Teller,
    Waiting,
    When,
    stamp,
)
from harness.procedures.job import Hands, Job
from harness.procedures.model import Check, Notes, Task
from harness.procedures.site_file import SiteFile
from harness.procedures.state import State

EXIT_STATUS: Mapping[Ending, int] = {"finished": 0, "stopped": 1, "interrupted": 2, "broken": 2}


class Finding(NamedTuple):
    """What a check found."""

    holds: bool
    seen: str


class Stopped(Exception):
    """A check does not hold, or an act failed: the end of the run, with what it has to say."""

    def __init__(self, ended: Ended) -> None:
        self.ended = ended
        super().__init__(ended.found)


class Interrupted(Exception):
    """Somebody wants the run to stop between two acts."""


@dataclass(frozen=True)
class Engine:
    """Does what a state says is not done yet; tells what happens, and stops where ``unwanted`` says so."""

    site: SiteFile
    chosen: Mapping[str, str]
    hands: Hands
    state: State
    tell: Teller
    unwanted: Callable[[], bool] = lambda: False

    def run(self, tasks: Sequence[Task]) -> Ended:
        """Do the tasks in order, up to the first that fails. What ends it is told, and returned."""
        ended = next((ended for task in tasks if (ended := self._ending(task))), Ended("finished"))
        if ended.ending == "finished":
            self.state.finish(stamp(self.hands.place.now()))
        self.tell(ended)
        return ended

    def _ending(self, task: Task) -> Ended | None:
        """Do one task, unless it is done; what it ends the run with, if it does."""
        try:
            self._pause()
            if task.name not in self.state.done:
                self._perform(task)
        except Stopped as stop:
            return stop.ended
        except Interrupted:
            return Ended("interrupted", task.name)
        except (InputError, LabError) as error:
            return Ended("broken", task.name, found=str(error))
        return None

    def _perform(self, task: Task) -> None:
        self.tell(StepBegun(task.name, task.text(task.step.does)))
        how: How = "looked" if task.step.act is None else "already" if self._already(task) else "acted"
        if how != "already":
            self._require(task, "before", task.before)
            self._act(task)
            self._require(task, "after", task.after)
        self.state.complete(task.name, stamp(self.hands.place.now()))
        self.tell(StepDone(task.name, how))

    def _already(self, task: Task) -> bool:
        """Whether there is nothing left to do. A step that compares with its notes cannot tell before it has them."""
        if task.step.remember and task.name not in self.state.notes:
            return False
        return all(self._look(task, "already", check).holds for check in task.after)

    def _require(self, task: Task, when: When, checks: Sequence[Check]) -> None:
        for check in checks:
            finding = self._settled(task, when, check)
            if not finding.holds:
                expects, otherwise = task.text(check.expects), task.text(check.otherwise)
                raise Stopped(Ended("stopped", task.name, f"{when} it: {expects}", finding.seen, otherwise))

    def _settled(self, task: Task, when: When, check: Check) -> Finding:
        """What the check finds, in the end: it may take its time."""
        if not check.within:
            return self._look(task, when, check)
        finding, limit = self._glance(task, check), self.site.wait(check.within)
        if not finding.holds:
            expects, seen = task.text(check.expects), [finding]
            self.tell(Waiting(task.name, expects, limit.total_seconds(), task.text(check.otherwise)))
            self._tell_of(task, when, check, finding)
            self.hands.wait(lambda: self._watch(task, when, check, seen), limit, expects)
            finding = seen[-1]
        self._tell_of(task, when, check, finding)
        return finding

    def _watch(self, task: Task, when: When, check: Check, seen: list[Finding]) -> bool:
        """A look while a person waits, who is told where it sees something else than the one before."""
        finding = self._glance(task, check)
        if not finding.holds and finding != seen[-1]:
            self._tell_of(task, when, check, finding)
        seen.append(finding)
        return finding.holds

    def _look(self, task: Task, when: When, check: Check) -> Finding:
        finding = self._glance(task, check)
        self._tell_of(task, when, check, finding)
        return finding

    def _glance(self, task: Task, check: Check) -> Finding:
        self._pause()
        return self._find(task, check)

    def _tell_of(self, task: Task, when: When, check: Check, finding: Finding) -> None:
        self.tell(Checked(task.name, when, task.text(check.expects), finding.holds, finding.seen))

    def _find(self, task: Task, check: Check) -> Finding:
        try:
            return Finding(True, check.see(self._job(task)))
        except (Unmet, BlackstartError) as error:
            _refuse_trouble(error)
            return Finding(False, str(error))

    def _act(self, task: Task) -> None:
        try:
            if task.step.remember and task.name not in self.state.notes:
                self._note(task, task.step.remember(self._job(task)))
            if task.step.act is None:
                return
            self._pause()
            self.tell(Acting(task.name))
            task.step.act(self._job(task))
        except (Unmet, BlackstartError) as error:
            _refuse_trouble(error)
            raise Stopped(Ended("stopped", task.name, "the act", str(error), task.text(task.step.otherwise))) from error

    def _note(self, task: Task, notes: Notes) -> None:
        self.state.note(task.name, notes)
        self.tell(Noted(task.name, notes))

    def _job(self, task: Task) -> Job:
        return Job(self.hands, self.site, self.chosen, self.state.run, task.name, task.subject, self.state.notes)

    def _pause(self) -> None:
        """Between two acts, or two looks: the place where a run may end."""
        if self.unwanted():
            raise Interrupted


def _refuse_trouble(error: BaseException) -> None:
    """Raise what says nothing about the site: input that cannot be used, a broken lab, a login that is refused."""
    denied = getattr(error, "silence", "") in {"denied", "distrusted"}
    unknown = isinstance(error, ApiFault) and error.name == "InvalidLogin"
    if denied or unknown or getattr(error, "code", "").lower() in {"unauthorized", "notauth"}:
        remedy = "Look at the site file (thumbprint, host-key, login), its credentials file and the environment (BLACKSTART_*)."
        raise InputError("login", str(error), remedy) from error
    if isinstance(error, InputError | LabError):
        raise error
