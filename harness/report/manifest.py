"""``SHA256SUMS``: the digest of every file of a report, in the form that ``sha256sum -c SHA256SUMS`` checks inside its directory.

A signature has its place beside it: files called ``SHA256SUMS.*`` (``.asc``, ``.sig``, ``.minisig`` ...) are about the list and
never in it, so that signing a report changes nothing that was signed.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from harness.errors import InputError

MANIFEST = "SHA256SUMS"
FORMS = ("index.html", "junit.xml", "messages.ndjson", "report.epub", "report.json", "summary.md")
"""What every report has beside its list."""
INDEX_FORMS = ("index.html", "index.json")
"""What an index over the reports of several releases has beside its own list."""
LINE = re.compile(r"(?P<digest>[0-9a-f]{64})  (?P<name>[^\\\x00-\x1f]+)")
"""As `list_digests` has it: what differs from that, if only in how lines end, has been changed."""


def digest(path: Path) -> str:
    """SHA-256 of the file ``path``, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def list_digests(contents: Mapping[str, bytes]) -> bytes:
    """The list of the files ``contents``, by their names, as it is to lie beside them."""
    digests = {name: hashlib.sha256(contents[name]).hexdigest() for name in sorted(contents)}
    return "".join(f"{found}  {name}\n" for name, found in digests.items()).encode("utf-8")


def read_manifest(directory: Path) -> Mapping[str, str]:
    """Digest by name as the list of ``directory`` has them. Raises `InputError` with the line that is none."""
    path = directory / MANIFEST
    remedy = "Write the report again, or take the whole directory from where it was written."
    try:
        text = path.read_bytes().decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise InputError("list of digests", why, remedy, path) from error
    listed: dict[str, str] = {}
    for number, line in enumerate(text.removesuffix("\n").split("\n") if text else (), 1):
        match = LINE.fullmatch(line)
        if not match or match["name"] in listed:
            problem = "names a file again" if match else "is no line of digest and name: changed or cut short"
            raise InputError("list of digests", problem, remedy, path, number)
        listed[match["name"]] = match["digest"]
    if not text.endswith("\n"):
        raise InputError("list of digests", "is cut short" if text else "is empty", remedy, path, len(listed))
    return listed


def files_below(directory: Path) -> frozenset[str]:
    """The names of all files in ``directory``, those in its folders included."""
    found = (path for path in directory.rglob("*") if path.is_symlink() or not path.is_dir())
    return frozenset(path.relative_to(directory).as_posix() for path in found)


def compare_files(directory: Path, listed: Mapping[str, str], expected: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Each file of ``directory``, ``listed`` or ``expected``, that is not as listed: its name and what is wrong with it."""
    for name in sorted({*listed, *expected}):
        path = directory / name
        if not path.is_symlink() and not path.is_file():
            yield name, "is missing" if name in listed else f"is missing, and {MANIFEST} does not list it"
        elif name in listed:
            yield from ((name, why) for why in _change(path, listed[name]))
        elif name != MANIFEST and not name.startswith(f"{MANIFEST}."):
            yield name, f"is not part of the report: {MANIFEST} does not list it"


def signatures(directory: Path) -> tuple[str, ...]:
    """The names of the signatures that lie beside the list; nothing checks them yet."""
    return tuple(sorted(path.name for path in directory.glob(f"{MANIFEST}.*")))


def _change(path: Path, expected: str) -> Iterator[str]:
    try:
        found = digest(path)
    except OSError as error:
        yield f"cannot be read: {error.strerror}"
        return
    if found != expected:
        size = path.stat().st_size
        yield (
            f"has changed: SHA-256 of its {size} bytes is {found}, listed {expected}" if size else "is empty: it was cut short"
        )
