"""The requirements as data: what is loaded, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.errors import InputError
from harness.releases import load
from harness.requirements import REQUIREMENTS, Cause, load_requirements, twin_slugs


def test_a_requirement_carries_its_document_and_its_twins() -> None:
    requirement = load_requirements()["VDS-05"]
    assert requirement.document == "D1"
    assert requirement.title.startswith("Digging deeper into the VDS construct")
    assert requirement.provenance == "quoted"
    assert [twin.slug for twin in requirement.twins] == [
        "port-file-missing",
        "ha-off",
        "datastore-not-mounted",
        "all-candidates-in-maintenance-mode",
    ]
    shown = "the event names the port file that could not be opened"
    assert requirement.twins[0].cause == Cause("event", "VmFailoverFailed", shown)


def test_all_requirements_of_the_document_and_of_the_harness_are_there() -> None:
    documented = [f"VDS-{number:02}" for number in range(1, 12)] + [f"VCD-{number:02}" for number in range(1, 13)]
    documented += [f"VIEW-{number:02}" for number in range(1, 10)]
    assert list(load_requirements()) == documented + [f"ALL-{number:02}" for number in range(1, 5)]


def test_a_twin_leads_to_its_requirement() -> None:
    assert twin_slugs(load_requirements().values())["restart-before-storage"].id == "VDS-08"


def test_a_requirement_says_by_release_data_whether_it_is_about_a_release() -> None:
    requirement = load_requirements()["VDS-07"]
    assert requirement.absence(load("5.0")) is None
    reason = requirement.absence(load("5.0-716794"))
    assert reason is not None
    assert "ports-lost-when-storage-is-late" in reason
    assert "stated" in reason


MISTAKES = [
    ('slug = "ha-off"', 'slug = "port-file-missing"', "this slug is there twice"),
    ('id = "VDS-02"', 'id = "VDS-01"', "this id is there twice"),
    ('kind = "fault"', 'kind = "fult"', "'fult' is not one of"),
    ('document = "DESIGN"', 'document = "D9"', "unknown document D9"),
    ('when = ["defect:no-port-file-after-storage-vmotion"]', 'when = ["defect:no-port-file"]', "no defect named 'no-port-file'"),
    ('slug = "second-switch"', 'slug = "Second Switch"', "does not match"),
    ('removed = "vSphere HA is off', 'remove = "vSphere HA is off', "not a known name"),
    ('section = "Releases"', 'section = "Releases', "not TOML"),
]


@pytest.mark.parametrize(("right", "wrong", "problem"), MISTAKES)
def test_a_mistake_is_told_with_file_and_line(right: str, wrong: str, problem: str, tmp_path: Path) -> None:
    text = REQUIREMENTS.read_text(encoding="utf-8")
    assert right in text
    path = tmp_path / "requirements.toml"
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load_requirements(path)
    assert problem in caught.value.problem
    assert caught.value.file == path
    entry = text[: text.index(right)].count("\n") + 1
    if "twice" in problem:
        start = text[: text.index(right)].rindex("[[requirement]]")
        assert text[:start].count("\n") + 1 <= caught.value.line <= entry
    else:
        assert caught.value.line == entry


def test_a_missing_file_is_told() -> None:
    with pytest.raises(InputError, match="cannot be read"):
        load_requirements(Path("nowhere.toml"))
