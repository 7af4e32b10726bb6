"""The record as a file: JSON with a versioned schema, written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import fields
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any, TypedDict, TypeVar, cast

from jsonschema_rs import Draft202012Validator
from msgspec import convert
from msgspec.json import Decoder, Encoder

from harness.errors import InputError
from harness.report.model import SCHEMA_VERSION, Record

Shape = TypeVar("Shape")
RECORD = "report.json"
"""The record's name in the directory of its report."""


def schema() -> dict[str, Any]:
    """The JSON Schema of a record."""
    text = files("harness.report").joinpath("record.schema.json").read_text(encoding="utf-8")
    return cast(dict[str, Any], json.loads(text))


def to_json(record: Record) -> str:
    """``record`` as JSON text, a line for each part of it and for each scenario; the same record gives the same text."""
    return to_bytes(record).decode("utf-8")


def to_bytes(record: Record) -> bytes:
    """`to_json` in UTF-8."""
    parts = {each.name: getattr(record, each.name) for each in fields(record)}
    return b"{\n" + b",\n".join(b"%b: %b" % (_encode(name), _lined(parts[name])) for name in sorted(parts)) + b"\n}\n"


def _lined(value: object) -> bytes:
    """``value`` as JSON, each item of a list on a line of its own."""
    if isinstance(value, list | tuple) and value:
        return b"[\n" + b",\n".join(map(_encode, value)) + b"\n]"
    return _encode(value)


class _Heading(TypedDict, total=False):
    schema_version: int
    change: Any
    title: Any
    verdict: Any
    counts: Any
    environment: Any
    runs: Any


_encode, _headings = Encoder(order="sorted").encode, Decoder(_Heading)


def find_record(given: Path) -> Path:
    """The record that a person means by ``given``: a report's directory or the record itself."""
    if not given.is_dir():
        return given
    if (given / RECORD).exists():
        return given / RECORD
    inside = sorted(path.parent.name for path in given.glob(f"*/{RECORD}"))
    remedy = f"Give the directory of one report: {', '.join(inside)} are in it." if inside else "Give the directory of a report."
    raise InputError("report", f"has no {RECORD}", remedy, given)


def read_record(path: Path) -> Record:
    """The record in ``path``. Raises `InputError` for a file that is missing, cut short, of another version or shape."""
    plain = read_plain(path)
    if plain["schema_version"] != SCHEMA_VERSION:
        line = next((n for n, text in enumerate(path.open(encoding="utf-8"), 1) if '"schema_version"' in text), 0)
        problem = f"has schema version {plain['schema_version']!r}, and this program reads {SCHEMA_VERSION}"
        raise InputError("record", problem, "Read it with the program that wrote it, or run again.", path, line)
    check(plain, path)
    try:
        return decode(Record, plain)
    except ValueError as error:
        raise InputError("record", f"is none of a run: {error}", "Write the report again.", path) from error


def read_plain(path: Path) -> dict[str, Any]:
    """The JSON in ``path``, if it is a record of any version. Raises `InputError` for a file that is missing or cut short."""
    try:
        plain = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise InputError("record", error.strerror or str(error), "Give the report.json of a run.", path) from error
    except UnicodeDecodeError as error:
        raise InputError("record", "is not UTF-8", "Write the report again.", path) from error
    except json.JSONDecodeError as error:
        raise InputError("record", f"is not whole JSON: {error.msg}", "Write the report again.", path, error.lineno) from error
    except (RecursionError, ValueError) as error:
        problem = "is no record: a number or a nesting in it has no end"
        raise InputError("record", problem, "Write the report again.", path) from error
    if not isinstance(plain, dict) or not isinstance(plain.get("schema_version"), int):
        raise InputError("record", "is none: it has no schema version", "Give the report.json of a run.", path)
    return plain


def read_heading(path: Path) -> Mapping[str, Any]:
    """What `read_plain` gives, without what it gives of scenarios, which is nearly all of it."""
    try:
        content = path.read_bytes()
        content.decode("utf-8")  # what is passed over has to be text as well
        heading: Mapping[str, Any] = _headings.decode(content)
    except (OSError, ValueError, RecursionError):
        return read_plain(path)  # it says better what is wrong
    return heading if "schema_version" in heading else read_plain(path)


def check(plain: Any, path: Path) -> None:  # noqa: ANN401 (JSON)
    """Raise `InputError` where ``plain`` is not what the schema says; the first violation is named by its place."""
    if problem := violation(plain):
        raise InputError("record", problem, "Write the report again.", path)


def violation(plain: Any, part: str = "") -> str:  # noqa: ANN401 (JSON)
    """Where ``plain`` is not what the schema says of a record, or of that ``part`` of one, and how; empty where it is."""
    error = next(_validator(part).iter_errors(plain), None)
    if error is None:
        return ""
    place = "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in error.instance_path)
    return f"at ${place}: {error.message[:300]}"


@cache
def _validator(part: str) -> Draft202012Validator:
    rules = schema()
    return Draft202012Validator({"$defs": rules["$defs"], "$ref": f"#/$defs/{part}"} if part else rules)


def decode(shape: type[Shape], plain: Any) -> Shape:  # noqa: ANN401 (JSON)
    """``plain`` JSON data as an instance of the frozen dataclass ``shape``, all the way down. ValueError where it is none."""
    return convert(plain, shape)


def write_text(path: Path, text: str) -> None:
    """Replace ``path`` by ``text`` in UTF-8 at once, as `write_together` does."""
    write_together(path.parent, {path.name: text.encode("utf-8")})


def write_together(directory: Path, contents: Mapping[str, bytes]) -> None:
    """Replace the files of ``directory`` that ``contents`` names: where one cannot be written, none is.

    A reader sees each old or new, and never a part of it. Raises `InputError` with the file that could not be written.
    """
    prepare_directory(directory)
    with ExitStack() as stack:
        ready = {directory / name: stack.enter_context(_beside(directory / name, contents[name])) for name in contents}
        for path, scratch in ready.items():
            with _told(path):
                scratch.replace(path)


@contextmanager
def _beside(path: Path, content: bytes) -> Iterator[Path]:
    """A file with ``content`` that can take the place of ``path``, as long as the block lasts."""
    with _told(path):
        handle, name = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
    scratch = Path(name)
    try:
        with _told(path), os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
            scratch.chmod(0o644)
        yield scratch
    finally:
        scratch.unlink(missing_ok=True)


@contextmanager
def _told(path: Path) -> Iterator[None]:
    """What the system refuses in the block is told of ``path``."""
    try:
        yield
    except OSError as error:
        remedy = "Give a place that can be written to: --output DIR, or the FILE of --html and --markdown."
        raise InputError("output", error.strerror or str(error), remedy, path) from error


def prepare_directory(directory: Path) -> None:
    """Make ``directory`` and see that a file can be written there. Raises `InputError`: better before a run than after it."""
    with _told(directory):
        directory.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=directory).close()
