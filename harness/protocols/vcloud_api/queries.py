"""The query service: records of one kind, a page at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeAlias
from urllib.parse import urlencode
from xml.etree.ElementTree import Element

from harness.protocols.vcloud_api.documents import element, link, media_type, said
from harness.protocols.vcloud_api.problems import Problem
from harness.protocols.vcloud_api.view import View

Record: TypeAlias = dict[str, str]
MOST, USUAL = 128, 25
"""How many records a page has at most, and without a word about it (vCloud API Programming Guide: query service)."""


def _organisations(view: View) -> Iterator[Record]:
    for name in view.organisations():
        yield {"name": name, "href": view.href("org", name), "displayName": name, "isEnabled": "true"}


def _vdcs(view: View) -> Iterator[Record]:
    for vdc in view.vdcs():
        record = {"name": vdc.name, "href": view.href("vdc", vdc.name), "orgName": vdc.organisation}
        count = sum(vapp.vdc == vdc.name for vapp in view.vapps())
        yield {**record, "isEnabled": "true", "status": "READY", "numberOfVApps": str(count)}


def _vapps(view: View) -> Iterator[Record]:
    for vapp in view.vapps():
        yield {
            "name": vapp.name,
            "href": view.href("vapp", vapp.name),
            "vdc": view.href("vdc", vapp.vdc),
            "vdcName": vapp.vdc,
            "status": view.status_of_vapp(vapp),
            "isDeployed": said(view.deployed(*vapp.machines)),
            "numberOfVMs": str(len(vapp.machines)),
        }


def _vapps_of_all(view: View) -> Iterator[Record]:
    for vapp, record in zip(view.vapps(), _vapps(view), strict=True):
        yield {**record, "org": view.href("org", view.cloud.organisation_of(vapp))}


def _machines(view: View) -> Iterator[Record]:
    for vapp, machine in view.machines():
        yield {
            "name": machine.name,
            "href": view.href("vm", machine.name),
            "container": view.href("vapp", vapp.name),
            "containerName": vapp.name,
            "vdc": view.href("vdc", vapp.vdc),
            "status": view.status(machine),
            "isDeployed": said(view.deployed(machine)),
            "isVAppTemplate": "false",
        }


def _machines_of_all(view: View) -> Iterator[Record]:
    """With what administrators alone see: the MoRef that vCloud Director has, and where vCenter shows it."""
    for (vapp, machine), record in zip(view.machines(), _machines(view), strict=True):
        there = view.shown.get(machine.moref)
        where = {"hostName": there.host_name} if there else {}
        owner = {"org": view.href("org", view.cloud.organisation_of(vapp)), "vc": view.href("vim-server", view.cloud.center)}
        yield {**record, **owner, "moref": machine.moref, **where}


KINDS: Mapping[str, tuple[str, bool, Callable[[View], Iterator[Record]]]] = {
    "organization": ("OrgRecord", True, _organisations),
    "orgVdc": ("OrgVdcRecord", False, _vdcs),
    "vApp": ("VAppRecord", False, _vapps),
    "adminVApp": ("AdminVAppRecord", True, _vapps_of_all),
    "vm": ("VMRecord", False, _machines),
    "adminVM": ("AdminVMRecord", True, _machines_of_all),
}
"""Records by the name of their kind: the element, whether administrators alone may ask for it, and what makes them."""


def list_kinds(view: View) -> Element:
    """What can be asked for."""
    address = f"{view.base}/api/query"
    known = [name for name, (_, administrative, _) in KINDS.items() if view.viewer.administrator or not administrative]
    links = [link("down", f"{address}?type={name}&format=records", "query.records", name) for name in known]
    return element("QueryList", {"href": address, "type": media_type("query.queryList")}, *links)


def query(view: View, kind: str, page: int, size: int, wanted: str) -> Element:
    """One page of the records of a kind that have the attributes which ``wanted`` names (``name==web;status==POWERED_ON``).

    Raises a ``Problem`` for a kind that there is not, or not for this user, and for a filter that is none.
    """
    if kind not in KINDS:
        raise Problem(400, "BAD_REQUEST", f"no query of type {kind!r}; there are: {', '.join(KINDS)}")
    tag, administrative, make = KINDS[kind]
    if administrative and not view.viewer.administrator:
        raise Problem(403, "ACCESS_TO_RESOURCE_IS_FORBIDDEN", f"queries of type {kind} are for system administrators")
    pairs = _filter(wanted)
    found = [record for record in make(view) if all(record.get(name) == value for name, value in pairs)]
    records = [element(tag, record) for record in found[(page - 1) * size : page * size]]
    turn = {"page": str(page), "pageSize": str(size)}
    about = {"type": kind, "format": "records", **turn, **({"filter": wanted} if wanted else {})}
    address = f"{view.base}/api/query"
    attributes = {"name": kind, **turn, "total": str(len(found)), "type": media_type("query.records")}
    links = []
    if page * size < len(found):
        links = [link("nextPage", f"{address}?{urlencode({**about, 'page': str(page + 1)})}", "query.records")]
    return element("QueryResultRecords", {**attributes, "href": f"{address}?{urlencode(about)}"}, *links, *records)


def _filter(wanted: str) -> list[tuple[str, str]]:
    pairs = []
    for part in filter(None, wanted.strip("()").split(";")):
        name, equals, value = part.partition("==")
        if not equals or not name:
            raise Problem(400, "BAD_REQUEST", f"the lab understands filters of the form name==value;name==value, not {wanted!r}")
        pairs.append((name, value))
    return pairs
