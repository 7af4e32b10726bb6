"""Whether a report is what was written, and whether its history supports what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.report.archive import RECORD, find_record, read_record
from harness.report.judgement import conclude
from harness.report.manifest import FORMS, INDEX_FORMS, MANIFEST, compare_files, files_below, read_manifest, signatures
from harness.report.model import Record
from harness.report.releases_index import INDEX, Index, make_column, read_index, with_columns
from harness.report.requirements import Catalogue

MOST_DIFFERENCES = 20
"""More of them say nothing more."""


@dataclass(frozen=True, slots=True)
class Verification:
    """What a look at a report's directory found.

    ``faults`` name what has changed; ``record`` is the record as its history supports it, None where it cannot be read. ``files``
    is how many files the list of digests has, ``signatures`` are those beside it, which nothing checks yet.
    """

    directory: Path
    record: Record | None
    files: int
    signatures: tuple[str, ...]
    faults: tuple[str, ...]

    @property
    def exit_status(self) -> int:
        """That of the verdict that the history supports, if nothing has changed; else 2."""
        return self.record.verdict.exit_status if self.record and not self.faults else 2


def verify_report(directory: Path) -> Verification:
    """Look at the report in ``directory``: its files, its record, its verdict. Raises `InputError` where there is none."""
    if not directory.is_dir():
        problem = "is a file" if directory.exists() else "there is no such directory"
        raise InputError("report", problem, "Give the directory of a report, such as reports/5.0.", directory)
    if not (directory / MANIFEST).exists():
        find_record(directory)
    faults: list[str] = []
    listed: Mapping[str, str] = {}
    try:
        listed = read_manifest(directory)
        wrong = compare_files(directory, listed, {*FORMS, *files_below(directory)})
        faults += (f"{directory / name}: {why}" for name, why in wrong)
    except InputError as error:
        faults.append(_line(error))
    record = None
    try:
        stored = read_record(directory / RECORD)
        record = conclude(stored)
        differences = _differences(asdict(stored), asdict(record), "its history says", partial(_scenario, stored))
        faults += (f"{directory / RECORD}: {difference}" for difference in differences)
    except InputError as error:
        faults.append(_line(error))
    return Verification(directory, record, len(listed), signatures(directory), tuple(dict.fromkeys(faults)))


@dataclass(frozen=True, slots=True)
class IndexVerification:
    """What a look at an index over the reports of several releases found; the fields are those of `Verification`."""

    directory: Path
    index: Index | None
    files: int
    signatures: tuple[str, ...]
    faults: tuple[str, ...]


def has_index(directory: Path) -> bool:
    """Whether ``directory`` holds an index over reports, and is none itself."""
    return (directory / INDEX).exists() and not (directory / RECORD).exists()


def verify_index(directory: Path, look: Callable[[Path], Record | None]) -> IndexVerification:
    """Look at the index in ``directory``: its files, and whether it shows what the reports beside it say.

    ``look`` gives the record of the report in a directory as its history supports it, None where there is none to be read.
    """
    faults: list[str] = []
    listed: Mapping[str, str] = {}
    index = None
    try:
        listed = read_manifest(directory)
        faults += (f"{directory / name}: {why}" for name, why in compare_files(directory, listed, INDEX_FORMS))
    except InputError as error:
        faults.append(_line(error))
    try:
        index = read_index(directory / INDEX)
        faults += (f"{directory / INDEX}: {difference}" for difference in _other_than_reports(index, directory, look))
    except InputError as error:
        faults.append(_line(error))
    return IndexVerification(directory, index, len(listed), signatures(directory), tuple(dict.fromkeys(faults)))


def _other_than_reports(index: Index, directory: Path, look: Callable[[Path], Record | None]) -> Iterator[str]:
    columns, catalogue = [], None
    for column in index.columns:
        if record := look(directory / column.release.name):
            catalogue = Catalogue(record.documents, record.requirements)
            columns.append(make_column(record))
        else:
            yield f"no report beside it says what it shows of {column.release.name}"
            columns.append(column)
    if catalogue:
        derived = with_columns(index, columns, catalogue)
        yield from _differences(asdict(index), asdict(derived), "the reports say")


def _line(error: InputError) -> str:
    return str(error).splitlines()[0]


def _differences(stored: object, derived: object, source: str, about: Callable[[str], str] = lambda _: "") -> Iterator[str]:
    found = list(islice(compare_plain(stored, derived), MOST_DIFFERENCES + 1))
    for place, said, follows in found[:MOST_DIFFERENCES]:
        yield f"{place}{about(place)} says {said}, and {source} {follows}"
    if len(found) > MOST_DIFFERENCES:
        yield "and more of that"


def _scenario(record: Record, place: str) -> str:
    """The scenario that ``place`` is in, where it is in one."""
    number = place.removeprefix("scenarios[").partition("]")[0]
    if not place.startswith("scenarios[") or not number.isdigit() or int(number) >= len(record.scenarios):
        return ""
    scenario = record.scenarios[int(number)]
    return f" ({scenario.key} {scenario.name})"


def compare_plain(left: Any, right: Any, place: str = "") -> Iterator[tuple[str, str, str]]:  # noqa: ANN401 (JSON)
    """Each place where two values of plain data differ, as ``scenarios[3].outcome``, with both values in short."""
    if isinstance(left, Mapping) and isinstance(right, Mapping):
        for key in dict.fromkeys((*left, *right)):
            yield from compare_plain(left.get(key), right.get(key), f"{place}.{key}" if place else str(key))
    elif _is_list(left) and _is_list(right) and len(left) == len(right):
        for index, (one, other) in enumerate(zip(left, right, strict=True)):
            yield from compare_plain(one, other, f"{place}[{index}]")
    elif left != right:
        yield place, _short(left), _short(right)


def _is_list(value: object) -> bool:
    return isinstance(value, Sequence) and not isinstance(value, str)


def _short(value: object) -> str:
    if _is_list(value) and not all(isinstance(each, str) for each in value):  # type: ignore[attr-defined]
        return f"a list of {len(value)}"  # type: ignore[arg-type]
    text = repr(value) if not isinstance(value, str) else f'"{value}"'
    return text if len(text) <= 100 else f"{text[:97]}..."
