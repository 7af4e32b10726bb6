"""VMs that come into the inventory: created by a client, or registered from their files."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from harness.errors import Refusal
from harness.operations import registration
from harness.protocols.vcenter.inbound import specs
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes, moref
from harness.protocols.vcenter.inbound.machines import check_networks
from harness.protocols.vcenter.link import Answer, Arguments, Proceed, Question
from harness.units import HostName, MachineId, VolumeId
from harness.world.machines import Machine


def create(desk: Desk, question: Question) -> Answer:
    """CreateVM_Task: before vcsim creates it the VM holds its ports, afterwards it is registered."""
    if question.phase == "after":
        return _finish(desk, question, str(question.args["config"].get("instanceUuid")))
    config, cards = specs.split(question.args["config"])
    path = str((config.get("files") or {}).get("vmPathName") or "")
    vmx = desk.place(path)
    host = _host(desk, question.args, vmx.volume)
    desk.must_reach(host, vmx.volume)
    desk.check_files(host, config)
    identity = str(config.get("instanceUuid") or desk.gateway.perform(registration.draw_uuid))
    uuid = str(config.get("uuid") or desk.gateway.perform(registration.draw_uuid))
    machine = specs.renamed(Machine(MachineId(identity), uuid, "", host, vmx), config)
    machine = specs.with_cards(machine, cards, partial(desk.gateway.perform, registration.draw_mac))
    check_networks(desk, machine)
    desk.expected[identity] = desk.gateway.perform(registration.reserve_ports, machine)
    config |= {"instanceUuid": identity, "uuid": uuid, "guestId": machine.guest, "memoryMB": machine.memory}
    return Arguments({**question.args, "config": config, "host": _reference(desk, host)})


def register(desk: Desk, question: Question) -> Answer:
    """RegisterVM_Task: the VM is what its ``.vmx`` says."""
    path = str(question.args.get("path") or "")
    if question.phase == "after":
        return _finish(desk, question, path)
    if question.args.get("asTemplate"):
        raise Refusal("NotSupported", path, "the lab does not simulate templates")
    vmx = desk.place(path)
    host = _host(desk, question.args, vmx.volume)
    desk.must_reach(host, vmx.volume)
    machine = desk.gateway.perform(registration.read_machine, host, vmx, str(question.args.get("name") or ""))
    check_networks(desk, machine)
    machine = desk.gateway.perform(registration.reserve_ports, machine)
    desk.expected[path] = machine
    for name in (f"{machine.name}.nvram", "vmware.log"):
        desk.gateway.perform(registration.write_if_missing, host, vmx.parent / name, b"")
    return Arguments({**question.args, "name": machine.name, "host": _reference(desk, host)})


def _host(desk: Desk, args: Mapping[str, Any], volume: VolumeId) -> HostName:
    """The host that the client names, or of those in the pool's cluster that reach the datastore the one with the fewest VMs."""
    if moref(args.get("host")):
        return desk.heard(desk.directory.hosts.name(moref(args["host"]))).name
    world = desk.gateway.world
    cluster = desk.cluster_of(moref(args.get("pool")))
    fit = [h for h in world.members(cluster) if _takes(desk, h.name, volume) and not h.maintenance]
    if not fit:
        label = desk.mirror.sight.label(volume)
        raise Refusal("InvalidDatastore", label, f"no host of {cluster} reaches datastore {label}", {"name": label})
    return min(fit, key=lambda h: (len(h.vmids), h.name)).name


def _takes(desk: Desk, host: HostName, volume: VolumeId) -> bool:
    try:
        desk.must_reach(host, volume)
    except Refusal:
        return False
    return True


def _reference(desk: Desk, host: HostName) -> dict[str, str]:
    shown = desk.directory.hosts.object(host)
    return {"_typeName": "ManagedObjectReference", "type": "HostSystem", "value": shown._moId}


def _finish(desk: Desk, question: Question, token: str) -> Answer:
    machine = desk.expected.pop(token, None)
    task = question.task
    if machine is None or task is None:
        return Proceed()
    if task["state"] != "success":
        desk.gateway.perform(registration.release_ports, machine)
        return Proceed()
    shown = desk.console.object("VirtualMachine", task["result"]["value"])
    desk.intake.adopt(shown, machine, created=question.method == "CreateVM_Task")
    return Proceed()


ROUTES: Routes = {
    "CreateVM_Task": Route("before,after", create),
    "RegisterVM_Task": Route("before,after", register),
}
