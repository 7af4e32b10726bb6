"""``blackstart lab``: bring a lab up and keep it, for a person's own clients."""

from __future__ import annotations

import argparse
import json
import math
import sys
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext, suppress
from pathlib import Path
from textwrap import indent
from typing import TYPE_CHECKING

from harness.cli.lab_lines import LINES, Input, Lines
from harness.cli.simulation import add_release, add_seed, add_simulator
from harness.errors import InputError
from harness.units import seconds

if TYPE_CHECKING:
    from harness.lab import ArrayAccess, BrokerAccess, CenterAccess, CloudAccess, HostAccess, Lab, NameAccess, RecoveryAccess

    Served = ArrayAccess | BrokerAccess | CenterAccess | CloudAccess | RecoveryAccess
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

BEAT = 0.2
"""Wall seconds between two moments in which simulated time catches up."""
FASTEST = 86400.0
"""A day in each second: faster than that, simulated time would soon leave the calendar."""

HINT = "Type help for what you can break and mend here. Ctrl-C ends the lab."
"""The last line that a person reads before the lab waits."""
TSIG = "hmac-sha256"
"""How updates of a lab's DNS servers are signed."""

DESCRIPTION = """\
Bring a lab up and keep it until Ctrl-C: a vCenter that pyvmomi, govc or PowerCLI can talk to,
and ESXi hosts that ssh can. Everything listens on loopback only and is gone afterwards.
Meanwhile it does what lines on standard input say: lose and restore what stands there, and more."""

EPILOG = f"""\
examples:
  blackstart lab                                three hosts of the release that the documents describe
  blackstart lab --release 8.0 --pace 60        a minute of simulated time in each second
  blackstart lab --blueprint two-sites          two sites with vCloud Director: three vCenters, twelve hosts
  blackstart lab --blueprint view-two-sites     two sites with View: pools of persistent linked clones
  (then, typed there)  lose protected           the protected site has no power: blackstart procedure vcd-failover
  blackstart lab --blueprint ours.toml --json   another environment; the first line is for a script
  blackstart lab --site-file lab.toml           and in another terminal: blackstart procedure NAME --site lab.toml

lines on standard input:
{indent(LINES, "  ")}

NAME is what the lab calls it (help lists all of them); the first part of a long name will do. Each line is answered by
what is so then, or by "no:" and the reason, with --json by an object with "line", "ok", "answer" and "time" (simulated), in
a line of its own. The lab goes on where its input ends, or has none.

Ends with 0 on Ctrl-C or quit, and with 2 where the lab broke or cannot be built from what was given.
"""


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "lab",
        help="bring a lab up for your own clients, until Ctrl-C",
        description=DESCRIPTION,
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_release(parser, "release profile (default: %(default)s; an unknown one shows them all)")
    add_simulator(parser)
    _add_environment(parser)
    add_seed(parser)
    parser.add_argument(
        "--pace", type=_pace, default=1.0, metavar="X", help="simulated seconds in each second; 0 stands still (default: 1)"
    )
    _add_descriptions(parser)
    parser.set_defaults(run=run_lab)


def _add_environment(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--blueprint",
        type=Path,
        default=Path("three-hosts"),
        metavar="FILE",
        help="environment to build: a TOML file, or the name of one that is shipped (default: %(default)s)",
    )
    parser.add_argument(
        "--variation",
        action="append",
        default=[],
        metavar="NAME",
        help="build a variation of it, by the name that it has in the file; may be given several times; an unknown one shows all",
    )


def _add_descriptions(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--site-file",
        type=Path,
        metavar="PATH",
        help="write a site file for blackstart procedure, with its credentials beside it, for as long as the lab runs",
    )
    parser.add_argument(
        "--json",
        action="store_true",
        help="print one line of JSON first, and then one for each answer, and nothing else on standard output",
    )


def _pace(text: str) -> float:
    try:
        pace = float(text)
    except ValueError:
        pace = math.nan
    if not 0 <= pace <= FASTEST:  # as nothing is with a NaN
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 0 to {FASTEST:g}")
    return pace


def run_lab(arguments: argparse.Namespace) -> int:
    """Keep a lab up until Ctrl-C; 0 then, as that is how it is meant to end."""
    from harness.blueprints import load_blueprint  # noqa: PLC0415 - slow to import, and nothing that --help needs
    from harness.lab import open_lab  # noqa: PLC0415
    from harness.releases import load  # noqa: PLC0415
    from harness.simulators.choice import choose_simulator  # noqa: PLC0415

    if arguments.site_file and not arguments.pace:
        raise InputError("--site-file", "with --pace 0 time stands still, and a procedure would wait for ever", "Leave one out.")
    release = load(arguments.release)
    blueprint = load_blueprint(arguments.blueprint, *arguments.variation)
    simulator = choose_simulator(arguments.simulator)
    with open_lab(blueprint, release, simulator, arguments.seed) as lab, _site_file(lab, arguments), suppress(KeyboardInterrupt):
        _tell(lab, arguments.site_file, as_json=arguments.json)
        _keep(lab, arguments.pace, as_json=arguments.json)
    sys.stderr.write("\nThe lab is gone.\n")
    return 0


def _site_file(lab: Lab, arguments: argparse.Namespace) -> AbstractContextManager[None]:
    from harness.cli.lab_site import site_file  # noqa: PLC0415 - see run_lab

    return site_file(lab, arguments.site_file, arguments.pace) if arguments.site_file else nullcontext()


