"""What a blueprint may not say of arrays and replication, beyond what its schema can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.blueprints.checks import Mistake, Payload
from harness.blueprints.presentation import hosts_of_replicas


def first_replication_mistake(payload: Payload) -> Mistake | None:
    """The first mistake of a document in which all else is sound."""
    rules: tuple[Callable[[Payload], Iterator[Mistake]], ...] = (_names, _arrays, _references, _volumes, _groups)
    return next((mistake for rule in rules for mistake in rule(payload)), None)


def replicable(payload: Payload) -> list[Payload]:
    """The tables of what a consistency group can replicate."""
    return [*payload["volume"], *payload.get("export", [])]


def _names(payload: Payload) -> Iterator[Mistake]:
    for kind in ("array", "replication"):
        seen: set[str] = set()
        for index, entry in enumerate(payload.get(kind, [])):
            if entry["name"] in seen:
                yield Mistake([kind, str(index), "name"], f"{kind} {entry['name']!r}", "is described twice")
            seen.add(entry["name"])


def _arrays(payload: Payload) -> Iterator[Mistake]:
    sites = [site["name"] for site in payload.get("site", [])]
    for index, array in enumerate(payload.get("array", [])):
        if sites and "site" not in array:
            remedy = f"Give it a site of: {', '.join(sites)}"
            yield Mistake(["array", str(index), "name"], f"array {array['name']!r}", "at which site?", remedy)
        if array.get("site", "") not in {"", *sites}:
            yield _unknown(["array", str(index), "site"], "site", array["site"], sites)
    described = [array["name"] for array in payload.get("array", [])]
    for kind in ("volume", "export"):
        for index, volume in enumerate(payload.get(kind, [])):
            if (described or kind == "export") and volume["array"] not in described:
                yield _unknown([kind, str(index), "array"], "array", volume["array"], described)


def _references(payload: Payload) -> Iterator[Mistake]:
    known = {
        "volumes": [entry["label"] for entry in replicable(payload)],
        "target": [array["name"] for array in payload.get("array", [])],
        "hosts": [host["name"] for host in payload["host"]],
        "cluster": [cluster["name"] for cluster in payload["cluster"]],
    }
    words = {"volumes": "volume", "target": "array", "hosts": "host", "cluster": "cluster"}
    for index, group in enumerate(payload.get("replication", [])):
        for key in known.keys() & group.keys():
            for name in group[key] if isinstance(group[key], list) else [group[key]]:
                if name not in known[key]:
                    yield _unknown(["replication", str(index), key], words[key], name, known[key])


def _volumes(payload: Payload) -> Iterator[Mistake]:
    """A volume is in one group; those of a group are on one array, which is not their target."""
    arrays = {entry["label"]: entry["array"] for entry in replicable(payload)}
    groups: dict[str, str] = {}
    for index, group in enumerate(payload.get("replication", [])):
        subject, place = f"replication {group['name']!r}", ["replication", str(index)]
        for label in group["volumes"]:
            if label in groups:
                yield Mistake([*place, "volumes"], subject, f"volume {label!r} is in {groups[label]} already")
            groups[label] = group["name"]
        sources = sorted({arrays[label] for label in group["volumes"]})
        if len(sources) > 1:
            problem = f"its volumes are on several arrays: {', '.join(sources)}"
            yield Mistake([*place, "volumes"], subject, problem, "Make a group for each array.")
        elif group["target"] in sources:
            yield Mistake([*place, "target"], subject, f"its volumes are on {group['target']} already", "Name another array.")


def _groups(payload: Payload) -> Iterator[Mistake]:
    arrays = {array["name"]: array for array in payload.get("array", [])}
    for index, group in enumerate(payload.get("replication", [])):
        subject, place = f"replication {group['name']!r}", ["replication", str(index)]
        if group["mode"] == "asynchronous" and "interval" not in group:
            yield Mistake([*place, "mode"], subject, "how often?", "Give it an interval, in minutes.")
        if group["mode"] == "synchronous" and "interval" in group:
            yield Mistake([*place, "interval"], subject, "what is synchronous has no interval", "Leave it out.")
        if "hosts" in group and "cluster" in group:
            yield Mistake([*place, "hosts"], subject, "names its hosts twice: by hosts and by cluster", "Keep one of them.")
        beforehand = arrays[group["target"]].get("presents") == "beforehand"
        if beforehand and not hosts_of_replicas(group, arrays.values(), payload["host"]):
            problem = f"{group['target']} presents its replicas beforehand, and no host is at its site and in that cluster"
            yield Mistake([*place, "target"], subject, problem)


def _unknown(place: list[str], word: str, name: str, known: list[str]) -> Mistake:
    names = ", ".join(sorted(known)) or "none"
    return Mistake(place, f"{place[0]}.{place[2]}", f"no {word} named {name!r}", f"Known: {names}")
