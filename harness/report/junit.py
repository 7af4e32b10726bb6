"""JUnit XML: one test suite for each feature file, one test case for each scenario; ``junit.xsd`` says what it may hold.

That is the dialect of Jenkins' xUnit plugin (``junit-10.xsd``), which pytest writes as well, with what GitLab and the actions
that show JUnit XML on GitHub read beyond it: the ``file`` and ``line`` of a case, and its properties. Each requirement of a case
is a property named ``requirement``. Failed behaviours are ``failure``, everything that leaves a scenario without a result is
``error``, and what the release's data or the features leave out is ``skipped`` with its reason. Scenarios outside the tag
expression are counted in a property, not listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from xml.etree import ElementTree as ET

from harness.report.model import Record
from harness.report.plain_text import visible
from harness.report.scenario import ScenarioResult
from harness.report.verdict import WORDS
from harness.report.vocabulary import Outcome

SKIPPED: tuple[Outcome, ...] = ("skipped", "not_applicable")


def to_junit(record: Record) -> str:
    """``record`` as JUnit XML text."""
    listed = [scenario for scenario in record.scenarios if scenario.outcome != "deselected"]
    root = ET.Element("testsuites", {"name": f"Blackstart {record.release.name}", **_totals(listed, 1 if record.problems else 0)})
    del root.attrib["skipped"]
    if record.problems:
        root.append(_problems(record))
    for file, group in groupby(listed, key=lambda scenario: scenario.file):
        root.append(_suite(record, file, list(group)))
    ET.indent(root)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _totals(scenarios: Sequence[ScenarioResult], problems: int = 0) -> dict[str, str]:
    failures = sum(scenario.outcome == "failed" for scenario in scenarios)
    skipped = sum(scenario.outcome in SKIPPED and _is_excused(scenario) for scenario in scenarios)
    passed = sum(scenario.outcome == "passed" for scenario in scenarios)
    return {
        "tests": str(len(scenarios) + problems),
        "failures": str(failures),
        "errors": str(len(scenarios) - failures - skipped - passed + problems),
        "skipped": str(skipped),
        "time": f"{sum(scenario.wall for scenario in scenarios):.3f}",
    }


def _is_excused(scenario: ScenarioResult) -> bool:
    return scenario.outcome == "not_applicable" or scenario.declared


def _suite(record: Record, file: str, scenarios: Sequence[ScenarioResult]) -> ET.Element:
    name = visible(scenarios[0].feature) or file
    told = {"timestamp": record.environment.started.rstrip("Z"), "file": visible(file)}
    suite = ET.Element("testsuite", {"name": name, **_totals(scenarios), **told})
    _properties(
        suite,
        [
            ("release", record.release.name),
            ("standing", record.release.standing),
            ("verdict", record.verdict.headline),
            ("selected", f"{record.selected} of {record.planned}"),
            ("command", record.environment.command),
        ],
    )
    suite.extend(_case(scenario) for scenario in scenarios)
    return suite


def _case(scenario: ScenarioResult) -> ET.Element:
    where = f"{scenario.file.removesuffix('.feature').replace('/', '.')}"
    name = f"{scenario.rule}: {scenario.name}" if scenario.rule else scenario.name
    attributes = {"classname": where, "name": f"{name} ({scenario.line})", "time": f"{scenario.wall:.3f}"}
    attributes |= {"file": scenario.file, "line": str(scenario.line)}
    case = ET.Element("testcase", {key: visible(value) for key, value in attributes.items()})
    described = [("requirement", each) for each in scenario.requirements] + [("outcome", scenario.outcome)]
    _properties(case, [*described, *([("twin", "true")] if scenario.twin else [])])
    if scenario.outcome != "passed":
        case.append(_result(scenario))
    ET.SubElement(case, "system-out").text = visible(_transcript(scenario))
    return case


def _result(scenario: ScenarioResult) -> ET.Element:
    word = WORDS[scenario.outcome]
    first, _, _ = scenario.reason.partition("\n")
    if scenario.outcome in SKIPPED and _is_excused(scenario):
        return ET.Element("skipped", {"message": visible(f"{word}: {first}")})
    tag = "failure" if scenario.outcome == "failed" else "error"
    message = f"{word}: {first}" if scenario.outcome != "skipped" else f"skipped without a declared reason: {first}"
    element = ET.Element(tag, {"message": visible(message), "type": scenario.outcome})
    element.text = visible(f"{scenario.file}:{scenario.line}\n{scenario.reason}")
    return element


def _transcript(scenario: ScenarioResult) -> str:
    about = [", ".join(scenario.requirements), "negative twin" if scenario.twin else "", WORDS[scenario.outcome]]
    steps = (f"[{step.status}] {step.keyword} {step.text} ({scenario.file}:{step.line})" for step in scenario.steps)
    return "\n".join((" · ".join(filter(None, about)), *steps))


def _problems(record: Record) -> ET.Element:
    """What is wrong with the run as a whole, as one erroneous case, so that no server shows such a run as green."""
    attributes = {"name": "The run", "tests": "1", "failures": "0", "errors": "1", "skipped": "0", "time": "0"}
    suite = ET.Element("testsuite", attributes)
    case = ET.SubElement(suite, "testcase", {"classname": "blackstart", "name": "the run came to its end", "time": "0"})
    element = ET.SubElement(case, "error", {"message": visible(record.problems[0].message.splitlines()[0]), "type": "run"})
    element.text = visible("\n\n".join(problem.message for problem in record.problems))
    return suite


def _properties(parent: ET.Element, pairs: Iterable[tuple[str, str]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in pairs:
        ET.SubElement(properties, "property", {"name": name, "value": visible(value)})
