"""What a blueprint may not say of Site Recovery Manager, beyond what its schema can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from harness.blueprints.checks import Mistake, Payload
from harness.blueprints.presentation import hosts_of_volume
from harness.blueprints.sets import expand

KINDS = ("srm", "protection-group", "recovery-plan")
ONLY = {"ABR": ("replication",), "HBR": ("target", "rpo")}
"""What a protection group of a kind needs, and one of the other kind may not have."""


def first_recovery_mistake(payload: Payload) -> Mistake | None:
    """The first mistake of a document in which all else is sound."""
    rules: tuple[Callable[[Payload], Iterator[Mistake]], ...] = (
        _names,
        _references,
        _servers,
        _kinds,
        _machines,
        _targets,
        _plans,
    )
    return next((mistake for rule in rules for mistake in rule(payload)), None)


def _entries(payload: Payload, kind: str) -> Iterator[tuple[list[str], str, dict[str, Any]]]:
    for index, entry in enumerate(payload.get(kind, [])):
        yield [kind, str(index)], f"{kind} {entry['name']!r}", entry


def _names(payload: Payload) -> Iterator[Mistake]:
    for kind in KINDS:
        seen: set[str] = set()
        for place, subject, entry in _entries(payload, kind):
            if entry["name"] in seen:
                yield Mistake([*place, "name"], subject, "is described twice")
            seen.add(entry["name"])


def _references(payload: Payload) -> Iterator[Mistake]:
    named = {kind: [entry["name"] for entry in payload.get(kind, [])] for kind in ("vcenter", "srm", "replication")}
    volumes = [volume["label"] for volume in payload["volume"]]
    groups = [group["name"] for group in payload.get("protection-group", [])]
    known = {**named, "placeholders": volumes, "target": volumes, "vms": [*_all_machines(payload)], "groups": groups}
    words = {"placeholders": "datastore", "target": "datastore", "vms": "vm", "groups": "protection-group"}
    for kind in KINDS:
        for place, _, entry in _entries(payload, kind):
            for key in known.keys() & entry.keys():
                for name in entry[key] if isinstance(entry[key], list) else [entry[key]]:
                    if name and name not in known[key]:
                        names = ", ".join(sorted(known[key])[:20]) or "none"
                        problem = f"no {words.get(key, key)} named {name!r}"
                        yield Mistake([*place, key], f"{kind}.{key}", problem, f"Known: {names}")


def _all_machines(payload: Payload) -> dict[str, dict[str, Any]]:
    machines = (*payload.get("vm", []), *(machine for _, machine in expand(payload)))
    return {machine["name"]: machine for machine in machines}


def _servers(payload: Payload) -> Iterator[Mistake]:
    sites: dict[str, str] = {}
    for place, subject, entry in _entries(payload, "srm"):
        site = _site_of(payload, entry)
        if not site:
            yield Mistake([*place, "vcenter"], subject, f"{entry['vcenter']} has no site", "Name a vCenter that no VM runs.")
        if site in sites:
            yield Mistake(
                [*place, "vcenter"], subject, f"is at {site}, where {sites[site]} is", "Name a vCenter of another site."
            )
        sites[site] = entry["name"]
        if not _seen(payload, entry["placeholders"], entry):
            problem = f"no host of {entry['vcenter']} there sees datastore {entry['placeholders']!r}"
            yield Mistake([*place, "placeholders"], subject, problem)


def _site_of(payload: Payload, server: Mapping[str, Any]) -> str:
    return str(next(center.get("site", "") for center in payload["vcenter"] if center["name"] == server["vcenter"]))


def _seen(payload: Payload, label: str, server: Mapping[str, Any]) -> bool:
    """Whether a host that a server works with sees a datastore."""
    clusters = {cluster["name"] for cluster in payload["cluster"] if cluster["vcenter"] == server["vcenter"]}
    own = {h["name"] for h in payload["host"] if h["cluster"] in clusters and h.get("site") == _site_of(payload, server)}
    volume = next(volume for volume in payload["volume"] if volume["label"] == label)
    return bool(own & set(hosts_of_volume(volume, payload["host"])))


def _kinds(payload: Payload) -> Iterator[Mistake]:
    for place, subject, group in _entries(payload, "protection-group"):
        for kind, keys in ONLY.items():
            for key in keys:
                if kind == group["kind"] and not group.get(key):
                    yield Mistake([*place, "kind"], subject, f"{kind} needs: {key}", f"Give it {key} = ...")
                if kind != group["kind"] and group.get(key):
                    yield Mistake([*place, key], subject, f"{key} is for groups of kind {kind}", "Leave it out.")
        for name in group.get("rpo-of", {}):
            if name not in group["vms"]:
                yield Mistake([*place, "rpo-of"], subject, f"{name!r} is none of its VMs")


def _machines(payload: Payload) -> Iterator[Mistake]:
    machines, groups = _all_machines(payload), dict[str, str]()
    centers = {cluster["name"]: cluster["vcenter"] for cluster in payload["cluster"]}
    hosts = {host["name"]: centers[host["cluster"]] for host in payload["host"]}
    servers = {server["name"]: server for server in payload.get("srm", [])}
    for place, subject, group in _entries(payload, "protection-group"):
        volumes = {v for g in payload.get("replication", []) if g["name"] == group.get("replication") for v in g["volumes"]}
        for name in group["vms"]:
            center = servers[group["srm"]]["vcenter"]
            if hosts[machines[name]["host"]] != center:
                yield Mistake([*place, "vms"], subject, f"vm {name!r} is not in {center}, through which {group['srm']} works")
            if name in groups:
                yield Mistake([*place, "vms"], subject, f"vm {name!r} is in {groups[name]} already")
            if volumes and machines[name]["datastore"] not in volumes:
                problem = f"vm {name!r} is on {machines[name]['datastore']}, which {group['replication']} does not replicate"
                yield Mistake([*place, "vms"], subject, problem, f"It replicates: {', '.join(sorted(volumes))}")
            groups[name] = group["name"]


def _targets(payload: Payload) -> Iterator[Mistake]:
    sites = {array["name"]: array.get("site", "") for array in payload.get("array", [])}
    for place, subject, group in _entries(payload, "protection-group"):
        other = next(server for server in payload["srm"] if server["name"] != group["srm"])
        if group["kind"] == "ABR":
            target = next(g["target"] for g in payload["replication"] if g["name"] == group["replication"])
            if sites[target] != _site_of(payload, other):
                problem = f"{group['replication']} replicates to {target}, which is not at the site of {other['name']}"
                yield Mistake([*place, "replication"], subject, problem)
        elif not _seen(payload, group["target"], other) or group["target"] == other["placeholders"]:
            problem = f"datastore {group['target']!r} is for placeholders, or seen by no host of {other['vcenter']} at its site"
            yield Mistake([*place, "target"], subject, problem)


def _plans(payload: Payload) -> Iterator[Mistake]:
    groups = {group["name"]: group for group in payload.get("protection-group", [])}
    for place, subject, plan in _entries(payload, "recovery-plan"):
        servers = sorted({groups[name]["srm"] for name in plan["groups"]})
        if len(servers) > 1:
            yield Mistake([*place, "groups"], subject, f"its groups are protected by several servers: {', '.join(servers)}")
        machines = [name for group in plan["groups"] for name in groups[group]["vms"]]
        for name in plan.get("priorities", {}):
            if name not in machines:
                yield Mistake(
                    [*place, "priorities"], subject, f"{name!r} is in none of its groups", f"Known: {', '.join(machines)}"
                )
