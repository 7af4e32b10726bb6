"""The site file of a running lab: what a procedure needs to reach it, with its logins in a file beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from harness.errors import InputError

if TYPE_CHECKING:
    from harness.blueprints import Blueprint
    from harness.lab import Lab

ROLES = ("protected", "recovery")
SIGN = "# Written by blackstart lab for as long as it runs.\n"
"""The first line: a file without it is somebody's own, and stays."""


@contextmanager
def site_file(lab: Lab, path: Path, pace: float) -> Iterator[None]:
    """Keep the lab's site file at ``path``, and its credentials beside it, meanwhile.

    Raises ``InputError`` where a file is there that no lab has written, or none can be written.
    """
    credentials = path.with_name(f"{path.stem}.credentials.toml")
    try:
        _write(credentials, _logins(lab), mode=0o600)
        _write(path, _site(lab, credentials.name, pace), mode=0o644)
        yield
    finally:
        for file in (path, credentials):
            if _ours(file):
                file.unlink()


def _site(lab: Lab, credentials: str, pace: float) -> str:
    clock = {"pace": pace, "lab": lab.now(), "wall": datetime.now(UTC)}
    head = {"name": lab.blueprint.name, "release": lab.release.name, "credentials": credentials}
    single: dict[str, Mapping[str, object]] = {"clock": clock, **_recovery(lab)}
    return "\n".join(
        [
            _lines(head),
            *(f"[{name}]\n{_lines(table)}" for name, table in single.items()),
            *(f"[[{kind}]]\n{_lines(entry)}" for kind, entry in _tables(lab)),
        ]
    )


def _recovery(lab: Lab) -> dict[str, Mapping[str, object]]:
    """What the procedures for two sites need: what is recovered, and the precaution of a release whose hosts lose ports."""
    blueprint = lab.blueprint
    over = blueprint.cloud or blueprint.view
    cluster = next((c for c in blueprint.clusters if over and c.center == over.center), None)
    groups = _groups_of(blueprint, cluster.name) if cluster else []
    if not (cluster and groups and blueprint.recovery_plans):
        return {}
    plan = blueprint.recovery_plans[0]
    protection = [group for group in blueprint.protection if group.name in plan.groups]
    management = [group.replication for group in protection if group.replication]
    recovery = {
        "plan": plan.name,
        "management": [machine for group in protection for machine in group.machines],
        "management-groups": management,
        "consistency-groups": groups,
        "cluster": cluster.name,
        "vcenter": cluster.center,
    }
    late = lab.release.has("ports-lost-when-storage-is-late")
    return {"recovery": recovery, **_nas(blueprint), "branches": {"agents": "restarted" if late else "left"}}


def _groups_of(blueprint: Blueprint, cluster: str) -> list[str]:
    """The consistency groups with volumes of hosts of a cluster."""
    ours = {host.name for host in blueprint.hosts if host.cluster == cluster}
    volumes = {volume.label for volume in blueprint.volumes if ours & set(volume.hosts)}
    volumes |= {export.label for export in blueprint.exports if ours & set(export.hosts)}
    return [group.name for group in blueprint.replication if volumes & set(group.volumes)]


def _nas(blueprint: Blueprint) -> dict[str, Mapping[str, object]]:
    """Where replicated shares are mounted from an alias: its name, and to which NAS it leads now and after a fail-over."""
    names = {record.name: record for zone in blueprint.zones for record in zone.records}
    alias = next((s.server for s in blueprint.nfs if s.server in names and names[s.server].type == "CNAME"), "")
    targets = {array.name: array.address for array in blueprint.arrays if array.kind == "nas"}
    groups = [group for group in blueprint.replication if group.target in targets]
    there = [name for name, record in names.items() if groups and record.value == targets[groups[0].target]]
    if not (alias and there):
        return {}
    leads = {"alias": alias, "protected": names[alias].value, "recovery": there[0]}
    shares = {store.label: store.share for store in blueprint.nfs if store.server == alias}
    nas = {**leads, "consistency-groups": [group.name for group in groups]}
    return {"recovery.nas": nas, "recovery.nas.datastores": shares}


