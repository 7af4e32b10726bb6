"""How the labs of a run begin: alike where their blueprint and their release are, so that only the first one is worked out."""

from __future__ import annotations

from dataclasses import dataclass

from harness.blueprints import Blueprint, initial_world
from harness.kept_volumes import KeptVolumes
from harness.physics.chance import Chance, Luck
from harness.physics.moments import Moments
from harness.protocols.vcenter.album import Album
from harness.releases import Release
from harness.simulators.run import current_run
from harness.world.aggregate import World

MOST = 8
"""Of how many pairs of a blueprint and a release the beginning is kept, those that were used last: a few MB each."""


@dataclass(frozen=True)
class Beginning:
    """The world in which a lab starts, how chance stands then, and what labs that have started so did, showed and left."""

    world: World
    luck: Luck
    moments: Moments | None = None
    album: Album | None = None
    volumes: KeptVolumes | None = None

    def chance(self) -> Chance:
        """Chance, as it stands."""
        chance = Chance(0)
        chance.luck = self.luck
        return chance

    def leave(self) -> None:
        """For now no lab begins so: nothing of it stays on disk."""
        if self.volumes:
            self.volumes.clear()


def begin(blueprint: Blueprint, release: Release, seed: int, moments: Moments | None = None) -> Beginning:
    """The beginning of ``blueprint`` on ``release``, with all that it leaves to chance drawn from ``seed``.

    Only with ``moments`` is anything kept of the labs that start so.
    """
    chance = Chance(seed)
    world, luck = initial_world(blueprint, release, chance), chance.luck
    if moments is None:
        return Beginning(world, luck)
    return Beginning(world, luck, moments, Album(), KeptVolumes(lambda: current_run().new_directory("kept")))


class Beginnings:
    """The beginnings of labs from one seed. Not for several labs that open at the same time.

    On disk there is what the last lab has left of its volumes, until one begins otherwise or the run ends.
    """

    def __init__(self, seed: int) -> None:
        self._seed = seed
        self._known: list[tuple[Blueprint, Release, Beginning]] = []

    def of(self, blueprint: Blueprint, release: Release) -> Beginning:
        """How labs of ``blueprint`` on ``release`` begin."""
        known = next((each for each in self._known if each[:2] == (blueprint, release)), None)
        if self._known and self._known[-1] is not known:
            self._known[-1][2].leave()
        if known:
            self._known.remove(known)
        found = known or (blueprint, release, begin(blueprint, release, self._seed, Moments()))
        self._known = [*self._known, found][-MOST:]
        return found[2]
