"""A pytest plugin (``-p harness.report.collection``) that writes down what happens while scenarios run.

Each process of a run (the only one, or each xdist worker) appends events to files of its own in the run's directory, line by line
as they happen. So what a worker saw survives the worker, and nothing depends on pytest's own reports crossing processes.
A run for several releases has each scenario once for each of them.
"""

from __future__ import annotations

import json
import random
import signal
import threading
import time
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import pytest
from pytest_bdd.parser import Scenario, Step
from pytest_bdd.scenario import scenario_wrapper_template_registry
from xdist.remote import Producer

from harness.report import lifeline
from harness.report.causes import AmbiguousStep, Cause, describe
from harness.report.distribution import Outline, Together
from harness.report.entries import plain_entries
from harness.report.events import Event, EventReader, event_file, to_line
from harness.report.procedure_log import LogFolder
from harness.report.seams import ENVIRONMENT, JOURNAL, PROCEDURE_LOGS, RELEASE, identity_of
from harness.report.step_definitions import Definitions, look_up_in

SELECTION = "selection.json"


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options of a run; without ``--blackstart-run`` the plugin does nothing."""
    group = parser.getgroup("blackstart")
    group.addoption("--blackstart-run", metavar="DIR", default="", help="directory for the events of this run")
    group.addoption(
        "--blackstart-parent", metavar="FD", type=int, default=-1, help="pipe that closes when the run's starter dies"
    )
    group.addoption("--blackstart-shuffle", action="store_true", help="run the scenarios in an order drawn from the seed")
    group.addoption("--release", default="5.0", help="release profile that the scenarios run for")
    group.addoption("--blackstart-releases", nargs="+", default=[], help="release profiles of a run, in place of --release")
    group.addoption("--simulator", default="auto", help="auto, container or process")
    group.addoption("--seed", type=int, default=0, help="seed of every choice in the lab")


@pytest.fixture(autouse=True)
def blackstart_release(request: pytest.FixtureRequest) -> str:
    """The release that the scenario runs for, by which a run has it several times; empty outside of runs."""
    return str(getattr(request, "param", ""))


def pytest_configure(config: pytest.Config) -> None:
    """Start collecting where a run asks for it."""
    run = config.getoption("blackstart_run")
    if not run:
        return
    if threading.current_thread() is threading.main_thread():
        signal.signal(
            signal.SIGINT, signal.default_int_handler
        )  # nobody but the run's starter interrupts: it may ignore it itself
    worker = getattr(config, "workerinput", {}).get("workerid", "main")
    if worker == "main" and (parent := config.getoption("blackstart_parent")) >= 0:
        config.add_cleanup(lifeline.watch(parent, Path(run)))
    config.pluginmanager.register(Collector(config, Path(run), worker), "blackstart-collector")


class Collector:
    """Turns hooks into events. Keeps only what the running scenario needs: its open step and how far its journal was read."""

    def __init__(self, config: pytest.Config, run: Path, worker: str) -> None:
        self._config, self._worker = config, worker
        self._run = run
        chosen = json.loads((run / SELECTION).read_text(encoding="utf-8"))
        self._chosen: dict[tuple[str, int, int], dict[str, Any]] = {
            (item["path"], item["declaration"], item["example"]): item for item in chosen
        }
        self._files: dict[str, BinaryIO] = {}
        self._releases: list[str] = config.getoption("blackstart_releases") or [config.getoption("release")]
        self._keys: dict[str, dict[str, str]] = {release: {} for release in self._releases}
        self._key, self._release = "", ""
        self._open: float | None = None
        self._prepared = True
        self._read = 0
        self._logs = LogFolder()
        self._definitions = Definitions()
        look_up_in(self._definitions)

    def _write(self, event: str, **fields: object) -> None:
        place = {"worker": self._worker, "release": self._release, "key": self._key}
        file = self._files.get(self._release) or event_file(self._run, self._worker, self._release).open("ab")
        self._files[self._release] = file
        file.write(to_line({"event": event, **place, **fields}))
        file.flush()  # what was seen outlives the process

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Have each scenario once for each release."""
        if metafunc.function in scenario_wrapper_template_registry:
            metafunc.parametrize("blackstart_release", self._releases, indirect=True)

    def _cause(self, item: pytest.Item | None, error: BaseException) -> Cause:
        cause = describe(error, self._config.rootpath)
        journal = item.stash.get(JOURNAL, None) if item else None
        return cause.masked(journal.masked) if journal else cause

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A module that cannot be imported or collected leaves its scenarios unbound: say why."""
        if report.failed:
            self._write("problem", message=str(report.longrepr))

    @pytest.hookimpl(wrapper=True)
    def pytest_make_collect_report(
        self, collector: pytest.Collector
    ) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
        """Put the cause of a failed collection in one sentence, in place of a traceback."""
        report = yield
        call = getattr(report, "call", None)
        if report.failed and call is not None and call.excinfo is not None:
            report.longrepr = self._cause(None, call.excinfo.value).reason
        return report

    @pytest.hookimpl(trylast=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Keep the scenarios that the run selected, and remember which planned one each item is."""
        kept: dict[str, list[pytest.Item]] = {release: [] for release in self._releases}
        dropped = []
        for item in items:
            item.stash[RELEASE] = release = _release(item)
            planned = self._planned(item)
            if planned is None or not planned["selected"]:
                dropped.append(item)
                continue
            if "skip" in planned:
                item.add_marker(pytest.mark.skip(reason=planned["skip"]))
            self._keys[release][item.nodeid] = planned["key"]
            kept[release].append(item)
        items[:] = [item for release in self._releases for item in self._ordered(kept[release])]
        if dropped:
            self._config.hook.pytest_deselected(items=dropped)
        for release, keys in self._keys.items():
            self._release = release
            self._write("items", items=keys)
        self._release = ""

    def _ordered(self, items: list[pytest.Item]) -> list[pytest.Item]:
        """The scenarios of one release as they stand, or in an order that the seed alone decides."""
        if self._config.getoption("blackstart_shuffle"):
            random.Random(self._config.getoption("seed")).shuffle(items)  # noqa: S311 (an order, not a secret)
        return items

    @pytest.hookimpl(optionalhook=True)
    def pytest_xdist_make_scheduler(self, config: pytest.Config, log: Producer) -> Together | None:
        """Scenarios of a release that begin alike go to one worker; an order that was asked for stays as it is."""
        return None if config.getoption("blackstart_shuffle") else Together(config, log, self._outlines)

    def _outlines(self) -> dict[str, Outline]:
        """Those of the scenarios that workers have collected, by their node ids; a release and a first sentence begin alike."""
        by_key = {item["key"]: item for item in self._chosen.values()}
        collected = [event for event in EventReader(self._run, Event).take() if event["event"] == "items"]
        return {
            nodeid: Outline(f"{event['release']}: {by_key[key]['begins']}", by_key[key]["steps"])
            for event in collected
            for nodeid, key in event["items"].items()
        }

    def _planned(self, item: pytest.Item) -> dict[str, Any] | None:
        template = scenario_wrapper_template_registry.get(item.function) if isinstance(item, pytest.Function) else None
        if template is None:
            return None
        callspec = getattr(item, "callspec", None)
        row = callspec.indices.get("_pytest_bdd_example") if callspec else None  # counts each row once for each release
        example = -1 if row is None else row // len(self._releases)
        path = str(Path(template.feature.filename).resolve())
        if (planned := self._chosen.get((path, template.line_number, example))) is None:
            self._write("problem", message=f"{identity_of(item)} is bound, but the features hold no such scenario")
        return planned

    def pytest_bdd_apply_tag(self) -> bool:
        """Tags select and trace; none of them is a pytest mark, so that no tag can skip or excuse a scenario by its name."""
        return True

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        """A scenario begins. On the controller of workers nothing is known of it: the worker writes its own."""
        self._open, self._prepared, self._read, self._logs = None, True, 0, LogFolder()
        self._key, self._release = self._place(nodeid)
        if self._key:
            self._write("start")

    def _place(self, nodeid: str) -> tuple[str, str]:
        """The key of a scenario and the release that it runs for; empty for what is none."""
        return next(((keys[nodeid], release) for release, keys in self._keys.items() if nodeid in keys), ("", ""))

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_before_step(self, request: pytest.FixtureRequest, step: Step) -> None:
        """A step begins; refuse it where two definitions match, of which pytest-bdd would quietly take one."""
        self._write("step", text=step.name, line=step.line_number)
        self._open, self._prepared = time.perf_counter(), False
        matching = self._definitions.speaking(step, request._fixturemanager, request.node)
        if len(matching) > 1:
            raise AmbiguousStep(step.name, tuple(each.context for each in matching))

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_before_step_call(self) -> None:
        """All that the step needs was there: from now on a failure is its own."""
        self._prepared = True

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_after_step(self, request: pytest.FixtureRequest) -> None:
        """A step is done."""
        self._end_step(request.node, "passed", "")

    @pytest.hookimpl(optionalhook=True)
    def pytest_bdd_step_func_lookup_error(self, scenario: Scenario, step: Step) -> None:
        """A step has no definition: first or later, it is this step that is undefined."""
        self._write("step", text=step.name, line=step.line_number)
        self._open, self._prepared = time.perf_counter(), True

    def _end_step(self, item: pytest.Item, status: str, error: str) -> None:
        if self._open is None:
            return
        wall, self._open = time.perf_counter() - self._open, None
        self._write("step_end", status=status, error=error, wall=wall, entries=self._entries(item))

    def _entries(self, item: pytest.Item) -> Sequence[dict[str, Any]]:
        journal = item.stash.get(JOURNAL, None)
        entries = journal.entries(self._read) if journal else []
        self._read += len(entries)
        told = self._logs.take(item.stash.get(PROCEDURE_LOGS, None))
        return sorted([*plain_entries(entries), *told], key=lambda plain: plain["ended"]) if told else plain_entries(entries)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """A phase is over. The exception itself says more than the report that pytest makes of it."""
        report = yield
        cause = self._cause(item, call.excinfo.value) if call.excinfo else Cause("passed", "")
        if call.when != "call" or not self._prepared:
            cause = cause.in_preparation()
        self._end_step(item, cause.status, cause.reason)
        entries = self._entries(item) if call.when == "teardown" else []
        self._write("phase", when=call.when, status=cause.status, reason=cause.reason, wall=call.duration, entries=entries)
        if call.when == "teardown":
            self._write("end", facts=self._config.stash.get(ENVIRONMENT, {}))
            if JOURNAL in item.stash:
                del item.stash[JOURNAL]  # it holds the world of its lab, and pytest keeps all items
            self._key, self._release = "", ""
        return report

    @pytest.hookimpl(optionalhook=True)
    def pytest_handlecrashitem(self, crashitem: str) -> None:
        """A worker died in the middle of a scenario (only the controller lives to say so)."""
        self._key, self._release = "", ""
        self._write("crash", nodeid=crashitem)

    def pytest_sessionfinish(self, exitstatus: int) -> None:
        """The process came to its end by itself."""
        self._key, self._release = "", ""
        self._write("finish", status=int(exitstatus))
        for file in self._files.values():
            file.close()
        self._files.clear()


def _release(item: pytest.Item) -> str:
    callspec = getattr(item, "callspec", None)
    return str(callspec.params.get("blackstart_release", "")) if callspec else ""
