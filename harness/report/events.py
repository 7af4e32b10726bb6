"""The event files of a run: where its processes write them, and following them meanwhile."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any


def event_file(run: Path, worker: str, release: str = "") -> Path:
    """Where a process of a run writes what happens: to scenarios of a release, or to the process itself."""
    return run / (f"events-{worker}@{release}.jsonl" if release else f"events-{worker}.jsonl")


class EventReader:
    """Gives each event of a run's directory once. A line is read when it is whole: a crash may cut the last one short.

    With ``release``, those of other releases' scenarios are left out.
    """

    def __init__(self, run: Path, release: str = "") -> None:
        self._run, self._release = run, release
        self._offsets: dict[Path, int] = {}

    def take(self) -> list[dict[str, Any]]:
        """The events since the last call, in order for each process; workers come before the controller that judges them."""
        return [event for path in sorted(self._run.glob("events-*.jsonl")) if self._concerns(path) for event in self._take(path)]

    def move(self, directory: Path) -> None:
        """Put the files into ``directory``, from which a new reader gives all events again."""
        for path in self._run.glob("events-*.jsonl"):
            shutil.move(path, directory / path.name)

    def _concerns(self, path: Path) -> bool:
        release = path.name.removesuffix(".jsonl").partition("@")[2]
        return not (self._release and release) or release == self._release

    def _take(self, path: Path) -> list[dict[str, Any]]:
        offset = self._offsets.get(path, 0)
        with path.open("rb") as file:
            file.seek(offset)
            block = file.read()
        whole = block[: block.rfind(b"\n") + 1]
        self._offsets[path] = offset + len(whole)
        return [json.loads(line) for line in whole.splitlines()]
