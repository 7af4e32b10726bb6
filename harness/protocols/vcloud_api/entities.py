"""The documents that show organisations, VDCs, networks, vApps and VMs."""

from __future__ import annotations

from collections.abc import Iterator
from xml.etree.ElementTree import Element

from harness.protocols.vcloud_api.documents import element, link, media_type, said
from harness.protocols.vcloud_api.problems import forbidden
from harness.protocols.vcloud_api.sessions import SYSTEM
from harness.protocols.vcloud_api.view import STATUSES, View, identify
from harness.world.cloud import CloudMachine, OrgNetwork, VApp, Vdc

LATER_NETWORK = (5, 1)
"""The version from which on a network belongs to a VDC and has another name."""


def show_session(view: View) -> Element:
    """Who is logged in, and where to go on from there."""
    viewer = view.viewer
    attributes = {
        "user": viewer.user,
        "org": viewer.organisation,
        "type": media_type("session"),
        "href": f"{view.base}/api/session/",
    }
    links = [link("down", f"{view.base}/api/org/", "orgList"), link("remove", f"{view.base}/api/session/")]
    return element("Session", attributes, *links, link("down", f"{view.base}/api/query", "query.queryList"))


def list_organisations(view: View) -> Element:
    """The organisations that the viewer sees."""
    shown = [_reference("Org", view, "org", name) for name in view.organisations()]
    return element("OrgList", {"href": f"{view.base}/api/org/", "type": media_type("orgList")}, *shown)


def show_organisation(view: View, name: str) -> Element:
    """An organisation with links to its VDCs and networks; that of the administrators has none."""
    vdcs = [link("down", view.href("vdc", vdc.name), "vdc", vdc.name) for vdc in view.vdcs() if vdc.organisation == name]
    networks = [n for n in view.networks() if n.organisation == name]
    kind = _network_kind(view)
    links = [*vdcs, *(link("down", view.href("network", n.name), kind, n.name) for n in networks)]
    full = SYSTEM if name == SYSTEM else name.capitalize()
    return element("Org", _entity(view, "org", name), *links, element("FullName", text=full))


def show_vdc(view: View, vdc: Vdc, *, administrative: bool = False) -> Element:
    """An organisation VDC with its vApps; for administrators with the MoRef of its resource pool."""
    entities = [_reference("ResourceEntity", view, "vapp", vapp.name) for vapp in view.vapps() if vapp.vdc == vdc.name]
    kind = _network_kind(view)
    networks = [
        element("Network", {"name": n.name, "type": media_type(kind), "href": view.href("network", n.name)})
        for n in view.networks()
        if n.organisation == vdc.organisation
    ]
    parts = [
        link("up", view.href("org", vdc.organisation), "org"),
        element("ResourceEntities", None, *entities),
        element("AvailableNetworks", None, *networks),
        element("IsEnabled", text="true"),
    ]
    attributes = {**_entity(view, "vdc", vdc.name), "status": "1"}
    if not administrative:
        return element("Vdc", attributes, *parts)
    address = view.href("vdc", vdc.name).replace("/api/vdc/", "/api/admin/vdc/")
    attributes |= {"type": media_type("vdc", "admin"), "href": address}
    pool = _extension(_vim("vmext:VimObjectRef", view, vdc.pool, "RESOURCE_POOL"))
    return element("AdminVdc", attributes, pool, *parts)


def show_network(view: View, network: OrgNetwork) -> Element:
    """A network of an organisation; one with an edge is routed."""
    kind = _network_kind(view)
    attributes = {**_entity(view, "network", network.name), "type": media_type(kind)}
    mode = element("FenceMode", text="natRouted" if network.edge else "isolated")
    up = link("up", view.href("org", network.organisation), "org")
    return element(kind[0].upper() + kind[1:], attributes, up, element("Configuration", None, mode))


def show_vapp(view: View, vapp: VApp) -> Element:
    """A vApp with its VMs and their start order."""
    attributes = {
        **_entity(view, "vapp", vapp.name),
        "status": str(STATUSES[view.status_of_vapp(vapp)]),
        "deployed": said(view.deployed(*vapp.machines)),
    }
    parts = [*_actions(view, "vapp", vapp.name, vapp.machines), link("up", view.href("vdc", vapp.vdc), "vdc")]
    children = element("Children", None, *(show_machine(view, vapp, machine) for machine in vapp.machines))
    return element("VApp", attributes, *parts, show_start_order(vapp), element("InMaintenanceMode", text="false"), children)


