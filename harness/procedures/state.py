"""How far a run has come, on disk before the next thing happens: a run that is killed at any point goes on from there."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import msgspec
from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from harness.errors import InputError
from harness.procedures.model import Notes

VERSION = 1
SCHEMA = Path(__file__).with_name("state.schema.json")


@dataclass(frozen=True)
class Binding:
    """What a state belongs to: another procedure, site file, choice of branches or list of steps cannot go on with it."""

    procedure: str
    site: str
    digest: str
    branches: Mapping[str, str]
    steps: tuple[str, ...]

    def plain(self) -> dict[str, object]:
        """For JSON."""
        return {
            "procedure": self.procedure,
            "site": self.site,
            "digest": self.digest,
            "branches": dict(self.branches),
            "steps": list(self.steps),
        }


@dataclass
class State:
    """The state of one run in the file ``path``. Every change is on the disk when its call returns."""

    path: Path
    run: str
    binding: Binding
    done: dict[str, str] = field(default_factory=dict)
    """By the names of steps, when they were done."""
    notes: dict[str, Notes] = field(default_factory=dict)
    finished: str = ""

    def note(self, step: str, notes: Notes) -> None:
        """Keep what a step wrote down."""
        self.notes[step] = notes
        self.save()

    def complete(self, step: str, at: str) -> None:
        """A step is done."""
        self.done[step] = at
        self.save()

    def finish(self, at: str) -> None:
        """All steps are done."""
        self.finished = at
        self.save()

    def save(self) -> None:
        """Put all of it in the place of what the file held, in one move."""
        plain = {"version": VERSION, "run": self.run, **self.binding.plain()}
        plain |= {"done": self.done, "notes": self.notes, "finished": self.finished}
        try:
            _replace(self.path, _indented(plain).encode() + b"\n")
        except OSError as error:
            raise InputError(
                "state", f"cannot be written: {error}", "Give another place with --state FILE.", self.path
            ) from error


def _indented(plain: Mapping[str, object]) -> str:
    """As ``json.dumps`` indents it, which takes ten times as long to do so."""
    try:
        return msgspec.json.format(json.dumps(plain), indent=1)
    except msgspec.DecodeError:  # a path that is no UTF-8
        return json.dumps(plain, indent=1)


def _replace(path: Path, content: bytes) -> None:
    fresh = path.with_name(f"{path.name}.new")
    with fresh.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    fresh.rename(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read_state(path: Path) -> State:
    """The state in a file. Raises ``InputError`` where it is none."""
    remedy = "Look what the last run's log says of its steps; to begin anew, remove the file."
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError("state", f"cannot be read: {error}", remedy, path) from error
    problem = best_match(_validator().iter_errors(plain))
    if problem:
        raise InputError("state", f"not a state of this version: {problem.message}", remedy, path)
    return _built(path, plain)


@cache
def _validator() -> Draft202012Validator:
    return Draft202012Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def _built(path: Path, plain: Mapping[str, Any]) -> State:
    keys = ("procedure", "site", "digest", "branches")
    binding = Binding(**{key: plain[key] for key in keys}, steps=tuple(plain["steps"]))
    return State(path, plain["run"], binding, dict(plain["done"]), dict(plain["notes"]), plain["finished"])


def check_binding(state: State, wanted: Binding) -> None:
    """Raise ``InputError``, with the reason, where a run cannot go on with a state."""
    kept = state.binding
    reasons = {
        f"it is of the procedure {kept.procedure}, not of {wanted.procedure}": kept.procedure != wanted.procedure,
        f"it is of another site file: {kept.site} as it was then (SHA-256 {kept.digest[:12]}...), not {wanted.site} as it is now "
        f"({wanted.digest[:12]}...)": kept.digest != wanted.digest,
        f"its run chose {_pairs(kept.branches)}, not {_pairs(wanted.branches)}": kept.branches != wanted.branches,
        "the procedure has other steps in this version of Blackstart": kept.steps != wanted.steps,
    }
    reason = next((reason for reason, applies in reasons.items() if applies), "")
    if reason:
        remedy = f"Give what the run began with, or, to begin anew, remove {state.path} and leave --resume out."
        raise InputError("state", f"cannot go on: {reason}", remedy, state.path)


def _pairs(branches: Mapping[str, str]) -> str:
    return ", ".join(f"{branch}={choice}" for branch, choice in branches.items()) or "no branch"


@contextmanager
def sole_use(state: Path) -> Iterator[None]:
    """Keep other runs from the state meanwhile. Raises ``InputError`` where one is at work with it."""
    path = state.with_name(f"{state.name}.lock")
    file = _locked(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)
        os.close(file)


def _locked(path: Path) -> int:
    while True:
        try:
            file = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise InputError("state", f"cannot be kept here: {error}", "Give another place with --state FILE.", path) from error
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(file)
            raise InputError("state", "another run is at work with it", "Wait for its end, or stop it first.", path) from None
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file), path.stat()):
                return file
        os.close(file)  # its last user removed it in between
