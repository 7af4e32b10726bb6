"""``blackstart storage``: the storage management utility of the documents, for arrays with the lab's management API."""

from __future__ import annotations

import argparse
import json
import re
import sys
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, is_dataclass
from pathlib import Path
from string import hexdigits
from typing import TYPE_CHECKING, Any

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.probes.arrays import ArrayClient, GroupView, LunView

    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]
    Shown = GroupView | LunView
    Deed = Callable[[ArrayClient, argparse.Namespace], Sequence[Shown]]

DESCRIPTION = """\
Look at a storage array and act on it: its LUNs, and the consistency groups that it replicates.
An action prints what it acted on as it is afterwards."""

EPILOG = """\
examples:
  blackstart storage --site ours.toml --array array-b groups
  blackstart storage --site ours.toml --array array-b break cg-tenants
  blackstart storage --site ours.toml --array array-b make-writable tenant-vmfs01 tenant-vmfs02
  blackstart storage --site ours.toml --array array-b present tenant-vmfs01 --host esx-b01.lab.example
  blackstart storage --array https://192.0.2.90 --thumbprint 3F:...:A1 luns --json

A fail-over breaks a group at the target array, makes its LUNs writable and presents them; then the hosts
rescan. A fail-back masks the originals before their hosts boot, reverses the group, and breaks it
when it replicates again. A LUN is named by its device (naa....) or by what the array calls it.

The password comes from BLACKSTART_ARRAY_USER and BLACKSTART_ARRAY_PASSWORD, or from a file with mode 0600
that the site file or --credentials names: a TOML table [array] with user and password.

exit status:
  0  done, or it was so already
  1  the array does not do it: its reason is told
  2  nobody can tell: the array does not answer, the login is refused, or the input cannot be used
"""

ADDRESS = re.compile(r"https://[^/:@\s]+(:[0-9]{1,5})?/?")

GROUP_ACTIONS = {
    "break": "make the targets of a group LUNs of their own, with what they hold",
    "suspend": "stop copying until the group is resumed",
    "resume": "have a suspended group copy again; returns when that has begun",
    "synchronise": "have the targets hold what the sources hold now; returns when they do",
    "reverse": "swap the roles of a broken group and copy the other way; returns when that has begun",
    "resynchronise": "have a broken group copy again in its old direction; changes to its targets are lost",
}


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "storage",
        help="look at a storage array and act on its LUNs and consistency groups",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--array", required=True, metavar="URL|NAME", help="its https address, or its name in the site file")
    parser.add_argument("--site", type=Path, metavar="FILE", help="the site file that describes the array")
    parser.add_argument("--credentials", type=Path, metavar="FILE", help="where user and password are, besides the environment")
    parser.add_argument("--login", default="array", metavar="NAME", help="the login's name there (default: %(default)s)")
    believed = parser.add_mutually_exclusive_group()
    believed.add_argument("--thumbprint", metavar="HEX", help="SHA-1 or SHA-256 of the array's certificate: believe it alone")
    believed.add_argument("--insecure", action="store_true", help="believe whoever answers")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    _add_looks(commands)
    _add_deeds(commands)
    parser.set_defaults(run=run_storage)


def _add_looks(commands: Subparsers) -> None:
    groups = _add(
        commands, "groups", "the consistency groups, all or those named", lambda array, asked: _groups(array, asked.names)
    )
    groups.add_argument("names", nargs="*", metavar="GROUP")
    luns = _add(commands, "luns", "the LUNs, all or those named", lambda array, asked: _luns(array, asked.names))
    luns.add_argument("names", nargs="*", metavar="LUN")


def _add_deeds(commands: Subparsers) -> None:
    for action, what in GROUP_ACTIONS.items():
        deed = _add(commands, action, what, lambda array, asked: [array.act(name, asked.action) for name in asked.names])
        deed.add_argument("names", nargs="+", metavar="GROUP")
        deed.set_defaults(action=action)
    make = _add(commands, "make-writable", "let hosts write to LUNs", _each(lambda array, lun, _asked: array.make_writable(lun)))
    present = _add(
        commands,
        "present",
        "let more hosts reach LUNs; they find them at their next rescan",
        _each(lambda array, lun, asked: array.present(lun, asked.host)),
    )
    mask = _add(
        commands,
        "mask",
        "keep hosts from LUNs: their paths go down",
        _each(lambda array, lun, asked: array.mask(lun, asked.host or ())),
    )
    for deed in (make, present, mask):
        deed.add_argument("names", nargs="+", metavar="LUN")
    hosts = "a host as vCenter names it; may be given again"
    present.add_argument("--host", action="append", required=True, metavar="HOST", help=hosts)
    which = mask.add_mutually_exclusive_group(required=True)
    which.add_argument("--host", action="append", metavar="HOST", help=hosts)
    which.add_argument("--all-hosts", action="store_true", help="keep every host from it")


def _add(commands: Subparsers, name: str, what: str, deed: Deed) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=what, description=what[0].upper() + what[1:] + ".")
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.set_defaults(deed=deed)
    return parser


