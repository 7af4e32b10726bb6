"""What a blueprint may not say, beyond what its schema can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from harness.blueprints.desktop_pools import expand_pools
from harness.blueprints.model import STANDARD_NETWORK
from harness.blueprints.presentation import hosts_of_set, hosts_of_volume
from harness.blueprints.sets import expand, names

Payload: TypeAlias = Mapping[str, Any]
UNIQUE = (
    ("site", "name"),
    ("vcenter", "name"),
    ("service", "name"),
    ("cluster", "name"),
    ("pool", "name"),
    ("host", "name"),
    ("volume", "label"),
    ("nameserver", "name"),
    ("zone", "name"),
    ("export", "label"),
    ("nfs", "label"),
    ("switch", "name"),
)
REFERRING = (
    "vcenter",
    "cluster",
    "pool",
    "host",
    "volume",
    "export",
    "nfs",
    "nameserver",
    "switch",
    "vm",
    "vm-set",
    "desktop-pool",
)
"""The kinds of tables whose keys name entries of others."""
WORDS = {"hosts": "host", "serves": "service", **dict.fromkeys(("datastores", "replica", "os", "persistent"), "datastore")}
"""What the value of a key names, where that is not the key itself."""
ACROSS = "Names are unique in the whole file, also where two vCenters are concerned."


@dataclass(frozen=True)
class Mistake:
    """What is wrong with the entry at ``place`` (keys and indexes), and the way out."""

    place: list[str]
    subject: str
    problem: str
    remedy: str = ""


def datastores(payload: Payload) -> list[dict[str, Any]]:
    """The tables of what VMs can be on: VMFS volumes and NFS datastores."""
    return [*payload["volume"], *payload.get("nfs", [])]


def first_mistake(payload: Payload) -> Mistake | None:
    """The first mistake of a document that fits the schema."""
    rules: tuple[Callable[[Payload], Iterator[Mistake]], ...] = (_names, _references, _sites, _services, _volumes, _machines)
    return next((mistake for rule in rules for mistake in rule(payload)), None)


def _entries(payload: Payload, *kinds: str) -> Iterator[tuple[str, list[str], dict[str, Any]]]:
    for kind in kinds:
        for index, entry in enumerate(payload.get(kind, [])):
            yield kind, [kind, str(index)], entry


def _names(payload: Payload) -> Iterator[Mistake]:
    volumes = {volume["label"] for volume in payload["volume"]}
    for kind, key in UNIQUE:
        seen = set(volumes) if kind in {"export", "nfs"} else set[str]()
        for _, place, entry in _entries(payload, kind):
            if entry[key] in seen:
                yield Mistake([*place, key], f"{kind} {entry[key]!r}", "is described twice", ACROSS if "vcenter" in entry else "")
            seen.add(entry[key])
    yield from _machine_names(payload)
    yield from _group_names(payload)


def _machine_names(payload: Payload) -> Iterator[Mistake]:
    seen: set[str] = set()
    for kind, place, entry in _entries(payload, "vm", "vm-set"):
        for name in names(entry) if kind == "vm-set" else [entry["name"]]:
            if name in seen:
                yield Mistake([*place, "name"], f"vm {name!r}", "is described twice", ACROSS)
            seen.add(name)
    for number, machine in expand_pools(payload):
        if machine["name"] in seen:
            yield Mistake(["desktop-pool", str(number), "desktops"], f"vm {machine['name']!r}", "is described twice", ACROSS)
        seen.add(machine["name"])


def _group_names(payload: Payload) -> Iterator[Mistake]:
    seen: set[str] = {STANDARD_NETWORK}
    for _, place, switch in _entries(payload, "switch"):
        for index, group in enumerate(switch["portgroup"]):
            if group["name"] in seen:
                where = [*place, "portgroup", str(index), "name"]
                yield Mistake(where, f"portgroup {group['name']!r}", "is described twice", ACROSS)
            seen.add(group["name"])


def _references(payload: Payload) -> Iterator[Mistake]:
    groups = {group["name"] for switch in payload.get("switch", []) for group in switch["portgroup"]}
    named = {kind: {entry["name"] for entry in payload.get(kind, [])} for kind in ("site", "vcenter", "cluster", "host", "pool")}
    volumes = {volume["label"] for volume in datastores(payload)}
    known = {
        **named,
        "hosts": named["host"],
        "datastore": volumes,
        "datastores": volumes,
        "replica": volumes,
        "os": volumes,
        "persistent": volumes,
        "network": groups | {STANDARD_NETWORK},
        "serves": {service["name"] for service in payload.get("service", [])},
    }
    for kind, place, entry in _entries(payload, *REFERRING):
        for key in sorted(known.keys() & entry.keys()):
            for name in entry[key] if isinstance(entry[key], list) else [entry[key]]:
                if name not in known[key]:
                    names = ", ".join(sorted(known[key])) or "none"
                    word = WORDS.get(key, key)
                    yield Mistake([*place, key], f"{kind}.{key}", f"no {word} named {name!r}", f"Known: {names}")


def _sites(payload: Payload) -> Iterator[Mistake]:
    """Where there are sites, everything that can be lost with one says which is its own."""
    served = {service["name"] for service in payload.get("service", []) if service["kind"] == "vcenter"}
    sites = ", ".join(site["name"] for site in payload.get("site", []))
    for kind, place, entry in _entries(payload, "vcenter", "host", "nameserver"):
        stands_alone = kind != "vcenter" or entry["name"] not in served
        if sites and stands_alone and "site" not in entry:
            yield Mistake([*place, "name"], f"{kind} {entry['name']!r}", "at which site?", f"Give it a site of: {sites}")
        if not stands_alone and "site" in entry:
            problem = "has a site, and is the service of VMs: it is where they are"
            yield Mistake([*place, "site"], f"vcenter {entry['name']!r}", problem, "Leave out its site.")


def _services(payload: Payload) -> Iterator[Mistake]:
    centers = {center["name"] for center in payload["vcenter"]}
    serving = {entry["serves"] for entry in payload.get("vm", []) if "serves" in entry}
    for _, place, service in _entries(payload, "service"):
        name = service["name"]
        if service["kind"] == "vcenter" and name not in centers:
            remedy = f"Give it the name of a vCenter of this file: {', '.join(sorted(centers))}"
            yield Mistake([*place, "name"], f"service {name!r}", "is of kind vcenter, and there is no such vCenter", remedy)
        if service["kind"] != "vcenter" and name in centers:
            yield Mistake([*place, "kind"], f"service {name!r}", "has the name of a vCenter", 'Make its kind "vcenter".')
        if name not in serving:
            yield Mistake([*place, "name"], f"service {name!r}", "no VM serves it", f'Give a [[vm]] the line: serves = "{name}"')


def _volumes(payload: Payload) -> Iterator[Mistake]:
    for kind, place, volume in _entries(payload, "volume", "export", "nfs"):
        word = "mounted by" if kind == "nfs" else "presented to"
        if "hosts" in volume and ("cluster" in volume or "site" in volume):
            problem = "names its hosts twice: by hosts, and by cluster or site"
            yield Mistake([*place, "hosts"], f"{kind} {volume['label']!r}", problem, "Keep one of them.")
        elif not hosts_of_volume(volume, payload["host"]):
            key = "site" if "site" in volume else "cluster"
            problem = f"is {word} no host: none is in that cluster and site"
            yield Mistake([*place, key], f"{kind} {volume['label']!r}", problem)


def _machines(payload: Payload) -> Iterator[Mistake]:
    """Where VMs are placed they must be able to run: host, datastore, network and pool fit together."""
    for kind, place, entry in _entries(payload, "vm-set", "desktop-pool"):
        if not hosts_of_set(entry, payload["host"]):
            problem = "no host can run it: none of that cluster and site is out of maintenance mode"
            yield Mistake([*place, "cluster"], f"{kind} {entry['name']!r}", problem)
    for _, place, entry in _entries(payload, "vm"):
        yield from _placement(payload, entry, place, "datastore")
    for number, machine in expand(payload):
        yield from _placement(payload, machine, ["vm-set", str(number)], "datastores")
    for number, machine in expand_pools(payload):
        clone, place = machine.get("clone"), ["desktop-pool", str(number)]
        yield from _placement(payload, machine, place, "os" if clone else "replica")
        if clone:
            yield from _placement(payload, {**machine, "datastore": clone.persistent}, place, "persistent")
    vapps: dict[str, str] = {}
    for kind, place, entry in _entries(payload, "vm", "vm-set"):
        yield from _vapp(entry, f"{kind} {entry['name']!r}", place, vapps)


def _placement(payload: Payload, machine: Payload, place: list[str], datastore: str) -> Iterator[Mistake]:
    subject, hosts = f"vm {machine['name']!r}", {host["name"]: host for host in payload["host"]}
    host = hosts[machine["host"]]
    volume = next(store for store in datastores(payload) if store["label"] == machine["datastore"])
    if host.get("maintenance") and machine.get("on", True):
        problem = f"is on, and {host['name']} is in maintenance mode"
        yield Mistake([*place, "host"], subject, problem, "Place it on another host, or give it: on = false")
    seeing = hosts_of_volume(volume, hosts.values())
    if host["name"] not in seeing:
        problem = f"{host['name']} does not see datastore {volume['label']!r}"
        word = "mounted by" if "share" in volume else "presented to"
        yield Mistake([*place, datastore], subject, problem, f"It is {word}: {', '.join(seeing)}")
    pool = next((p for p in payload.get("pool", []) if p["name"] == machine.get("pool")), None)
    if pool and pool["cluster"] != host["cluster"]:
        yield Mistake([*place, "pool"], subject, f"pool {pool['name']!r} is of {pool['cluster']}, not of {host['cluster']}")
    center = next(c["vcenter"] for c in payload["cluster"] if c["name"] == host["cluster"])
    for switch in payload.get("switch", []):
        if machine["network"] in {group["name"] for group in switch["portgroup"]} and switch["vcenter"] != center:
            problem = f"{host['name']} is not on the switch of {machine['network']!r}, which is of {switch['vcenter']}"
            yield Mistake([*place, "network"], subject, problem)


def _vapp(entry: Payload, subject: str, place: list[str], vapps: dict[str, str]) -> Iterator[Mistake]:
    vapp, pool = entry.get("vapp"), entry.get("pool", "")
    for key, words in (("order", "start order"), ("stop", "stop action")):
        if key in entry and not vapp:
            yield Mistake([*place, key], subject, f"has a {words}, and is in no vApp", "Give it a vapp.")
    if vapp and not pool:
        yield Mistake([*place, "vapp"], subject, "is in a vApp, and in no pool", "Give it the pool of its organisation VDC.")
    if vapp and vapps.setdefault(vapp, pool) != pool:
        yield Mistake([*place, "pool"], subject, f"vApp {vapp!r} has VMs in {vapps[vapp]} as well: a vApp is in one pool")
