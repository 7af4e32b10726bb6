"""What a run stands on: software, machine, revision and the digests of what was certified."""

from __future__ import annotations

import hashlib
import platform
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from harness.errors import InputError
from harness.report.model import Problem
from harness.report.plan import shown_path

PACKAGES = ("blackstart", "pytest", "pytest-bdd", "pytest-xdist", "gherkin-official", "pyvmomi", "asyncssh", "paramiko")


MOST_NAMES = 5


@dataclass(frozen=True, slots=True)
class Identity:
    """What is certified, as it lay there at one moment: the git commit, whether that is the whole truth, SHA-256 by file."""

    commit: str
    dirty: bool
    digests: Mapping[str, str]


def identity(directories: Sequence[Path], files: Iterable[Path]) -> Identity:
    """The identity of ``files``, whose features are in ``directories``; the first of them says the revision."""
    first = directories[0].resolve()
    found = digests((path for path in files if path.is_file()), directories)
    return Identity(*revision(first if first.is_dir() else first.parent), found)


def changed(before: Identity, after: Identity) -> tuple[Problem, ...]:
    """A problem where a file is not what it was: nobody knows which of both ran."""
    names = sorted(name for name, found in before.digests.items() if after.digests.get(name) != found)
    if not names:
        return ()
    more = f" and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else ""
    return (Problem(f"changed while the scenarios ran, so that nobody knows what ran: {', '.join(names[:MOST_NAMES])}{more}"),)


def software() -> dict[str, str]:
    """The versions of Python and of the packages that take part; one that is not installed is left out."""
    found = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def machine() -> str:
    """Operating system and processor, without the machine's name."""
    return f"{platform.system()} {platform.release()} {platform.machine()}"


def revision(directory: Path) -> tuple[str, bool]:
    """The git commit that ``directory`` is at and whether that is not the whole truth; ``("", False)`` outside a repository.

    Not the whole truth: a tracked file has changed anywhere, or ``directory`` holds one that is not tracked.
    """
    commit = _git(directory, "rev-parse", "HEAD").strip()
    changed = _git(directory, "status", "--porcelain", "--untracked-files=no") + _git(
        directory, "status", "--porcelain", "--", "."
    )
    return commit, bool(commit and changed)


def digests(files: Iterable[Path], directories: Sequence[Path]) -> dict[str, str]:
    """SHA-256 of each file, by the path that reports show; ``directories`` hold the features.

    Raises `InputError` where two files would have one path: scenarios are told apart by it and their line, so the results of one
    would stand for the other one's as well.
    """
    named: dict[str, Path] = {}
    for path in sorted({each.resolve() for each in files}):
        name = shown_path(path, directories)
        if (other := named.setdefault(name, path)) != path:
            problem = f"would be {name} in a report, as {other} is"
            raise InputError("features", problem, "Run from a directory that holds both of them, or rename a folder.", path)
    return {name: hashlib.sha256(path.read_bytes()).hexdigest() for name, path in named.items()}


def _git(directory: Path, *arguments: str) -> str:
    command = ["git", "-C", str(directory), *arguments]
    try:
        return subprocess.run(command, capture_output=True, text=True, check=True, timeout=10).stdout
    except (OSError, subprocess.SubprocessError):
        return ""
