"""What a release is to the rest of the laboratory: facts by name, each with its provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from difflib import get_close_matches
from typing import Literal, TypeAlias, TypeVar

from harness.errors import InputError
from harness.releases.sourced import Sourced
from harness.units import Instant, Span

Standing: TypeAlias = Literal["documented", "extrapolated"]
"""``documented``: a recovery document was written for the release; ``extrapolated``: none was."""

Format: TypeAlias = str | int | bool | tuple[str, ...]
"""How something is printed: a style's name, a text, a number, a choice, or lines."""

PRODUCTS = ("esxi", "vcenter", "vcd", "srm", "view")
"""The products that a release may have."""

T = TypeVar("T")


@dataclass(frozen=True)
class Product:
    """One product of a release; ``build`` may be unknown. ``level`` is what hosts print after the version (``GA``, ``Update 1``).

    ``api_version`` is what the simulated vCenter reports as ``about.apiVersion``.
    """

    name: str
    version: Sourced[str]
    build: Sourced[int] | None = None
    level: Sourced[str] | None = None
    api_version: Sourced[str] | None = None

    @property
    def full_name(self) -> str:
        """Name, version and build as the products print them: ``VMware ESXi 5.0.0 build-469512``."""
        build = f" build-{self.build.value}" if self.build else ""
        return f"{self.name} {self.version.value}{build}"


@dataclass(frozen=True)
class Release:
    """A product release as data. Every accessor raises ``InputError`` for a name that ``schema.json`` does not document.

    ``absent`` says by key of which products there is none, and who says so.
    """

    name: str
    title: str
    standing: Standing
    epoch: Sourced[Instant]
    products: Mapping[str, Product]
    absent: Mapping[str, Sourced[str]]
    capabilities: Mapping[str, Sourced[bool]]
    defects: Mapping[str, Sourced[bool]]
    timings: Mapping[str, Sourced[Span]]
    schedules: Mapping[str, Sourced[tuple[Span, ...]]]
    formats: Mapping[str, Sourced[Format]]
    texts: Mapping[str, Sourced[str]]

    def product(self, key: str) -> Product:
        """The product ``esxi``, ``vcenter``, ``vcd``, ``srm`` or ``view``; an error where the release has none."""
        return self._find("product", self.products, key)

    def capability(self, name: str) -> Sourced[bool]:
        """Whether the release can do ``name`` (``vmcp``, ``autoexpand-by-default`` ...)."""
        return self._find("capability", self.capabilities, name)

    def defect(self, name: str) -> Sourced[bool]:
        """Whether the release has the defect ``name`` (``ports-lost-when-storage-is-late`` ...)."""
        return self._find("defect", self.defects, name)

    def timing(self, name: str) -> Sourced[Span]:
        """How long ``name`` takes, as a span of simulated time (``ha.dead-with-heartbeat-datastores``: 18 seconds)."""
        return self._find("timing", self.timings, name)

    def schedule(self, name: str) -> Sourced[tuple[Span, ...]]:
        """When the attempts of ``name`` happen, counted from the failure (``ha.restart-attempts``: 0, 2, 6, 14, 30 minutes)."""
        return self._find("schedule", self.schedules, name)

    def format(self, name: str) -> Sourced[Format]:
        """How ``name`` is printed: a style, a text, a number or lines (``prompt``, ``motd``, ``switch-ports`` ...)."""
        return self._find("format", self.formats, name)

    def phrase(self, name: str) -> Sourced[str]:
        """The text of an event, a reason or a log line (``event.restarted`` ...), with ``{placeholders}`` to fill in."""
        return self._find("text", self.texts, name)

    def text(self, name: str) -> str:
        """The bare value of a format that is a text or a style's name."""
        return self._typed(name, str)

    def number(self, name: str) -> int:
        """The bare value of a format that is a number."""
        return self._typed(name, int)

    def flag(self, name: str) -> bool:
        """The bare value of a format that is a choice between yes and no."""
        return self._typed(name, bool)

    def lines(self, name: str) -> tuple[str, ...]:
        """The bare value of a format that is a list of lines or columns."""
        return self._typed(name, tuple)

    def duration(self, name: str) -> Span:
        """The bare value of a timing."""
        return self.timing(name).value

    def has(self, defect: str) -> bool:
        """The bare value of a defect."""
        return self.defect(defect).value

    def version_lines(self) -> tuple[str, str]:
        """Both lines of ``vmware -vl``. From 7.0 the second one drops the patch digit, by the format ``version-digits``."""
        esxi = self.product("esxi")
        digits = esxi.version.value.split(".")[: self.number("version-digits")]
        level = f" {esxi.level.value}" if esxi.level else ""
        return esxi.full_name, f"{esxi.name} {'.'.join(digits)}{level}"

    def reading(self, defect: str, *, present: bool) -> Release:
        """A copy under one reading of a defect that the sources leave open; the copy marks the reading as assumed."""
        self.defect(defect)
        word = "present" if present else "absent"
        chosen = Sourced(present, "assumed", f"read as {word} for this run")
        return replace(self, defects={**self.defects, defect: chosen})

    def _find(self, kind: str, facts: Mapping[str, T], name: str) -> T:
        if name in facts:
            return facts[name]
        near = get_close_matches(name, facts, n=3, cutoff=0.4)
        known = ", ".join(near or sorted(facts))
        raise InputError(f"release {self.name}", f"no {kind} named {name!r}", f"{'Near' if near else 'Known'}: {known}")

    def _typed(self, name: str, kind: type[T]) -> T:
        value = self.format(name).value
        if isinstance(value, kind) and (kind is bool or not isinstance(value, bool)):
            return value
        raise InputError(f"release {self.name}", f"format {name!r} is {type(value).__name__}, not {kind.__name__}")


def span(seconds: float) -> Span:
    """``seconds`` as a span, to the millisecond."""
    return timedelta(milliseconds=round(seconds * 1000))
