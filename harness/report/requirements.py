"""The requirements that features trace to, as plain data for a report: what ``requirements.toml`` says, for one release."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from harness import requirements
from harness.releases import Release, load
from harness.report.model import Document, Requirement, Twin

FILE = requirements.REQUIREMENTS.name


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Documents and requirements in the order of their files."""

    documents: tuple[Document, ...] = ()
    requirements: tuple[Requirement, ...] = ()


def read_requirements(directories: Sequence[Path], release: str) -> Catalogue:
    """The requirements of each of ``directories``, or of the one above it; none at all is an empty catalogue."""
    profile = load(release)
    found = [entry for path in find_catalogues(directories) for entry in _listed(path)]
    documents = {entry.document: Document(entry.document, entry.title) for entry in found}
    return Catalogue(tuple(documents.values()), tuple({entry.id: _plain(entry, profile) for entry in found}.values()))


@cache  # the releases of a run have the same
def _listed(path: Path) -> tuple[requirements.Requirement, ...]:
    return tuple(requirements.load_requirements(path).values())


def find_catalogues(directories: Sequence[Path]) -> tuple[Path, ...]:
    """The files of requirements of ``directories``, each once."""
    return tuple(dict.fromkeys(path for each in directories if (path := _find(each.resolve()))))


def _find(directory: Path) -> Path | None:
    return next((folder / FILE for folder in (directory, directory.parent) if (folder / FILE).is_file()), None)


def _plain(entry: requirements.Requirement, release: Release) -> Requirement:
    return Requirement(
        id=entry.id,
        text=entry.text,
        document=entry.document,
        section=entry.section,
        provenance=entry.provenance,
        evidence=entry.evidence,
        absence=entry.absence(release) or "",
        twins=tuple(Twin(twin.slug, twin.removed, twin.cause.kind, twin.cause.name, twin.cause.text) for twin in entry.twins),
    )
