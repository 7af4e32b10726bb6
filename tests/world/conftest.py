"""Scenes for the tests of the world."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.world.recovery_scene import Sites, make_sites
from tests.world.scene import Scene, make_scene


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., Scene]:
    """Makes scenes: ``build(release="5.0", ha=False)``."""
    count = itertools.count()
    return lambda release="5.0", **wishes: make_scene(tmp_path / str(next(count)), release, **wishes)


@pytest.fixture
def two_sites(tmp_path: Path) -> Callable[..., Sites]:
    """Makes the management of two sites: ``two_sites(change, ...)`` of the blueprint."""
    return lambda *wishes: make_sites(tmp_path, *wishes)
