"""ALL-04: every simulated duration of a verdict stands in the report with its provenance, and none is called achieved."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from harness.errors import InputError, LabError
from harness.journal import DurationSpent, TextShown
from harness.releases import load
from harness.report.archive import read_record, to_json
from harness.report.facts import gather_facts, meanings
from harness.report.junit import to_junit
from harness.report.model import Record
from harness.report.page import to_page
from harness.report.terminal import Terminal
from harness.units import Provenance
from tests.report.sample_record import entry, sample, scenario, step
from tests.report.test_writers import Page

ROOT = Path(__file__).parents[2]
DENIAL = "a simulated duration is not a recovery time that anybody has achieved."
COMPARISON = "The restart of the agents restores service sooner than the reboot"


def spent(provenance: str, source: str = "a source") -> Record:
    """A record whose only scenario rests on one duration."""
    fields = {"name": "vm.boot", "subject": "web01", "span": 90.0, "provenance": provenance, "source": source}
    ran = step("When", "it boots", 3, entry("duration", 90, **fields))
    return sample(scenarios=(scenario("it boots", 3, steps=(ran,)),))


def on_the_terminal(record: Record) -> str:
    stream = io.StringIO()
    terminal = Terminal(stream, colour=False)
    terminal.begin(record.selected, record.planned)
    for each in record.scenarios:
        terminal.tell(record.release.name, each)
    terminal.conclude(record)
    return stream.getvalue()


def read_back(record: Record, path: Path) -> Record:
    path.write_text(to_json(record), encoding="utf-8")
    return read_record(path)


@pytest.mark.parametrize("provenance", ["quoted", "stated", "assumed"])
def test_all_04_a_duration_is_listed_with_its_provenance_in_the_record_and_on_the_page(provenance: str, tmp_path: Path) -> None:
    record = spent(provenance)
    (fact,) = read_back(record, tmp_path / "report.json").facts
    assert (fact.kind, fact.name, fact.provenance, fact.source, fact.seconds) == (
        "duration",
        "vm.boot",
        provenance,
        "a source",
        90.0,
    )
    ledger = Page(to_page(record)).text.partition("What is assumed, stated and quoted")[2]
    assert f"{provenance.capitalize()} (1)" in ledger
    assert "vm.boot duration a source 1 min 30 s 1" in ledger


def test_all_04_a_verdict_on_an_assumed_duration_says_so_everywhere() -> None:
    record = spent("assumed")
    assert record.verdict.decision == "certified on assumptions"
    for text in (on_the_terminal(record), Page(to_page(record)).text):
        assert "certified on assumptions" in text
        assert "1 text or timing that took part is assumed" in text
    assert spent("quoted").verdict.decision == "certified"


@pytest.mark.parametrize(("provenance", "source"), [("", "a source"), ("measured", "a source"), ("quoted", ""), ("assumed", " ")])
def test_all_04_a_duration_or_text_without_provenance_never_enters_a_journal(provenance: Provenance, source: str) -> None:
    with pytest.raises(LabError, match=r"vm\.boot has no provenance"):
        DurationSpent("vm.boot", "web01", timedelta(seconds=90), provenance, source)
    with pytest.raises(LabError, match="motd has no provenance"):
        TextShown("motd", provenance, source)


@pytest.mark.parametrize(("provenance", "source"), [("", "a source"), ("measured", "a source"), ("quoted", "")])
def test_all_04_a_record_with_a_duration_without_provenance_is_refused(provenance: str, source: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"at \$\.(facts|scenarios)"):
        read_back(spent(provenance, source), tmp_path / "report.json")
    record = spent("quoted")
    (fact,) = record.facts
    wrong = replace(fact, provenance=provenance, source=source)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=r"at \$\.facts"):
        read_back(replace(record, facts=(wrong,)), tmp_path / "report.json")


@pytest.mark.parametrize("failed", [False, True])
def test_all_04_no_form_of_the_report_calls_a_duration_achieved(failed: bool) -> None:
    record = sample(failed=failed)
    page = Page(to_page(record)).text
    assert page.count(DENIAL) == 1
    junit = " ".join(ET.fromstring(to_junit(record)).itertext()) + to_junit(record)
    for text in (page, junit, to_json(record), on_the_terminal(record)):
        assert "achieved" not in text.replace(DENIAL, "").lower()


@pytest.fixture(scope="module")
def compared(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, str, str]:
    """A real run of the scenario whose verdict compares durations: its record, its page, and what the terminal showed."""
    output = tmp_path_factory.mktemp("reports")
    arguments = ["validate", "--release", "5.0", "--tags", "@VDS-09", "--output", str(output), "--simulator", "process"]
    command = [sys.executable, "-m", "harness.cli", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (output / "5.0" / "index.html").read_text(encoding="utf-8")
    return read_record(output / "5.0" / "report.json"), Page(page).text, done.stdout


def test_all_04_a_real_verdict_lists_each_duration_as_the_release_knows_it(compared: tuple[Record, str, str]) -> None:
    record, page, _ = compared
    release = load("5.0")
    durations = [fact for fact in record.facts if fact.kind == "duration"]
    known = {fact.name: fact for fact in durations if fact.name in release.timings}
    assert {"host.boot", "agents.services-restart"} <= known.keys()
    for name, fact in known.items():
        assert (fact.provenance, fact.source) == (release.timing(name).provenance, release.timing(name).source)
    ledger = page.partition("What is assumed, stated and quoted")[2]
    assert [fact.name for fact in durations if f"{fact.name}{meanings().get(fact.name, '')} duration" not in ledger] == []
    assert gather_facts(record.scenarios) == record.facts


def test_all_04_a_recovery_time_that_a_verdict_compares_names_what_it_is_made_of(compared: tuple[Record, str, str]) -> None:
    record, _, _ = compared
    assert [each.rule for each in record.scenarios if each.outcome == "passed"] == [COMPARISON]
    sums = {fact.name: fact for fact in record.facts if fact.name.startswith("restoring ")}
    assert sums.keys() == {"restoring web01", "restoring web03"}
    assert all(fact.provenance == "assumed" and fact.source.startswith("simulated; in it: ") for fact in sums.values())
    assert "agents.services-restart" in sums["restoring web01"].source
    assert "host.boot" in sums["restoring web03"].source


def test_all_04_a_real_report_calls_no_recovery_time_achieved(compared: tuple[Record, str, str]) -> None:
    record, page, terminal = compared
    (promise,) = [each.text for each in record.requirements if each.id == "ALL-04"]
    assert "achieved" not in json.dumps([each.name for each in record.facts]) + terminal
    assert DENIAL in page
    assert "achieved" not in page.replace(DENIAL, "").replace(promise, "").lower()
