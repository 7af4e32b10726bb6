"""The command line, with a module for each subcommand; its ``add_parser`` sets a ``run`` that returns the exit status.

Nothing here imports a package that has to be installed before a ``run`` needs it: ``--help`` answers at once, and ``doctor``
answers where they are missing.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from harness.cli import compare, docs, doctor, lab, procedure, releases, storage, validate, verify
from harness.errors import BlackstartError

SUBCOMMANDS = (validate, verify, compare, releases, lab, procedure, storage, docs, doctor)

DESCRIPTION = """\
Rehearses documented vSphere disaster recovery procedures against simulated sites,
and says in a report what held and what did not."""

EPILOG = """\
exit status:
  0  certified (also on assumptions, unless --strict)
  1  a documented behaviour failed
  2  nobody can tell: the lab, the features or the command line is broken

Begin with:  blackstart validate
"""


class Command(argparse.ArgumentParser):
    """A subcommand's parser: it shows its own usage for what it does not know, where argparse shows that of ``blackstart``."""

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]  # noqa: D102
        options, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return options, unknown


def run(arguments: Sequence[str] | None = None) -> int:
    """Run the subcommand that ``arguments`` name (the process's own by default) and return its exit status."""
    options = make_parser().parse_args(arguments)
    try:
        return int(options.run(options))
    except BlackstartError as error:
        sys.stderr.write(f"blackstart: {error}\n")
        return 2
    except ModuleNotFoundError as error:
        if (error.name or "harness").startswith("harness"):
            raise
        sys.stderr.write(f"blackstart: Python package {error.name}: not installed\n  blackstart doctor says what a run needs.\n")
        return 2
    except BrokenPipeError:
        sys.stderr.close()
        return 2
    except OSError as error:
        sys.stderr.write(f"blackstart: {error}\n")
        return 2


def make_parser() -> argparse.ArgumentParser:
    """The command line with all its subcommands."""
    parser = argparse.ArgumentParser(
        prog="blackstart", description=DESCRIPTION, epilog=EPILOG, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True, parser_class=Command)
    for module in SUBCOMMANDS:
        module.add_parser(subparsers)
    return parser
