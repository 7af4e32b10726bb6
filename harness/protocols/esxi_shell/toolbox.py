"""The registry of the shell's own tools, to which the product's commands are added."""

from __future__ import annotations

from collections.abc import Iterable

from harness.protocols.esxi_shell.commands import awk, conditions, control, files, inspection, printing, search, sed, text
from harness.protocols.esxi_shell.registry import Command, Registry


def standard_registry(more: Iterable[Command] = ()) -> Registry:
    """A registry of the busybox tools and ``more``."""
    registry = Registry.of(awk, conditions, control, files, inspection, printing, search, sed, text)
    for item in more:
        registry.add(item)
    return registry
