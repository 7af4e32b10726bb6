"""Cucumber Messages of real runs, as Cucumber's own schema and formatters take them."""

from __future__ import annotations

import json
import subprocess
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from jsonschema.validators import validator_for

from harness.patience import STUCK
from harness.report.messages import to_messages
from tests.report.conftest import find_program, make_bench
from tests.report.sample_record import command, sample, scenario, step

ENDINGS = """
Feature: endings

  Background:
    Given a lab

  Rule: Each ending has its status

    @VDS-05
    Scenario: passed
      When "ls </script>" is run
      Then it holds

    Scenario: failed
      Then it does not hold
      And it holds

    Scenario: undefined
      Then it shines

    Scenario: ambiguous
      Then it is very ambiguous

    Scenario: not applicable
      Then the release has none

    # skipped: until the array can
    @skipped
    Scenario: skipped
      Then it holds

    Scenario: skipped without a reason
      Then it is skipped for no reason

    Scenario: broken set-up
      Given a broken lab

    Scenario: broken clean-up
      Given an untidy lab

    @other
    Scenario: not selected
      Then it holds

    Scenario Outline: rows
      Then it holds
      Examples:
        | row |
        | a   |
        | b   |
"""
RESULTS = {
    "passed": "PASSED PASSED PASSED PASSED",
    "failed": "PASSED FAILED SKIPPED SKIPPED",
    "undefined": "PASSED UNDEFINED SKIPPED",
    "ambiguous": "PASSED AMBIGUOUS SKIPPED",
    "not applicable": "PASSED SKIPPED SKIPPED",
    "skipped": "SKIPPED SKIPPED SKIPPED",
    "skipped without a reason": "PASSED SKIPPED FAILED",
    "broken set-up": "PASSED FAILED SKIPPED",
    "broken clean-up": "PASSED PASSED FAILED",
    "rows": "PASSED PASSED PASSED",
}


@pytest.fixture(scope="module")
def stream(tmp_path_factory: pytest.TempPathFactory) -> str:
    bench = make_bench(tmp_path_factory.mktemp("endings"))
    bench.feature("endings.feature", ENDINGS)
    return to_messages(bench.run(tags="not @other"))


def envelopes(stream: str) -> list[dict]:
    return [json.loads(line) for line in stream.splitlines()]


def test_each_ending_is_told_in_the_words_of_the_format(stream):
    told = envelopes(stream)
    of = lambda kind: [each[kind] for each in told if kind in each]  # noqa: E731
    names = {pickle["id"]: pickle["name"] for pickle in of("pickle")}
    cases = {case["id"]: names[case["pickleId"]] for case in of("testCase")}
    attempts = {started["id"]: cases[started["testCaseId"]] for started in of("testCaseStarted")}
    results: dict[str, list[str]] = {attempt: [] for attempt in attempts}
    for finished in of("testStepFinished"):
        results[finished["testCaseStartedId"]].append(finished["testStepResult"]["status"])
    assert {(attempts[attempt], " ".join(statuses)) for attempt, statuses in results.items()} == set(RESULTS.items())
    assert len(attempts) == len(RESULTS) + 1  # two rows
    assert "not selected" in names.values()
    assert [each["success"] for each in of("testRunFinished")] == [False]
    assert any("esx01# ls </script>" in each["body"] for each in of("attachment"))
    messages = [each["testStepResult"].get("message", "") for each in of("testStepFinished")]
    assert any("5.0 has no VMCP" in message for message in messages)
    assert any(message.startswith("broken clean-up: vcsim: is still there") for message in messages)


@pytest.mark.parametrize(("outcome", "again"), [("passed", 2), ("failed", 0)])
def test_what_a_scenario_that_passed_shows_again_word_for_word_is_counted(outcome, again):
    steps = (
        step("Given", "a look", 3, command(1, "esx01", "ls", "one"), command(2, "esx01", "ls", "one")),
        step("Then", "another one", 4, command(3, "esx01", "ls", "one"), command(4, "esx01", "ls", "two")),
    )
    source = "Feature: f\n  Scenario: it\n    Given a look\n    Then another one\n"
    record = sample(scenarios=(scenario("it", 2, outcome, steps=steps, reason="why"),))
    record = replace(record, features=(replace(record.features[0], source=source),))
    told = [each["attachment"]["body"] for each in envelopes(to_messages(record)) if "attachment" in each]
    assert "".join(told).count("one") == 3 - again
    assert "".join(told).count("[1 more, word for word as before in this scenario]") == again
    assert told[1].count("esx01# ls\ntwo") == 1


def test_without_the_text_of_a_feature_nothing_is_made_up():
    told = envelopes(to_messages(sample()))
    assert [list(each) for each in told] == [["meta"], ["hook"], ["testRunStarted"], ["testRunFinished"]]


def formatted(tools: Path, form: str, stream: str) -> str:
    command = [find_program("node"), "format.mjs", form]
    return subprocess.run(command, cwd=tools, input=stream, check=True, capture_output=True, text=True, timeout=STUCK).stdout


def test_cucumbers_own_schema_and_formatters_take_them(tools, stream):
    rules = json.loads((tools / "node_modules/@cucumber/messages/messages.schema.json").read_text(encoding="utf-8"))
    validator = validator_for(rules)(rules)
    assert [error.message for each in envelopes(stream) for error in validator.iter_errors(each)] == []
    suite = ET.fromstring(formatted(tools, "junit", stream))
    assert (suite.get("tests"), suite.get("skipped")) == ("11", "2")
    assert len(suite.findall("testcase/failure")) == 6
    page = formatted(tools, "html", stream)
    assert page.count("testCaseStarted") >= 11
    assert "</script>" not in page.partition('"body"')[2].partition("testStepFinished")[0]
