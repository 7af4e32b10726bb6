"""What vCenters were told in labs that began alike, kept, so that the next one need not work it out, encode it and ask again."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, NamedTuple, Protocol, TypeVar

from harness.errors import LabError
from harness.protocols.vcenter.console import Console
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World

MOST = 400
"""How many pieces are kept: more than the start of a lab has."""

ROOT = b"\0"
"""What stands for the folder of a lab's volumes in kept orders: in JSON there is no such byte."""

T = TypeVar("T")
Work = Callable[[DirectoryStore], Any]


class Kept(Protocol):
    """Something that our side knows of a vCenter."""

    def state(self) -> object:
        """How it stands: nobody changes that any more."""

    def restore(self, state: Any) -> None:  # noqa: ANN401 - its own state
        """Have it stand so again."""


class Key(NamedTuple):
    """What a piece follows from, beside the pieces before it: the world, if it matters, and whatever else as plain data."""

    world: World | None
    rest: object

    def same(self, other: Key) -> bool:
        """Whether it is the very same world, and everything else is equal."""
        return self.world is other.world and self.rest == other.rest


@dataclass(frozen=True, eq=False)
class Piece:
    """A piece of a vCenter's beginning, and those that came after it."""

    works: tuple[Work, ...] = ()
    """What was done to the bytes of volumes."""
    orders: tuple[bytes, ...] = ()
    answers: tuple[bytes, ...] = ()
    states: tuple[object, ...] = ()
    """How our side of the vCenter stood then; none where it stayed as it was."""
    value: Any = None
    next: list[tuple[Key, Piece]] = field(default_factory=list)


class Album:
    """The pieces of labs that begin alike, by vCenter."""

    def __init__(self) -> None:
        self._first: dict[str, Piece] = {}
        self._count = 0

    def first(self, center: str) -> Piece:
        """Nothing yet."""
        return self._first.setdefault(center, Piece())

    def add(self, before: Piece, key: Key, piece: Piece) -> bool:
        """Keep a piece; returns whether there was room for it."""
        if self._count >= MOST:
            return False
        self._count += 1
        before.next.append((key, piece))
        return True


class Course:
    """How one vCenter begins, piece by piece. Where another has come the same way, vcsim is told the same, all at once.

    Its answers have to be the same as well: then our side stands as it stood there. Without an ``album`` all is worked out.
    """

    def __init__(self, center: str, console: Console, store: DirectoryStore, album: Album | None = None) -> None:
        self._console, self._store, self._album, self._center = console, store, album, center
        self._root = json.dumps(str(store.root))[1:-1].encode()
        self._at = album.first(center) if album else None
        self._works: list[Work] | None = None
        self._parts: Sequence[Kept] = ()

    def follow(self, *parts: Kept) -> None:
        """Take these for all that our side knows of the vCenter."""
        self._parts = parts

    def end(self) -> None:
        """The start is over: from now on everything is worked out."""
        self._at = None

    def lay(self, work: Callable[[DirectoryStore], T]) -> T:
        """Do something to the bytes of volumes, of this lab and of those that take the same course."""
        if self._works is not None:
            self._works.append(work)
        return work(self._store)

    def take(self, world: World, rest: object, act: Callable[[], None]) -> None:
        """Take the piece that follows from ``world`` and ``rest``: as it was taken before, or by ``act``.

        A piece within another belongs to that. Raises ``LabError`` where vcsim answers otherwise than before.
        """
        self._go(Key(world, rest), act, self._watch)

    def tell(self, rest: object, act: Callable[[], T]) -> T:
        """The same of a piece in which our side stays as it is; returns what ``act`` returned then, which nobody may change."""
        return self._go(Key(None, rest), act, self._note)

    def recall(self, rest: object, act: Callable[[], T]) -> T:
        """The same of a piece in which vcsim is only asked something: it is not asked again."""
        return self._go(Key(None, rest), act, _known)

    def _go(self, key: Key, act: Callable[[], T], watch: Callable[[Callable[[], Any]], Piece]) -> T:
        if self._at is None or self._album is None or self._works is not None:
            return act()
        piece = next((piece for known, piece in self._at.next if known.same(key)), None)
        if piece is None:
            piece = watch(act)
            self._at = piece if self._album.add(self._at, key, piece) else None
        else:
            self._repeat(piece)
            self._at = piece
        value: T = piece.value
        return value

    def _watch(self, act: Callable[[], Any]) -> Piece:
        piece = self._note(act)
        return replace(piece, states=tuple(part.state() for part in self._parts))

    def _note(self, act: Callable[[], Any]) -> Piece:
        works: list[Work] = []
        self._works = works
        try:
            with self._console.noting() as exchanges:
                value = act()
        finally:
            self._works = None
        orders = tuple(order.replace(self._root, ROOT) for order, _ in exchanges)
        return Piece(tuple(works), orders, tuple(answer for _, answer in exchanges), value=value)

    def _repeat(self, piece: Piece) -> None:
        for work in piece.works:
            work(self._store)
        answers = self._console.repeat([order.replace(ROOT, self._root) for order in piece.orders])
        for order, answer, expected in zip(piece.orders, answers, piece.answers, strict=True):
            if answer != expected:
                problem = f"{self._center} begins like one before it and answers otherwise: {_short(answer)}"
                raise LabError("vCenter", f"{problem} in place of {_short(expected)} to {_short(order)}")
        if piece.states:
            for part, state in zip(self._parts, piece.states, strict=True):
                part.restore(state)


def _known(act: Callable[[], Any]) -> Piece:
    return Piece(value=act())


def _short(line: bytes) -> str:
    return line[:200].decode(errors="replace").strip()
