"""What holds for all feature files together: pytest-bdd itself is silent about all of this."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gherkin import Compiler, Parser

from harness.releases import load, names
from harness.releases.applicability import CONDITIONS, applies
from harness.requirements import REQUIREMENTS, load_requirements, twin_slugs

FOLDER = REQUIREMENTS.parent
PROMISES = load_requirements()
TWINS = twin_slugs(PROMISES.values())
FILES = sorted(FOLDER.rglob("*.feature"))
STEP = re.compile(r'"[^"]*"')
PROSE_LINT = {
    "an address": re.compile(r"\w+://"),
    "a wait": re.compile(r"\b\d+(\.\d+)?\s*(s|ms|sec|seconds?|min|minutes?|h|hours?)\b|\b(wait|sleep)s?\b", re.IGNORECASE),
    "a network port": re.compile(r"\b(TCP|UDP|port)\s+\d+", re.IGNORECASE),
    "a payload": re.compile(r"[{}]"),
}


@dataclass(frozen=True)
class Scenario:
    file: Path
    name: str
    tags: tuple[str, ...]
    steps: tuple[str, ...]
    keywords: tuple[str, ...]
    examples_tagged: bool


def _parse(file: Path) -> dict[str, Any]:
    document: Any = Parser().parse(file.read_text(encoding="utf-8"))
    return {**document, "uri": file.name}


def _nodes(children: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found = []
    for child in children:
        if "rule" in child:
            found += _nodes(child["rule"]["children"])
        if "scenario" in child:
            found.append(child["scenario"])
    return found


def _scenarios(file: Path) -> list[Scenario]:
    document = _parse(file)
    nodes = {node["id"]: node for node in _nodes(document["feature"]["children"])}
    found = []
    for pickle in Compiler().compile(document):  # type: ignore[arg-type]
        node = nodes[pickle["astNodeIds"][0]]
        found.append(
            Scenario(
                file,
                pickle["name"],
                tuple(tag["name"] for tag in pickle["tags"]),
                tuple(step["text"] for step in pickle["steps"]),
                tuple(step["keyword"].strip() for step in node["steps"]),
                any(table["tags"] for table in node["examples"]),
            )
        )
    return found


SCENARIOS = [scenario for file in FILES for scenario in _scenarios(file)]
each_scenario = pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda s: f"{s.file.stem}: {s.name}")


def test_there_are_scenarios() -> None:
    assert len(SCENARIOS) >= 38


@pytest.mark.parametrize("key", [key for key, entry in PROMISES.items() if entry.evidence == "scenarios"])
def test_every_requirement_has_a_scenario_that_is_no_twin(key: str) -> None:
    shown = [s for s in SCENARIOS if f"@{key}" in s.tags and not any(tag.startswith("@twin:") for tag in s.tags)]
    assert shown, f"no scenario is tagged @{key}"


@pytest.mark.parametrize("slug", TWINS)
def test_every_twin_has_scenarios_that_belong_to_its_requirement_and_name_its_cause(slug: str) -> None:
    requirement = TWINS[slug]
    cause = next(twin.cause for twin in requirement.twins if twin.slug == slug)
    shown = [s for s in SCENARIOS if f"@twin:{slug}" in s.tags]
    assert shown, f"no scenario is tagged @twin:{slug}"
    for scenario in shown:
        assert f"@{requirement.id}" in scenario.tags
        outcomes = scenario.steps[-1 - _outcome_count(scenario) :]
        assert any(cause.name in step for step in outcomes), f"{scenario.name}: no outcome shows {cause.name!r}"


def _outcome_count(scenario: Scenario) -> int:
    return len(scenario.keywords) - 1 - scenario.keywords.index("Then")


@each_scenario
def test_tags_are_known(scenario: Scenario) -> None:
    known = {f"@{key}" for key in PROMISES} | {f"@twin:{slug}" for slug in TWINS}
    unknown = [tag for tag in scenario.tags if tag not in known and tag[1:].partition(":")[0] not in CONDITIONS]
    assert not unknown
    assert any(tag[1:] in PROMISES for tag in scenario.tags), "it is evidence for no requirement"
    assert len([tag for tag in scenario.tags if tag.startswith("@twin:")]) <= 1
    assert not scenario.examples_tagged, "pytest-bdd makes marks of the tags of Examples tables"


@each_scenario
def test_some_release_runs_it(scenario: Scenario) -> None:
    assert any(applies(scenario.tags, load(name)) is None for name in names())


@pytest.mark.parametrize("name", names())
def test_each_release_runs_every_requirement_that_is_about_it(name: str) -> None:
    release = load(name)
    run = {tag for s in SCENARIOS if applies(s.tags, release) is None for tag in s.tags}
    about = [r for r in PROMISES.values() if r.evidence == "scenarios" and r.absence(release) is None]
    assert [r.id for r in about if f"@{r.id}" not in run] == []


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_names_are_unique_in_a_file(file: Path) -> None:
    document = _parse(file)
    counted = Counter(node["name"] for node in _nodes(document["feature"]["children"]))
    assert [name for name, count in counted.items() if count > 1] == []


@each_scenario
def test_one_act_then_its_outcomes_and_what_did_not_change(scenario: Scenario) -> None:
    order = [word for word in scenario.keywords if word not in {"And", "But"}]
    assert order in (["Given", "When", "Then"], ["When", "Then"])
    assert scenario.steps[-1] == "nothing else has changed"
    assert len(scenario.steps) > 2


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.stem)
def test_prose_holds_no_machinery(file: Path) -> None:
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
        if line.lstrip().startswith("Rule:"):
            continue  # a promise may be one about time
        found = [what for what, pattern in PROSE_LINT.items() if pattern.search(STEP.sub('""', line))]
        assert not found, f"{file.name}:{number}: {found[0]} in {line.strip()!r}"
        assert line.count('"') % 2 == 0, f"{file.name}:{number}: an odd quote"


def test_the_vocabulary_lists_each_step_once_and_no_other() -> None:
    lines = (FOLDER / "README.md").read_text(encoding="utf-8").partition("## Vocabulary")[2].splitlines()
    listed = [STEP.sub('"_"', line.split(" | ")[0].removeprefix("| ").strip()) for line in lines if line.startswith("| ")]
    listed = [step for step in listed if step != "Step"]
    said = {STEP.sub('"_"', step) for scenario in SCENARIOS for step in scenario.steps}
    assert [step for step, count in Counter(listed).items() if count > 1] == []
    assert said - set(listed) == set(), "said, not listed"
    assert set(listed) - said == set(), "listed, never said"
