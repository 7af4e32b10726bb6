"""One run for several releases, from its options to a report for each and the index over them."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from time import monotonic
from typing import TypeAlias

from harness.report.archive import prepare_directory
from harness.report.execution import RunOptions
from harness.report.index_page import write_index
from harness.report.releases_index import INDEX_VERSION, Column, Index, make_column, make_lines, make_rows
from harness.report.requirements import read_requirements
from harness.report.session import Audience, Rehearsal, rehearse, write_report

Reported: TypeAlias = tuple[Column, str, bool]
"""A release in the index, with the commit that it was looked at and whether that is not the whole truth."""


def run_releases(runs: Sequence[RunOptions], command: str, audience: Audience) -> Index:
    """Run and report all of ``runs``, which differ in their releases alone; ``command`` repeats the whole.

    The reports and the index are in ``output`` when this returns. Raises `InputError` where the input is unusable, before
    anything runs.
    """
    began, first = monotonic(), runs[0]
    prepare_directory(first.output)
    with rehearse(runs, audience) as rehearsal:
        index = _index(first, rehearsal, _report(rehearsal, runs), command, began)
    write_index(index, first.output)
    return index


def _index(first: RunOptions, rehearsal: Rehearsal, reported: Sequence[Reported], command: str, began: float) -> Index:
    columns = tuple(column for column, _, _ in reported)
    rows = make_rows(read_requirements(first.features, first.release.name), columns)
    return Index(
        schema_version=INDEX_VERSION,
        command=command,
        started=rehearsal.started.isoformat(timespec="seconds").replace("+00:00", "Z"),
        commit=reported[0][1],
        dirty=reported[0][2],
        change=first.change,
        title=first.title,
        wall=round(monotonic() - began, 3),
        exit_status=max(column.verdict.exit_status for column in columns),
        differences=sum(row.differs for row in rows),
        columns=columns,
        rows=rows,
        scenarios=make_lines(rehearsal.plan),
    )


def _report(rehearsal: Rehearsal, runs: Sequence[RunOptions]) -> list[Reported]:
    """Write the report of each release, side by side in as many processes as the run had workers, or the machine has cores.

    Each has releases that follow one another: what has changed since the previous one is told by a record that it has, but for
    its first, before which the previous one is judged again. So more of them than can run at a time would do more.
    """
    work, size = partial(_report_some, rehearsal), -(-len(runs) // min(runs[0].workers, os.cpu_count() or 1))
    parts = [runs[first : first + size] for first in range(0, len(runs), size)]
    if len(parts) == 1:
        return work(runs)
    with ProcessPoolExecutor(len(parts), multiprocessing.get_context("fork")) as pool:
        return [reported for part in pool.map(work, parts) for reported in part]


def _report_some(rehearsal: Rehearsal, runs: Sequence[RunOptions]) -> list[Reported]:
    reported, before = [], None
    for options in runs:
        before = rehearsal.record(options, before)
        write_report(before, options.output)
        reported.append((make_column(before), before.environment.commit, before.environment.dirty))
    return reported
