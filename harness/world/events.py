"""What every event of the world has in common."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, TypeVar

if TYPE_CHECKING:
    from harness.world.aggregate import World

K = TypeVar("K")
V = TypeVar("V")


@dataclass(frozen=True)
class Event(ABC):
    """A fact that has just become true. Events are the only writers of the world.

    ``routine`` events happen too often to be told in a report.
    """

    routine: ClassVar[bool] = False

    @abstractmethod
    def apply(self, world: World) -> World:
        """The world in which this event has happened."""

    @property
    @abstractmethod
    def subject(self) -> str:
        """The host, VM, volume ... that the event is about, by the name a person would use."""

    @property
    @abstractmethod
    def text(self) -> str:
        """The event as a short sentence."""


def put(mapping: Mapping[K, V], key: K, value: V) -> dict[K, V]:
    """``mapping`` with ``value`` under ``key``, as a new mapping in the same order."""
    return {**mapping, key: value}


def drop(mapping: Mapping[K, V], *keys: K) -> dict[K, V]:
    """``mapping`` without ``keys``, as a new mapping."""
    return {k: v for k, v in mapping.items() if k not in keys}
