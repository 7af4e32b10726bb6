"""What a blueprint may not say of View and its desktops, beyond what its schema can tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.blueprints.checks import Mistake, Payload
from harness.units import number_of

KINDS = (("connection-servers", "connection-server"), ("composer", "composer"), ("database", "database"))


def first_desktop_mistake(payload: Payload) -> Mistake | None:
    """The first mistake of a document in which all else is sound."""
    rules: tuple[Callable[[Payload], Iterator[Mistake]], ...] = (_needs_view, _names, _view, _center, _users)
    return next((mistake for rule in rules for mistake in rule(payload)), None)


def _pools(payload: Payload) -> Iterator[tuple[list[str], str, Payload]]:
    for index, entry in enumerate(payload.get("desktop-pool", [])):
        yield ["desktop-pool", str(index)], f"desktop-pool {entry['name']!r}", entry


def _needs_view(payload: Payload) -> Iterator[Mistake]:
    for place, subject, _ in _pools(payload):
        if not payload.get("view"):
            yield Mistake([*place, "name"], subject, "there is no View", "Describe a [[view]], or leave this out.")


def _names(payload: Payload) -> Iterator[Mistake]:
    seen = {service["name"] for service in payload.get("service", [])}
    for place, subject, entry in _pools(payload):
        if entry["name"] in seen:
            yield Mistake([*place, "name"], subject, "has the name of a service or of another pool")
        seen.add(entry["name"])


def _view(payload: Payload) -> Iterator[Mistake]:
    kinds = {service["name"]: service["kind"] for service in payload.get("service", [])}
    centers = sorted(center["name"] for center in payload["vcenter"])
    for index, view in enumerate(payload.get("view", [])):
        place, subject = ["view", str(index)], f"view {view['name']!r}"
        if view["vcenter"] not in centers:
            problem = f"no vcenter named {view['vcenter']!r}"
            yield Mistake([*place, "vcenter"], "view.vcenter", problem, f"Known: {', '.join(centers)}")
        for key, kind in KINDS:
            for name in view[key] if isinstance(view[key], list) else [view[key]]:
                if kinds.get(name) != kind:
                    known = ", ".join(sorted(each for each in kinds if kinds[each] == kind)) or "none"
                    problem = f"{name!r} is of kind {kinds[name]}, not {kind}" if name in kinds else f"no service named {name!r}"
                    yield Mistake([*place, key], subject, problem, f"Of kind {kind}: {known}")


def _center(payload: Payload) -> Iterator[Mistake]:
    """All desktops are under the desktop vCenter."""
    centers = {cluster["name"]: cluster["vcenter"] for cluster in payload["cluster"]}
    for place, subject, entry in _pools(payload):
        desktop, found = payload["view"][0]["vcenter"], centers[entry["cluster"]]
        if found != desktop:
            problem = f"cluster {entry['cluster']!r} is of {found}, and the vCenter of the desktops is {desktop}"
            yield Mistake([*place, "cluster"], subject, problem)


def _users(payload: Payload) -> Iterator[Mistake]:
    for place, subject, entry in _pools(payload):
        if entry.get("assigned", 0) > entry["count"]:
            yield Mistake(
                [*place, "assigned"], subject, f"has {number_of(entry['count'], 'desktop')}, and assigns {entry['assigned']}"
            )
