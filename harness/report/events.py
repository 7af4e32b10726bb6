"""The event files of a run: where its processes write them, and following them meanwhile."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from fnmatch import fnmatch
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

from msgspec import json, to_builtins

from harness.report.scenario import Entry


class Event(TypedDict, total=False):
    """What happened, without what a lab told; which of the fields there are depends on its kind, ``event``."""

    event: str
    worker: str
    release: str
    key: str
    nodeid: str
    items: dict[str, str]
    message: str
    text: str
    line: int
    when: str
    status: str | int
    reason: str
    error: str
    wall: float
    facts: dict[str, str]


class WholeEvent(Event, total=False):
    """What happened, with the journal of the lab until then."""

    entries: tuple[Entry, ...]


AnyEvent = TypeVar("AnyEvent", Event, WholeEvent)
EVENT_FILES = "events-*.jsonl"


def event_file(run: Path, worker: str, release: str = "") -> Path:
    """Where a process of a run writes what happens: to scenarios of a release, or to the process itself."""
    return run / (f"events-{worker}@{release}.jsonl" if release else f"events-{worker}.jsonl")


def to_line(event: Mapping[str, object]) -> bytes:
    """``event`` as a line of an event file."""
    try:
        return json.encode(event) + b"\n"
    except UnicodeEncodeError:
        return json.encode(_clean(to_builtins(event))) + b"\n"


def _clean(value: Any) -> Any:  # noqa: ANN401 (JSON)
    """``value`` without lone surrogates, which no file in UTF-8 can hold."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode("utf-8")
    if isinstance(value, Mapping):
        return {_clean(name): _clean(each) for name, each in value.items()}
    return [_clean(each) for each in value] if isinstance(value, list | tuple) else value


class EventReader(Generic[AnyEvent]):
    """Gives each event of a run's directory once. A line is read when it is whole: a crash may cut the last one short.

    ``shape`` says whether with the entries of journals, which are most of it. With ``release``, those of other releases'
    scenarios are left out.
    """

    def __init__(self, run: Path, shape: type[AnyEvent], release: str = "") -> None:
        self._run, self._release = run, release
        self._decoder: json.Decoder[AnyEvent] = json.Decoder(shape)
        self._offsets: dict[str, int] = {}

    def take(self) -> list[AnyEvent]:
        """The events since the last call, in order for each process; workers come before the controller that judges them."""
        with os.scandir(self._run) as there:
            grown = [each.name for each in there if self._concerns(each.name) and each.stat().st_size > self._offset(each.name)]
        return [event for name in sorted(grown) for event in self._take(name)]

    def _concerns(self, name: str) -> bool:
        release = name.removesuffix(".jsonl").partition("@")[2]
        return fnmatch(name, EVENT_FILES) and (not (self._release and release) or release == self._release)

    def _offset(self, name: str) -> int:
        return self._offsets.get(name, 0)

    def _take(self, name: str) -> list[AnyEvent]:
        with (self._run / name).open("rb") as file:
            file.seek(self._offset(name))
            block = file.read()
        whole = block[: block.rfind(b"\n") + 1]
        self._offsets[name] = self._offset(name) + len(whole)
        found: list[AnyEvent] = self._decoder.decode_lines(whole)
        return found


def move_events(run: Path, directory: Path) -> None:
    """Put the event files of ``run`` into ``directory``, where a new reader gives all events again."""
    for path in run.glob(EVENT_FILES):
        shutil.move(path, directory / path.name)
