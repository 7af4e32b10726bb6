"""How all tests run: where their temporary files are, and which of them begin first."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

from harness.simulators.scratch import MEMORY, prefer_memory


def pytest_configure() -> None:
    """Keep temporary files in memory, as a run does, where programs can be run from there: tests make some.

    What Hypothesis finds depends on no clock: a machine may be slow.
    """
    settings.register_profile("unhurried", settings(), deadline=None, suppress_health_check=[HealthCheck.too_slow])
    settings.load_profile("unhurried")
    if MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        prefer_memory()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longest, so that no worker is alone with it in the end; the others keep their order."""
    items.sort(key=_limit, reverse=True)


def _limit(item: pytest.Item) -> float:
    """The seconds after which the test counts as stuck; 0 where it has no limit of its own."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0