def _tables(lab: Lab) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The tables of all that the lab has, each with the name of its kind."""
    sites = {center.name: center.site for center in lab.blueprint.centers}
    sites |= {str(host.name): host.site for host in lab.blueprint.hosts}
    for number, center in enumerate(lab.vcenters.values()):
        yield "vcenter", {"name": center.name, "url": center.url, **_believed(sites.get(center.name), _login("vcenter", number))}
    for number, array in enumerate(lab.arrays.values()):
        yield "array", {"name": array.name, "url": array.url, **_believed(array.site, _login("array", number))}
    for number, server in enumerate(lab.srm.values()):
        yield "srm", {"name": server.name, "url": server.url, **_believed(server.site, _login("srm", number))}
    for number, names in enumerate(lab.nameservers.values()):
        role = {"role": names.site} if names.site in ROLES else {}
        yield "nameserver", {"name": names.name, "url": names.url, **role, "login": _login("nameserver", number)}
    for number, host in enumerate(lab.hosts.values()):
        labels = [volume.label for volume in lab.blueprint.volumes if host.name in volume.hosts or not volume.hosts]
        labels += [store.label for store in lab.blueprint.nfs if host.name in store.hosts]
        reached = {"address": host.address.host, "port": host.address.port, "vcenter": host.vcenter, "datastores": labels}
        yield "host", {"name": host.name, **reached, **_believed(sites.get(host.name), _login("host", number))}
    for number, broker in enumerate(lab.view.values()):
        yield "view", {"name": broker.name, "url": broker.url, **_believed(None, _login("view", number))}
    for number, cloud in enumerate(lab.vcloud.values()):
        yield "vcloud", {"name": cloud.name, "url": cloud.url, **_believed(None, _login("vcloud", number))}


def _believed(site: str | None, login: str) -> Mapping[str, object]:
    """What every table ends with; the lab's certificates and host keys are made anew for each."""
    return {**({"role": site} if site in ROLES else {}), "insecure": True, "login": login}


def _logins(lab: Lab) -> str:
    logins = {_login("vcenter", number): center.login for number, center in enumerate(lab.vcenters.values())}
    logins |= {_login("array", number): array.login for number, array in enumerate(lab.arrays.values())}
    logins |= {_login("srm", number): server.login for number, server in enumerate(lab.srm.values())}
    logins |= {_login("nameserver", number): names.login for number, names in enumerate(lab.nameservers.values())}
    logins |= {_login("host", number): host.login for number, host in enumerate(lab.hosts.values())}
    logins |= {_login("view", number): broker.login for number, broker in enumerate(lab.view.values())}
    logins |= {_login("vcloud", number): cloud.login for number, cloud in enumerate(lab.vcloud.values())}
    return "\n".join(f"[{name}]\n{_lines({'user': login.user, 'password': login.password})}" for name, login in logins.items())


def _login(kind: str, number: int) -> str:
    return f"{kind}-{number + 1}"


def _lines(table: Mapping[str, object]) -> str:
    return "".join(f"{key} = {_value(value)}\n" for key, value in table.items())


def _value(value: object) -> str:
    """As TOML, whose texts, numbers, truths and lists of them are those of JSON."""
    return value.isoformat() if isinstance(value, datetime) else json.dumps(value)


def _ours(path: Path) -> bool:
    try:
        with path.open(encoding="utf-8", errors="replace") as file:
            return file.readline() == SIGN
    except OSError:
        return False


def _write(path: Path, text: str, mode: int) -> None:
    if path.exists() and not _ours(path):
        raise InputError("--site-file", "there is a file that no lab has written", "Give another name, or move it away.", path)
    try:
        path.unlink(missing_ok=True)
        path.touch(mode, exist_ok=False)
        path.write_text(SIGN + text, encoding="utf-8")
    except OSError as error:
        raise InputError("--site-file", f"cannot be written: {error.strerror}", file=path) from error
