"""The log of a procedure's runs: a line of JSON for each thing that happened, by ``log.schema.json``, and no secret in it."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import fields
from pathlib import Path

from harness.errors import InputError
from harness.journal import ApiCall, CommandRun, Journal
from harness.procedures.events import Event, Form, StepBegun, Wire, stamp
from harness.units import Instant, number_of

SCHEMA = Path(__file__).with_name("log.schema.json")
VERSION = 1
LONGEST = 4000
"""Characters of one text: the output of a command, an answer."""
_ENCODER = json.JSONEncoder(ensure_ascii=False)


class Log:
    """Appends to a file; what a killed run left half-written there goes first. Each line is on its way when its call returns."""

    def __init__(self, path: Path, now: Callable[[], Instant], mask: Callable[[str], str]) -> None:
        self.path, self._now, self._mask = path, now, mask
        self._began = time.monotonic()
        try:
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
            os.ftruncate(self._file, _whole(path.read_bytes()))
        except OSError as error:
            raise InputError(
                "log", f"cannot be written: {error.strerror}", "Give another place with --log FILE.", path
            ) from error

    def tell(self, event: Event) -> None:
        """Add a line."""
        plain = {
            "version": VERSION,
            "kind": event.kind,
            "at": stamp(self._now()),
            "wall": round(time.monotonic() - self._began, 3),
        }
        told = {name: _clean(value, self._mask) for name, value in vars(event).items()}
        os.write(self._file, _ENCODER.encode(plain | told).encode("utf-8", "replace") + b"\n")

    def close(self) -> None:
        """No more lines."""
        os.close(self._file)


def _whole(content: bytes) -> int:
    """The length of the lines that are complete."""
    return content.rfind(b"\n") + 1


def _clean(value: object, mask: Callable[[str], str]) -> object:
    if isinstance(value, Mapping):
        return {mask(name): _clean(each, mask) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_clean(each, mask) for each in value]
    if isinstance(value, str):
        shown = mask(value)
        return shown if len(shown) <= LONGEST else f"{shown[:LONGEST]}... ({number_of(len(shown) - LONGEST, 'more character')})"
    return value


class WireTap:
    """Tells what a journal has got of the wires before each event of a run."""

    def __init__(self, journal: Journal, tell: Callable[[Event], None]) -> None:
        self._journal, self._tell = journal, tell
        self._seen, self._step = len(journal), ""

    def tell(self, event: Event) -> None:
        """What the wires did since the last event, then the event."""
        for entry in self._journal.entries(self._seen):
            self._seen = entry.sequence + 1
            record = entry.record
            if isinstance(record, CommandRun | ApiCall):
                form: Form = "command" if isinstance(record, CommandRun) else "call"
                data = {each.name: getattr(record, each.name) for each in fields(record)}
                self._tell(Wire(self._step, form, stamp(entry.began), stamp(entry.ended), data))
        if isinstance(event, StepBegun):
            self._step = event.step
        self._tell(event)
