"""Whether a report is what was written, and whether its history supports what it says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.report.archive import RECORD, find_record, read_record
from harness.report.judgement import conclude
from harness.report.manifest import MANIFEST, compare_files, read_manifest, signatures
from harness.report.model import Record

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
        faults += (f"{directory / name}: {why}" for name, why in compare_files(directory, listed))
    except InputError as error:
        faults.append(_line(error))
    record = None
    try:
        stored = read_record(directory / RECORD)
        record = conclude(stored)
        faults += (f"{directory / RECORD}: {difference}" for difference in _differences(stored, record))
    except InputError as error:
        faults.append(_line(error))
    return Verification(directory, record, len(listed), signatures(directory), tuple(dict.fromkeys(faults)))


def _line(error: InputError) -> str:
    return str(error).splitlines()[0]


def _differences(stored: Record, derived: Record) -> Iterator[str]:
    found = list(islice(compare_plain(asdict(stored), asdict(derived)), MOST_DIFFERENCES + 1))
    for place, said, follows in found[:MOST_DIFFERENCES]:
        yield f"{_named(place, stored)} says {said}, and its history says {follows}"
    if len(found) > MOST_DIFFERENCES:
        yield "and more of that"


def _named(place: str, record: Record) -> str:
    """``place`` with the scenario that it is in, where it is in one."""
    number = place.removeprefix("scenarios[").partition("]")[0]
    if not place.startswith("scenarios[") or not number.isdigit() or int(number) >= len(record.scenarios):
        return place
    scenario = record.scenarios[int(number)]
    return f"{place} ({scenario.key} {scenario.name})"


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
