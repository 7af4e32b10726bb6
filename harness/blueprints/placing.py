"""What a blueprint describes beside hardware: VMs, what they serve, and vSphere HA, as if all had been there for long."""

from __future__ import annotations

from collections.abc import Iterable

from harness.blueprints.disks import MadeDisk, clone_disks, whole_disk
from harness.blueprints.model import GIB, Blueprint, MachinePlan
from harness.errors import LabError
from harness.operations import availability, machines, registration, services
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import MachineId
from harness.world.machines import DvBacking, Machine, MachineStarted, Nic, StandardBacking
from harness.world.storage import VolumeFile
from harness.world.volume_files import FileWritten

FIRST_CARD = 4000


def place_all(laws: Laws, blueprint: Blueprint) -> Operation[None]:
    """Put everything into the world that has no hardware of its own; its distributed switches are there already.

    VMs are registered and run, vSphere HA protects them, and what they serve is ready, all without that any time passes.
    """
    for plan in blueprint.machines:
        yield from _place(laws, plan)
    for cluster in blueprint.clusters:
        if cluster.ha:
            yield from availability.settle(laws, cluster.name)
    yield from services.settle(laws)


def _place(laws: Laws, plan: MachinePlan) -> Operation[None]:
    mount = laws.world.mounted(plan.host, plan.datastore)
    if mount is None:
        raise LabError("blueprint", f"{plan.host} does not see datastore {plan.datastore!r}, on which {plan.name!r} should be")
    folder = VolumeFile(mount.volume, plan.name)
    identity, uuid = (yield from registration.draw_uuid(laws)), (yield from registration.draw_uuid(laws))
    nic = Nic(FIRST_CARD, (yield from registration.draw_mac(laws)), _backing(laws, plan))
    made = clone_disks(laws, plan, folder, uuid) if plan.clone else [whole_disk(folder, plan.name, plan.disk * GIB, uuid)]
    disks = tuple(each.disk for each in made)
    vmx = folder / f"{plan.name}.vmx"
    machine = Machine(MachineId(identity), uuid, plan.name, plan.host, vmx, (nic,), disks, serves=plan.serves)
    yield from _write_files(laws, machine, made)
    yield from machines.register(laws, machine)
    if plan.on:
        yield MachineStarted(machine.id, machine.name)


def _backing(laws: Laws, plan: MachinePlan) -> DvBacking | StandardBacking:
    center = laws.world.hosts[plan.host].center
    for switch in laws.world.switches.values():
        for group in switch.groups.values():
            if switch.center == center and group.name == plan.network:
                return DvBacking(switch.id, group.key)
    return StandardBacking(plan.network)


def _write_files(laws: Laws, machine: Machine, made: Iterable[MadeDisk]) -> Operation[None]:
    """The files that a VM has beside its ``.vmx``."""
    content = {machine.vmx.parent / f"{machine.name}.nvram": b"", machine.vmx.parent / "vmware.log": b""}
    for each in made:
        content |= each.files
    for file, data in content.items():
        place = laws.world.writable(machine.host, file)
        if place:
            yield FileWritten(place.device, place.path, data, laws.now)
