"""What the documents promise: ``features/requirements.toml`` as data.

A requirement's id is the tag of the scenarios that show it (``@VDS-05``), a twin's slug that of the ones that show what happens
without its cause (``@twin:port-file-missing``).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias, cast

from harness.errors import InputError
from harness.releases.applicability import applies
from harness.releases.catalogue import load, names
from harness.releases.files import Table, check_document, find_line, read_document
from harness.releases.model import Release
from harness.units import Provenance

SCHEMA = Path(__file__).with_name("requirements.schema.json")
REQUIREMENTS = Path(__file__).parent.parent / "features" / "requirements.toml"

CauseKind: TypeAlias = Literal["event", "fault", "log", "output", "state"]
"""Where an operator finds a cause: vCenter's events, a refused task, a host's log, a command's output, or a listing."""

Evidence: TypeAlias = Literal["scenarios", "tests"]
"""Who shows a requirement: scenarios of the features, or the harness's own tests."""


@dataclass(frozen=True)
class Cause:
    """How an operator finds out why a twin ends otherwise. ``name`` stands in the twin's scenario, ``text`` explains it."""

    kind: CauseKind
    name: str
    text: str


@dataclass(frozen=True)
class Twin:
    """A negative twin: ``removed`` says what is taken away and how it ends then."""

    slug: str
    removed: str
    cause: Cause


@dataclass(frozen=True)
class Requirement:
    """A promise of a document that can be false. ``title`` is the document's; ``when`` says which releases it is about."""

    id: str
    text: str
    document: str
    title: str
    section: str
    provenance: Provenance
    when: tuple[str, ...] = ()
    evidence: Evidence = "scenarios"
    twins: tuple[Twin, ...] = ()

    def absence(self, release: Release) -> str | None:
        """Why the promise is not about ``release``, by the release's data; None where it is."""
        return applies(self.when, release)


def load_requirements(path: Path = REQUIREMENTS) -> Mapping[str, Requirement]:
    """Id -> requirement, in the file's order. Raises ``InputError`` with file and line for data that is wrong."""
    document = read_document(path)
    check_document(document, path, SCHEMA)
    titles = cast("Mapping[str, str]", document["documents"])
    entries = cast("list[Table]", document["requirement"])
    _check_unique("id", [(str(entry["id"]), index) for index, entry in enumerate(entries)], path)
    _check_slugs(entries, path)
    found = {}
    for index, entry in enumerate(entries):
        place = ["requirement", str(index)]
        _check_document_key(entry, titles, path, place)
        requirement = _requirement(entry, titles)
        _check_conditions(requirement, path, place)
        found[requirement.id] = requirement
    return found


def twin_slugs(requirements: Iterable[Requirement]) -> Mapping[str, Requirement]:
    """Slug -> the requirement that the twin belongs to."""
    return {twin.slug: requirement for requirement in requirements for twin in requirement.twins}


def _requirement(entry: Table, titles: Mapping[str, str]) -> Requirement:
    return Requirement(
        id=str(entry["id"]),
        text=str(entry["text"]),
        document=str(entry["document"]),
        title=titles[str(entry["document"])],
        section=str(entry["section"]),
        provenance=cast("Provenance", entry["provenance"]),
        when=tuple(cast("list[str]", entry.get("when", []))),
        evidence=cast("Evidence", entry.get("evidence", "scenarios")),
        twins=tuple(_twin(twin) for twin in cast("list[Table]", entry.get("twin", []))),
    )


def _twin(entry: Table) -> Twin:
    cause = cast("Mapping[str, str]", entry["cause"])
    return Twin(str(entry["slug"]), str(entry["removed"]), Cause(cast("CauseKind", cause["kind"]), cause["name"], cause["text"]))


def _check_slugs(entries: Iterable[Table], path: Path) -> None:
    twins = [(index, cast("list[Table]", entry.get("twin", []))) for index, entry in enumerate(entries)]
    _check_unique("slug", [(str(twin["slug"]), index) for index, group in twins for twin in group], path)


def _check_unique(kind: str, given: Iterable[tuple[str, int]], path: Path) -> None:
    seen: set[str] = set()
    for name, index in given:
        if name in seen:
            line = find_line(path.read_text(encoding="utf-8"), ["requirement", str(index)])
            raise InputError(name, f"this {kind} is there twice", "Give each its own.", path, line)
        seen.add(name)


def _check_document_key(entry: Table, titles: Mapping[str, str], path: Path, place: list[str]) -> None:
    if entry["document"] not in titles:
        line = find_line(path.read_text(encoding="utf-8"), [*place, "document"])
        raise InputError(str(entry["id"]), f"unknown document {entry['document']}", f"Known: {', '.join(titles)}", path, line)


def _check_conditions(requirement: Requirement, path: Path, place: list[str]) -> None:
    """Every condition must be one that releases know; the oldest release is asked."""
    try:
        requirement.absence(load(names()[0]))
    except InputError as error:
        line = find_line(path.read_text(encoding="utf-8"), [*place, "when"])
        raise InputError(requirement.id, f"when: {error.problem}", error.remedy, path, line) from error
