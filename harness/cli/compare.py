"""``blackstart compare``: what a report says otherwise than another one."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DESCRIPTION = """\
Compare two reports by requirement, scenario and step, the worst first:
  broken                 ended well, or was not looked at, and does not end well now
  not run any more       was looked at, and is skipped, left out or not run now
  removed                was there, and is not any more
  fixed                  did not end well, and passes now
  run now                was not looked at, and passes now
  new                    was not there; one that does not pass counts as broken
  not passed, otherwise  ended badly, and now in another way, step or for another reason;
                         or is left out in another way
  no longer applicable   the data of the other release says that it is not about it
  text changed           is written otherwise, whatever else became of it
A scenario is known by its file, rule and name; a renamed or moved one by its steps."""

EPILOG = """\
exit status:
  0  nothing broke, what is new passes, and all that was looked at still is
  1  something broke, is new and does not pass, or is not looked at any more
  2  a report cannot be read

examples:
  blackstart compare before/5.0 reports/5.0             a change under review against the last run
  blackstart compare reports/5.0 reports/5.1            two releases; what the data of the second
                                                        says is not about it counts as no loss
  blackstart compare A B --markdown changes.md --html changes.html
  blackstart compare A B --json | jq '.scenarios[] | select(.lost) | .key_after'

What --json prints is described by $defs/comparison in the record's own schema
(harness/report/record.schema.json).
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "compare",
        help="say what a report says otherwise than another one",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("before", type=Path, metavar="A", help="the earlier report: its directory or its report.json")
    parser.add_argument("after", type=Path, metavar="B", help="the later report")
    parser.add_argument("--html", type=Path, metavar="FILE", help="write the comparison as one offline page, too")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write it as Markdown, too")
    parser.add_argument("--json", action="store_true", help="print it as JSON instead of text")
    parser.set_defaults(run=compare)


def compare(arguments: argparse.Namespace) -> int:
    """Compare the two reports, print the result and write the forms that were asked for."""
    from harness.report.archive import write_text  # noqa: PLC0415 - slow to import, and nothing that --help needs
    from harness.report.comparing import compare_reports, to_comparison_json  # noqa: PLC0415
    from harness.report.comparison_page import to_comparison_page  # noqa: PLC0415
    from harness.report.comparison_text import to_markdown, to_text  # noqa: PLC0415

    found = compare_reports(arguments.before, arguments.after)
    for path, form in ((arguments.html, to_comparison_page), (arguments.markdown, to_markdown)):
        if path:
            write_text(path, form(found))
    said = (to_comparison_json if arguments.json else to_text)(found)
    encoding = sys.stdout.encoding or "utf-8"
    sys.stdout.write(said.encode(encoding, "replace").decode(encoding))
    return found.exit_status
