"""Which scenarios a release has: decided by tags over the release's data, in one way for all of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from harness.errors import InputError
from harness.releases.model import PRODUCTS, Release
from harness.releases.sourced import Sourced


def applies(tags: Iterable[str], release: Release) -> str | None:
    """Why a scenario with these tags (with or without ``@``) has no subject in ``release``; None where it has one.

    ``@defect:NAME`` and ``@capability:NAME`` ask that the release has it, ``@without-defect:NAME`` and
    ``@without-capability:NAME``
    that it has not, ``@product:NAME`` that the product is part of it. The reason names the datum, its provenance and its source.
    Raises ``InputError`` for a name that no release knows. Other tags have no say.
    """
    for tag in sorted(tags):
        kind, separator, name = tag.removeprefix("@").partition(":")
        if separator and kind in CONDITIONS:
            reason = CONDITIONS[kind](release, name)
            if reason is not None:
                return reason
    return None


def _require(kind: str, fact: Sourced[bool], expected: bool, name: str, release: Release) -> str | None:
    if fact.value is expected:
        return None
    verb = "has" if fact.value else "does not have"
    return f"release {release.name} {verb} the {kind} {name} ({fact.provenance}: {fact.source})"


def _defect(release: Release, name: str) -> str | None:
    return _require("defect", release.defect(name), True, name, release)


def _no_defect(release: Release, name: str) -> str | None:
    return _require("defect", release.defect(name), False, name, release)


def _capability(release: Release, name: str) -> str | None:
    return _require("capability", release.capability(name), True, name, release)


def _no_capability(release: Release, name: str) -> str | None:
    return _require("capability", release.capability(name), False, name, release)


def _product(release: Release, name: str) -> str | None:
    if name not in PRODUCTS:
        raise InputError(f"tag @product:{name}", "no release knows this product", f"Known: {', '.join(PRODUCTS)}")
    if name in release.products:
        return None
    absence = release.absent[name]
    return f"release {release.name} does not have the product {name} ({absence.provenance}: {absence.source})"


CONDITIONS: Mapping[str, Callable[[Release, str], str | None]] = {
    "defect": _defect,
    "without-defect": _no_defect,
    "capability": _capability,
    "without-capability": _no_capability,
    "product": _product,
}
"""The kinds of tags that decide, each before the colon."""
