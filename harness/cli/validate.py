"""``blackstart validate``: run the features for a release and write its report."""

from __future__ import annotations

import argparse
import gc
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from harness.cli.release_profiles import describe_release, release_names
from harness.cli.shipped import shipped
from harness.cli.simulation import add_release, add_seed, add_simulator

if TYPE_CHECKING:
    from harness.report.execution import RunOptions
    from harness.simulators.run import Run

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

MOST_WORKERS = 64
"""Each has a vCenter and hosts of its own: far more would stop a machine instead of using it."""
LONGEST_LINE = 200
"""Characters of what a team calls its change, or its report."""

DESCRIPTION = """\
Run the documented behaviours (features/) against a simulated site of one release
and write reports/<release>/: index.html to read, report.json to compute with,
junit.xml and summary.md for a CI server, messages.ndjson for Cucumber's tools,
report.epub for an e-reader. With --release all, every release runs in one pool of
workers, and reports/index.html and index.json show where releases differ."""

EPILOG = """\
examples:
  blackstart validate                                 everything, for the release that the documents describe
  blackstart validate --release all --workers 2       everything, for every release, and an index over them
  blackstart validate --tags '@VDS-05'                one requirement with its negative twins
  blackstart validate --tags '@VDS-05 and not @twin'  only the behaviour itself
  blackstart validate --features ours/ --strict       your own features; an assumption is not enough
  blackstart validate --change CHG-1234 --title 'Fail-over, autumn'
                                                      what your own change certifies, on the first page
  blackstart validate --since archive/2026-08/5.0     what is different since that report
  blackstart validate --procedure-log ours.vcd-failover.log.jsonl   with what blackstart procedure did (no verdict on it)

A tag with a colon belongs to the family before it: @twin means every @twin:NAME.
A run with --tags says so in its verdict. The line that repeats a run is printed in its report.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "validate",
        help="run the features for a release and write its report",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_release(parser, "release profile, or 'all' (default: %(default)s, the documents' own; an unknown one shows them all)")
    add_simulator(parser)
    parser.add_argument(
        "--features", action="append", type=_directory, metavar="DIR", help="directory with *.feature files; may be given again"
    )
    parser.add_argument("--tags", default="", metavar="EXPR", help="Cucumber tag expression: only the scenarios that match")
    parser.add_argument("--workers", type=_workers, default=1, metavar="N", help="processes side by side (default: 1)")
    add_seed(parser)
    parser.add_argument("--strict", action="store_true", help="end with 1 where the verdict rests on assumptions")
    parser.add_argument("--shuffle", action="store_true", help="run the scenarios in an order drawn from the seed")
    parser.add_argument(
        "--output", type=_directory, default=Path("reports"), metavar="DIR", help="where reports go (default: %(default)s)"
    )
    _add_words(parser)
    parser.set_defaults(run=validate)


def _add_words(parser: argparse.ArgumentParser) -> None:
    ours = parser.add_argument_group("what the report says of itself")
    ours.add_argument(
        "--change", default="", type=_line, metavar="ID", help="your own change that is certified, such as CHG-1234"
    )
    ours.add_argument("--title", default="", type=_line, metavar="TEXT", help="title of the report, on its first page")
    ours.add_argument(
        "--since",
        type=Path,
        metavar="REPORT",
        help="report since which changes are told: its directory or report.json (default: the previous release's in --output)",
    )
    shown = "log of a procedure that a person ran, to be shown in the report; may be given again"
    ours.add_argument("--procedure-log", action="append", default=[], type=Path, metavar="FILE", help=shown)


def validate(arguments: argparse.Namespace) -> int:
    """Validate each release that was asked for; the worst exit status of them (2, then 1, then 0)."""
    from harness.simulators.choice import settle  # noqa: PLC0415 - slow to import, and nothing that --help needs
    from harness.simulators.run import clear_dead, current_run  # noqa: PLC0415
    from harness.simulators.scratch import prefer_memory  # noqa: PLC0415

    gc.set_threshold(10_000_000)  # a record is a large graph, of which nothing goes before its report is written
    everything, arguments.simulator = arguments.release == "all", settle(arguments.simulator)
    prefer_memory()
    ours = current_run()
    try:
        runs = [_options(arguments, release, ours) for release in (release_names() if everything else (arguments.release,))]
        return _validate_all(arguments, runs) if everything else _validate_one(runs[0])
    finally:
        clear_dead()  # workers that a Ctrl-C ended while they started simulators


def _validate_all(arguments: argparse.Namespace, runs: Sequence[RunOptions]) -> int:
    from harness.report.releases_session import run_releases  # noqa: PLC0415 - see validate
    from harness.report.releases_terminal import ReleasesTerminal  # noqa: PLC0415
    from harness.report.terminal import wants_colour  # noqa: PLC0415

    terminal = ReleasesTerminal(sys.stdout, wants_colour(sys.stdout), [options.release.name for options in runs])
    terminal.announce("all", runs[0].simulator, runs[0].seed)
    index = run_releases(runs, repeat_command(arguments, "all"), terminal)
    terminal.conclude_all(index)
    terminal.point_all(runs[0].output)
    return index.exit_status


def _validate_one(options: RunOptions) -> int:
    from harness.report.index_refresh import refresh_index  # noqa: PLC0415 - see validate
    from harness.report.session import run, write_report  # noqa: PLC0415
    from harness.report.terminal import Terminal, wants_colour  # noqa: PLC0415

    terminal = Terminal(sys.stdout, wants_colour(sys.stdout))
    terminal.announce(options.release.name, options.simulator, options.seed)
    record = run(options, terminal)
    terminal.conclude(record)
    terminal.point(write_report(record, options.output))
    terminal.warn(refresh_index(record, options.output))
    return record.verdict.exit_status


def _options(arguments: argparse.Namespace, release: str, ours: Run) -> RunOptions:
    from harness.report.execution import RunOptions  # noqa: PLC0415 - see validate
    from harness.report.procedure_log import read_log  # noqa: PLC0415

    return RunOptions(
        features=tuple(arguments.features or [shipped("features")]),
        module=shipped("steps") / "test_features.py",
        release=describe_release(release),
        output=arguments.output,
        scratch=ours.directory,
        lifelines=ours.lifelines(),
        simulator=arguments.simulator,
        tags=arguments.tags,
        workers=arguments.workers,
        seed=arguments.seed,
        strict=arguments.strict,
        shuffle=arguments.shuffle,
        command=repeat_command(arguments, release),
        change=arguments.change,
        title=arguments.title,
        previous=_previous(release),
        since=arguments.since,
        procedure_logs=tuple(read_log(path) for path in arguments.procedure_log),
    )


def _previous(release: str) -> str:
    """The release before ``release``; empty for the first one."""
    names = release_names()
    return names[names.index(release) - 1] if release in names[1:] else ""


def repeat_command(arguments: argparse.Namespace, release: str) -> str:
    """The one line that does again what ``arguments`` did for ``release``."""
    words = ["blackstart", "validate", "--release", release, "--simulator", arguments.simulator, "--seed", str(arguments.seed)]
    words += ["--workers", str(arguments.workers)]
    words += [part for directory in arguments.features or [] for part in ("--features", str(directory))]
    words += ["--tags", arguments.tags] if arguments.tags else []
    words += [part for log in arguments.procedure_log for part in ("--procedure-log", str(log))]
    named = (("--change", arguments.change), ("--title", arguments.title), ("--since", arguments.since))
    words += [part for name, value in named if value for part in _option(name, str(value))]
    words += [f"--{name}" for name in ("strict", "shuffle") if getattr(arguments, name)]
    return shlex.join(words)


def _option(name: str, value: str) -> tuple[str, ...]:
    """An option as words of a line; a value that looks like an option itself stands in one word with its name."""
    return (f"{name}={value}",) if value.startswith("-") else (name, value)


def _directory(text: str) -> Path:
    if not text:
        raise argparse.ArgumentTypeError("an empty name is no directory")
    return Path(text)


def _line(text: str) -> str:
    line = " ".join(text.split())
    if len(line) > LONGEST_LINE:
        raise argparse.ArgumentTypeError(f"{len(line)} characters are too many: a first page has room for {LONGEST_LINE}")
    return line


def _workers(text: str) -> int:
    try:
        number = int(text)
    except ValueError:
        number = 0
    if not 1 <= number <= MOST_WORKERS:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1 to {MOST_WORKERS}")
    return number
