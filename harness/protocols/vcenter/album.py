"""What vCenters showed in labs that began alike, kept, so that the next one need not draw and encode it again."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.protocols.vcenter.projection.sight import Sight, look
from harness.world.aggregate import World

MOST = 100
"""How many pictures, and how many sights, are kept: more than the start of a lab has."""


@dataclass(frozen=True, eq=False)
class Picture:
    """What has vcsim show something: the order that goes over, and what is shown then, by MoRef value and path."""

    order: bytes
    shown: Mapping[str, Mapping[str, Hashable]]


@dataclass(frozen=True, eq=False)
class Scene:
    """All that decides a picture: the one before, what vCenter knew and knows, and whatever else, MoRefs say, as ``plain`` data.

    ``last`` stands for all that is shown; None where it does not.
    """

    last: Picture | None
    before: Sight
    now: Sight
    world: World
    plain: Mapping[str, Any]

    def same(self, other: Scene) -> bool:
        """Whether it is the very same world, seen and shown alike, and everything else is equal."""
        mine, others = ((scene.last, scene.before, scene.now, scene.world) for scene in (self, other))
        alike = all(a is b for a, b in zip(mine, others, strict=True))
        return alike and self.last is not None and self.plain == other.plain


class Album:
    """Sights and pictures of labs that began alike. For mirrors that show them one after the other, or of several vCenters."""

    def __init__(self) -> None:
        self._first: dict[str, Sight] = {}
        self._sights: dict[tuple[int, int], tuple[Sight, World, Sight]] = {}
        """By the identities of the sight before and of the world, which are kept with them."""
        self._pictures: list[tuple[Scene, Picture]] = []

    def first(self, center: str) -> Sight:
        """The sight of a vCenter that knows nothing yet: always the same one."""
        return self._first.setdefault(center, Sight(center))

    def look(self, last: Sight, world: World) -> Sight:
        """See :func:`look`: the same sight again of what is the same."""
        key = id(last), id(world)
        if key in self._sights:
            return self._sights[key][2]
        seen = look(last, world)
        if len(self._sights) < MOST:
            self._sights[key] = last, world, seen
        return seen

    def picture(self, scene: Scene, draw: Callable[[], Picture]) -> Picture:
        """The picture of the same scene, or what ``draw`` makes of it."""
        found = next((picture for known, picture in self._pictures if known.same(scene)), None)
        if found is None:
            found = draw()
            if len(self._pictures) < MOST:
                self._pictures.append((scene, found))
        return found
