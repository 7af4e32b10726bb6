"""Running pytest on the scenarios of a plan, in a process of its own that nothing of the machine's set-up reaches."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from harness.interrupts import noted_interrupts
from harness.report import lifeline
from harness.report.collection import SELECTION
from harness.report.events import Event, EventReader
from harness.report.leftovers import end_processes
from harness.report.model import Problem, ProcedureLog, Release
from harness.report.plan import PlannedScenario, shown_path
from harness.report.seams import FEATURES_VARIABLE

PLUGINS = ("pytest_bdd.plugin", "xdist.plugin", "pytest_timeout", "harness.report.collection")
POLL_SECONDS = 0.2
LOG = "pytest.log"
STATUSES = {
    2: "was interrupted",
    3: "met an internal error",
    4: "could not use its command line or a conftest",
    5: "found nothing",
}
UNREAD = "ImportError while loading conftest"
PLACE = re.compile(r'^(?:E\s+File ")?(?P<file>[^\s":]+\.py)(?:", line |:)(?P<line>\d+)', re.MULTILINE)
"""How pytest's log names a place: of a call, and of what is no Python."""


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What a run is asked for. ``module`` binds the features; ``command`` repeats it, ``timeout`` is wall seconds a scenario.

    ``change`` and ``title`` are what the team calls that which the run certifies. Its changes are told since the report
    ``since``, or else since that of the release ``previous`` in the same output directory.

    ``scratch`` is where its temporary directory is made: in something of the caller's that is cleared after one that is killed.
    ``lifelines`` are descriptors that its process keeps open for as long as it needs that.
    """

    features: tuple[Path, ...]
    module: Path
    release: Release
    output: Path
    scratch: Path
    simulator: str = "auto"
    tags: str = ""
    workers: int = 1
    seed: int = 0
    strict: bool = False
    shuffle: bool = False
    timeout: float = 300.0
    command: str = ""
    change: str = ""
    title: str = ""
    previous: str = ""
    since: Path | None = None
    lifelines: tuple[int, ...] = ()
    pytest_arguments: tuple[str, ...] = ()
    procedure_logs: tuple[ProcedureLog, ...] = ()
    """Logs of procedures that were run by themselves, to go into the report."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How the process ended: its status, whether somebody interrupted it, what its log says, what it left behind or changed."""

    status: int
    interrupted: bool
    log: str
    leftovers: tuple[Problem, ...] = ()

    def problems(self, explained: bool) -> list[Problem]:
        """What is wrong with the run as a whole; ``explained`` says that its cause is known already."""
        if self.interrupted:
            return [Problem("the run was interrupted"), *self.leftovers]
        if explained or self.status in (0, 1, 5):
            return [*self.leftovers]
        what = f"ended by {signal.Signals(-self.status).name}" if self.status < 0 else STATUSES.get(self.status, "died")
        tail = next((line.strip() for line in reversed(self.log.splitlines()) if line.strip()), "").removeprefix("E   ")
        message = f"pytest {what} (status {self.status})"
        return [Problem((f"{message}: {tail}" if tail else message) + _place(self.log)), *self.leftovers]


def _place(log: str) -> str:
    """Where a conftest could not be read: what pytest's log names last that is not Python's own; empty if it names nothing."""
    named = [(Path(match["file"]).resolve(), match["line"]) for match in PLACE.finditer(log.partition(UNREAD)[2])]
    ours = [(path, line) for path, line in named if not any(path.is_relative_to(each) for each in (sys.prefix, sys.base_prefix))]
    return f"\n  at {shown_path(ours[-1][0])}:{ours[-1][1]}" if ours else ""


