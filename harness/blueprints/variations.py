"""Variations of a blueprint: the same environment with some of its entries described otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeAlias

from harness.errors import InputError
from harness.releases.files import find_line

Document: TypeAlias = Mapping[str, Any]
KEYS = ("name", "label")
"""What entries are told apart by."""


def vary(document: Document, chosen: Sequence[str], path: Path) -> dict[str, Any]:
    """``document``, which is that of ``path``, with its variations ``chosen`` in that order, and no others.

    Each table of a variation changes the entry of its name, or is one more. Raises ``InputError`` for an unknown variation.
    """
    known: dict[str, Document] = {variation["name"]: variation for variation in document.get("variation", [])}
    varied = {key: value for key, value in document.items() if key != "variation"}
    for name in chosen:
        if name not in known:
            raise InputError(f"variation {name!r}", "not in the blueprint", f"Known: {', '.join(known) or 'none'}", path)
        for kind, entries in known[name].items():
            if kind != "name":
                varied[kind] = _overlaid(varied.get(kind, []), entries)
    return varied


def line_of_variation(path: Path, document: Document, name: str) -> int:
    """Where the variation ``name`` begins in the file."""
    index = next(index for index, variation in enumerate(document["variation"]) if variation["name"] == name)
    return find_line(path.read_text(encoding="utf-8"), ["variation", str(index)])


def _overlaid(entries: Sequence[Document], changes: Sequence[Document]) -> list[Document]:
    found = {_key(entry): entry for entry in entries}
    for change in changes:
        found[_key(change)] = {**found.get(_key(change), {}), **change}
    return list(found.values())


def _key(entry: Document) -> str:
    return next(str(entry[key]) for key in KEYS if key in entry)
