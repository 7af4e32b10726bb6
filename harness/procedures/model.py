"""What an automated procedure is made of: steps that act, checks that look, and branches that a site chooses between.

A procedure is data: a tuple of :class:`Step`. The functions in it get a :class:`~harness.procedures.job.Job`, act and look over
public wires, and say what is wrong by raising: ``Unmet``, or any failure of a probe.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

if TYPE_CHECKING:
    from harness.procedures.job import Job
    from harness.procedures.site_file import SiteFile

Part: TypeAlias = Literal["hosts", "vcenters", "arrays", "srm", "vcloud", "view", "nameservers", "recovery"]
"""A part of a site that a step reaches or reads; the site file describes it, or the procedure does not begin."""

Choice: TypeAlias = tuple[str, str]
"""A branch and one of its alternatives."""

Notes: TypeAlias = Mapping[str, object]
"""What a step writes down before it acts, fit for JSON: it survives a kill."""

SUBJECT = "{subject}"
"""Stands in the texts of a step with ``each`` for what the step is about this time."""


@dataclass(frozen=True)
class Check:
    """A look over the wires. ``see`` returns what was seen, or raises where ``expects`` does not hold."""

    expects: str
    see: Callable[[Job], str]
    otherwise: str
    """What a person does next where it does not hold."""
    within: str = ""
    """The wait of the site that it may take; empty where it has to hold at once."""
    only: Choice | None = None


@dataclass(frozen=True)
class Step:
    """One step. Where its checks ``after`` hold already it is not acted on; without an act it only looks, and writes down.

    ``remember`` is called once, between the checks before and the first act; what it returns is on disk before the act begins.
    From then on the checks after may compare with it; before that they are not asked whether there is anything left to do.
    """

    name: str
    does: str
    after: tuple[Check, ...]
    act: Callable[[Job], None] | None = None
    otherwise: str = ""
    """What a person does next where the act itself, or what it remembers, fails."""
    before: tuple[Check, ...] = ()
    remember: Callable[[Job], Notes] | None = None
    needs: tuple[Part, ...] = ()
    each: Callable[[SiteFile], Sequence[str]] | None = None
    """Gives the subjects, for each of which the step is done in turn."""
    only: Choice | None = None

    def __post_init__(self) -> None:
        if not self.after:
            raise ValueError(f"step {self.name}: without a check after it nobody knows whether it is done")
        if (self.act or self.remember) and not self.otherwise:
            raise ValueError(f"step {self.name}: it does not say what to do when its act fails")


@dataclass(frozen=True)
class Task:
    """A step for one of its subjects, on the branches that were chosen."""

    step: Step
    subject: str
    before: tuple[Check, ...]
    after: tuple[Check, ...]

    @property
    def name(self) -> str:
        """Unique in a procedure: what logs and states call it."""
        return f"{self.step.name} {self.subject}".strip()

    def text(self, words: str) -> str:
        """``words`` of the step, about its subject."""
        return words.replace(SUBJECT, self.subject)


@dataclass(frozen=True)
class Procedure:
    """A named list of steps; ``branches`` gives the alternatives of each branch, the usual one first."""

    name: str
    does: str
    steps: tuple[Step, ...]
    branches: Mapping[str, tuple[str, ...]]

    def __post_init__(self) -> None:
        for owner, only in self._conditions():
            if only and only[1] not in self.branches.get(only[0], ()):
                raise ValueError(f"{owner}: the procedure {self.name} has no branch {only[0]}={only[1]}")

    def needs(self, site: SiteFile) -> tuple[Part, ...]:
        """All that its steps need of a site; what is recovered from NFS datastores by an alias needs DNS besides."""
        parts = dict.fromkeys(part for step in self.steps for part in step.needs)
        by_alias = "recovery" in parts and site.recovery and site.recovery.nas
        return (*parts, "nameservers") if by_alias else tuple(parts)

    def tasks(self, site: SiteFile, chosen: Mapping[str, str]) -> tuple[Task, ...]:
        """What there is to do at a site, in order, on the branches chosen."""
        steps = [step for step in self.steps if _holds(step.only, chosen)]
        return tuple(task for step in steps for task in _tasks(step, site, chosen))

    def _conditions(self) -> Iterator[tuple[str, Choice | None]]:
        for step in self.steps:
            yield step.name, step.only
            yield from ((step.name, check.only) for check in (*step.before, *step.after))


def _tasks(step: Step, site: SiteFile, chosen: Mapping[str, str]) -> Iterator[Task]:
    before = tuple(check for check in step.before if _holds(check.only, chosen))
    after = tuple(check for check in step.after if _holds(check.only, chosen))
    for subject in step.each(site) if step.each else [""]:
        yield Task(step, subject, before, after)


def _holds(only: Choice | None, chosen: Mapping[str, str]) -> bool:
    return only is None or chosen[only[0]] == only[1]
