"""ALL-01: the same features run for each release, and what a release has no subject for says so by the name of the datum."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from gherkin import Compiler, Parser

from harness.releases import load, names
from harness.releases.applicability import CONDITIONS, applies
from harness.releases.model import Release
from harness.report.plan import PlannedScenario, make_plan
from harness.requirements import REQUIREMENTS, load_requirements
from tests.command import Called

FEATURES = REQUIREMENTS.parent
ROOT = FEATURES.parent
PROMISES = load_requirements()
KINDS = {*CONDITIONS, "twin"}
OPPOSITES = {
    "defect": "without-defect",
    "without-defect": "defect",
    "capability": "without-capability",
    "without-capability": "capability",
}


def conditions(scenario: PlannedScenario) -> list[tuple[str, str]]:
    """The tags that ask something of a release, as kind and name."""
    split = [tag.removeprefix("@").partition(":") for tag in scenario.tags]
    return [(kind, name) for kind, _, name in split if kind in CONDITIONS]


@functools.cache
def planned(folder: Path) -> list[PlannedScenario]:
    """All scenarios in ``folder``, read once."""
    return make_plan([folder])


def silent_drops(folder: Path, release: Release) -> list[str]:
    """What of the features in ``folder`` would go missing, or run where it has no subject, without a word in the report."""
    plan = planned(folder)
    found = [f"{name} is not planned once" for name in _written(folder) ^ {(s.path.name, s.line, s.name) for s in plan}]
    return [*found, *(f"{scenario.name}: {why}" for scenario in plan for why in _faults(scenario, plan, release))]


@functools.cache
def _written(folder: Path) -> set[tuple[str, int, str]]:
    """Every scenario and example row that the files hold, as Gherkin's own compiler sees them."""
    found = set()
    for path in folder.rglob("*.feature"):
        document = {**Parser().parse(path.read_text(encoding="utf-8")), "uri": path.name}
        found |= {(path.name, pickle["location"]["line"], pickle["name"]) for pickle in Compiler().compile(document)}  # type: ignore[arg-type]
    return found


def _faults(scenario: PlannedScenario, plan: list[PlannedScenario], release: Release) -> Iterator[str]:
    if scenario.hidden_by or scenario.is_skipped or not scenario.selected:
        yield "is left out"
    yield from (f"the tag {tag} says nothing" for tag in scenario.tags if ":" in tag and tag[1:].partition(":")[0] not in KINDS)
    absent = [each for key in scenario.requirements if (each := PROMISES[key].absence(release))]
    if absent and not scenario.is_twin and applies(scenario.tags, release) is None:
        yield f"runs, though {absent[0]}"
    yield from (f"where @{kind}:{name} does not hold nothing runs instead" for kind, name in _unpaired(scenario, plan))


def _unpaired(scenario: PlannedScenario, plan: list[PlannedScenario]) -> Iterator[tuple[str, str]]:
    """Conditions under which a requirement that every release is about has no other scenario."""
    for kind, name in conditions(scenario):
        wanted = f"@{OPPOSITES.get(kind)}:{name}"
        others = [other for other in plan if set(other.requirements) & set(scenario.requirements) and wanted in other.tags]
        about_it = any(PROMISES[key].when for key in scenario.requirements)
        if not others and not about_it:
            yield kind, name


@pytest.mark.parametrize("name", names())
def test_all_01_no_scenario_goes_missing_for_a_release(name: str) -> None:
    assert silent_drops(FEATURES, load(name)) == []


@pytest.mark.parametrize("name", names())
def test_all_01_every_scenario_runs_or_names_the_datum_why_not(name: str) -> None:
    release, plan = load(name), planned(FEATURES)
    reasons = {scenario.key: applies(scenario.tags, release) for scenario in plan}
    assert len(reasons) == len(plan) >= 38
    for scenario in plan:
        reason = reasons[scenario.key]
        if reason is not None:
            assert reason.startswith(f"release {name} ")
            datum = next(datum for _, datum in conditions(scenario) if f" {datum} (" in reason)
            fact = {**release.defects, **release.capabilities, **release.absent}[datum]
            assert f"({fact.provenance}: {fact.source})" in reason
    assert sum(reason is None for reason in reasons.values()) >= 25


MISTAKES = [
    ("@VDS-07 @defect:ports-lost-when-storage-is-late", "@VDS-07", "runs, though release 5.1 does not have the defect"),
    ("@defect:no-port-file-after", "@defct:no-port-file-after", "the tag @defct:no-port-file-after-storage-vmotion says nothing"),
    ("@without-capability:autoexpand-by-default", "", "where @capability:autoexpand-by-default does not hold nothing runs"),
    ("    @twin:ha-off\n", "    # skipped: for now\n    @twin:ha-off @skipped\n", "is left out"),
]


@pytest.mark.parametrize(("right", "wrong", "told"), MISTAKES)
def test_all_01_a_scenario_that_drops_out_silently_is_found(right: str, wrong: str, told: str, tmp_path: Path) -> None:
    shutil.copytree(FEATURES, tmp_path / "features")
    (path,) = [path for path in (tmp_path / "features").rglob("*.feature") if right in path.read_text(encoding="utf-8")]
    path.write_text(path.read_text(encoding="utf-8").replace(right, wrong, 1), encoding="utf-8")
    assert [fault for fault in silent_drops(tmp_path / "features", load("5.1")) if told in fault]


def tags_without_subject(release: Release, plan: list[PlannedScenario]) -> frozenset[str]:
    """The conditions of scenarios that do not hold for the release."""
    asked = {f"@{kind}:{datum}" for scenario in plan for kind, datum in conditions(scenario)}
    return frozenset(tag for tag in asked if applies([tag], release))


def different_releases() -> list[str]:
    """Of the releases that have no subject for the same scenarios, the first; a run says nothing new for the others."""
    plan = planned(FEATURES)
    return list({tags_without_subject(load(name), plan): name for name in reversed(names())}.values())


@pytest.mark.parametrize("name", different_releases())
def test_all_01_a_run_accounts_for_what_the_release_has_no_subject_for(
    name: str, tmp_path: Path, call: Callable[..., Called], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    release, plan = load(name), planned(FEATURES)
    reasons = {s.key: reason for s in plan if (reason := applies(s.tags, release))}
    tags = tags_without_subject(release, plan)
    chosen = ("--tags", " or ".join(sorted(tags)), "--output", str(tmp_path), "--simulator", "process")
    _, _, errors = call("validate", "--release", name, *chosen)
    assert (tmp_path / name / "report.json").exists(), errors
    record = json.loads((tmp_path / name / "report.json").read_text(encoding="utf-8"))
    shown = {s["key"]: s["reason"] for s in record["scenarios"] if s["outcome"] == "not_applicable"}
    assert shown == reasons
    assert reasons
    assert record["counts"]["not_applicable"] + record["counts"]["deselected"] == record["planned"] == len(plan)