def show_start_order(vapp: VApp) -> Element:
    """The startup section of a vApp."""
    items = [
        element(
            "ovf:Item",
            {
                "ovf:id": machine.name,
                "ovf:order": str(machine.order),
                "ovf:startAction": "powerOn",
                "ovf:startDelay": "0",
                "ovf:stopAction": machine.stop.value,
                "ovf:stopDelay": "0",
            },
        )
        for machine in vapp.machines
    ]
    return element("ovf:StartupSection", None, element("ovf:Info", text="VApp startup section"), *items)


def show_machine(view: View, vapp: VApp, machine: CloudMachine) -> Element:
    """A VM; for administrators with its MoRef, and with that of its host where vCenter shows the VM."""
    attributes = {
        **_entity(view, "vm", machine.name),
        "status": str(STATUSES[view.status(machine)]),
        "deployed": said(view.deployed(machine)),
    }
    parts = [*_actions(view, "vm", machine.name, (machine,)), link("up", view.href("vapp", vapp.name), "vApp")]
    return element("Vm", attributes, *_vim_info(view, machine), *parts)


def _vim_info(view: View, machine: CloudMachine) -> Iterator[Element]:
    if view.viewer.administrator:
        there = view.shown.get(machine.moref)
        references = [_vim("vmext:VmVimObjectRef", view, machine.moref, "VIRTUAL_MACHINE")]
        if there and there.host:
            references.append(_vim("vmext:HostVimObjectRef", view, there.host, "HOST"))
        yield _extension(element("vmext:VmVimInfo", None, *references))


def _extension(part: Element) -> Element:
    return element("VCloudExtension", {"required": "false"}, part)


def _vim(tag: str, view: View, moref: str, kind: str) -> Element:
    center = view.cloud.center
    server = {"name": center, "href": view.href("vim-server", center), "type": media_type("vmwvirtualcenter", "admin")}
    parts = [element("vmext:MoRef", text=moref), element("vmext:VimObjectType", text=kind)]
    return element(tag, None, element("vmext:VimServerRef", server), *parts)


def show_server(view: View, identity: str) -> Element:
    """The resource vCenter as vCloud Director has it on its books. Raises a ``Problem`` for the id of another."""
    center = view.cloud.center
    if identity != identify("vim-server", center):
        raise forbidden("vimServer", identity)
    attributes = {"name": center, "href": view.href("vim-server", center), "type": media_type("vmwvirtualcenter", "admin")}
    parts = [element("vmext:IsEnabled", text="true"), element("vmext:IsConnected", text="true")]
    return element("vmext:VimServer", attributes, *parts)


def _actions(view: View, kind: str, name: str, machines: tuple[CloudMachine, ...]) -> Iterator[Element]:
    """The actions that make sense now."""
    address = view.href(kind, name)
    statuses = {view.status(machine) for machine in machines}
    if statuses != {"POWERED_ON"}:
        yield link("power:powerOn", f"{address}/power/action/powerOn")
    if "POWERED_ON" in statuses:
        yield link("power:powerOff", f"{address}/power/action/powerOff")
        yield link("power:shutdown", f"{address}/power/action/shutdown")
        yield link("undeploy", f"{address}/action/undeploy", "undeployVAppParams")


def _network_kind(view: View) -> str:
    spoken = tuple(int(part) for part in view.version.split("."))
    return "orgNetwork" if spoken < LATER_NETWORK else "orgVdcNetwork"


def _reference(tag: str, view: View, kind: str, name: str) -> Element:
    return element(tag, {"name": name, "type": media_type(TYPES[kind]), "href": view.href(kind, name)})


def _entity(view: View, kind: str, name: str) -> dict[str, str]:
    return {
        "name": name,
        "id": f"urn:vcloud:{kind}:{identify(kind, name)}",
        "type": media_type(TYPES[kind]),
        "href": view.href(kind, name),
    }


TYPES = {"org": "org", "vdc": "vdc", "network": "orgNetwork", "vapp": "vApp", "vm": "vm"}
