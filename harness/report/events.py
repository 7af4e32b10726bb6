"""The event files of a run: where its processes write them, and following them meanwhile."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Generic, TypedDict, TypeVar

from msgspec import json, to_builtins

from harness.report.model import Entry


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
        self._offsets: dict[Path, int] = {}

    def take(self) -> list[AnyEvent]:
        """The events since the last call, in order for each process; workers come before the controller that judges them."""
        return [event for path in sorted(self._run.glob("events-*.jsonl")) if self._concerns(path) for event in self._take(path)]

    def _concerns(self, path: Path) -> bool:
        release = path.name.removesuffix(".jsonl").partition("@")[2]
        return not (self._release and release) or release == self._release

    def _take(self, path: Path) -> list[AnyEvent]:
        with path.open("rb") as file:
            file.seek(self._offsets.get(path, 0))
            block = file.read()
        whole = block[: block.rfind(b"\n") + 1]
        self._offsets[path] = self._offsets.get(path, 0) + len(whole)
        found: list[AnyEvent] = self._decoder.decode_lines(whole)
        return found


def move_events(run: Path, directory: Path) -> None:
    """Put the event files of ``run`` into ``directory``, where a new reader gives all events again."""
    for path in run.glob("events-*.jsonl"):
        shutil.move(path, directory / path.name)
