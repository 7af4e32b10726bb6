"""Distributed switches, port groups, vNICs and their connections."""

from __future__ import annotations

from pytest_bdd import given, step, then

from harness.probes.network import Network
from steps.sentences import sentence, switch_state


@given(sentence('a second distributed switch "{switch}" with the static port group "{group}"'))
def second_switch(network: Network, switch: str, group: str) -> None:
    network.create_switch(switch, group)


@given(sentence('the static port group "{group}" with "{ports}" ports and auto-expand "{state}"'))
def port_group(network: Network, group: str, ports: str, state: str) -> None:
    network.create_group("dvs-prod", group, int(ports), switch_state(state))


@step(sentence('the operator creates the static port group "{group}"'))
def create_port_group(network: Network, group: str) -> None:
    network.create_group("dvs-prod", group)


@step(sentence('the operator creates the static port group "{group}" on the switch "{switch}"'))
def create_port_group_on(network: Network, group: str, switch: str) -> None:
    network.create_group(switch, group)


@step(sentence('the operator disconnects the vNIC of "{machine}"'))
def disconnect(network: Network, machine: str) -> None:
    network.disconnect(machine)


@step(sentence('the operator connects "{machine}" to the port group "{group}"'))
def connect(network: Network, machine: str, group: str) -> None:
    network.connect(machine, group)


@step(sentence('the operator tries to connect "{machine}" to the port group "{group}"'))
def try_to_connect(network: Network, machine: str, group: str) -> None:
    network.try_to_connect(machine, group)


@then(sentence('"{machine}" has a network connection'))
def has_connection(network: Network, machine: str) -> None:
    network.check_connection(machine, connected=True)


@then(sentence('"{machine}" has no network connection'))
def has_no_connection(network: Network, machine: str) -> None:
    network.check_connection(machine, connected=False)


@then(sentence('"{machine}" had a network connection after "{count}" of the power-ons'))
def had_connections(network: Network, machine: str, count: str) -> None:
    network.check_power_ons(machine, int(count))


@then(sentence('"{machine}" has the same port as before'))
def has_same_port(network: Network, machine: str) -> None:
    network.check_port(machine, same=True)


@then(sentence('"{machine}" has another port than before'))
def has_another_port(network: Network, machine: str) -> None:
    network.check_port(machine, same=False)


@then(sentence('"{machine}" has no distributed port'))
def has_no_distributed_port(network: Network, machine: str) -> None:
    network.check_no_distributed_port(machine)


@then(sentence('"{host}" has the switch "{switch}"'))
def host_has_switch(network: Network, host: str, switch: str) -> None:
    network.check_switch(host, switch)


@then(sentence('"{host}" has no switch "{switch}"'))
def host_has_no_switch(network: Network, host: str, switch: str) -> None:
    network.check_no_switch(host, switch)


@then(sentence('the output describes the switch "{switch}"'))
def output_describes_switch(network: Network, switch: str) -> None:
    network.check_described(switch)


@then(sentence('the port group "{group}" has "{ports}" ports'))
def group_has_ports(network: Network, group: str, ports: str) -> None:
    network.check_group_size(group, int(ports), grown=False)


@then(sentence('the port group "{group}" has more than "{ports}" ports'))
def group_has_grown(network: Network, group: str, ports: str) -> None:
    network.check_group_size(group, int(ports), grown=True)


@then(sentence('auto-expand of the port group "{group}" is "{state}"'))
def group_expands(network: Network, group: str, state: str) -> None:
    network.check_auto_expand(group, switch_state(state))
