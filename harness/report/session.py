"""One run, for a release or for several, from its options to its reports: plan, execute, put together, judge, write."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from harness.blueprints import check_blueprints, shipped_blueprints
from harness.errors import InputError
from harness.releases.catalogue import FOLDER as RELEASES
from harness.report import environment
from harness.report.archive import prepare_directory, to_bytes, write_together
from harness.report.book import to_book
from harness.report.earlier import Earlier, follow, look_back
from harness.report.events import EventReader, WholeEvent, move_events
from harness.report.execution import Ending, RunOptions, execute
from harness.report.following import Follower
from harness.report.history import History, scenario_results
from harness.report.judgement import conclude
from harness.report.junit import to_junit
from harness.report.leftovers import remove_directory
from harness.report.manifest import MANIFEST, list_digests
from harness.report.messages import to_messages
from harness.report.model import Environment, Feature, Problem, Record
from harness.report.page import to_page
from harness.report.plan import PlannedScenario, make_plan
from harness.report.requirements import Catalogue, find_catalogues, read_requirements
from harness.report.scenario import ScenarioResult
from harness.report.scope import read_scope
from harness.report.seams import ANSWERED
from harness.report.summary import to_summary


def encoded(writer: Callable[[Record], str]) -> Callable[[Record], bytes]:
    """``writer``'s text as UTF-8."""
    return lambda record: writer(record).encode("utf-8")


WRITERS: dict[str, Callable[[Record], bytes]] = {
    "report.json": to_bytes,
    "index.html": encoded(to_page),
    "junit.xml": encoded(to_junit),
    "summary.md": encoded(to_summary),
    "messages.ndjson": encoded(to_messages),
    "report.epub": to_book,
}


class Audience(Protocol):
    """Who is told while the run goes on."""

    def begin(self, selected: int, planned: int) -> None:
        """The scenarios of a release are counted, and the first is about to start."""

    def tell(self, release: str, scenario: ScenarioResult) -> None:
        """A scenario of a release has come to its end."""


@dataclass(frozen=True, slots=True)
class Rehearsal:
    """What a run has left for its records: ``events`` is a directory of what its processes wrote down, ``walls`` the wall seconds
    from the first to the last scenario of each release. ``certified`` is what lay there when it began.
    """

    plan: tuple[PlannedScenario, ...]
    certified: environment.Identity
    ending: Ending
    events: Path
    started: datetime
    walls: Mapping[str, float]
    runs: Mapping[str, RunOptions]
    earlier: Mapping[str, Earlier]

    def record(self, options: RunOptions, before: Record | None = None) -> Record:
        """The judged record of the release of ``options``, one of those that the run was for, with what has changed since.

        ``before`` is another of the run's records; where it is that of the previous release, that one is not judged again.
        """
        previous = None if options.since else self.runs.get(options.previous)
        known = before if previous and before and before.release.name == options.previous else None
        told = known or (self._judged(previous) if previous else None)
        return follow(self._judged(options), self.earlier[options.release.name], told)

    def _judged(self, options: RunOptions) -> Record:
        history = History()
        for event in EventReader(self.events, WholeEvent, options.release.name).take():
            history.take(event)
        if not history.finished and not self.ending.interrupted:
            history.abandon()
        wall = self.walls[options.release.name]
        surroundings = _environment(options, self.certified, history, self.started, wall)
        catalogue = read_requirements(options.features, options.release.name)
        return _assemble(options, self.plan, history, self.ending, surroundings, catalogue)


def run(options: RunOptions, audience: Audience) -> Record:
    """Run the scenarios that ``options`` select and return the judged record. Raises `InputError` where the input is unusable."""
    with rehearse([options], audience) as rehearsal:
        return rehearsal.record(options)


