"""A value together with how well it is known."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from harness.units import Provenance

T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True)
class Sourced(Generic[T_co]):
    """A fact of a release: ``value``, that it is ``quoted``, ``stated`` or ``assumed``, and its source or our reason."""

    value: T_co
    provenance: Provenance
    source: str
