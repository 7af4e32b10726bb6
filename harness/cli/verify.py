"""``blackstart verify``: whether a report is whole and unchanged, and whether its history supports its verdict."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.units import number_of

if TYPE_CHECKING:
    from harness.report.model import Record
    from harness.report.verification import IndexVerification, Verification

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DESCRIPTION = """\
Look at a report after it was written. Three questions, each by itself:
  its files    are they those that SHA256SUMS lists, none missing, none added?
  its record   is report.json whole, and what its schema says?
  its verdict  does it follow from the recorded history alone (what was seen of
               every scenario, step by step), or was it changed afterwards?
Of a directory with an index over releases: the same of each of its reports, and whether
the index is what was written and shows what they say."""

EPILOG = """\
exit status:
  0  certified, and nothing has changed since (also on assumptions, unless the run was strict)
  1  a documented behaviour failed, and nothing has changed since
  2  something has changed, is missing or was added; or the run was inconclusive

examples:
  blackstart verify reports/5.0      one report
  blackstart verify reports          all that its index shows, and the index; the worst exit status
  blackstart verify reports/*/       every report that is there
  cd reports/5.0 && sha256sum -c SHA256SUMS
                                     the files alone, without Blackstart

This finds accidents: a file cut short in transit, a report edited by hand, two runs mixed
in one directory. Who changes the files, the record and SHA256SUMS together is found only
by a signature: sign SHA256SUMS and keep it beside it, as SHA256SUMS.asc or SHA256SUMS.sig;
such files belong to no list, and your own tool checks them.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "verify",
        help="check that a report is unchanged and that its history supports its verdict",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "reports",
        nargs="+",
        type=Path,
        metavar="REPORT_DIR",
        help="directory of a report, such as reports/5.0, or of an index over several, such as reports",
    )
    parser.set_defaults(run=verify)


def verify(arguments: argparse.Namespace) -> int:
    """Verify each report and say what was found; the worst exit status of them (2, then 1, then 0)."""
    return max([_look_at(directory) for directory in arguments.reports])


def _look_at(directory: Path) -> int:
    """Verify what ``directory`` holds; what is no report does not keep the others from being looked at."""
    from harness.report.verification import has_index  # noqa: PLC0415 - slow to import, and nothing that --help needs

    return _look_at_index(directory) if has_index(directory) else _look_at_report(directory)[1]


def _look_at_report(directory: Path) -> tuple[Record | None, int]:
    """Verify one report: its record as its history supports it, and the exit status."""
    from harness.report.verification import verify_report  # noqa: PLC0415 - see above

    try:
        found = verify_report(directory)
    except InputError as error:
        sys.stderr.write(f"blackstart: {error}\n")
        return None, 2
    _tell(found)
    return found.record, found.exit_status


def _look_at_index(directory: Path) -> int:
    """Verify the reports of an index one after the other, as all of them together are large, and then the index."""
    from harness.report.verification import verify_index  # noqa: PLC0415 - see above

    statuses = [0]

    def look(report: Path) -> Record | None:
        record, status = _look_at_report(report)
        statuses.append(status)
        return record

    found = verify_index(directory, look)
    lines = [f"{directory}: index over releases"]
    lines += [f"  CHANGED  {fault}" for fault in found.faults]
    if found.index and not found.faults:
        lines[0] = f"{directory}: index over {number_of(len(found.index.columns), 'release')}, run of {found.index.started}"
        lines += [_intact(found), "  agrees   it shows what their reports say"]
    sys.stdout.write("\n".join(lines) + "\n")
    return max(statuses) if not found.faults else 2


def _tell(found: Verification) -> None:
    lines = [_heading(found)]
    lines += [f"  CHANGED  {fault}" for fault in found.faults]
    if not found.faults and found.record:
        scenarios = found.record.scenarios
        steps = sum(len(scenario.steps) for scenario in scenarios)
        lines.append(_intact(found))
        judged = f"{number_of(len(scenarios), 'scenario')} with {number_of(steps, 'step')}"
        lines.append(f"  agrees   {judged}, judged again by the recorded history")
    if found.record:
        lines.append(f"  {'verdict ' if not found.faults else 'history '} {found.record.verdict.headline}")
        lines += [f"           {reason}" for reason in found.record.verdict.reasons]
    sys.stdout.write("\n".join(lines) + "\n")


def _intact(found: Verification | IndexVerification) -> str:
    signed = f"{', '.join(found.signatures)} beside it (not checked here)" if found.signatures else "no signature"
    return f"  intact   {number_of(found.files, 'file')} as SHA256SUMS lists them, {signed}"


def _heading(found: Verification) -> str:
    if not found.record:
        return f"{found.directory}"
    return f"{found.directory}: release {found.record.release.name}, run of {found.record.environment.started}"
