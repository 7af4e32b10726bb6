"""The reports that lie in the output directory before a run: what it follows, and what its changes are told against.

They are looked at before anything runs. One that is cut short or newer than this program stops the run, which would replace it;
one of an older version of the record is taken for history as far as that goes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.report.archive import RECORD, decode, find_record, read_heading, read_record
from harness.report.comparison import compare
from harness.report.evidence import PastRun
from harness.report.execution import RunOptions
from harness.report.judgement import conclude
from harness.report.manifest import digest
from harness.report.model import SCHEMA_VERSION, Problem, Record

MOST_RUNS = 20
REMEDY = "Move it away, or give another directory with --output DIR."


@dataclass(frozen=True, slots=True)
class Earlier:
    """The last runs for a release, the newest first, and the record that its changes are told against, if there is one."""

    runs: tuple[PastRun, ...]
    base: Path | None


def look_back(options: RunOptions, told: bool) -> Earlier:
    """What lies in the output directory of ``options``; ``told`` says that the same run is for the previous release, too.

    Raises `InputError` for a report that cannot be read.
    """
    runs = _runs(options.output / options.release.name / RECORD)
    if options.since:
        base = find_record(options.since)
        if _plain(base, "Give another report with --since.")["schema_version"] != SCHEMA_VERSION:
            raise InputError("record", "was written by an older version", "Give another report with --since.", base)
        return Earlier(runs, base)
    previous = options.output / options.previous / RECORD
    usable = options.previous and not told and previous.exists() and _plain(previous, REMEDY)["schema_version"] == SCHEMA_VERSION
    return Earlier(runs, previous if usable else None)


def follow(record: Record, earlier: Earlier, previous: Record | None) -> Record:
    """``record`` with what it follows; ``previous`` is the previous release's where the same run is for that one, too.

    An earlier report whose scenarios turn out to be unreadable leaves the run inconclusive, and costs nothing of its own record.
    """
    record = replace(record, runs=earlier.runs)
    if previous:
        return replace(record, since=compare(previous, record))
    if not earlier.base:
        return record
    try:
        return replace(record, since=compare(read_record(earlier.base), record, (digest(earlier.base), "")))
    except InputError as error:
        unread = Problem(f"what has changed since an earlier report is not known: {error}")
        return conclude(replace(record, problems=(*record.problems, unread)))


def _runs(path: Path) -> tuple[PastRun, ...]:
    if not path.exists():
        return ()
    plain = _plain(path, REMEDY)
    try:
        runs = (_past_run(plain, digest(path)), *plain.get("runs", ()))
        return decode(tuple[PastRun, ...], runs[:MOST_RUNS])
    except (KeyError, TypeError, ValueError) as error:
        raise InputError("record", f"is not one of a run: {error}", REMEDY, path) from error


def _past_run(plain: Mapping[str, Any], found: str) -> Mapping[str, Any]:
    verdict, environment = plain["verdict"], plain["environment"]
    return {
        **{name: environment[name] for name in ("started", "commit", "dirty")},
        **{name: verdict[name] for name in ("decision", "headline")},
        **{name: plain.get(name, "") for name in ("change", "title")},
        "counts": plain["counts"],
        "digest": found,
    }


def _plain(path: Path, remedy: str) -> Mapping[str, Any]:
    try:
        plain = read_heading(path)
    except InputError as error:
        raise InputError(error.subject, error.problem, remedy, error.file, error.line) from error
    if plain["schema_version"] > SCHEMA_VERSION:
        problem = f"has schema version {plain['schema_version']}, and this program writes {SCHEMA_VERSION}"
        raise InputError("record", problem, remedy, path)
    return plain
