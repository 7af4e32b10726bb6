"""From a request to its outcome: site, branches, state and log are put together, and the engine runs."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TextIO

from harness.errors import InputError
from harness.probes.place import Place
from harness.procedures.engine import Engine
from harness.procedures.events import Begun, Ended, Event
from harness.procedures.job import Hands
from harness.procedures.log import Log, WireTap
from harness.procedures.logins import Logins
from harness.procedures.model import Part, Procedure, Task
from harness.procedures.site import Site
from harness.procedures.site_file import SiteFile, load_site
from harness.procedures.state import Binding, State, check_binding, read_state, sole_use
from harness.procedures.terminal import Terminal, describe_plan


@dataclass(frozen=True)
class Request:
    """What a person asks for: ``given`` are branches that go before those of the site file."""

    procedure: Procedure
    site: Path
    given: Mapping[str, str] = field(default_factory=dict)
    resume: bool = False
    state: Path | None = None
    log: Path | None = None

    @property
    def state_file(self) -> Path:
        """Where the state is kept: beside the site file, unless somewhere else was given."""
        return self.state or self._beside("state.json")

    @property
    def log_file(self) -> Path:
        """Where the log is written: beside the site file, unless somewhere else was given."""
        return self.log or self._beside("log.jsonl")

    def _beside(self, ending: str) -> Path:
        return self.site.with_name(f"{self.site.stem}.{self.procedure.name}.{ending}")


@dataclass(frozen=True)
class Surroundings:
    """Where a request is carried out: how its place is reached, where a person reads, and what says that it should stop."""

    out: TextIO
    unwanted: Callable[[], bool] = lambda: False
    reach: Callable[[SiteFile, tuple[Part, ...]], Place] = lambda site, parts: Site(site, Logins(site.credentials), parts)


def plan(request: Request) -> list[str]:
    """What carrying a request out would do, in lines to read. Touches nothing, and asks for no login."""
    site, chosen, tasks = _prepared(request)
    done: list[str] = []
    if request.resume:
        state = _kept(request, _binding(request, site, chosen, tasks))
        done = list(state.done)
    return describe_plan(request.procedure, tasks, done)


def carry_out(request: Request, surroundings: Surroundings) -> Ended:
    """Do what a request asks for, and return how it ended.

    Raises ``InputError`` where it cannot begin or go on.
    """
    site, chosen, tasks = _prepared(request)
    binding = _binding(request, site, chosen, tasks)
    with ExitStack() as parts:
        parts.enter_context(sole_use(request.state_file))
        state = _kept(request, binding) if request.resume else _fresh(request, binding)
        place = surroundings.reach(site, request.procedure.needs(site))
        hands = parts.enter_context(closing(Hands(place, site.limits)))
        tell = parts.enter_context(_telling(request, surroundings, place))
        state.save()
        tell(_begun(request, site.name, state))
        return Engine(site, chosen, hands, state, tell, surroundings.unwanted).run(tasks)


@contextmanager
def _telling(request: Request, surroundings: Surroundings, place: Place) -> Iterator[Callable[[Event], None]]:
    """Tells the log, with what the wires did, and whoever reads."""
    mask = place.journal.masked
    log, terminal = Log(request.log_file, place.now, mask), Terminal(surroundings.out, mask)
    tap = WireTap(place.journal, log.tell)

    def tell(event: Event) -> None:
        tap.tell(event)
        terminal.tell(event)

    try:
        yield tell
    finally:
        log.close()


def _prepared(request: Request) -> tuple[SiteFile, dict[str, str], tuple[Task, ...]]:
    """The site, the branches chosen, and what there is to do."""
    procedure, site = request.procedure, load_site(request.site)
    site.require(procedure.needs(site), procedure.name)
    chosen = choose(procedure, site, request.given or _chosen_before(request))
    tasks = procedure.tasks(site, chosen)
    if not tasks:
        raise InputError(procedure.name, "there is nothing to do it to", "Describe it in the site file.", site.path)
    return site, chosen, tasks


def _chosen_before(request: Request) -> Mapping[str, str]:
    """The branches of the run to resume, as far as they are ones of the procedure."""
    if not (request.resume and request.state_file.exists()):
        return {}
    kept = read_state(request.state_file).binding.branches
    return {branch: choice for branch, choice in kept.items() if choice in request.procedure.branches.get(branch, ())}


def choose(procedure: Procedure, site: SiteFile, given: Mapping[str, str]) -> dict[str, str]:
    """An alternative for each branch: as ``given``, or else as the site file says, or else the usual one.

    Raises ``InputError`` for a branch or an alternative that the procedure has not; a site file may have branches of others.
    """
    for branch, choice in given.items():
        if branch not in procedure.branches:
            raise InputError(f"branch {branch!r}", f"not one of {procedure.name}", _known(procedure))
        if choice not in procedure.branches[branch]:
            raise InputError(f"branch {branch}", f"has no alternative {choice!r}", _known(procedure))
    for branch, choice in site.branches.items():
        if choice not in procedure.branches.get(branch, (choice,)):
            problem = f"{procedure.name} has no alternative {choice!r}"
            raise InputError(f"branches.{branch}", problem, _known(procedure), site.path, site.line("branches", branch))
    usual = {branch: choices[0] for branch, choices in procedure.branches.items()}
    described = {branch: choice for branch, choice in site.branches.items() if branch in usual}
    return {**usual, **described, **given}


def _known(procedure: Procedure) -> str:
    words = [f"{branch}={'|'.join(choices)}" for branch, choices in procedure.branches.items()]
    return f"Known: {', '.join(words)}" if words else "It has no branches."


def _binding(request: Request, site: SiteFile, chosen: Mapping[str, str], tasks: tuple[Task, ...]) -> Binding:
    return Binding(request.procedure.name, str(request.site), site.digest, chosen, tuple(task.name for task in tasks))


def _begun(request: Request, site: str, state: State) -> Begun:
    run = state.binding
    return Begun(run.procedure, state.run, site, run.digest, run.branches, request.resume, run.steps, tuple(state.done))


def _kept(request: Request, binding: Binding) -> State:
    """The state to go on with."""
    path = request.state_file
    if not path.exists():
        raise InputError(
            "state", "there is no run to resume", "Leave --resume out to begin, or say where its state is: --state FILE.", path
        )
    state = read_state(path)
    check_binding(state, binding)
    return state


def _fresh(request: Request, binding: Binding) -> State:
    """A new state; one of a run that has not finished is not overwritten."""
    path = request.state_file
    if path.exists() and not read_state(path).finished:
        remedy = f"Go on with it: --resume. To begin anew, remove {path}."
        raise InputError("state", "a run has begun and not finished", remedy, path)
    return State(path, secrets.token_hex(4), binding)
