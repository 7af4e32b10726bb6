"""The log of a procedure's runs (``harness/procedures/log.schema.json``) as journal entries, in the time of the place it ran at.

Lines of kinds that nobody here knows are passed over, as the schema asks its readers to.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from harness.errors import InputError
from harness.report.archive import violation
from harness.report.model import ProcedureLog
from harness.report.scenario import Entry
from harness.units import number_of

VERSION = 1
PATTERN = "*.log.jsonl"
Line = Mapping[str, Any]


class LogFolder:
    """Follows the logs of a folder while procedures write them: each line is given once, when it is whole."""

    def __init__(self) -> None:
        self._offsets: dict[Path, int] = {}
        self._readers: dict[Path, LogReader] = {}

    def take(self, folder: Path | None) -> list[dict[str, Any]]:
        """The lines since the last call as plain entries; those of wires are left out, as a scenario's journal has them."""
        logs = sorted(folder.glob(PATTERN)) if folder else []
        return [entry for path in logs for entry in self._take(path) if entry["kind"] == "procedure"]

    def _take(self, path: Path) -> Iterator[dict[str, Any]]:
        block = path.read_bytes()[self._offsets.get(path, 0) :]
        whole = block[: block.rfind(b"\n") + 1]
        self._offsets[path] = self._offsets.get(path, 0) + len(whole)
        reader = self._readers.setdefault(path, LogReader())
        for line in whole.decode("utf-8").splitlines():
            yield from reader.entries(json.loads(line))


class LogReader:
    """Makes entries of the lines of one log, in their order: only the first line of a run names its procedure."""

    def __init__(self) -> None:
        self._procedure = ""

    def entries(self, line: Line) -> Iterator[dict[str, Any]]:
        """The entry that ``line`` makes, if it makes one. KeyError for a line that lacks what its kind must have."""
        kind = line["kind"]
        self._procedure = line["procedure"] if kind == "begin" else self._procedure
        if kind == "wire":
            data = dict(line["data"])
            yield {"kind": line["form"], "began": line["began"], "ended": line["ended"], "wall": line["wall"], "data": data}
        elif kind in SAYS:
            state, text = SAYS[kind](line)
            data = {"what": kind, "procedure": self._procedure, "step": line.get("step", ""), "state": state, "text": text}
            yield {"kind": "procedure", "began": line["at"], "ended": line["at"], "wall": line["wall"], "data": data}


def _begin(line: Line) -> tuple[str, str]:
    branches = ", ".join(f"{branch}={choice}" for branch, choice in line["branches"].items())
    parts = [
        f"run {line['run']} at {line['site']}",
        branches,
        f"{len(line['done'])} of {number_of(len(line['steps']), 'step')} done before",
    ]
    return "resumed" if line["resumed"] else "begun", "; ".join(part for part in parts if part)


def _check(line: Line) -> tuple[str, str]:
    return "holds" if line["holds"] else "does not hold", f"{line['when']}: {line['expects']}: {line['seen']}"


def _end(line: Line) -> tuple[str, str]:
    return line["ending"], ". ".join(line[part] for part in ("failed", "found", "otherwise") if line[part])


SAYS: Mapping[str, Callable[[Line], tuple[str, str]]] = {
    "begin": _begin,
    "step": lambda line: ("", line["does"]),
    "check": _check,
    "wait": lambda line: ("", f"{line['expects']}: may take {line['limit']:g} s"),
    "note": lambda line: ("", ", ".join(f"{name}: {_short(value)}" for name, value in line["notes"].items())),
    "act": lambda line: ("", ""),
    "done": lambda line: (line["how"], ""),
    "end": _end,
}
"""State and text of each kind of line."""


def _short(value: object, longest: int = 200) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return text if len(text) <= longest else f"{text[:longest]}..."


def read_log(path: Path) -> ProcedureLog:
    """The log in ``path``, wires included. Raises `InputError` with the line that is none."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError("log of a procedure", error.strerror or str(error), _REMEDY, path) from error
    reader = LogReader()
    entries = [entry for number, line in enumerate(_whole_lines(content), 1) for entry in _parsed(reader, line, path, number)]
    if not entries:
        raise InputError("log of a procedure", "holds no line of a run", _REMEDY, path)
    return ProcedureLog(path.name, hashlib.sha256(content).hexdigest(), tuple(entries))


_REMEDY = "Give the log that blackstart procedure names at its end (NAME.PROCEDURE.log.jsonl)."


def _whole_lines(content: bytes) -> list[bytes]:
    """The lines of a log; what a killed run left half-written at its end is none."""
    return content[: content.rfind(b"\n") + 1].splitlines()


def _parsed(reader: LogReader, line: bytes, path: Path, number: int) -> list[Entry]:
    try:
        plain = json.loads(line)
        if plain["version"] != VERSION:
            problem = f"is a line of version {plain['version']!r}; this program reads version {VERSION}"
            raise InputError("log of a procedure", problem, _REMEDY, path, number)
        return [_checked(each) for each in reader.entries(plain)]
    except (ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        why = f"lacks {error}" if isinstance(error, KeyError) else f"is no line of one: {error}"
        raise InputError("log of a procedure", why, _REMEDY, path, number) from error


def _checked(plain: dict[str, Any]) -> Entry:
    """The entry as a record may have it. ValueError for one that its schema does not know, or of a day that is none."""
    if problem := violation(plain, "entry"):
        raise ValueError(problem)
    for name in ("began", "ended"):
        datetime.fromisoformat(plain[name])
    return Entry(**plain)
