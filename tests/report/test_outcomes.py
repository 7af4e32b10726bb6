"""The outcome matrix, for real: each way in which a scenario can end, seen in the forms of one real pytest run."""

import json
import re
import zipfile
from dataclasses import dataclass
from functools import cached_property
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.report.archive import read_record
from harness.report.model import Record
from harness.report.plain_text import SYMBOLS
from harness.report.scenario import ScenarioResult
from harness.report.session import write_report
from harness.report.summary import _plain
from harness.report.verdict import WORDS
from harness.report.verification import verify_report
from tests.report.conftest import Listener, make_bench


@dataclass(frozen=True)
class Case:
    """Steps, the statuses they get, and what becomes of their scenario; ``junit`` is its element there, ``above`` its comment."""

    steps: tuple[str, ...]
    statuses: str
    outcome: str
    reason: str = ""
    junit: str = "error"
    above: str = ""


BAD = {"FAILED", "UNDEFINED", "AMBIGUOUS", "UNKNOWN", "PENDING"}
LAB, HOLDS = "Given a lab", "Then it holds"
NOT_DECLARED = "tagged @skipped without a '# skipped: reason' above it"
SEEN = {
    'AssertionError("the VM is off")': "the VM is off",
    'pytest.fail.Exception("the VM is off")': "the VM is off",
    'Unmet("web01", "on", [("vCenter", "off")])': "web01: expected on, but vCenter shows off",
    'ApiFault("vc01", "PowerOnVM_Task", "InvalidPowerState")': "vc01: PowerOnVM_Task: InvalidPowerState",
    'ArrayRefusal("array-a", "break", "invalid_state")': "array-a: break: invalid_state",
    'CommandFailed("esx01", "esxcfg-volume -l", 1, "no")': "esx01: 'esxcfg-volume -l' ended with 1: no",
    'HostUnreachable("esx01", "logging in", "refused")': "esx01 does not answer over SSH (logging in): refused",
    'CenterUnreachable("vc01", "logging in", "reset")': "vc01 does not answer (logging in): reset",
    'StillWaiting("the boot", "10 minutes")': "the boot: not within 10 minutes",
    'Absent("VM", "web01", "vCenter")': "no VM 'web01' in vCenter; there are: none",
}
"""What says that a behaviour is another one than the documented one, and how it is told."""
NOTHING_SEEN = {
    'AttributeError("no vNIC")': "AttributeError: no vNIC\n  at ",
    'KeyError("port")': "KeyError: 'port'\n  at ",
    'TypeError("no text")': "TypeError: no text\n  at ",
    'OSError(28, "No space left on device")': "OSError: [Errno 28] No space left on device\n  at ",
    'ConnectionRefusedError("nobody listens")': "ConnectionRefusedError: nobody listens\n  at ",
    'Refusal("InvalidState", "esx01", "its site has no power")': "its site has no power\n  at ",
    'LabError("vcsim", "died")': "vcsim: died\n  at ",
    'InputError("site", "not in the lab", file=Path("a.feature"), line=3)': "a.feature:3: site: not in the lab",
}
"""What says nothing about any behaviour."""
MATRIX = {
    "passed": Case((LAB, HOLDS), "passed passed", "passed", junit=""),
    "failed": Case((LAB, "Then it does not hold", "And it holds"), "passed failed not_run", "failed", "the VM is off", "failure"),
    **{
        error.partition("(")[0]: Case((f"Then it raises {error}",), "failed", "failed", said, "failure")
        for error, said in SEEN.items()
    },
    **{
        error.partition("(")[0]: Case((LAB, f"Then it raises {error}", HOLDS), "passed error not_run", "error", said)
        for error, said in NOTHING_SEEN.items()
    },
    "fixture unknown to a step": Case(("Then it asks for a fixture",), "error", "error", "fixture 'nowhere' not found"),
    "skipped": Case((LAB, "Then it is skipped for no reason"), "passed skipped", "skipped", "no reason"),
    "skipped by a tag": Case((HOLDS,), "not_run", "skipped", NOT_DECLARED, above="@skipped"),
    "skipped with a reason": Case(
        (HOLDS,), "not_run", "skipped", "no array", "skipped", above="# skipped: no array; until 2999-12-31\n  @skipped"
    ),
    "skipped once": Case((HOLDS,), "passed", "passed", junit="", above="# skipped: no array; until 2013-06-01\n  @skipped"),
    "excused by a name": Case(("Then it does not hold",), "failed", "failed", "the VM is off", "failure", above="@xfail @skip"),
    "not applicable": Case((LAB, "Then the release has none"), "passed not_applicable", "not_applicable", "5.0 has", "skipped"),
    "undefined first": Case(("Given a unicorn", HOLDS), "undefined not_run", "undefined", "no step definition"),
    "undefined later": Case(
        (LAB, "Then it shines", "And it holds"), "passed undefined not_run", "undefined", "no step definition"
    ),
    "no step": Case((), "", "undefined", "the scenario has no step"),
    "ambiguous": Case(
        (LAB, "Then it is very ambiguous"), "passed ambiguous", "ambiguous", "matches 2 step definitions: conftest.py:"
    ),
    "fixture error": Case(("Given a broken lab", HOLDS), "error not_run", "error", "vcsim: did not start"),
    "fixture unknown": Case(("Given a fixture that nobody defines",), "error", "error", "fixture 'nowhere' not found"),
    "teardown error": Case(("Given an untidy lab", HOLDS), "passed passed", "teardown_error", "vcsim: is still there"),
    "both wrong": Case(
        ("Given an untidy lab", "Then it does not hold"),
        "passed failed",
        "failed",
        "and in the clean-up: vcsim: is still there",
        "failure",
    ),
    "timeout": Case((LAB, "Then it hangs"), "passed timeout", "timeout", "no end after 6"),
    "hidden": Case(("Then it does not hold",), "not_run", "not_run", "line 4 holds another scenario of the same name"),
    "crash": Case((LAB, "Then the process dies"), "passed crashed", "crashed", "the process died in the step 'the process dies'"),
}


