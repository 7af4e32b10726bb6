"""The inventories of several vCenter Servers, seen as one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from harness.probes.inventory import Inventory


def merge(seen: Mapping[str, Inventory], silent: Sequence[str] = ()) -> Inventory:
    """What several vCenter Servers show together; ``silent`` are those that do not answer."""
    parts: dict[str, dict[str, Any]] = {each.name: {} for each in fields(Inventory) if each.name not in {"where", "shared"}}
    owners: dict[tuple[str, str], tuple[str, ...]] = {}
    for center, inventory in seen.items():
        for part, found in parts.items():
            for name, value in getattr(inventory, part).items():
                found.setdefault(name, value)
                owners[part, name] = (*owners.get((part, name), ()), center)
    gone = f" ({', '.join(silent)} {'does' if len(silent) == 1 else 'do'} not answer)" if silent else ""
    shared = {key: centers for key, centers in owners.items() if len(centers) > 1}
    return Inventory(**parts, where=f"{', '.join(seen)}{gone}", shared=shared)
