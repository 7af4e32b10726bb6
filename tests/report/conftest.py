"""A workbench for the report's tests: small features and steps in a temporary directory, run by real pytest processes."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from textwrap import dedent

import pytest

from harness.report.execution import RunOptions
from harness.report.model import Product, Record, Release
from harness.report.scenario import ScenarioResult
from harness.report.session import run

BINDING = """
from pathlib import Path
from pytest_bdd import scenarios
from harness.report.seams import feature_directories
scenarios(*feature_directories(Path(__file__).parent.parent / "features"))
"""

STEPS = """
import os, signal, time
from pathlib import Path
from datetime import UTC, datetime, timedelta
import pytest
from pytest_bdd import given, when, then, parsers
from harness.errors import InputError, LabError, Refusal
from harness.probes.failures import *
from harness.journal import ApiCall, CommandRun, DurationSpent, FaultInjected, Happened, Journal, TextShown, TimePassed
from harness.report.seams import ENVIRONMENT, JOURNAL, not_applicable

@pytest.fixture
def lab(request):
    now = [datetime(2012, 2, 9, 9, tzinfo=UTC)]
    journal = Journal(lambda: now[0], time.monotonic)
    journal.now = now
    journal.conceal("hunter2")
    request.node.stash[JOURNAL] = journal
    request.config.stash[ENVIRONMENT] = {"simulator": "process", "vcsim": "0.52.0"}
    journal.record(Happened("LabStarted", "lab", "the lab is up"))
    yield journal
    journal.record(Happened("LabStopped", "lab", "the lab is gone"))

@pytest.fixture
def broken():
    raise LabError("vcsim", "did not start", "Install it.")

@pytest.fixture
def untidy():
    yield
    raise LabError("vcsim", "is still there")

@given("a lab")
def _(lab): pass

@given("a broken lab")
def _(broken): pass

@given("an untidy lab")
def _(untidy): pass

@given("a fixture that nobody defines")
def _(nowhere): pass

@when(parsers.parse('"{line}" is run'))
def _(lab, line):
    lab.record(CommandRun("esx01", line, "one\\ntwo\\n", "", 0))

@when("time passes")
def _(lab):
    lab.now[0] += timedelta(minutes=5)
    lab.record(TimePassed(timedelta(minutes=5), "the sync"), lab.now[0] - timedelta(minutes=5))

@when(parsers.parse("a {provenance} text and timing take part"))
def _(lab, provenance):
    lab.record(TextShown("motd", provenance, "a source"))
    lab.record(DurationSpent("boot", "esx01", timedelta(seconds=90), provenance, "a source"))

@then("it holds")
def _(): pass

@then("it does not hold")
def _(): assert 1 == 2, "the VM is off"

@then("the secret leaks")
def _(lab):
    lab.record(CommandRun("esx01", "login -p hunter2", "hunter2", "hunter2", 1))
    raise ValueError("no login with hunter2")

@then(parsers.re("it raises (?P<error>.+)"))
def _(error): raise eval(error)

@then("it asks for a fixture")
def _(request): request.getfixturevalue("nowhere")

@then(parsers.parse("it is skipped for {reason}"))
def _(reason): pytest.skip(reason)

@then("the release has none")
def _(): not_applicable("5.0 has no VMCP")

@then(parsers.parse("it is {kind} ambiguous"))
def _(kind): pass

@then(parsers.parse("it is very {kind}"))
def _(kind): pass

@then("it hangs")
def _(): time.sleep(60)

@then("the process dies")
def _(): os.kill(os.getpid(), signal.SIGKILL)
"""


@dataclass
class Listener:
    """An audience that remembers."""

    begun: list[tuple[int, int]] = field(default_factory=list)
    told: list[ScenarioResult] = field(default_factory=list)

    def begin(self, selected: int, planned: int) -> None:
        self.begun.append((selected, planned))

    def tell(self, release: str, scenario: ScenarioResult) -> None:
        self.told.append(scenario)


@dataclass
class Workbench:
    """``root`` holds ``features`` and ``steps``; `run` runs what stands there."""

    root: Path
    listener: Listener = field(default_factory=Listener)

    def feature(self, name: str, text: str) -> Path:
        path = self.root / "features" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text).lstrip("\n"), encoding="utf-8")
        return path

    def scenario(self, *steps: str, name: str = "it") -> Path:
        lines = "\n".join(f"    {step}" for step in steps)
        return self.feature("one.feature", f"Feature: one\n\n  @VDS-05\n  Scenario: {name}\n{lines}\n")

    def options(self, **changes: object) -> RunOptions:
        release = Release("5.0", "documented", (Product("VMware ESXi", "5.0.0", "469512"),))
        plain = RunOptions(
            features=(self.root / "features",),
            module=self.root / "steps" / "test_features.py",
            release=release,
            output=self.root / "reports",
            scratch=self.root,
            command="blackstart validate --release 5.0",
        )
        return replace(plain, **changes)  # type: ignore[arg-type]

    def run(self, **changes: object) -> Record:
        return run(self.options(**changes), self.listener)

    def only(self, **changes: object) -> tuple[Record, ScenarioResult]:
        record = self.run(**changes)
        [scenario] = record.scenarios
        return record, scenario


def make_bench(root: Path) -> Workbench:
    """A workbench with the steps above in ``root``."""
    steps = root / "steps"
    steps.mkdir()
    (root / "features").mkdir()
    (steps / "test_features.py").write_text(BINDING, encoding="utf-8")
    (steps / "conftest.py").write_text(STEPS, encoding="utf-8")
    return Workbench(root)


@pytest.fixture
def bench(tmp_path: Path) -> Workbench:
    return make_bench(tmp_path)


@pytest.fixture
def add_steps(bench: Workbench) -> Callable[[str], None]:
    def add(text: str) -> None:
        path = bench.root / "steps" / "conftest.py"
        path.write_text(path.read_text(encoding="utf-8") + dedent(text), encoding="utf-8")

    return add


PUBLIC_TOOLS = Path(__file__).with_name("public_tools")


def find_program(name: str) -> str:
    """The program ``name`` of this Python's environment or of the machine; empty where there is none."""
    return shutil.which(name, path=os.pathsep.join((str(Path(sys.executable).parent), os.environ["PATH"]))) or ""


@pytest.fixture(scope="session")
def tools(tmp_path_factory) -> Path:
    """A directory with the public tools that judge reports, installed from npm."""
    if not (npm := find_program("npm")):
        pytest.skip("this machine has no npm: pip install '.[forms]' brings one")
    home = tmp_path_factory.mktemp("tools")
    for name in ("package.json", "format.mjs"):
        shutil.copy(PUBLIC_TOOLS / name, home)
    command = [npm, "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    path = os.pathsep.join((str(Path(npm).parent), os.environ["PATH"]))
    environment = {**os.environ, "PATH": path}
    subprocess.run(command, cwd=home, env=environment, check=True, capture_output=True, timeout=280)
    return home
