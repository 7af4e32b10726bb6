"""Which hosts a table of a blueprint means by its ``hosts``, ``cluster`` and ``site``."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from harness.units import HostName

Entry = Mapping[str, Any]


def hosts_of_volume(volume: Entry, hosts: Iterable[Entry]) -> tuple[HostName, ...]:
    """The hosts that a volume is presented to."""
    return tuple(volume.get("hosts") or (host["name"] for host in hosts if _meant(volume, host)))


def hosts_of_set(machines: Entry, hosts: Iterable[Entry]) -> tuple[HostName, ...]:
    """The hosts that get the VMs of a set in turn."""
    return tuple(host["name"] for host in hosts if _meant(machines, host) and not host.get("maintenance"))


def hosts_of_replicas(group: Entry, arrays: Iterable[Entry], hosts: Iterable[Entry]) -> tuple[HostName, ...]:
    """The hosts to which an array that presents beforehand presents a group's replicas: those at its site, of one cluster."""
    target = next(array for array in arrays if array["name"] == group["target"])
    place = {key: entry[key] for key, entry in (("cluster", group), ("site", target)) if key in entry}
    return tuple(group.get("hosts") or (host["name"] for host in hosts if _meant(place, host)))


def _meant(entry: Entry, host: Entry) -> bool:
    return all(entry[key] == host.get(key) for key in ("cluster", "site") if key in entry)
