"""VMs: made, powered, moved, seen running."""

from __future__ import annotations

from pytest_bdd import given, step, then

from harness.probes.attempts import Attempts
from harness.probes.machines import Machines, NewMachine
from harness.probes.network import Network
from harness.probes.operator import Operator
from harness.probes.story import Story
from steps.sentences import sentence


@given(sentence('the VM "{machine}" runs on "{host}" from the datastore "{label}", connected to the port group "{group}"'))
def machine_runs(machines: Machines, machine: str, host: str, label: str, group: str) -> None:
    machines.create(NewMachine(machine, host, label, group), running=True)


@given(
    sentence('the VM "{machine}" is powered off on "{host}" from the datastore "{label}", connected to the port group "{group}"')
)
def machine_is_off(machines: Machines, machine: str, host: str, label: str, group: str) -> None:
    machines.create(NewMachine(machine, host, label, group), running=False)


@step(sentence('the operator powers on "{machine}" through "vCenter"'))
def power_on(machines: Machines, machine: str) -> None:
    machines.power_on(machine)


@step(sentence('the operator tries to power on "{machine}"'))
def try_to_power_on(attempts: Attempts, machines: Machines, machine: str) -> None:
    attempts.make(lambda: machines.power_on(machine))


@step(sentence('the operator powers on "{machine}" through "the host"'))
def power_on_at_the_host(machines: Machines, machine: str) -> None:
    machines.power_on_at_host(machine)


@step(sentence('the operator powers on "{machine}" through "vCenter" "{times}" times'))
def power_on_often(network: Network, machine: str, times: str) -> None:
    network.count_power_ons(machine, int(times))


@step(sentence('the operator powers off "{machine}"'))
def power_off(machines: Machines, machine: str) -> None:
    machines.power_off(machine)


@step(sentence('the operator powers off "{machine}" of "{center}"'))
def power_off_at(operator: Operator, machine: str, center: str) -> None:
    Machines(operator.at(center)).power_off(machine)


@step(sentence('the operator shuts down all VMs of "{center}"'))
def shut_down_all(machines: Machines, center: str) -> None:
    machines.shut_down_all(center)


@step(sentence('the operator registers the copy of "{original}" on "{host}" as "{machine}"'))
def register_copy(machines: Machines, original: str, host: str, machine: str) -> None:
    machines.register_copy(original, machine, host)


@step(sentence('the operator moves "{machine}" to the datastore "{label}"'))
def move(machines: Machines, machine: str, label: str) -> None:
    machines.move(machine, label)


@step(sentence('the operator adds a disk on the datastore "{label}" to "{machine}"'))
def add_disk(machines: Machines, label: str, machine: str) -> None:
    machines.add_disk(machine, label)


@then(sentence('"{machine}" runs on "{host}"'))
def machine_runs_on(machines: Machines, machine: str, host: str) -> None:
    machines.check_runs_on(machine, host)


@then(sentence('"{machine}" has kept running'))
def machine_has_kept_running(machines: Machines, story: Story, machine: str) -> None:
    machines.check_kept_running(machine, story.world_before(machine))


@then(sentence('"{machine}" runs from the datastore "{label}"'))
def machine_runs_from(machines: Machines, machine: str, label: str) -> None:
    machines.check_datastore(machine, label)


@then(sentence('the operator gets the fault "{fault}"'))
def operator_gets_fault(machines: Machines, fault: str) -> None:
    machines.check_fault(fault)
