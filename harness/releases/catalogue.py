"""Which releases there are, and how one is put together from its file and what that inherits."""

from __future__ import annotations

import re
from collections.abc import Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import TypeVar, cast

from harness.errors import InputError
from harness.releases.files import Table, known_keys, read_release
from harness.releases.model import PRODUCTS, Format, Product, Release, Standing, span
from harness.releases.sourced import Sourced
from harness.units import Instant, Provenance, Span

FOLDER = Path(__file__).parent
T = TypeVar("T")
WORDS: tuple[Provenance, ...] = ("quoted", "stated", "assumed")


def names(folder: Path = FOLDER) -> tuple[str, ...]:
    """The names of all releases, oldest first; a patch comes after what it patches."""
    return tuple(sorted((path.stem for path in folder.glob("*.toml")), key=_age))


def load(name: str, folder: Path = FOLDER) -> Release:
    """The release ``name``. Raises ``InputError`` for an unknown one (naming the nearest) and for wrong data (file and line)."""
    known = names(folder)
    if name not in known:
        near = get_close_matches(name, known, n=2, cutoff=0.5)
        hint = f"Did you mean {' or '.join(near)}? " if near else ""
        raise InputError(f"release {name!r}", "unknown", f"{hint}Known: {', '.join(known)}")
    return _load(name, folder)


@cache
def _load(name: str, folder: Path) -> Release:
    path = folder / f"{name}.toml"
    document = _resolve(name, folder, ())
    for section, keys in known_keys().items():
        missing = [key for key in keys if key not in _table(document, section)]
        if missing:
            raise InputError(f"release {name}", f"{section}: no entry for {', '.join(missing)}", "Add it, or inherit it.", path)
    _check_products(document, path)
    return _build(document)


def _check_products(document: Table, path: Path) -> None:
    """Each product is there or absent: a requirement that asks for one has the datum for its answer."""
    for key in PRODUCTS:
        has, lacks = key in _table(document, "products"), key in _table(document, "absent")
        if has == lacks:
            problem = "is a product and absent" if has else "is neither a product nor absent"
            remedy = f"Give it as [products.{key}], or say under [absent] who says that there is none."
            raise InputError(f"release {document['name']}", f"{key} {problem}", remedy, path)


def _resolve(name: str, folder: Path, heirs: tuple[str, ...]) -> Table:
    """The release's document with everything it inherits, each inherited entry carrying the provenance it has *here*."""
    path = folder / f"{name}.toml"
    if name in heirs:
        raise InputError(f"release {name}", "inherits from itself", " > ".join((*heirs, name)), path)
    if not path.exists():
        raise InputError(f"release {heirs[-1]}", f"inherits from {name}, which is not there", file=folder / f"{heirs[-1]}.toml")
    own = read_release(path)
    if own["name"] != name:
        raise InputError(f"release {name}", f"calls itself {own['name']!r}", "Name the file after the release.", path)
    own = _stamp(own)
    parent = own.get("patch-of") or own.get("follows")
    if parent is None:
        return own
    return _inherit(own, _resolve(str(parent), folder, (*heirs, name)))


def _inherit(own: Table, parent: Table) -> Table:
    patch = "patch-of" in own
    merged: dict[str, object] = dict(own)
    for section in known_keys():
        given = {key: entry if patch else _carry(entry, str(own["name"])) for key, entry in _table(parent, section).items()}
        merged[section] = {**given, **_table(own, section)}
    if patch:
        merged["products"] = {**_table(parent, "products"), **_table(own, "products")}
        merged["absent"] = {**_table(parent, "absent"), **_table(own, "absent")}
    return merged


def _carry(entry: object, heir: str) -> object:
    """An entry as a later release has it: as well known as before up to ``through``, an assumption after that."""
    fact = dict(cast("Table", entry))
    limit = str(fact.get("through", fact["origin"]))
    word = _word(fact)
    if word == "assumed" or limit == "later" or _age(heir) <= _age(limit):
        return fact
    source = fact.pop(word)
    return {**fact, "assumed": f"as {word} for {limit}: {source}"}


def _stamp(document: Table) -> Table:
    """The document, with the name of the release in each fact, so that an heir can say where it has it from."""
    stamped = dict(document)
    for section in known_keys():
        facts = _table(document, section)
        stamped[section] = {key: {"origin": document["name"], **cast("Table", fact)} for key, fact in facts.items()}
    return stamped


def _build(document: Table) -> Release:
    epoch = cast("Table", document["epoch"])
    return Release(
        name=str(document["name"]),
        title=str(document["title"]),
        standing=cast("Standing", document["standing"]),
        epoch=_source(epoch, cast("Instant", epoch["value"])),
        products={key: _product(cast("Table", entry)) for key, entry in _table(document, "products").items()},
        absent={key: _source(cast("Table", fact), key) for key, fact in _table(document, "absent").items()},
        capabilities=_truths(_table(document, "capabilities")),
        defects=_truths(_table(document, "defects")),
        timings={key: _duration(cast("Table", entry)) for key, entry in _table(document, "timings").items()},
        schedules={key: _series(cast("Table", entry)) for key, entry in _table(document, "schedules").items()},
        formats={key: _format(cast("Table", entry)) for key, entry in _table(document, "formats").items()},
        texts={key: _text(cast("Table", entry)) for key, entry in _table(document, "texts").items()},
    )


def _product(entry: Table) -> Product:
    facts = {key: cast("Table", fact) for key, fact in entry.items() if key != "name"}
    texts = {key: _source(fact, str(fact["value"])) for key, fact in facts.items() if key != "build"}
    build = facts.get("build")
    return Product(
        name=str(entry["name"]),
        version=texts["version"],
        build=_source(build, cast("int", build["value"])) if build else None,
        level=texts.get("level"),
        api_version=texts.get("api-version"),
    )


def _truths(table: Table) -> Mapping[str, Sourced[bool]]:
    facts = {key: cast("Table", entry) for key, entry in table.items()}
    return {key: _source(fact, bool(fact["value"])) for key, fact in facts.items()}


def _duration(fact: Table) -> Sourced[Span]:
    return _source(fact, span(cast("float", fact["seconds"])))


def _series(fact: Table) -> Sourced[tuple[Span, ...]]:
    return _source(fact, tuple(span(60 * minute) for minute in cast("list[float]", fact["minutes"])))


def _text(fact: Table) -> Sourced[str]:
    return _source(fact, str(fact["value"]))


def _format(fact: Table) -> Sourced[Format]:
    value = fact["value"]
    return _source(fact, tuple(value) if isinstance(value, list) else cast("Format", value))


def _source(fact: Table, value: T) -> Sourced[T]:
    word = _word(fact)
    return Sourced(value, word, str(fact[word]))


def _word(fact: Table) -> Provenance:
    return next(word for word in WORDS if word in fact)


def _table(document: Table, section: str) -> Table:
    return cast("Table", document.get(section, {}))


def _age(name: str) -> tuple[int, ...]:
    return tuple(int(part) for part in re.findall(r"\d+", name))