@contextmanager
def rehearse(runs: Sequence[RunOptions], audience: Audience) -> Iterator[Rehearsal]:
    """Run the scenarios of several releases in one pool of workers: ``runs`` differ in release and ``command`` alone.

    Raises `InputError` where the input is unusable, before anything runs.
    """
    options = runs[0]
    plan, earlier = _prepare(runs)
    certified = _identity(options, plan)
    audience.begin(sum(scenario.selected for scenario in plan), len(plan))
    follower = Follower(plan, [each.release.name for each in runs], audience.tell)
    started = datetime.now(UTC)
    scratch = Path(tempfile.mkdtemp(prefix="blackstart-", dir=options.scratch)).resolve()
    with ExitStack() as stack:
        try:
            ending = execute(runs, plan, scratch, follower.take)
        finally:
            events = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="blackstart-", dir=options.scratch)))
            move_events(scratch, events)
            left = remove_directory(scratch)
        if not ending.interrupted:
            follower.abandon()
        changed = environment.changed(certified, _identity(options, plan))
        ending = replace(ending, leftovers=(*ending.leftovers, *left, *changed))
        by_name = {each.release.name: each for each in runs}
        yield Rehearsal(plan, certified, ending, events, started, follower.walls(), by_name, earlier)


def _prepare(runs: Sequence[RunOptions]) -> tuple[tuple[PlannedScenario, ...], Mapping[str, Earlier]]:
    """The plan, and what lies in the output directory for each release; whatever is wrong with the input is told here."""
    plan = tuple(make_plan(runs[0].features, runs[0].tags))
    for each in runs:
        read_requirements(each.features, each.release.name)
    if not runs[0].module.is_file():
        raise _missing(runs[0].module)
    check_blueprints()
    names = {each.release.name for each in runs}
    earlier = {each.release.name: look_back(each, told=each.previous in names) for each in runs}
    for each in runs:
        prepare_directory(each.output / each.release.name)
    return plan, earlier


def write_report(record: Record, output: Path) -> Path:
    """Write all forms of ``record`` and the list of their digests into ``output/<release>``, and return that directory.

    Where one of them cannot be written, what lay there stays as it was.
    """
    directory = output / record.release.name
    made = {name: write(record) for name, write in WRITERS.items()}
    write_together(directory, {**made, MANIFEST: list_digests(made)})
    return directory


def _missing(module: Path) -> InputError:
    return InputError("steps", "there is no module that binds the features", "Reinstall Blackstart.", module)


def _environment(
    options: RunOptions, certified: environment.Identity, history: History, started: datetime, wall: float
) -> Environment:
    facts = dict(history.facts)
    answered = tuple(facts.pop(ANSWERED, "").split())
    return Environment(
        simulator=history.facts.get("simulator", options.simulator),
        seed=options.seed,
        workers=options.workers,
        strict=options.strict,
        tags=options.tags,
        command=options.command,
        platform=environment.machine(),
        commit=certified.commit,
        dirty=certified.dirty,
        started=started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        wall=wall,
        software=environment.software(),
        digests=certified.digests,
        facts=facts,
        answered=answered,
    )


def _identity(options: RunOptions, plan: Sequence[PlannedScenario]) -> environment.Identity:
    """What is certified: features and their requirements, steps, blueprints and the data of releases."""
    features = {*(scenario.path for scenario in plan), *find_catalogues(options.features)}
    files = {*features, *options.module.parent.rglob("*.py"), *shipped_blueprints(), *RELEASES.glob("*.toml")}
    return environment.identity(options.features, files)


def _assemble(
    options: RunOptions,
    plan: Sequence[PlannedScenario],
    history: History,
    ending: Ending,
    surroundings: Environment,
    catalogue: Catalogue,
) -> Record:
    problems: tuple[Problem, ...] = (*history.problems, *ending.problems(explained=bool(history.problems)))
    return conclude(
        Record(
            change=options.change,
            title=options.title,
            release=options.release,
            environment=surroundings,
            documents=catalogue.documents,
            requirements=catalogue.requirements,
            features=tuple(dict.fromkeys(Feature(each.file, each.feature, each.preface, each.source) for each in plan)),
            scenarios=tuple(scenario_results(plan, history)),
            scope=read_scope(),
            problems=problems,
            procedures=options.procedure_logs,
        )
    )