class Text(HTMLParser):
    """The text of a page."""

    def __init__(self, page: str) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self.feed(page)

    def handle_data(self, data: str) -> None:
        self.words += data.split()


@dataclass(frozen=True)
class Run:
    """One run of the whole matrix, and where its report is."""

    record: Record
    report: Path
    listener: Listener

    def alike(self, scenario: ScenarioResult) -> int:
        """How many scenarios ended so for the same reason: the forms say that once for all of them."""
        return sum((each.outcome, each.reason) == (scenario.outcome, scenario.reason) for each in self.record.scenarios)

    @cached_property
    def page(self) -> str:
        """The text of the page."""
        return " ".join(Text((self.report / "index.html").read_text()).words)

    @cached_property
    def chapters(self) -> list[str]:
        """The text of each chapter of the book."""
        with zipfile.ZipFile(self.report / "report.epub") as book:
            pages = [book.read(each).decode() for each in book.namelist() if each.endswith(".xhtml")]
        return [" ".join(Text(page).words) for page in pages]

    @cached_property
    def messages(self) -> dict[tuple[str, int], set[str]]:
        """The statuses of the steps and hooks of each scenario by its name and line, as Cucumber Messages tell them."""
        told = [json.loads(line) for line in (self.report / "messages.ndjson").read_text().splitlines()]
        of = lambda kind: [each[kind] for each in told if kind in each]  # noqa: E731
        pickles = {each["id"]: (each["name"], each["location"]["line"]) for each in of("pickle")}
        cases = {each["id"]: pickles[each["pickleId"]] for each in of("testCase")}
        attempts = {each["id"]: cases[each["testCaseId"]] for each in of("testCaseStarted")}
        found: dict[tuple[str, int], set[str]] = {each: set() for each in attempts.values()}
        for each in of("testStepFinished"):
            found[attempts[each["testCaseStartedId"]]].add(each["testStepResult"]["status"])
        return found


@pytest.fixture(scope="module", params=[1, 2], ids=["alone", "workers"])
def matrix(request, tmp_path_factory):
    bench = make_bench(tmp_path_factory.mktemp("matrix"))
    for number, (name, case) in enumerate(MATRIX.items()):
        steps = "".join(f"    {step}\n" for step in case.steps)
        again = f"  Scenario: {name}\n    Then it holds\n" if name == "hidden" else ""
        above = f"  {case.above}\n" if case.above else ""
        bench.feature(f"{number:02}.feature", f"Feature: {number:02}\n{above}  Scenario: {name}\n{steps}{again}")
    record = bench.run(workers=request.param, timeout=6.0)
    return Run(record, write_report(record, bench.root / "reports"), bench.listener)


