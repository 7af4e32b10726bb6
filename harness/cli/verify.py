"""``blackstart verify``: whether a report is whole and unchanged, and whether its history supports its verdict."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError
from harness.units import number_of

if TYPE_CHECKING:
    from harness.report.verification import Verification

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DESCRIPTION = """\
Look at a report after it was written. Three questions, each by itself:
  its files    are they those that SHA256SUMS lists, none missing, none added?
  its record   is report.json whole, and what its schema says?
  its verdict  does it follow from the recorded history alone (what was seen of
               every scenario, step by step), or was it changed afterwards?"""

EPILOG = """\
exit status:
  0  certified, and nothing has changed since (also on assumptions, unless the run was strict)
  1  a documented behaviour failed, and nothing has changed since
  2  something has changed, is missing or was added; or the run was inconclusive

examples:
  blackstart verify reports/5.0      one report
  blackstart verify reports/*/       all of them; the worst exit status
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
    parser.add_argument("reports", nargs="+", type=Path, metavar="REPORT_DIR", help="directory of a report, such as reports/5.0")
    parser.set_defaults(run=verify)


def verify(arguments: argparse.Namespace) -> int:
    """Verify each report and say what was found; the worst exit status of them (2, then 1, then 0)."""
    return max([_look_at(directory) for directory in arguments.reports])


def _look_at(directory: Path) -> int:
    """Verify one report; what is none does not keep the others from being looked at."""
    from harness.report.verification import verify_report  # noqa: PLC0415 - slow to import, and nothing that --help needs

    try:
        return _tell(verify_report(directory))
    except InputError as error:
        sys.stderr.write(f"blackstart: {error}\n")
        return 2


def _tell(found: Verification) -> int:
    lines = [_heading(found)]
    lines += [f"  CHANGED  {fault}" for fault in found.faults]
    if not found.faults and found.record:
        scenarios = found.record.scenarios
        steps = sum(len(scenario.steps) for scenario in scenarios)
        lines.append(f"  intact   {number_of(found.files, 'file')} as SHA256SUMS lists them, {_signed(found)}")
        judged = f"{number_of(len(scenarios), 'scenario')} with {number_of(steps, 'step')}"
        lines.append(f"  agrees   {judged}, judged again by the recorded history")
    if found.record:
        lines.append(f"  {'verdict ' if not found.faults else 'history '} {found.record.verdict.headline}")
        lines += [f"           {reason}" for reason in found.record.verdict.reasons]
    sys.stdout.write("\n".join(lines) + "\n")
    return found.exit_status


def _heading(found: Verification) -> str:
    if not found.record:
        return f"{found.directory}"
    return f"{found.directory}: release {found.record.release.name}, run of {found.record.environment.started}"


def _signed(found: Verification) -> str:
    return f"{', '.join(found.signatures)} beside it (not checked here)" if found.signatures else "no signature"
