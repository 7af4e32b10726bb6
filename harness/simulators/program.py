"""Finding the simulator's program, and telling ours from any other vcsim."""

from __future__ import annotations

import functools
import hashlib
import http
import http.client
import json
import re
import secrets
import stat
from collections.abc import Mapping
from pathlib import Path

from harness.errors import LabError
from harness.tls import believing_anybody
from harness.units import Address, Credentials

EXTENSION = "5"
"""The version of the extension's protocol that this Python speaks."""

ABOUT = "/about"
"""Where vcsim tells about itself: it answers there as soon as it serves."""

GOVMOMI = re.compile(rb"dep\tgithub\.com/vmware/govmomi\t(?P<version>v[\w.+-]+)")
"""A line of the build information that the Go tools put into a program."""

INSTALL = "Install Blackstart's own simulator with: pip install ./vcsim"
WAIT = f"{INSTALL}\n  Where that is under way at this moment (make vcsim), start again when it is done."
"""The way out where there is no program, or one that does not run: so it is, too, while it is installed anew."""


def installed_binary() -> Path:
    """The program that ``pip install ./vcsim`` built. ``LabError`` where it is not installed, or not yet: pip makes it one that
    may be run when all of it is written, and a part of it would make an image of a container as well.
    """
    try:
        import blackstart_vcsim  # noqa: PLC0415 - optional until a simulator is started
    except ImportError as error:
        raise LabError("vcsim", "the simulator is not installed", WAIT) from error
    found: Path = blackstart_vcsim.binary()
    if not found.exists():
        raise LabError("vcsim", f"{found} is missing", WAIT)
    if not found.stat().st_mode & stat.S_IXUSR:
        raise LabError("vcsim", f"{found} is not installed completely: it may not be run yet", WAIT)
    return found


@functools.cache
def identity(binary: Path) -> Mapping[str, str]:
    """What ``binary`` is: the govmomi it was built with, as its own build information says, our extension, and its SHA-256."""
    content = binary.read_bytes()
    found = GOVMOMI.search(content)
    version = found["version"].decode() if found else "unknown"
    return {"vcsim": f"govmomi {version}, extension {EXTENSION}", "vcsim SHA-256": hashlib.sha256(content).hexdigest()}


def new_agent() -> Credentials:
    """A user for the lab itself that nobody can guess; made anew for each vCenter."""
    return Credentials(f"lab-agent-{secrets.token_hex(4)}", secrets.token_urlsafe(24))


def environment(operator: Credentials, agent: Credentials) -> dict[str, str]:
    """How the program is told its users: not on its command line, which everybody can read."""
    return {
        "VCSIM_USER": operator.user,
        "VCSIM_PASSWORD": operator.password,
        "VCSIM_AGENT_USER": agent.user,
        "VCSIM_AGENT_PASSWORD": agent.password,
    }


def announced(line: bytes) -> tuple[Address, str | None]:
    """Where a vCenter listens, and the version of the program's extension, as a line says. ValueError where it says none."""
    try:
        told = json.loads(line)
        host, _, port = told["address"].rpartition(":")
        return Address(host, int(port)), told.get("extension")
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError("it does not say where it listens, so it is not Blackstart's own") from error


def accept(what: str, found: str | None) -> None:
    """Refuses, with a ``LabError``, a vcsim without the extension (``found`` is ``None``), or with another version of it.

    One without would take every option of the extension for one of its own, and say nothing.
    """
    if found is None:
        problem = "is not Blackstart's own: it has no extension, so no host or storage state could be shown"
        raise LabError("vcsim", f"{what} {problem}", INSTALL)
    if found != EXTENSION:
        raise LabError("vcsim", f"{what} has version {found} of the extension, and {EXTENSION} is needed", INSTALL)


def answers_about(address: Address, *, deadline: float = 5.0) -> bool:
    """Whether vcsim answers ``/about`` yet."""
    try:
        return get(address, ABOUT, deadline).status == http.HTTPStatus.OK
    except (OSError, http.client.HTTPException):
        return False


def get(address: Address, path: str, deadline: float) -> http.client.HTTPResponse:
    """The answer to a GET, with its status and headers; its body stays unread."""
    connection = http.client.HTTPSConnection(*address, timeout=deadline, context=believing_anybody())
    try:
        connection.request("GET", path)
        return connection.getresponse()
    finally:
        connection.close()
