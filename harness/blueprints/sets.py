"""Sets of VMs: what a blueprint describes once and a lab has many times."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.blueprints.presentation import hosts_of_set

SHARED = ("network", "disk", "pool", "vapp", "order", "stop")
"""What all VMs of a set have in common."""


def expand(payload: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """A table like those of ``[[vm]]`` for each VM of each ``[[vm-set]]``, with the number of its set, from 0.

    Hosts and datastores take turns from one set to the next, so that each host has VMs on each datastore.
    """
    turn = 0
    for number, entry in enumerate(payload.get("vm-set", [])):
        places, stores = hosts_of_set(entry, payload["host"]), entry["datastores"]
        for index, name in enumerate(names(entry) if places else []):
            host, store = places[turn % len(places)], stores[(turn + turn // len(places)) % len(stores)]
            turn += 1
            yield (
                number,
                {
                    "name": name,
                    "host": host,
                    "datastore": store,
                    "on": index < entry.get("on", entry["count"]),
                    **{key: entry[key] for key in SHARED if key in entry},
                },
            )


def names(entry: Mapping[str, Any]) -> list[str]:
    """The names of the VMs of one set."""
    stem = entry["name"].rstrip("#")
    digits = len(entry["name"]) - len(stem)
    return [f"{stem}{number:0{digits}}" for number in range(1, entry["count"] + 1)]
