"""What a blueprint may not say of names and network-attached storage, beyond what its schema can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.blueprints.checks import Mistake, Payload
from harness.blueprints.nas_tables import read_zones
from harness.blueprints.presentation import hosts_of_volume
from harness.blueprints.replication_checks import replicable
from harness.physics.names import is_address
from harness.world.aggregate import World
from harness.world.names import address_of, innermost


def first_nas_mistake(payload: Payload) -> Mistake | None:
    """The first mistake of a document in which arrays and their replication are sound."""
    rules: tuple[Callable[[Payload], Iterator[Mistake]], ...] = (_zones, _records, _arrays, _exports, _groups, _nfs)
    return next((mistake for rule in rules for mistake in rule(payload)), None)


def _entries(payload: Payload, kind: str) -> Iterator[tuple[list[str], Payload]]:
    return (([kind, str(index)], entry) for index, entry in enumerate(payload.get(kind, [])))


def _zones(payload: Payload) -> Iterator[Mistake]:
    for place, zone in _entries(payload, "zone"):
        if not payload.get("nameserver"):
            yield Mistake(place, f"zone {zone['name']!r}", "no server serves it", "Describe a [[nameserver]].")


def _records(payload: Payload) -> Iterator[Mistake]:
    zones, kinds = read_zones(payload), dict[str, str]()
    for place, record in _entries(payload, "record"):
        subject, name, value = f"record {record['name']!r}", record["name"], record["value"]
        if innermost(zones, name) is None:
            known = ", ".join(zone.name for zone in zones) or "none"
            yield Mistake([*place, "name"], subject, "is in no zone", f"Known: {known}")
        if (record["type"] == "A") is not is_address(value):
            problem = f"{value!r} is {'no' if record['type'] == 'A' else 'an'} address, and the type is {record['type']}"
            yield Mistake([*place, "value"], subject, problem)
        if "CNAME" in {record["type"], kinds.get(name)} and name in kinds:
            yield Mistake([*place, "name"], subject, "an alias has no other record", "Leave one of them out.")
        kinds[name] = record["type"]


def _arrays(payload: Payload) -> Iterator[Mistake]:
    addresses: dict[str, str] = {}
    for place, array in _entries(payload, "array"):
        subject, address = f"array {array['name']!r}", array.get("address", "")
        if (array.get("kind") == "nas") is not bool(address):
            problem = "has an address, and is no NAS" if address else "is a NAS, and has no address"
            remedy = 'Make its kind "nas".' if address else "Give it the address at which it serves NFS."
            yield Mistake([*place, "address" if address else "name"], subject, problem, remedy)
        if address in addresses and address:
            yield Mistake([*place, "address"], subject, f"{address} is the address of {addresses[address]} already")
        addresses[address] = array["name"]


def _exports(payload: Payload) -> Iterator[Mistake]:
    kinds = {array["name"]: array.get("kind", "block") for array in payload.get("array", [])}
    for place, volume in _entries(payload, "volume"):
        if kinds.get(volume["array"]) == "nas":
            yield Mistake(
                [*place, "array"], f"volume {volume['label']!r}", f"{volume['array']} is a NAS", "Describe an [[export]]."
            )
    paths: dict[tuple[str, str], str] = {}
    for place, export in _entries(payload, "export"):
        subject, key = f"export {export['label']!r}", (export["array"], export["path"])
        if kinds[export["array"]] != "nas":
            yield Mistake([*place, "array"], subject, f"{export['array']} is no NAS", "Describe a [[volume]].")
        if key in paths:
            yield Mistake([*place, "path"], subject, f"{export['path']} is {paths[key]} already")
        paths[key] = export["label"]


def _groups(payload: Payload) -> Iterator[Mistake]:
    """Exports are replicated to a NAS that does not export their paths yet, LUNs to an array that has LUNs."""
    nas = {array["name"] for array in payload.get("array", []) if array.get("kind") == "nas"}
    exports = {export["label"]: export for export in payload.get("export", [])}
    arrays = {entry["label"]: entry["array"] for entry in replicable(payload)}
    taken = {(export["array"], export["path"]): export["label"] for export in exports.values()}
    for place, group in _entries(payload, "replication"):
        subject, target = f"replication {group['name']!r}", group["target"]
        for label in group["volumes"]:
            if (arrays[label] in nas) is not (target in nas):
                yield Mistake(
                    [*place, "target"], subject, f"{label!r} cannot be replicated to {target}, which is of another kind"
                )
            path = exports[label]["path"] if label in exports else ""
            if path and taken.setdefault((target, path), label) != label:
                problem = f"{target} exports {path} already: {taken[target, path]}"
                yield Mistake([*place, "target"], subject, problem, "A replica has the path of its source.")


def _nfs(payload: Payload) -> Iterator[Mistake]:
    """A datastore that hosts have mounted leads to an export that they may mount."""
    world = World(zones={zone.name: zone for zone in read_zones(payload)})
    servers = {array["address"]: array["name"] for array in payload.get("array", []) if "address" in array}
    exports = {(export["array"], export["path"]): export for export in payload.get("export", [])}
    for place, store in _entries(payload, "nfs"):
        subject, server = f"nfs {store['label']!r}", store["server"]
        address = server if is_address(server) else address_of(world, server)
        nas = servers.get(address, "")
        export = exports.get((nas, store["share"]))
        if not nas:
            problem = f"{server} leads to {address or 'no address'}, which is no NAS's"
            yield Mistake([*place, "server"], subject, problem, f"Known: {', '.join(sorted(servers)) or 'none'}")
        elif export is None:
            yield Mistake([*place, "share"], subject, f"{nas} does not export {store['share']}", "Describe the [[export]].")
        else:
            yield from _let_in(payload, store, export, place)


def _let_in(payload: Payload, store: Payload, export: Payload, place: list[str]) -> Iterator[Mistake]:
    allowed = hosts_of_volume(export, payload["host"])
    for host in hosts_of_volume(store, payload["host"]):
        if host not in allowed:
            problem = f"{host} has it mounted, and {export['array']} does not let it mount {export['path']}"
            yield Mistake([*place, "label"], f"nfs {store['label']!r}", problem, f"It may be mounted by: {', '.join(allowed)}")
