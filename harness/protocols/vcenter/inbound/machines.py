"""VMs: power, configuration, moving, and leaving the inventory."""

from __future__ import annotations

from functools import partial
from typing import Any

from harness.errors import Refusal
from harness.operations import machines, migration, registration
from harness.protocols.vcenter.faults import translate
from harness.protocols.vcenter.inbound import specs
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes, moref
from harness.protocols.vcenter.link import Answer, Arguments, Proceed, Question, Reference, Results
from harness.protocols.vcenter.values import encode_field
from harness.units import HostName
from harness.world.machines import DvBacking, Machine


def power_on(desk: Desk, question: Question) -> Answer:
    """PowerOnVM_Task; a ``host`` among the arguments is where it is to run."""
    machine = desk.asked_machine(question)
    target = moref(question.args.get("host"))
    if target and desk.directory.hosts.name(target) != machine.host:
        desk.gateway.perform(migration.migrate, machine.id, desk.heard(desk.directory.hosts.name(target)).name)
    desk.gateway.perform(machines.power_on, machine.id)
    return Results()


def power_off(desk: Desk, question: Question) -> Answer:
    """PowerOffVM_Task."""
    desk.gateway.perform(machines.power_off, desk.asked_machine(question).id)
    return Results()


def reset(desk: Desk, question: Question) -> Answer:
    """ResetVM_Task."""
    desk.gateway.perform(machines.reset, desk.asked_machine(question).id)
    return Results()


def shut_down_guest(desk: Desk, question: Question) -> Answer:
    """ShutdownGuest: here it returns when the guest is down, which a vCenter does not wait for."""
    desk.gateway.perform(machines.shut_down_guest, desk.asked_machine(question).id)
    return Results()


def power_on_several(desk: Desk, question: Question) -> Answer:
    """PowerOnMultiVM_Task: each VM on the host where it is registered; those that cannot are listed with their faults."""
    attempted: list[dict[str, Any]] = []
    rest: list[dict[str, Any]] = []
    for reference in question.args.get("vm") or []:
        try:
            machine = desk.machine(desk.directory.machines.name(moref(reference)))
            desk.heard(machine.host)
            desk.gateway.perform(machines.power_on, machine.id)
            attempted.append({"_typeName": "ClusterAttemptedVmInfo", "vm": reference})
        except Refusal as refusal:
            refused = translate(refusal, Reference(reference["type"], reference["value"]))
            fault = {"_typeName": refused.fault, **{name: encode_field(value) for name, value in refused.fields.items()}}
            localized = {"_typeName": "LocalizedMethodFault", "fault": fault, "localizedMessage": refused.message}
            rest.append({"_typeName": "ClusterNotAttemptedVmInfo", "vm": reference, "fault": localized})
    return Results({"_typeName": "ClusterPowerOnVmResult", "attempted": attempted, "notAttempted": rest})


def unregister(desk: Desk, question: Question) -> Answer:
    """UnregisterVM: the mirror takes it out of vcsim."""
    desk.gateway.perform(machines.unregister, desk.asked_machine(question).id)
    return Results()


def migrate(desk: Desk, question: Question) -> Answer:
    """MigrateVM_Task."""
    machine = desk.asked_machine(question)
    target = moref(question.args.get("host"))
    if target:
        _move(desk, machine, desk.directory.hosts.name(target))
    return Results()


def relocate(desk: Desk, question: Question) -> Answer:
    """RelocateVM_Task: to another datastore, then to another host. Moving single disks is refused."""
    machine = desk.asked_machine(question)
    spec = question.args["spec"]
    if spec.get("disk"):
        raise Refusal("NotSupported", machine.name, "the lab moves all files of a VM, not single disks")
    datastore, host = moref(spec.get("datastore")), moref(spec.get("host"))
    if datastore and desk.directory.datastores.name(datastore) != machine.vmx.volume:
        volume = desk.directory.datastores.name(datastore)
        desk.must_reach(machine.host, volume)
        desk.gateway.perform(migration.move_storage, machine.id, volume)
    if host:
        _move(desk, machine, desk.directory.hosts.name(host))
    return Results()


