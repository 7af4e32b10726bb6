"""The tables of a blueprint that describe names and network-attached storage, as plans."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness.blueprints.model import ExportPlan, NameServerPlan, NfsPlan
from harness.blueprints.presentation import hosts_of_volume
from harness.world.names import Record, Zone, innermost

TIME_TO_LIVE = 300
"""Seconds, where neither a record nor its zone gives another."""


def read_nas(payload: Mapping[str, Any]) -> dict[str, tuple[Any, ...]]:
    """The fields of a :class:`harness.blueprints.Blueprint` that are about names and NAS."""
    hosts = payload["host"]
    return {
        "nameservers": tuple(NameServerPlan(**entry) for entry in payload.get("nameserver", [])),
        "zones": read_zones(payload),
        "exports": tuple(
            ExportPlan(entry["label"], entry["array"], entry["path"], entry["size"], hosts_of_volume(entry, hosts))
            for entry in payload.get("export", [])
        ),
        "nfs": tuple(
            NfsPlan(entry["label"], entry["server"], entry["share"], hosts_of_volume(entry, hosts))
            for entry in payload.get("nfs", [])
        ),
    }


def read_zones(payload: Mapping[str, Any]) -> tuple[Zone, ...]:
    """The zones with their records; a record that is in none of them is left out."""
    lives = {entry["name"]: entry.get("ttl", TIME_TO_LIVE) for entry in payload.get("zone", [])}
    zones = [Zone(name) for name in lives]
    records: dict[str, list[Record]] = {name: [] for name in lives}
    for entry in payload.get("record", []):
        zone = innermost(zones, entry["name"])
        if zone:
            ttl = entry.get("ttl", lives[zone.name])
            records[zone.name].append(Record(entry["name"], entry["type"], entry["value"], ttl))
    return tuple(Zone(name, tuple(found)) for name, found in records.items())
