"""Which parts the steps have, and how a process that runs scenarios keeps its memory."""

from __future__ import annotations

import gc
import importlib

import pytest

PARTS = (
    "steps.laboratory",
    "steps.automation",
    "steps.availability",
    "steps.desktops",
    "steps.fail_back",
    "steps.fail_over",
    "steps.hosts",
    "steps.machines",
    "steps.nas",
    "steps.network",
    "steps.recovery",
    "steps.replication",
    "steps.sites",
    "steps.split_brain",
    "steps.storage",
    "steps.whole",
)


def pytest_pycollect_makemodule(parent: pytest.Collector) -> None:
    """Bring in what scenarios need where they are collected: a process that hands them out to workers collects none."""
    plugins = parent.config.pluginmanager
    for part in PARTS:
        if not plugins.has_plugin(part):
            plugins.register(importlib.import_module(part), part)


def pytest_sessionstart() -> None:
    """Let the garbage collector look less often: a lab is a large graph that lives as long as its scenario."""
    gc.set_threshold(400_000, 50, 100)


def pytest_sessionfinish() -> None:
    """What is left goes with the process: pytest would look through all of it five times for something to collect."""
    gc.freeze()