def _each(act: Callable[[ArrayClient, str, argparse.Namespace], LunView]) -> Deed:
    """All names are looked up first, so that a wrong one changes nothing."""

    def deed(array: ArrayClient, asked: argparse.Namespace) -> list[LunView]:
        devices = [lun.device for lun in _luns(array, asked.names)]
        return [act(array, device, asked) for device in devices]

    return deed


def _luns(array: ArrayClient, names: Sequence[str]) -> list[LunView]:
    return [array.lun(name) for name in names] if names else array.luns()


def _groups(array: ArrayClient, names: Sequence[str]) -> list[GroupView]:
    return [array.group(name) for name in names] if names else array.groups()


def run_storage(arguments: argparse.Namespace) -> int:
    """Ask the array, and print what it shows; 1 where it does not do what is asked."""
    from harness.probes.failures import Absent, ArrayRefusal  # noqa: PLC0415 - slow, and nothing that --help needs

    array = _dial(arguments)
    try:
        found = arguments.deed(array, arguments)
    except (Absent, ArrayRefusal) as error:
        sys.stderr.write(f"blackstart: {error}\n")
        return 2 if isinstance(error, ArrayRefusal) and error.code == "unauthorized" else 1
    finally:
        array.close()
    sys.stdout.write(_json(found) if arguments.json else "".join(f"{line}\n" for line in _lines(found)))
    return 0


def _dial(arguments: argparse.Namespace) -> ArrayClient:
    from harness.probes.arrays import ArrayClient  # noqa: PLC0415 - see run_storage
    from harness.procedures.logins import Logins  # noqa: PLC0415
    from harness.procedures.site import ServiceAccess  # noqa: PLC0415

    entry, credentials = _described(arguments) if arguments.site else (_given(arguments), None)
    login = Logins(arguments.credentials or credentials).of(entry.login, f"array {entry.name}")
    return ArrayClient(ServiceAccess(entry.name, entry.url, entry.address, entry.identity, login))


def _described(arguments: argparse.Namespace) -> tuple[Any, Path | None]:
    from harness.procedures.site_file import load_site  # noqa: PLC0415 - see run_storage

    site = load_site(arguments.site)
    arrays = {entry.name: entry for entry in site.of_kind("array")}
    if arguments.array not in arrays:
        known = f"Known: {', '.join(arrays) or 'none; describe it as [[array]]'}"
        raise InputError("--array", f"no array named {arguments.array!r}", known, arguments.site)
    return arrays[arguments.array], site.credentials


def _given(arguments: argparse.Namespace) -> Any:  # noqa: ANN401 - see _described
    from harness.probes.trust import ANYBODY, KNOWN, PINNED  # noqa: PLC0415 - see run_storage
    from harness.procedures.site_file import ServiceEntry  # noqa: PLC0415

    if not ADDRESS.fullmatch(arguments.array):
        remedy = "Give https://HOST[:PORT], or with --site the name that the site file gives it."
        raise InputError("--array", f"{arguments.array!r} is not an https address", remedy)
    digits = (arguments.thumbprint or "").replace(":", "")
    if arguments.thumbprint and (len(digits) not in PINNED or not set(digits) <= set(hexdigits)):
        raise InputError("--thumbprint", f"{arguments.thumbprint!r} is no SHA-1 or SHA-256", "40 or 64 hexadecimal digits.")
    identity = arguments.thumbprint or (ANYBODY if arguments.insecure else KNOWN)
    return ServiceEntry("array", arguments.array, arguments.array.rstrip("/"), identity, arguments.login)


def _json(found: Sequence[Shown]) -> str:
    return json.dumps([asdict(each) for each in found if is_dataclass(each)], default=str, indent=2) + "\n"


def _lines(found: Sequence[Shown]) -> Iterable[str]:
    rows = [_lun_row(each) if hasattr(each, "device") else _group_row(each) for each in found]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))] if rows else []
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]


def _lun_row(lun: Any) -> list[str]:  # noqa: ANN401 - a LunView, whose module is not imported here
    group = f"{lun.role} of {lun.group}" if lun.group else "not replicated"
    hosts = f"presented to {', '.join(lun.presented)}" if lun.presented else "masked from all hosts"
    return [
        lun.name,
        lun.path or lun.device,
        f"{lun.size // 2**30} GiB",
        "read-write" if lun.writable else "read-only",
        group,
        hosts,
    ]


def _group_row(group: Any) -> list[str]:  # noqa: ANN401 - see _lun_row
    held = f"targets as of {group.completed:%Y-%m-%dT%H:%M:%SZ}" if group.completed else "targets hold no whole moment"
    lag = "" if group.lag is None else f", lag {group.lag:g} s"
    since = f"{group.state} since {group.since:%Y-%m-%dT%H:%M:%SZ}{f' ({group.reason})' if group.reason else ''}"
    return [group.name, since, group.mode, f"{group.source_array} -> {group.target_array}", held + lag]