def _move(desk: Desk, machine: Machine, target: HostName) -> None:
    if target != machine.host:
        desk.heard(target)
        desk.gateway.perform(migration.migrate, machine.id, target)


def reconfigure(desk: Desk, question: Question) -> Answer:
    """ReconfigVM_Task: the world takes its part first and may refuse; vcsim gets the rest, and what it makes of it is kept."""
    if question.phase == "after":
        return _take_over(desk, question)
    machine = desk.asked_machine(question)
    spec, cards = specs.split(question.args["spec"])
    for volume in machine.volumes:
        desk.must_reach(machine.host, volume)
    desk.check_files(machine.host, spec)
    wanted = specs.with_cards(specs.renamed(machine, spec), cards, partial(desk.gateway.perform, registration.draw_mac))
    check_networks(desk, wanted)
    desk.gateway.perform(machines.reconfigure, wanted)
    desk.expected[question.this.value] = machine
    return Arguments({**question.args, "spec": spec})


def _take_over(desk: Desk, question: Question) -> Answer:
    """Disks are vcsim's to add and remove: the world learns of them. What vcsim refuses the world takes back."""
    before = desk.expected.pop(question.this.value)
    machine = desk.machine(before.id)
    if question.task and question.task["state"] != "success":
        machine = desk.gateway.perform(machines.reconfigure, before)
    made = desk.intake.read(desk.directory.machines.object(machine.id))
    desk.shelf.keep(machine.id, made.devices)
    if made.with_disks(machine) != machine:
        desk.gateway.perform(machines.reconfigure, made.with_disks(machine))
        desk.gateway.perform(registration.note_files, machine.host, machine.vmx.parent)
    desk.mirror.show_again(machine.id)
    return Proceed()


def check_networks(desk: Desk, machine: Machine) -> None:
    """Refuses ``InvalidDeviceSpec`` for a vNIC on a network or switch that the VM's host is not on."""
    for nic in machine.nics:
        if isinstance(nic.backing, DvBacking):
            switch = desk.gateway.world.switches.get(nic.backing.switch)
            known = switch is not None and machine.host in switch.members and nic.backing.group in switch.groups
        else:
            known = desk.directory.networks.find(nic.backing.network) is not None
        if not known:
            raise Refusal("InvalidDeviceSpec", machine.name, f"{machine.host} is not on the network of ethernet{nic.index}")


def destroy(desk: Desk, question: Question) -> Answer:
    """Destroy_Task of a VM; for other kinds see ``network.destroy``."""
    desk.gateway.perform(machines.destroy, desk.asked_machine(question).id)
    return Results()


def rename(desk: Desk, question: Question) -> Answer:
    """Rename_Task of a VM: the world's name is the one in its ``.vmx``."""
    machine = desk.asked_machine(question)
    desk.gateway.perform(machines.reconfigure, specs.renamed(machine, {"name": question.args["newName"]}))
    return Results()


def refuse(_desk: Desk, question: Question) -> Answer:
    """What vcsim would do to VMs or hosts that the world could not follow."""
    raise Refusal("NotSupported", question.this.value, f"the lab does not simulate {question.method}")


ROUTES: Routes = {
    "PowerOnVM_Task": Route("call", power_on),
    "PowerOffVM_Task": Route("call", power_off),
    "ResetVM_Task": Route("call", reset),
    "ShutdownGuest": Route("call", shut_down_guest),
    "PowerOnMultiVM_Task": Route("call", power_on_several),
    "UnregisterVM": Route("call", unregister),
    "MigrateVM_Task": Route("call", migrate),
    "RelocateVM_Task": Route("call", relocate),
    "ReconfigVM_Task": Route("before,after", reconfigure),
    "SuspendVM_Task": Route("call", refuse),
    "RebootGuest": Route("call", refuse),
    "StandbyGuest": Route("call", refuse),
    "CloneVM_Task": Route("call", refuse),
    "InstantClone_Task": Route("call", refuse),
    "MoveHostInto_Task": Route("call", refuse),
}
