"""A release explained as plain data: its products, what differs from the release before it, and how well all of it is known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, TypeAlias

from harness.releases.catalogue import FOLDER, WORDS, load, names
from harness.releases.files import known_keys
from harness.releases.model import Product, Release
from harness.releases.sourced import Sourced
from harness.units import Span

Plain: TypeAlias = str | int | float | bool | tuple[str, ...] | tuple[float, ...]
"""A fact's value: spans are in seconds, attempts of a schedule in minutes, moments in ISO 8601."""


@dataclass(frozen=True)
class Explained:
    """A fact: where it stands in the data (``timings``, ``ha.ping``), its value, how well it is known, by what source."""

    section: str
    name: str
    value: Plain
    provenance: str
    source: str
    meaning: str = ""


@dataclass(frozen=True)
class Difference:
    """A fact that the release before it has otherwise, or (``before`` is None) not at all; ``now`` is None where it has gone."""

    section: str
    name: str
    before: Plain | None
    now: Plain | None
    provenance: str
    source: str
    meaning: str = ""


@dataclass(frozen=True)
class Explanation:
    """A release with everything that its data say, in the order of the data."""

    name: str
    title: str
    standing: str
    before: str
    products: tuple[Explained, ...]
    defects: tuple[Explained, ...]
    capabilities: tuple[Explained, ...]
    differences: tuple[Difference, ...]
    counts: Mapping[str, Mapping[str, int]]

    @property
    def totals(self) -> Mapping[str, int]:
        """How many facts are quoted, stated and assumed, of all sections."""
        return {word: sum(counts[word] for counts in self.counts.values()) for word in WORDS}

    def plain(self) -> dict[str, Any]:
        """All of it as JSON has it."""
        return {**asdict(self), "totals": dict(self.totals)}


def explain(name: str, folder: Path = FOLDER) -> Explanation:
    """The release ``name``, compared with the one before it in `names`. Raises ``InputError`` for one that is not known."""
    release, listed = load(name, folder), names(folder)
    place = listed.index(name)
    before = load(listed[place - 1], folder) if place else None
    facts = {(fact.section, fact.name): fact for fact in _facts(release)}
    return Explanation(
        name=release.name,
        title=release.title,
        standing=release.standing,
        before=before.name if before else "",
        products=tuple(fact for fact in facts.values() if fact.section in ("products", "absent")),
        defects=tuple(fact for fact in facts.values() if fact.section == "defects"),
        capabilities=tuple(fact for fact in facts.values() if fact.section == "capabilities"),
        differences=tuple(_differences(facts, before)) if before else (),
        counts=_count(facts),
    )


def _differences(facts: Mapping[tuple[str, str], Explained], before: Release) -> Iterator[Difference]:
    old = {(fact.section, fact.name): fact for fact in _facts(before)}
    for key in dict.fromkeys([*facts, *old]):
        then, now = old.get(key), facts.get(key)
        known = now or then
        if known is None or (then and now and then.value == now.value):
            continue
        values = then.value if then else None, now.value if now else None
        yield Difference(known.section, known.name, *values, known.provenance, known.source, known.meaning)


def _count(facts: Mapping[tuple[str, str], Explained]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {}
    for fact in facts.values():
        counts.setdefault(fact.section, dict.fromkeys(WORDS, 0))[fact.provenance] += 1
    return counts


def _facts(release: Release) -> Iterator[Explained]:
    yield _explained("epoch", "epoch", release.epoch, "Where simulated time starts.")
    for key, product in release.products.items():
        yield from (_explained("products", f"{key} {part}", fact) for part, fact in _parts(product))
    for key, absence in release.absent.items():
        yield _explained("absent", key, absence)
    for section, meanings in known_keys().items():
        facts: Mapping[str, Sourced[Any]] = getattr(release, section)
        yield from (_explained(section, key, facts[key], meaning) for key, meaning in meanings.items())


def _parts(product: Product) -> Iterator[tuple[str, Sourced[Any]]]:
    """The facts of a product; its version carries its name, which is no fact of its own."""
    yield "version", Sourced(f"{product.name} {product.version.value}", product.version.provenance, product.version.source)
    for part, fact in (("build", product.build), ("level", product.level), ("api-version", product.api_version)):
        if fact is not None:
            yield part, fact


def _explained(section: str, name: str, fact: Sourced[Any], meaning: str = "") -> Explained:
    return Explained(section, name, _plain(fact.value), fact.provenance, fact.source, meaning)


def _plain(value: Any) -> Plain:  # noqa: ANN401 (whatever a release holds)
    if isinstance(value, Span):
        return value.total_seconds()
    if isinstance(value, tuple) and value and isinstance(value[0], Span):
        return tuple(each.total_seconds() / 60 for each in value)
    if isinstance(value, tuple | str | bool | int | float):
        return value
    return str(value.isoformat())