def _tell(lab: Lab, site: Path | None, *, as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(describe(lab)) + "\n")
    else:
        described = [f"Described as a site: blackstart procedure NAME --site {site}"] if site else []
        sys.stdout.write("\n".join([*_lines(lab), *described, HINT]) + "\n")
    sys.stdout.flush()


def describe(lab: Lab) -> dict[str, object]:
    """How to reach everything in a lab, with passwords: nothing of value is behind them. What it has none of is left out."""
    served: dict[str, list[dict[str, object]]] = {
        "vcenters": [_login(center) for center in lab.vcenters.values()],
        "arrays": [_login(array) for array in lab.arrays.values()],
        "srm": [_login(server) for server in lab.srm.values()],
        "vcloud": [_cloud(cloud) for cloud in lab.vcloud.values()],
        "view": [_broker(broker) for broker in lab.view.values()],
        "dns": [_name_server(server) for server in lab.nameservers.values()],
        "hosts": [_host(host) for host in lab.hosts.values()],
    }
    return {"release": lab.release.name, **{kind: each for kind, each in served.items() if each}}


def _host(host: HostAccess) -> dict[str, object]:
    address, login = host.address, host.login
    ssh = {"host": address.host, "port": address.port, "user": login.user, "password": login.password}
    return {"name": host.name, "vcenter": host.vcenter, "ssh": ssh}


def _login(access: Served) -> dict[str, object]:
    return {"name": access.name, "url": access.url, "user": access.login.user, "password": access.login.password}


def _name_server(server: NameAccess) -> dict[str, object]:
    address, key = server.address, server.login
    return {
        "name": server.name,
        "host": address.host,
        "port": address.port,
        "key": key.user,
        "secret": key.password,
        "algorithm": TSIG,
    }


def _cloud(cloud: CloudAccess) -> dict[str, object]:
    tenants = [{"name": name, "user": login.user, "password": login.password} for name, login in cloud.tenants.items()]
    return {**_login(cloud), "organisations": tenants}


def _broker(broker: BrokerAccess) -> dict[str, object]:
    users = [{"name": name, "user": login.user, "password": login.password} for name, login in broker.users.items()]
    return {"name": broker.name, "url": broker.url, "users": users}


def _lines(lab: Lab) -> list[str]:
    lines = [f"Lab {lab.blueprint.name!r}, {lab.release.title}, vcsim as a {lab.simulator}.", ""]
    served: list[tuple[str, Served]] = [("vCenter", center) for center in lab.vcenters.values()]
    served += [("Array", array) for array in lab.arrays.values()]
    served += [("Site Recovery Manager", server) for server in lab.srm.values()]
    served += [("vCloud Director", cloud) for cloud in lab.vcloud.values()]
    served += [("View connection server", broker) for broker in lab.view.values()]
    for kind, access in served:
        others = lab.vcloud[access.name].tenants if access.name in lab.vcloud else {}
        others = lab.view[access.name].users if access.name in lab.view else others
        logins = [access.login, *(login for login in others.values() if login != access.login)]
        users = [f"  user {login.user}, password {login.password}" for login in logins]
        lines += [f"{kind} {access.name}", f"  {access.url}", *users, ""]
    lines += [*_name_servers(lab), *_unserved(lab)]
    width = max(24, *(len(name) for name in lab.hosts))
    for name in lab.vcenters:
        lines += [f"Hosts of {name}"] if len(lab.vcenters) > 1 else []
        for host in [host for host in lab.hosts.values() if host.vcenter == name]:
            lines.append(f"{host.name:{width}} ssh -p {host.address.port} {host.login.user}@{host.address.host}")
        lines += [""] if len(lab.vcenters) > 1 else []
    passwords = {host.login.password for host in lab.hosts.values()}
    return [*lines, f"  password {', '.join(sorted(passwords))}", ""]


def _name_servers(lab: Lab) -> Iterator[str]:
    for server in lab.nameservers.values():
        signed = f"-y {TSIG}:{server.login.user}:{server.login.password}"
        yield f"DNS server {server.name}"
        yield f"  @{server.address.host} -p {server.address.port} for dig; updates by nsupdate {signed}"
        yield ""


def _unserved(lab: Lab) -> Iterator[str]:
    """What the blueprint describes and the release has not."""
    if lab.blueprint.recovery_servers and not lab.srm:
        names = ", ".join(plan.name for plan in lab.blueprint.recovery_servers)
        yield from (f"Site Recovery Manager {names}: the release has none, so nobody serves it.", "")
    if lab.blueprint.cloud and not lab.vcloud:
        yield from (f"vCloud Director {lab.blueprint.cloud.name}: the release has none, so nobody serves it.", "")
    if lab.blueprint.view and not lab.view:
        yield from (f"View {lab.blueprint.view.name}: the release has none with Composer, so nobody serves it.", "")


def _keep(lab: Lab, pace: float, *, as_json: bool) -> None:
    """Let simulated time run beside wall time, and do what lines say, until one says quit.

    A lab whose simulator died is a ``LabError``.
    """
    last, come, lines = time.monotonic(), Input(), Lines(lab, as_json)
    while all(lines.answer(line) for line in come.wait(BEAT)):
        now = time.monotonic()
        if pace:
            lab.let_time_run(seconds(round((now - last) * pace, 3)))
        last = now
        lab.check()
