"""What a blueprint may not say of vCloud Director, beyond what its schema can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.blueprints.checks import Mistake, Payload

TABLES = ("organisation", "vdc", "organisation-network")
NO_CLOUD = "Describe a [[cloud]], or leave this out."


def first_cloud_mistake(payload: Payload) -> Mistake | None:
    """The first mistake of a document in which all else is sound."""
    rules: tuple[Callable[[Payload], Iterator[Mistake]], ...] = (
        _needs_cloud,
        _names,
        _references,
        _services,
        _pools,
        _edges,
        _vapps,
    )
    return next((mistake for rule in rules for mistake in rule(payload)), None)


def _needs_cloud(payload: Payload) -> Iterator[Mistake]:
    for kind in TABLES:
        if payload.get(kind) and not payload.get("cloud"):
            yield Mistake([kind, "0", "name"], f"{kind} {payload[kind][0]['name']!r}", "there is no cloud", NO_CLOUD)


def _names(payload: Payload) -> Iterator[Mistake]:
    for kind in TABLES:
        seen: set[str] = set()
        for index, entry in enumerate(payload.get(kind, [])):
            if entry["name"] in seen:
                yield Mistake([kind, str(index), "name"], f"{kind} {entry['name']!r}", "is described twice")
            seen.add(entry["name"])


def _references(payload: Payload) -> Iterator[Mistake]:
    groups = [group["name"] for switch in payload.get("switch", []) for group in switch["portgroup"]]
    named = {
        kind: [entry["name"] for entry in payload.get(kind, [])] for kind in ("vcenter", "service", "organisation", "pool", "vm")
    }
    wanted = {
        "cloud": {"vcenter": ("vcenter", named["vcenter"]), "cells": ("service", named["service"])}
        | {"database": ("service", named["service"])},
        "vdc": {"organisation": ("organisation", named["organisation"]), "pool": ("pool", named["pool"])},
        "organisation-network": {"name": ("portgroup", groups), "organisation": ("organisation", named["organisation"])}
        | {"edge": ("vm", named["vm"])},
    }
    for kind, keys in wanted.items():
        for index, entry in enumerate(payload.get(kind, [])):
            for key, (word, known) in keys.items():
                if key in entry and entry[key] not in known:
                    names = ", ".join(sorted(known)) or "none"
                    yield Mistake([kind, str(index), key], f"{kind}.{key}", f"no {word} named {entry[key]!r}", f"Known: {names}")


def _services(payload: Payload) -> Iterator[Mistake]:
    kinds = {service["name"]: service["kind"] for service in payload.get("service", [])}
    for index, cloud in enumerate(payload.get("cloud", [])):
        for key, kind in (("cells", "vcd-cell"), ("database", "database")):
            if kinds[cloud[key]] != kind:
                problem = f"service {cloud[key]!r} is of kind {kinds[cloud[key]]}, not {kind}"
                yield Mistake(["cloud", str(index), key], f"cloud {cloud['name']!r}", problem)


def _pools(payload: Payload) -> Iterator[Mistake]:
    """A VDC is a pool of its own, under the resource vCenter."""
    clusters = {cluster["name"]: cluster["vcenter"] for cluster in payload["cluster"]}
    centers = {pool["name"]: clusters[pool["cluster"]] for pool in payload.get("pool", [])}
    taken: dict[str, str] = {}
    for index, vdc in enumerate(payload.get("vdc", [])):
        subject, place, pool = f"vdc {vdc['name']!r}", ["vdc", str(index), "pool"], vdc["pool"]
        center = payload["cloud"][0]["vcenter"]
        if centers[pool] != center:
            yield Mistake(place, subject, f"pool {pool!r} is of {centers[pool]}, and the resource vCenter is {center}")
        if taken.setdefault(pool, vdc["name"]) != vdc["name"]:
            yield Mistake(place, subject, f"pool {pool!r} is {taken[pool]!r} already")


def _edges(payload: Payload) -> Iterator[Mistake]:
    networks = {machine["name"]: machine["network"] for machine in payload.get("vm", [])}
    for index, network in enumerate(payload.get("organisation-network", [])):
        edge = network.get("edge")
        if edge and networks[edge] != network["name"]:
            problem = f"its edge {edge} is on {networks[edge]!r}"
            yield Mistake(["organisation-network", str(index), "edge"], f"organisation-network {network['name']!r}", problem)


def _vapps(payload: Payload) -> Iterator[Mistake]:
    """Where there is a cloud, a vApp is in a VDC."""
    pools = {vdc["pool"] for vdc in payload.get("vdc", [])}
    for kind in ("vm", "vm-set"):
        for index, entry in enumerate(payload.get(kind, [])):
            if payload.get("cloud") and "vapp" in entry and entry["pool"] not in pools:
                problem = f"is in vApp {entry['vapp']!r}, and its pool {entry['pool']!r} is no VDC"
                remedy = f'Describe a [[vdc]] with the line: pool = "{entry["pool"]}"'
                yield Mistake([kind, str(index), "pool"], f"{kind} {entry['name']!r}", problem, remedy)