@pytest.mark.parametrize("name", MATRIX)
def test_each_ending_has_its_outcome_and_its_cause_in_every_form(matrix, name):
    case = MATRIX[name]
    scenario = next(each for each in matrix.record.scenarios if each.name == name)
    assert scenario.outcome == case.outcome
    assert " ".join(step.status for step in scenario.steps) == case.statuses
    assert case.reason in scenario.reason
    assert "Traceback" not in scenario.reason
    assert [each.outcome for each in matrix.listener.told if each.key == scenario.key] in ([case.outcome], [])
    element = ET.parse(matrix.report / "junit.xml").find(f".//testcase[@name='{name} ({scenario.line})']")
    assert {child.tag for child in element} - {"properties", "system-out"} == ({case.junit} if case.junit else set())
    word = WORDS[scenario.outcome]
    together = matrix.alike(scenario)
    told = rf"{word} {together} scenarios .*{name}" if together > 1 else rf"{word} {name} {re.escape(scenario.file)}:\d+"
    assert re.search(told, matrix.page) or (word in matrix.page and case.outcome in ("passed", "not_applicable"))


@pytest.mark.parametrize("name", MATRIX)
def test_each_ending_is_in_the_summary_the_messages_and_the_book_with_file_and_line(matrix, name):
    scenario = next(each for each in matrix.record.scenarios if each.name == name)
    word = WORDS[scenario.outcome]
    together = matrix.alike(scenario)
    found = f"**{name}** ({_plain(scenario.key)})" + (f": {word}" if together == 1 else "")
    assert (found in (matrix.report / "summary.md").read_text()) is (scenario.outcome not in ("passed", "not_applicable"))
    assert any(f"{name} {SYMBOLS[scenario.outcome]} {word} {scenario.key}" in chapter for chapter in matrix.chapters)
    statuses = matrix.messages[name, scenario.line]
    assert (set(statuses) == {"PASSED"}) is (scenario.outcome == "passed")
    assert (statuses.isdisjoint(BAD)) is (scenario.outcome in ("passed", "not_applicable") or scenario.declared)


def test_a_run_with_every_ending_adds_up_and_is_judged_alike_by_its_history(matrix):
    record, failed = matrix.record, sum(case.outcome == "failed" for case in MATRIX.values())
    assert sum(record.counts.values()) == record.planned == record.selected == len(MATRIX) + 1
    assert {outcome for outcome, count in record.counts.items() if not count} == {"deselected"}
    assert (record.verdict.decision, record.verdict.exit_status) == ("failed", 1)
    assert record.verdict.reasons[0] == f"{failed} failed"
    assert "2 skipped without a declared reason" in record.verdict.reasons
    assert read_record(matrix.report / "report.json") == record
    found = verify_report(matrix.report)
    assert (found.faults, found.exit_status, found.record) == ((), 1, record)
    root = ET.parse(matrix.report / "junit.xml").getroot()
    assert (root.get("tests"), root.get("failures")) == (str(record.planned + bool(record.problems)), str(failed))
    assert sum(int(suite.get("skipped")) for suite in root) == 2


DECLARED = """
Feature: a
  Scenario: good
    Then it holds

  # skipped: the array of this release cannot reverse; until 2999-12-31
  @skipped @VDS-01
  Scenario: left out
    Then it does not hold
"""


def test_a_declared_skip_is_green_and_a_bare_one_is_not(bench):
    bench.feature("a.feature", DECLARED)
    record = bench.run()
    assert [scenario.outcome for scenario in record.scenarios] == ["passed", "skipped"]
    assert record.scenarios[1].declared
    assert record.scenarios[1].reason == "the array of this release cannot reverse"
    assert record.scenarios[1].expires == "2999-12-31"
    assert record.verdict.exit_status == 0
    bench.feature("a.feature", DECLARED.replace("# skipped:", "# later:"))
    record = bench.run()
    assert [scenario.outcome for scenario in record.scenarios] == ["passed", "skipped"]
    assert record.verdict.exit_status == 2
    assert "1 skipped without a declared reason" in record.verdict.reasons


def test_not_applicable_beside_a_pass_is_green(bench):
    bench.feature("a.feature", "Feature: a\n  Scenario: x\n    Then it holds\n  Scenario: y\n    Then the release has none\n")
    record = bench.run()
    assert record.counts["not_applicable"] == 1
    assert record.verdict.decision == "certified"
