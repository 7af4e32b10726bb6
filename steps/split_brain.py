"""A VM at both sites: how it comes to that, and who sees it."""

from __future__ import annotations

from pytest_bdd import step, then

from harness.probes.machines import Machines
from harness.probes.story import Story
from steps.sentences import sentence


@step(sentence('the operator registers and powers on "{machine}" on "{host}" with its shell'))
def start_with_shell(machines: Machines, machine: str, host: str) -> None:
    machines.start_with_shell(machine, host)


@then(sentence('"{machine}" runs on "{host}" and nowhere else, by the hosts\' shells'))
def runs_there_alone(machines: Machines, machine: str, host: str) -> None:
    machines.check_hosts(machine, host)


@then(sentence('"{machine}" runs on "{count}" hosts'))
def runs_on_several(machines: Machines, machine: str, count: str) -> None:
    machines.check_number(machine, int(count))


@then(sentence('a comparison with before names "{machine}", running on "{host}" too'))
def comparison_names(story: Story, machine: str, host: str) -> None:
    story.check_named(machine, host)