def execute(runs: Sequence[RunOptions], plan: Sequence[PlannedScenario], run: Path, follow: Callable[[Event], None]) -> Ending:
    """Run the selected scenarios of ``plan``, calling ``follow`` with each event as it happens. ``run`` holds scratch files.

    ``runs`` differ in their releases alone; their scenarios share one pool of workers.
    """
    options = runs[0]
    _write_selection(run / SELECTION, plan)
    (run / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    with lifeline.hold() as ours, noted_interrupts() as came, (run / LOG).open("wb") as log:
        process = subprocess.Popen(
            _command(options, [each.release.name for each in runs], run, ours),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            env=_environment(options, run),
            pass_fds=(ours, *options.lifelines),
            start_new_session=True,
        )
        with _ended_on_error(process):
            _follow(process, EventReader(run, Event), follow, came)
    said = (run / LOG).read_text(encoding="utf-8", errors="replace")
    return Ending(process.returncode, bool(came), said, tuple(end_processes(process.pid)))


def _write_selection(path: Path, plan: Sequence[PlannedScenario]) -> None:
    today = datetime.now(UTC).date()
    chosen: list[dict[str, object]] = []
    for scenario in plan:
        item: dict[str, object] = {"key": scenario.key, "path": str(scenario.path), "selected": scenario.selected}
        item |= {"declaration": scenario.declaration, "example": scenario.example}
        item |= {"begins": scenario.steps[0].text if scenario.steps else "", "steps": len(scenario.steps)}
        if scenario.is_skipped_on(today):
            item["skip"] = scenario.skip_reason or "tagged @skipped without a '# skipped: reason' above it"
        chosen.append(item)
    path.write_text(json.dumps(chosen), encoding="utf-8")


def _command(options: RunOptions, releases: Sequence[str], run: Path, parent: int) -> list[str]:
    plugins = [part for plugin in PLUGINS for part in ("-p", plugin)]
    spread = ["-n", str(options.workers)] if options.workers > 1 else []
    return [
        *(sys.executable, "-m", "pytest", str(options.module.resolve())),
        *plugins,
        *("-p", "no:cacheprovider", "-p", "no:randomly", "-c", str(run / "pytest.ini")),
        *(f"--rootdir={options.module.resolve().parent.parent}", "--import-mode=importlib", "-q", "--tb=line", "--no-header"),
        *(f"--basetemp={run / 'tmp'}", f"--timeout={options.timeout}", "--timeout-method=signal"),
        *(f"--blackstart-run={run}", f"--blackstart-parent={parent}"),
        *("--blackstart-releases", *releases),
        *(f"--simulator={options.simulator}", f"--seed={options.seed}"),
        *(["--blackstart-shuffle"] if options.shuffle else []),
        *spread,
        *options.pytest_arguments,
    ]


def _environment(options: RunOptions, run: Path) -> dict[str, str]:
    """The caller's environment without what would steer pytest; modules are found as the caller finds them."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "BLACKSTART_"))}
    path = [str(options.module.resolve().parent.parent), *(part for part in sys.path if part)]
    return kept | {
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTHONPATH": os.pathsep.join(dict.fromkeys(path)),
        "PYTHONDONTWRITEBYTECODE": "1",
        FEATURES_VARIABLE: os.pathsep.join(str(directory.resolve()) for directory in options.features),
        "TMPDIR": str(run),
    }


@contextmanager
def _ended_on_error(process: subprocess.Popen[bytes]) -> Iterator[None]:
    """Where what the process tells cannot be kept, or shown (a full disk, nobody who reads any more), it ends as well."""
    try:
        yield
    except BaseException:
        _signal(process, signal.SIGINT)
        process.wait()
        end_processes(process.pid)
        raise


def _follow(
    process: subprocess.Popen[bytes], reader: EventReader[Event], follow: Callable[[Event], None], came: Sequence[int]
) -> None:
    """Pass events on until the process is gone.

    A first interrupt that ``came`` asks it and its workers, as one at a terminal would, to clean up and end; each further one
    insists more.
    """
    insistence, answered = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT], 0
    while True:
        ended = process.poll() is not None
        for event in reader.take():
            follow(event)
        if ended:
            return
        if len(came) > answered:
            answered += 1
            _signal(process, insistence.pop() if len(insistence) > 1 else insistence[0])
        time.sleep(POLL_SECONDS)


def _signal(process: subprocess.Popen[bytes], number: signal.Signals) -> None:
    if process.poll() is not None:
        return
    if number is signal.SIGINT:
        os.killpg(process.pid, number)  # xdist has its workers end their scenarios for seconds before it interrupts them
    else:
        process.send_signal(number)
