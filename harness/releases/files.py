"""Reading one release file: TOML, checked against ``schema.json``, errors with file and line."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Mapping, Sequence
from datetime import datetime
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TypeAlias, cast

from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError, best_match

from harness.errors import InputError

Table: TypeAlias = Mapping[str, object]
"""A TOML table as read."""

SCHEMA = Path(__file__).with_name("schema.json")


def read_document(path: Path) -> Table:
    """The file's content, as TOML. Raises ``InputError`` with file and line for broken TOML, or where it cannot be read."""
    try:
        text = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise InputError("file", f"cannot be read: not UTF-8 (byte {error.start})", "Save it as UTF-8.", path) from error
    except OSError as error:
        raise InputError("file", f"cannot be read: {error.strerror}", "Give a TOML file.", path) from error
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = re.search(r"at line (\d+)", str(error))
        line = int(found[1]) if found else len(text.splitlines())
        raise InputError("file", f"not TOML: {error}", file=path, line=line) from error


def check_document(document: Table, path: Path, schema: Path) -> None:
    """Raise ``InputError`` with file, line and nearest known names for the first entry that ``schema`` does not allow."""
    error = best_match(_validator(schema).iter_errors(document))
    if error is None:
        return
    place = [str(step) for step in error.absolute_path]
    stray = _stray_key(error)
    if stray:
        place.append(stray)
    line = find_line(path.read_text(encoding="utf-8"), place)
    raise InputError(".".join(place) or "file", _explain(error, stray), _remedy(error, stray), path, line)


@cache  # each release inherits from the one before it
def read_release(path: Path) -> Table:
    """The release file ``path``, valid by itself (its entries may be incomplete while it inherits)."""
    document = read_document(path)
    check_document(document, path, SCHEMA)
    moment = cast("Table", document["epoch"])["value"]
    if not isinstance(moment, datetime) or moment.tzinfo is None:
        line = find_line(path.read_text(encoding="utf-8"), ["epoch"])
        raise InputError("epoch", "not a date with time and zone", "Write it as 2012-02-09T09:00:00Z.", path, line)
    return document


def known_keys() -> Mapping[str, Mapping[str, str]]:
    """Section -> key -> what it means, for every fact that a release must have."""
    sections = ("capabilities", "defects", "timings", "schedules", "formats", "texts")
    properties = json.loads(SCHEMA.read_text(encoding="utf-8"))["properties"]
    return {name: {key: str(entry["description"]) for key, entry in properties[name]["properties"].items()} for name in sections}


def find_line(text: str, place: Sequence[str]) -> int:
    """The line, from 1, where the entry named by the keys and indexes of ``place`` begins; 0 where it has no line of its own."""
    best, table, counts = 0, [], dict[str, int]()
    for number, line in enumerate(text.splitlines(), start=1):
        header = re.match(r"\s*\[+\s*([^\]]+?)\s*\]", line)
        if header and not re.match(r'\s*"', line):
            table = _table_path(header[1], line, counts)
            here = table
        else:
            key = re.match(r'\s*(?:"([^"]+)"|([\w-]+))\s*=', line)
            here = [*table, key[1] or key[2]] if key else []
        if here and list(place[: len(here)]) == here:
            best = number
        elif header and place and not best and here[: len(place)] == list(place):
            best = number  # a whole array of tables is meant: its first one
    return best


def _table_path(header: str, line: str, counts: dict[str, int]) -> list[str]:
    names = header.split(".")
    if line.lstrip().startswith("[["):
        counts[header] = counts.get(header, -1) + 1
        for inner in [name for name in counts if name.startswith(f"{header}.")]:
            del counts[inner]
    path: list[str] = []
    for depth, name in enumerate(names, start=1):
        path.append(name)
        index = counts.get(".".join(names[:depth]))
        if index is not None:
            path.append(str(index))
    return path


@cache
def _validator(schema: Path) -> Draft202012Validator:
    return Draft202012Validator(json.loads(schema.read_text(encoding="utf-8")))


def _stray_key(error: ValidationError) -> str:
    if error.validator != "additionalProperties":
        return ""
    allowed = error.schema["properties"] if isinstance(error.schema, dict) else {}
    return next((key for key in cast("Table", error.instance) if key not in allowed), "")


def _explain(error: ValidationError, stray: str) -> str:
    if stray:
        return "not a known name"
    if error.validator == "oneOf":
        return "exactly one of quoted, stated and assumed must name a source"
    return error.message


def _remedy(error: ValidationError, stray: str) -> str:
    if not stray or not isinstance(error.schema, dict):
        return ""
    near = get_close_matches(stray, error.schema["properties"], n=3, cutoff=0.4)
    return f"Near: {', '.join(near)}" if near else f"Known: {', '.join(sorted(error.schema['properties']))}"
