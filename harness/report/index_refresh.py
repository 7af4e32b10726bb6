"""The index over releases after a run for one of them alone: it links to the new report, so it has to show that one."""

from __future__ import annotations

from pathlib import Path

from harness.errors import InputError
from harness.report.index_page import write_index
from harness.report.model import Record
from harness.report.releases_index import INDEX, Column, make_column, read_index, with_columns
from harness.report.requirements import Catalogue


def refresh_index(record: Record, output: Path) -> str:
    """Put the new report of a release into the index in ``output``; what could not be done, in a sentence, or nothing.

    Where there is no index, or it never had the release, nothing is to be done. It cannot be done where the index is of other
    features or of another version of Blackstart.
    """
    place = output / INDEX
    if not place.exists():
        return ""
    try:
        index = read_index(place)
    except InputError as error:
        return f"{place.with_suffix('.html')} does not show this run: {error}"
    column = make_column(record)
    names = [each.release.name for each in index.columns]
    if record.release.name not in names:
        return ""
    number = names.index(record.release.name)
    if not _alike(index.columns[number], column):
        return f"{place.with_suffix('.html')} does not show this run: it is of other features. Run --release all again."
    columns = (*index.columns[:number], column, *index.columns[number + 1 :])
    write_index(with_columns(index, columns, Catalogue(record.documents, record.requirements)), output)
    return ""


def _alike(before: Column, after: Column) -> bool:
    return before.scenarios.keys() == after.scenarios.keys() and before.requirements.keys() == after.requirements.keys()
