"""Sites: what is lost, and returns, together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import replace
from harness.world.events import Event

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class Site:
    """A place with power, or without. ``arrays`` are the names of the storage arrays that stand there."""

    name: str
    arrays: frozenset[str] = frozenset()
    up: bool = True


@dataclass(frozen=True)
class SiteEvent(Event):
    """An event that concerns a whole site."""

    site: str

    @property
    def subject(self) -> str:
        """The site's name."""
        return self.site


@dataclass(frozen=True)
class SiteLost(SiteEvent):
    """A site has no power any more."""

    def apply(self, world: World) -> World:
        """See :class:`Event`. What stands there follows by rules of its own."""
        return world.with_site(replace(world.sites[self.site], up=False))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "is lost"


@dataclass(frozen=True)
class SiteReturned(SiteEvent):
    """A site has power again."""

    def apply(self, world: World) -> World:
        """See :class:`Event`. What stands there follows by rules of its own."""
        return world.with_site(replace(world.sites[self.site], up=True))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "has power again"
