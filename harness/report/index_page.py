"""The index over the reports of several releases as one offline HTML page, in the style of the reports."""

from __future__ import annotations

from collections import Counter
from itertools import groupby
from pathlib import Path

from harness.report.archive import write_together
from harness.report.manifest import MANIFEST, list_digests
from harness.report.page import templates
from harness.report.releases_index import INDEX, Cell, Endings, Index, Line, Recovery, Row, endings_of, to_index_json
from harness.report.vocabulary import Decision
from harness.units import number_of

STATES = {"shown_by_tests": "by tests", "no_scenario": "no scenario", "not_applicable": "n/a", "deselected": "left out"}
"""Words for a narrow column; those that are not here stay as they are."""
WORST_FIRST: tuple[Decision, ...] = ("failed", "inconclusive", "certified on assumptions", "certified")


def to_index_page(index: Index) -> str:
    """``index`` as HTML text; the same index gives the same text."""
    return (
        templates()
        .get_template("releases.html")
        .render(
            index=index,
            brief=lambda state: STATES.get(state, ""),
            counted=_counted,
            decisions=_decisions(index),
            partial=_partial(index),
            again=[column for column in index.columns if column.started != index.started],
            timed=[(line, _spans(line, index)) for line in index.scenarios if _came_back(line, index)],
            untimed=[line for line in index.scenarios if _came_back(line, index) is False],
            differing=[(row, _groups(row, index)) for row in index.rows if row.differs],
        )
    )


def _decisions(index: Index) -> list[tuple[Decision, int]]:
    """The verdicts that occur, the worst first, each with its number of releases."""
    counts = Counter(column.verdict.decision for column in index.columns)
    return [(decision, counts[decision]) for decision in WORST_FIRST if counts[decision]]


def _partial(index: Index) -> str:
    """What was selected, where that is not everything."""
    selected = {(column.planned - column.counts["deselected"], column.planned) for column in index.columns}
    if all(some == every for some, every in selected):
        return ""
    some, every = min(selected)
    return (
        f"{some} of {number_of(every, 'scenario')} selected"
        if len(selected) == 1
        else "not every scenario was selected for every release"
    )


def _came_back(line: Line, index: Index) -> bool | None:
    """Whether all that was lost in a scenario ran again in some release; None if nothing was lost in any."""
    found = [column.recovery[line.key] for column in index.columns if line.key in column.recovery]
    return any(time.seconds is not None for time in found) if found else None


def _spans(line: Line, index: Index) -> list[tuple[Recovery | None, int]]:
    """The recovery times of a scenario, release by release, each with how many beside each other have it."""
    return [(time, len(list(group))) for time, group in groupby(column.recovery.get(line.key) for column in index.columns)]


def _counted(cell: Cell) -> str:
    """How many of the scenarios that ran passed, where there are any."""
    return f"{cell.passed}/{cell.run}" if cell.run else ""


def _groups(row: Row, index: Index) -> list[tuple[list[Line], Endings]]:
    """The scenarios of a requirement that did not come to the same in all releases, those that differ alike together."""
    groups: dict[str, tuple[list[Line], Endings]] = {}
    for line in index.scenarios:
        endings = endings_of(line, index.columns)
        if row.id in line.requirements and len(endings) > 1:
            groups.setdefault(repr(endings), ([], endings))[0].append(line)
    return list(groups.values())


FORMS = {INDEX: to_index_json, "index.html": to_index_page}
"""The forms of an index by the name of their file."""


def write_index(index: Index, output: Path) -> None:
    """Write all forms of ``index`` and the list of their digests into ``output``."""
    made = {name: form(index).encode("utf-8") for name, form in FORMS.items()}
    write_together(output, {**made, MANIFEST: list_digests(made)})
