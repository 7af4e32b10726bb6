"""The index over releases after a run for one of them alone: it links to the new report, so it has to show that one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from harness.errors import InputError
from harness.report.archive import decode, read_plain
from harness.report.index_page import write_index
from harness.report.model import Record
from harness.report.releases_index import INDEX_VERSION, Column, Index, make_column, make_rows
from harness.report.requirements import Catalogue

NAME = "index.json"


def refresh_index(record: Record, output: Path) -> str:
    """Put the new report of a release into the index in ``output``; what could not be done, in a sentence, or nothing.

    Where there is no index, or it never had the release, nothing is to be done. It cannot be done where the index is of other
    features or of another version of Blackstart.
    """
    place = output / NAME
    if not place.exists():
        return ""
    try:
        index = _read(place)
    except InputError as error:
        return f"{place.with_suffix('.html')} does not show this run: {error}"
    column = make_column(record)
    names = [each.release.name for each in index.columns]
    if record.release.name not in names:
        return ""
    number = names.index(record.release.name)
    if not _alike(index.columns[number], column):
        return f"{place.with_suffix('.html')} does not show this run: it is of other features. Run --release all again."
    write_index(_with(index, number, column, record), output)
    return ""


def _read(place: Path) -> Index:
    plain = read_plain(place)
    if plain["schema_version"] != INDEX_VERSION:
        remedy = f"This program reads version {INDEX_VERSION}. Run --release all again."
        raise InputError("index", f"has schema version {plain['schema_version']!r}", remedy, place)
    try:
        return decode(Index, plain)
    except ValueError as error:
        raise InputError("index", f"is not whole: {error}", "Run --release all again.", place) from error


def _alike(before: Column, after: Column) -> bool:
    return before.scenarios.keys() == after.scenarios.keys() and before.requirements.keys() == after.requirements.keys()


def _with(index: Index, number: int, column: Column, record: Record) -> Index:
    columns: Sequence[Column] = [*index.columns[:number], column, *index.columns[number + 1 :]]
    rows = make_rows(Catalogue(record.documents, record.requirements), columns)
    return replace(
        index,
        exit_status=max(each.verdict.exit_status for each in columns),
        differences=sum(row.differs for row in rows),
        columns=tuple(columns),
        rows=rows,
    )
