"""What somebody asks of vCloud Director: power for the VMs of a vApp, which it asks of the resource vCenter in turn."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import TypeAlias

from harness.errors import Refusal
from harness.operations import machines
from harness.physics.effects import Operation, Spend
from harness.physics.laws import Laws
from harness.units import MachineId
from harness.world.cloud import Cloud, CloudMachine, CloudRecorded, StopAction, hindrance
from harness.world.hosts import Connection
from harness.world.machines import Machine

Locate: TypeAlias = Callable[[str], MachineId | None]
"""What the resource vCenter has at a MoRef; None where it has nothing there."""
Ask: TypeAlias = Callable[[Laws, MachineId], Operation[None]]

STOPS: dict[StopAction, Ask] = {StopAction.POWER_OFF: machines.power_off, StopAction.SHUT_DOWN: machines.shut_down_guest}


def record(_laws: Laws, cloud: Cloud) -> Operation[None]:
    """Have a vCloud Director know what ``cloud`` says."""
    yield CloudRecorded(cloud)


def power_on(laws: Laws, name: str, wanted: Sequence[CloudMachine], locate: Locate) -> Operation[None]:
    """Power VMs of a vApp on, in its start order; VMs that run already are left alone.

    Refuses: ``NotConnected`` while vCloud Director cannot work, ``ManagedObjectNotFound`` for a MoRef at which vCenter has
    nothing, ``InvalidPowerState`` where all of them run; and what ``machines.power_on`` refuses: then those of the same place in
    the order have been tried as well, and none that comes after them.
    """
    if all(machine.running for machine in _found(laws, name, wanted, locate)):
        raise Refusal("InvalidPowerState", name, "all VMs are powered on")
    for members in _in_order(wanted):
        idle = [machine for machine in _found(laws, name, members, locate) if not machine.running]
        yield from _together(laws, machines.power_on, idle)


def power_off(laws: Laws, name: str, wanted: Sequence[CloudMachine], locate: Locate) -> Operation[None]:
    """Power VMs off, all at once. Refuses as :func:`power_on` does, and ``InvalidPowerState`` where none runs."""
    yield from _together(laws, machines.power_off, _running(laws, name, wanted, locate))


def shut_down(laws: Laws, name: str, wanted: Sequence[CloudMachine], locate: Locate) -> Operation[None]:
    """Have the guests of VMs shut themselves down, all at once. Refuses as :func:`power_off` does."""
    yield from _together(laws, machines.shut_down_guest, _running(laws, name, wanted, locate))


def stop(laws: Laws, name: str, wanted: Sequence[CloudMachine], locate: Locate) -> Operation[None]:
    """Stop VMs in the reverse of their start order, each by its own stop action. Refuses as :func:`power_off` does."""
    _running(laws, name, wanted, locate)
    for members in reversed(list(_in_order(wanted))):
        for action, ask in STOPS.items():
            chosen = [member for member in members if member.stop is action]
            found = [machine for machine in _found(laws, name, chosen, locate) if machine.running]
            yield from _together(laws, ask, found)


def _in_order(wanted: Sequence[CloudMachine]) -> Iterator[list[CloudMachine]]:
    ordered = sorted(wanted, key=lambda member: member.order)
    return (list(members) for _, members in groupby(ordered, key=lambda member: member.order))


def _running(laws: Laws, name: str, wanted: Sequence[CloudMachine], locate: Locate) -> list[Machine]:
    found = [machine for machine in _found(laws, name, wanted, locate) if machine.running]
    if not found:
        raise Refusal("InvalidPowerState", name, "no VM is powered on")
    return found


def _found(laws: Laws, name: str, wanted: Sequence[CloudMachine], locate: Locate) -> list[Machine]:
    """The VMs behind what the cloud knows: all of them, as it does not go by names."""
    cloud = laws.world.clouds[name]
    if not laws.world.services[cloud.cells].ready:
        raise Refusal("NotConnected", name, f"no cell of {name} runs any more")
    lacking = hindrance(laws.world, cloud)
    if lacking:
        raise Refusal("NotConnected", name, lacking)
    located = [(member, locate(member.moref)) for member in wanted]
    missing = [f"{member.name} ({member.moref})" for member, there in located if there is None]
    if missing:
        raise Refusal("ManagedObjectNotFound", name, f"{cloud.center} has no VM at the MoRef of {', '.join(missing)}")
    return [machines.find(laws, there) for _, there in located if there is not None]


def _together(laws: Laws, ask: Ask, wanted: Sequence[Machine]) -> Operation[None]:
    """Ask the same of several VMs at one moment. What some are refused keeps none of the others from it."""
    refusals: list[Refusal] = []
    begun: dict[str, Operation[None]] = {}
    timing = ""
    for machine in wanted:
        operation = ask(laws, machine.id)
        try:
            _heard(laws, machine)
            act = next(operation)
        except Refusal as refusal:
            refusals.append(refusal)
            continue
        assert isinstance(act, Spend)  # noqa: S101 - what is asked of a VM's power begins with the time that it takes
        timing = act.timing
        begun[machine.name] = operation
    if begun:
        yield Spend(timing, ", ".join(begun))
    for operation in begun.values():
        try:
            yield from operation
        except Refusal as refusal:
            refusals.append(refusal)
    _refuse(refusal for refusal in refusals if refusal.reason != "InvalidPowerState")  # else somebody else has done it


def _refuse(refusals: Iterable[Refusal]) -> None:
    """Refuse for all of these reasons at a time, where there are any."""
    told = list(refusals)
    if told:
        raise Refusal(told[0].reason, told[0].subject, "; ".join(str(refusal) for refusal in told))


def _heard(laws: Laws, machine: Machine) -> None:
    """Refuses as vCenter does where it cannot ask anything of the VM's host."""
    host = laws.host_of(machine)
    if host.connection is not Connection.CONNECTED:
        raise Refusal("HostNotConnected", machine.name, f"{machine.name}: {host.name} is {host.connection.value}")
    if not host.speaks:
        raise Refusal("HostNotReachable", machine.name, f"{machine.name}: {host.name} does not answer")
