"""Pools of desktops: what a blueprint describes once, and a lab has as a replica and the linked clones of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from harness.blueprints.model import ClonePlan
from harness.blueprints.presentation import hosts_of_set
from harness.blueprints.products import DesktopPoolPlan, ViewPlan
from harness.blueprints.sets import names
from harness.world.desktops import REPLICA

SHARED = ("network", "pool")


def expand_pools(payload: Mapping[str, Any]) -> Iterator[tuple[int, dict[str, Any]]]:
    """A table like those of ``[[vm]]`` for the replica and each desktop of each ``[[desktop-pool]]``, with the pool's number.

    Desktops take turns with the hosts, and with the datastores of their OS disks and of their persistent disks.
    """
    for number, entry in enumerate(payload.get("desktop-pool", [])):
        places = hosts_of_set(entry, payload["host"])
        if places:
            yield from ((number, machine) for machine in _machines(entry, places))


def _machines(entry: Mapping[str, Any], places: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    shared = {key: entry[key] for key in SHARED if key in entry}
    size = {"disk": entry["disk"]} if "disk" in entry else {}
    yield {"name": replica_of(entry), "host": places[0], "datastore": entry["replica"], "on": False, **size, **shared}
    for index, name in enumerate(names({**entry, "name": entry["desktops"]})):
        stores = entry["os"], entry["persistent"]
        os, persistent = (some[(index // len(places)) % len(some)] for some in stores)
        yield {
            "name": name,
            "host": places[index % len(places)],
            "datastore": os,
            "on": index < entry.get("on", entry["count"]),
            "serves": entry["name"],
            "clone": ClonePlan(replica_of(entry), persistent),
            **size,
            **shared,
        }


def replica_of(entry: Mapping[str, Any]) -> str:
    """The name of the replica VM of a pool."""
    return f"{REPLICA}{entry['name']}"


def read_view(payload: Mapping[str, Any]) -> ViewPlan | None:
    """The View of a document without mistakes; None where it describes none."""
    for entry in payload.get("view", []):
        servers, pools = tuple(entry["connection-servers"]), tuple(map(_pool, payload.get("desktop-pool", [])))
        return ViewPlan(entry["name"], entry["vcenter"], servers, entry["composer"], entry["database"], pools)
    return None


def _pool(entry: Mapping[str, Any]) -> DesktopPoolPlan:
    desktops = names({**entry, "name": entry["desktops"]})
    assigned = entry.get("assigned", entry["count"])
    users = names({"name": entry["users"], "count": assigned}) if assigned else []
    return DesktopPoolPlan(entry["name"], replica_of(entry), tuple(desktops), dict(zip(desktops, users, strict=False)))
