"""How all tests run: where their temporary files are, and which of them begin first."""

from __future__ import annotations

import os

import pytest

from harness.simulators.scratch import MEMORY, prefer_memory


def pytest_configure() -> None:
    """Keep temporary files in memory, as a run does, where programs can be run from there: tests make some."""
    if MEMORY.is_dir() and not os.statvfs(MEMORY).f_flag & os.ST_NOEXEC:
        prefer_memory()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what may take longer than others, so that no worker is alone with it in the end; the rest keep their order."""
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)
