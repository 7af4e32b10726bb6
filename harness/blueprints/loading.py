"""Reading a blueprint from a TOML file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from harness.blueprints.checks import first_mistake
from harness.blueprints.cloud_checks import first_cloud_mistake
from harness.blueprints.desktop_checks import first_desktop_mistake
from harness.blueprints.desktop_pools import expand_pools, read_view
from harness.blueprints.model import (
    ONLY_SITE,
    ArrayPlan,
    Blueprint,
    CenterPlan,
    ClusterPlan,
    GroupPlan,
    HostPlan,
    MachinePlan,
    PoolPlan,
    ReplicationPlan,
    ServicePlan,
    SitePlan,
    SwitchPlan,
    VolumePlan,
)
from harness.blueprints.nas_checks import first_nas_mistake
from harness.blueprints.nas_tables import read_nas
from harness.blueprints.presentation import hosts_of_replicas, hosts_of_volume
from harness.blueprints.products import CloudPlan, OrgNetworkPlan, VdcPlan
from harness.blueprints.recovery_checks import first_recovery_mistake
from harness.blueprints.recovery_tables import read_recovery
from harness.blueprints.replication_checks import first_replication_mistake
from harness.blueprints.sets import expand
from harness.blueprints.variations import line_of_variation, vary
from harness.errors import InputError
from harness.releases.files import check_document, find_line, read_document
from harness.units import minutes
from harness.world.cloud import StopAction
from harness.world.desktops import DESKTOP_SERVICE
from harness.world.network import Binding
from harness.world.replication import NEVER

FOLDER = Path(__file__).parent
SCHEMA = FOLDER / "schema.json"


def load_blueprint(source: str | Path, *variations: str) -> Blueprint:
    """The blueprint of that name among those shipped, or in that file, with the ``variations`` of it that are named.

    Raises ``InputError`` with file and line for an unknown file, broken TOML, what the schema does not allow, a name given
    twice, a reference to something that the file does not describe, or VMs that could not run where it places them; and for an
    unknown variation. A mistake that comes with a variation is told at that variation.
    """
    path = _find(source)
    document = read_document(path)
    check_document(document, path, SCHEMA)
    payload = vary(document, (), path)
    _check(payload, path)
    for count, name in enumerate(variations, start=1):
        payload = vary(document, variations[:count], path)
        try:
            check_document(payload, path, SCHEMA)
            _check(payload, path)
        except InputError as error:
            line = line_of_variation(path, document, name)
            raise InputError(f"variation {name!r}: {error.subject}", error.problem, error.remedy, path, line) from error
    return _blueprint(payload)


def shipped_blueprints() -> tuple[Path, ...]:
    """The files of the blueprints that come with Blackstart, by name."""
    return tuple(sorted(FOLDER.glob("*.toml")))


def check_blueprints() -> None:
    """Load every shipped blueprint with each of its variations: what is wrong with one is better told before a run than in it.

    Raises what `load_blueprint` raises.
    """
    for path in shipped_blueprints():
        load_blueprint(path)
        for variation in read_document(path).get("variation", []):  # type: ignore[attr-defined]
            load_blueprint(path, variation["name"])


def _check(payload: Mapping[str, Any], path: Path) -> None:
    rules = (
        first_mistake,
        first_replication_mistake,
        first_nas_mistake,
        first_recovery_mistake,
        first_cloud_mistake,
        first_desktop_mistake,
    )
    mistake = next(filter(None, (rule(payload) for rule in rules)), None)
    if mistake:
        line = find_line(path.read_text(encoding="utf-8"), mistake.place)
        raise InputError(mistake.subject, mistake.problem, mistake.remedy, path, line)


def _find(source: str | Path) -> Path:
    shipped = {path.stem: path for path in shipped_blueprints()}
    path = shipped.get(str(source), Path(source))
    if not path.exists():
        remedy = f"Give a TOML file, or one of those shipped: {', '.join(sorted(shipped))}"
        raise InputError("blueprint", "there is no such file", remedy, path)
    return path


def _blueprint(payload: Mapping[str, Any]) -> Blueprint:
    hosts = payload["host"]
    served = {service["name"] for service in payload.get("service", [])}
    tables = (*payload.get("vm", []), *(vm for _, vm in expand(payload)), *(vm for _, vm in expand_pools(payload)))
    return Blueprint(
        name=payload["name"],
        centers=tuple(_center(entry, served) for entry in payload["vcenter"]),
        clusters=tuple(ClusterPlan(**_renamed(entry)) for entry in payload["cluster"]),
        hosts=tuple(HostPlan(**entry) for entry in hosts),
        volumes=tuple(_volume(entry, hosts) for entry in payload["volume"]),
        switches=tuple(_switch(entry) for entry in payload.get("switch", [])),
        machines=tuple(_machine(entry) for entry in tables),
        sites=tuple(SitePlan(**entry) for entry in payload.get("site", [{"name": ONLY_SITE}])),
        services=tuple(_services(payload)),
        pools=tuple(PoolPlan(**entry) for entry in payload.get("pool", [])),
        cloud=_cloud(payload),
        view=read_view(payload),
        arrays=tuple(ArrayPlan(**entry) for entry in payload.get("array", [])),
        replication=tuple(_replication(entry, payload) for entry in payload.get("replication", [])),
        **read_nas(payload),
        **read_recovery(payload),
    )


def _center(entry: Mapping[str, Any], served: set[str]) -> CenterPlan:
    return CenterPlan(**{"site": "" if entry["name"] in served else ONLY_SITE, **entry})


def _services(payload: Mapping[str, Any]) -> Iterator[ServicePlan]:
    """What is described, and for each pool of desktops the agents in them."""
    yield from (ServicePlan(**entry) for entry in payload.get("service", []))
    yield from (ServicePlan(entry["name"], DESKTOP_SERVICE) for entry in payload.get("desktop-pool", []))


def _volume(entry: Mapping[str, Any], hosts: list[Mapping[str, Any]]) -> VolumePlan:
    return VolumePlan(entry["label"], entry["array"], entry["size"], hosts_of_volume(entry, hosts))


def _replication(entry: Mapping[str, Any], payload: Mapping[str, Any]) -> ReplicationPlan:
    hosts = hosts_of_replicas(entry, payload["array"], payload["host"])
    interval = minutes(entry["interval"]) if "interval" in entry else NEVER
    return ReplicationPlan(entry["name"], tuple(entry["volumes"]), entry["target"], entry["mode"], interval, hosts)


def _machine(entry: Mapping[str, Any]) -> MachinePlan:
    return MachinePlan(**{**entry, "stop": StopAction(entry.get("stop", StopAction.POWER_OFF))})


def _cloud(payload: Mapping[str, Any]) -> CloudPlan | None:
    for entry in payload.get("cloud", []):
        return CloudPlan(
            **_renamed(entry),
            organisations=tuple(organisation["name"] for organisation in payload.get("organisation", [])),
            vdcs=tuple(VdcPlan(**vdc) for vdc in payload.get("vdc", [])),
            networks=tuple(OrgNetworkPlan(**network) for network in payload.get("organisation-network", [])),
        )
    return None


def _switch(entry: Mapping[str, Any]) -> SwitchPlan:
    groups = [{**_renamed(group), "binding": Binding(group.get("binding", Binding.STATIC))} for group in entry["portgroup"]]
    return SwitchPlan(entry["name"], entry["vcenter"], tuple(GroupPlan(**group) for group in groups))


def _renamed(entry: Mapping[str, Any]) -> dict[str, Any]:
    names = {"vcenter": "center", "auto-expand": "auto_expand"}
    return {names.get(key, key): value for key, value in entry.items()}
