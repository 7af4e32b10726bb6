"""Distributed switches: creating them, joining hosts, port groups, and looking at ports."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from pyVmomi import vim

from harness.errors import Refusal
from harness.operations import network, registration
from harness.physics.vmx import printed
from harness.protocols.vcenter.directory import Names
from harness.protocols.vcenter.inbound import machines
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes, moref
from harness.protocols.vcenter.inbound.ports import describe_ports
from harness.protocols.vcenter.link import Answer, Arguments, Proceed, Question, Results
from harness.units import HostName, Instant, SwitchId
from harness.world.network import Binding, PortGroup, Switch

Payload = Mapping[str, Any]


def create_switch(desk: Desk, question: Question) -> Answer:
    """CreateDVS_Task, after vcsim has created the switch and its uplink port group."""
    task = question.task
    if task is None or task["state"] != "success":
        return Proceed()
    config = question.args["spec"]["configSpec"]
    shown = desk.console.object("DistributedVirtualSwitch", task["result"]["value"])
    found = desk.read(shown, "name", "portgroup", "config")
    identity = SwitchId(printed(desk.gateway.perform(registration.draw_uuid)))
    desk.directory.switch_configs[identity] = _completed(found["config"], desk.gateway.now)
    desk.directory.switches.bind(identity, shown)
    switch = Switch(identity, found["name"], desk.directory.center, int(config.get("maxMtu") or 1500))
    desk.gateway.perform(network.create_switch, switch)
    for group in found["portgroup"]:
        desk.directory.groups.bind(group._moId, group)
        name = desk.read(group, "name")["name"]
        desk.gateway.perform(network.add_group, identity, network.GroupSpec(group._moId, name, size=0, uplink=True))
    members = config.get("host") or []
    if members:
        spec = {"_typeName": "DVSConfigSpec", "host": members}
        desk.console.call([(shown, "ReconfigureDvs_Task", {"spec": spec})])
        _join(desk, identity, members)
    return Proceed()


def _completed(config: Any, created: Instant) -> Any:  # noqa: ANN401 - pyvmomi's run-time classes
    """The configuration with what a vCenter always has in it and vcsim leaves out unless the client gave it."""
    config = copy.copy(config)
    config.createTime = created
    config.uplinkPortPolicy = config.uplinkPortPolicy or vim.DistributedVirtualSwitch.NameArrayUplinkPortPolicy(
        uplinkPortName=["dvUplink1"]
    )
    config.defaultPortConfig = config.defaultPortConfig or vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy()
    config.configVersion = config.configVersion or "1"
    return config


def reconfigure_switch(desk: Desk, question: Question) -> Answer:
    """ReconfigureDvs_Task: name, MTU, and hosts that join. The world has no way out of a switch."""
    spec = question.args["spec"]
    members = spec.get("host") or []
    switch = desk.directory.switches.name(question.this.value)
    if question.phase == "before":
        desk.gateway.perform(network.check_join, switch, [_asked_member(desk, switch, member) for member in members])
        known = desk.gateway.world.switches[switch]
        name, mtu = str(spec.get("name") or known.name), int(spec.get("maxMtu") or known.mtu)
        desk.gateway.perform(network.change_switch, switch, name, mtu)
    elif question.task and question.task["state"] == "success":
        _join(desk, switch, members)
    return Proceed()


def _asked_member(desk: Desk, switch: SwitchId, member: Payload) -> HostName:
    """The host that shall join; refuses one that is not heard, and whatever else a client may want of a member."""
    if member["operation"] != "add":
        raise Refusal("NotSupported", switch, f"the lab does not {member['operation']} members of a distributed switch")
    return desk.heard(desk.directory.hosts.name(moref(member["host"]))).name


def _join(desk: Desk, switch: SwitchId, members: list[Payload]) -> None:
    hosts = [desk.directory.hosts.name(moref(member["host"])) for member in members if member["operation"] == "add"]
    desk.gateway.perform(network.join_all, switch, hosts)


def add_groups(desk: Desk, question: Question) -> Answer:
    """AddDVPortgroup_Task: what the client leaves open is filled in as the release has it."""
    switch = desk.directory.switches.name(question.this.value)
    specs = [_filled(desk, spec) for spec in question.args.get("spec") or []]
    if question.phase == "before":
        return Arguments({**question.args, "spec": specs})
    if question.task and question.task["state"] == "success":
        _take_groups(desk, switch, specs)
    return Proceed()


def create_group(desk: Desk, question: Question) -> Answer:
    """CreateDVPortgroup_Task, which vcsim lacks: its result is the port group."""
    switch = desk.directory.switches.name(question.this.value)
    spec = _filled(desk, question.args["spec"])
    desk.console.call([(desk.directory.switches.object(switch), "AddDVPortgroup_Task", {"spec": [spec]})])
    return Results(*_take_groups(desk, switch, [spec]))


def _filled(desk: Desk, spec: Payload) -> dict[str, Any]:
    binding = Binding(str(spec.get("type") or Binding.STATIC))
    filled = {"_typeName": "DVPortgroupConfigSpec", **spec, "type": binding.value}
    if binding is Binding.EPHEMERAL:
        return {**filled, "numPorts": 0, "autoExpand": False}
    default = desk.gateway.release.capability("autoexpand-by-default").value and binding is Binding.STATIC
    expand = spec.get("autoExpand")
    return {
        **filled,
        "numPorts": int(spec.get("numPorts") or network.GROWTH),
        "autoExpand": default if expand is None else expand,
    }


def _take_groups(desk: Desk, switch: SwitchId, specs: list[dict[str, Any]]) -> list[Any]:
    """The world learns of port groups that vcsim has just created."""
    groups = desk.read(desk.directory.switches.object(switch), "portgroup")["portgroup"]
    made = [group for group in groups if not desk.directory.groups.knows(group._moId)]
    names = [found["name"] for found in desk.read_all(made, "name")]
    wanted = {str(spec["name"]): spec for spec in specs}
    for group in made:
        desk.directory.groups.bind(group._moId, group)
    asked = [_asked(group._moId, name, wanted[name]) for group, name in zip(made, names, strict=True)]
    desk.gateway.perform(network.add_groups, switch, asked)
    return made


def _asked(key: str, name: str, spec: Payload) -> network.GroupSpec:
    return network.GroupSpec(key, name, Binding(spec["type"]), int(spec["numPorts"]), bool(spec["autoExpand"]), _vlan(spec, 0))


def _vlan(spec: Payload, default: int) -> int:
    vlan = (spec.get("defaultPortConfig") or {}).get("vlan") or {}
    number = vlan.get("vlanId", default)
    return number if isinstance(number, int) else default


def reconfigure_group(desk: Desk, question: Question) -> Answer:
    """ReconfigureDVPortgroup_Task: only what the client names changes; vcsim would blank the rest."""
    switch, group = _group(desk, question.this.value)
    spec = question.args["spec"]
    wanted = replace(
        group,
        name=str(spec.get("name") or group.name),
        binding=Binding(str(spec.get("type") or group.binding)),
        size=int(spec.get("numPorts") or group.size),
        auto_expand=group.auto_expand if spec.get("autoExpand") is None else bool(spec["autoExpand"]),
        vlan=_vlan(spec, group.vlan),
    )
    desk.gateway.perform(network.change_group, switch.id, wanted)
    shown = desk.directory.groups.object(group.key)
    kept = {name: spec[name] for name in ("description", "defaultPortConfig", "policy") if spec.get(name) is not None}
    desk.console.set((shown, f"config.{name}", value) for name, value in kept.items())
    return Results()


def _group(desk: Desk, key: str) -> tuple[Switch, PortGroup]:
    desk.directory.groups.name(key)
    for switch in desk.gateway.world.switches.values():
        if switch.center == desk.directory.center and key in switch.groups:  # another vCenter may have given the same key
            return switch, switch.groups[key]
    raise Refusal("ManagedObjectNotFound", key, f"no port group {key}")


def destroy(desk: Desk, question: Question) -> Answer:
    """Destroy_Task: VMs and port groups leave the world; what the world cannot lose stays; vcsim has the rest to itself."""
    kind, value = question.this
    if kind == "VirtualMachine":
        return machines.destroy(desk, question)
    if kind == "DistributedVirtualPortgroup":
        switch, group = _group(desk, value)
        desk.gateway.perform(network.remove_group, switch.id, group.key)
        return Results()
    modelled: Mapping[str, Names[Any]] = {
        "HostSystem": desk.directory.hosts,
        "ClusterComputeResource": desk.directory.clusters,
        "Datastore": desk.directory.datastores,
        "DistributedVirtualSwitch": desk.directory.switches,
    }
    names = modelled.get(kind)
    if kind in {"Datacenter", "Folder"} or (names and names.knows(value)):
        raise Refusal("NotSupported", value, f"the lab's world cannot lose {kind} {value}")
    return Proceed()


def rename(desk: Desk, question: Question) -> Answer:
    """Rename_Task: the world has names of VMs, switches and port groups."""
    if question.this.type == "DistributedVirtualPortgroup":
        switch, group = _group(desk, question.this.value)
        desk.gateway.perform(network.change_group, switch.id, replace(group, name=str(question.args["newName"])))
        return Results()
    if question.this.type == "DistributedVirtualSwitch":
        known = desk.gateway.world.switches[desk.directory.switches.name(question.this.value)]
        desk.gateway.perform(network.change_switch, known.id, str(question.args["newName"]), known.mtu)
        return Results()
    return machines.rename(desk, question) if question.this.type == "VirtualMachine" else Proceed()


def fetch_ports(desk: Desk, question: Question) -> Answer:
    """FetchDVPorts: the ports as vCenter keeps them, with the link state that their hosts last told."""
    switch = desk.gateway.world.switches[desk.directory.switches.name(question.this.value)]
    criteria = question.args.get("criteria") or {}
    return Results(*describe_ports(desk.mirror.sight, desk.directory, switch, criteria))


def refresh_ports(desk: Desk, question: Question) -> Answer:
    """RefreshDVPortState: what hosts report is shown at once anyway."""
    desk.directory.switches.name(question.this.value)
    return Results()


def rectify(desk: Desk, question: Question) -> Answer:
    """RectifyDvsOnHost_Task: each host gets the switches that it should have and lacks."""
    for reference in question.args.get("hosts") or []:
        desk.gateway.perform(network.rectify, desk.heard(desk.directory.hosts.name(moref(reference))).name)
    return Results()


ROUTES: Routes = {
    "CreateDVS_Task": Route("after", create_switch),
    "ReconfigureDvs_Task": Route("before,after", reconfigure_switch),
    "AddDVPortgroup_Task": Route("before,after", add_groups),
    "CreateDVPortgroup_Task": Route("call", create_group),
    "ReconfigureDVPortgroup_Task": Route("call", reconfigure_group),
    "Destroy_Task": Route("before", destroy),
    "Rename_Task": Route("before", rename),
    "FetchDVPorts": Route("call", fetch_ports),
    "RefreshDVPortState": Route("call", refresh_ports),
    "RectifyDvsOnHost_Task": Route("call", rectify),
}
