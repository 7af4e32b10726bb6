"""How all tests run: where their temporary files are, and which of them begin first."""

from __future__ import annotations

import os
from itertools import islice

import pytest

from harness.simulators.scratch import MEMORY, prefer_memory


def pytest_configure() -> None:
    """Keep temporary files in memory, as a run does, where programs can be run from there: tests make some."""
    if MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        prefer_memory()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Each worker begins with its share of what may take longest, so that none is alone with it in the end."""
    longest = sorted(filter(_limit, items), key=_limit, reverse=True)
    others = [item for item in items if not _limit(item)]
    items[:] = _dealt(longest, others, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))


def _limit(item: pytest.Item) -> float:
    """The seconds after which the test counts as stuck; 0 where it has no limit of its own."""
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0


def _dealt(first: list[pytest.Item], others: list[pytest.Item], workers: int) -> list[pytest.Item]:
    """``first`` dealt out, each hand before the others that its worker gets: ``worksteal`` gives each one piece of the whole."""
    total, left, dealt = len(first) + len(others), iter(others), list[pytest.Item]()
    for number in range(workers):
        hand, size = first[number::workers], (total - len(dealt)) // (workers - number)
        dealt += [*hand, *islice(left, max(0, size - len(hand)))]
    return dealt
