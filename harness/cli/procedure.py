"""``blackstart procedure``: carry a documented procedure out at a site, step by step, with checks."""

from __future__ import annotations

import argparse
import shlex
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.procedures.conduct import Request
    from harness.procedures.model import Procedure

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

DESCRIPTION = """\
Carry a documented procedure out: each step is checked before and after, over the wires that an
operator has (vSphere API, SSH to the hosts, the management APIs), and the first check that does not
hold stops the run with what was found and what to do next. Nothing is acted on twice: a step
that finds its work done goes on to the next."""

EPILOG = """\
examples:
  blackstart procedure --list                                    what there is
  blackstart procedure agents-restart --site ours.toml --plan    what would be done; touches nothing
  blackstart procedure agents-restart --site ours.toml           do it
  blackstart procedure agents-restart --site ours.toml --resume  go on after a stop, a kill or a Ctrl-C
  blackstart lab --site-file lab.toml                            a lab with its site file, to try it on
  blackstart procedure vcd-failover --site ours.toml             vCloud Director to the recovery site, once the other one is lost
  blackstart procedure vcd-failover --site ours.toml --branch power-on=vcloud     power by vCloud Director, not by vSphere HA
  blackstart procedure vcd-failback --site ours.toml             and back: it stops where a person has to give power back
  blackstart procedure view-failover --site ours.toml            View with persistent linked clones; view-failback goes back

The site file (TOML) describes the site: vCenter Servers, hosts, arrays, SRM servers, vCloud Director, View, DNS
servers, what is recovered ([recovery], and [recovery.nas] for NFS datastores by an alias), branches, waits. What
stands at one of two sites has role = "protected" or "recovery". It holds no password: those come from
the file that it names as credentials (mode 0600, a table with user and password for each login),
or from the environment (BLACKSTART_HOST_USER and BLACKSTART_HOST_PASSWORD for the login "host").
State and log are kept beside it: NAME.PROCEDURE.state.json and NAME.PROCEDURE.log.jsonl.
blackstart validate --procedure-log FILE shows a log in a report.

exit status:
  0  every step is done
  1  a check does not hold, or an act failed: the step, what was found and what to do next are told
  2  nobody can tell: the input cannot be used, a login is refused, or the run was interrupted
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "procedure",
        help="carry a documented procedure out at a site, with checks",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("name", nargs="?", metavar="NAME", help="the procedure (--list shows them)")
    parser.add_argument("--list", action="store_true", help="list the procedures, with their branches")
    parser.add_argument("--site", type=Path, metavar="FILE", help="the site, as a TOML file")
    parser.add_argument("--plan", action="store_true", help="print what would be done, and do nothing")
    parser.add_argument("--resume", action="store_true", help="go on where the last run stopped or was killed")
    parser.add_argument("--state", type=Path, metavar="FILE", help="where the state is kept (default: beside the site file)")
    parser.add_argument("--log", type=Path, metavar="FILE", help="where the log is added to (default: beside the site file)")
    parser.add_argument(
        "--branch",
        action="append",
        default=[],
        type=_branch,
        metavar="NAME=CHOICE",
        help="take this alternative, whatever the site file says; may be given again",
    )
    parser.set_defaults(run=run_procedure)


def _branch(text: str) -> tuple[str, str]:
    name, equals, choice = text.partition("=")
    if not (name and equals and choice):
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=CHOICE")
    return name, choice


def run_procedure(arguments: argparse.Namespace) -> int:
    """Carry the procedure out, or show what there is or would be done."""
    from harness.procedures.catalogue import PROCEDURES, find_procedure  # noqa: PLC0415 - slow, and nothing that --help needs
    from harness.procedures.conduct import Request, plan  # noqa: PLC0415

    if arguments.list:
        lines = [line for procedure in PROCEDURES.values() for line in (procedure.name, *_details(procedure))]
        return _print(lines)
    if arguments.name is None:
        raise InputError("procedure", "no name was given", f"Known: {', '.join(PROCEDURES)}")
    procedure = find_procedure(arguments.name)
    if arguments.site is None:
        raise InputError("--site", "missing: where is it to be done?", "blackstart procedure --help says what a site file is.")
    given = dict(arguments.branch)
    request = Request(procedure, arguments.site, given, arguments.resume, arguments.state, arguments.log)
    return _print(plan(request)) if arguments.plan else _carry_out(request)


def _details(procedure: Procedure) -> list[str]:
    branches = [f"  --branch {name}={'|'.join(choices)}" for name, choices in procedure.branches.items()]
    return [f"  {procedure.does}", *branches]


def _print(lines: list[str]) -> int:
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


def _carry_out(request: Request) -> int:
    from harness.procedures.conduct import Surroundings, carry_out  # noqa: PLC0415 - see run_procedure
    from harness.procedures.engine import EXIT_STATUS  # noqa: PLC0415

    wish = Wish()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, wish.take)
    try:
        ended = carry_out(request, Surroundings(sys.stdout, lambda: wish.taken))
    finally:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
    if ended.ending == "broken":
        sys.stderr.write(f"blackstart: {ended.found}\n")
    if ended.ending != "finished":
        sys.stdout.write(f"  then:  {_repeat(request)}\n")
    sys.stdout.write(f"Log: {request.log_file}\n")
    return EXIT_STATUS[ended.ending]


def _repeat(request: Request) -> str:
    """The command line that goes on."""
    words = ["blackstart", "procedure", request.procedure.name, "--site", str(request.site), "--resume"]
    words += ["--state", str(request.state)] if request.state else []
    words += ["--log", str(request.log)] if request.log else []
    return shlex.join(words)


class Wish:
    """A person's wish to stop: the first Ctrl-C waits for the act to end, the second one does not."""

    def __init__(self) -> None:
        self.taken = False

    def take(self, _number: int, _frame: FrameType | None) -> None:
        """A signal has come."""
        if self.taken:
            raise KeyboardInterrupt
        self.taken = True
        sys.stderr.write(
            "\nStopping when this act or look has ended. Ctrl-C again stops at once; --resume goes on in both cases.\n"
        )
