"""Hosts: power, boot, agents, maintenance mode, logs."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import given, step, then

from harness.lab import Lab
from harness.probes.hosts import Hosts
from harness.probes.operator import Operator
from harness.probes.storage import Datastores
from harness.probes.story import Story
from harness.releases import Release
from steps.sentences import sentence


@step(sentence("vCenter is off"))
def vcenter_is_off(lab: Lab) -> None:
    (center,) = lab.vcenters
    lab.faults.stop_vcenter(center)


@step(sentence('"{host}" loses its power'))
def host_loses_power(lab: Lab, operator: Operator, host: str) -> None:
    lab.faults.cut_power(operator.host_name(host))


@step(sentence('"{host}" gets its power back'))
def host_gets_power(lab: Lab, operator: Operator, hosts: Hosts, host: str) -> None:
    lab.faults.give_power(operator.host_name(host))
    hosts.await_boot(host)


@step(sentence('the management network of "{host}" is cut'))
def management_is_cut(lab: Lab, operator: Operator, host: str) -> None:
    lab.faults.isolate(operator.host_name(host))


@step(sentence('the management network of "{host}" works again'))
def management_works_again(lab: Lab, operator: Operator, hosts: Hosts, host: str) -> None:
    lab.faults.end_isolation(operator.host_name(host))
    hosts.await_boot(host)


@step(sentence("the site loses its power"))
def site_loses_power(lab: Lab) -> None:
    lab.faults.black_out()


@step(sentence("the hosts get their power back"))
def all_hosts_get_power(lab: Lab, hosts: Hosts) -> None:
    lab.faults.give_power()
    hosts.await_boot()


@given(sentence('the file "{path}" of "{host}" is lost'))
def file_is_lost(lab: Lab, operator: Operator, path: str, host: str) -> None:
    lab.faults.lose_saved_file(operator.host_name(host), path)


@given(sentence('the file "{path}" of "{host}" is corrupted'))
def file_is_corrupted(lab: Lab, operator: Operator, path: str, host: str) -> None:
    lab.faults.corrupt_saved_file(operator.host_name(host), path)


@step(sentence('the operator runs "{line}" on "{host}"'))
def run_command(hosts: Hosts, line: str, host: str) -> None:
    hosts.run(host, line)


@step(sentence('the operator runs "{line}" on the recovery hosts'))
def run_command_on_recovery_hosts(hosts: Hosts, recovery_hosts: Sequence[str], line: str) -> None:
    hosts.run_on_each(recovery_hosts, line)


@step(sentence('the operator reboots "{host}"'))
def reboot(hosts: Hosts, host: str) -> None:
    hosts.reboot(host)


@step(sentence('the operator puts "{host}" in maintenance mode'))
def enter_maintenance_mode(hosts: Hosts, host: str) -> None:
    hosts.enter_maintenance(host)


@step(sentence('the operator takes "{host}" out of maintenance mode'))
def exit_maintenance_mode(hosts: Hosts, host: str) -> None:
    hosts.exit_maintenance(host)


@step(sentence("the operator takes the recovery hosts out of maintenance mode"))
def exit_maintenance_mode_of_recovery_hosts(hosts: Hosts, recovery_hosts: Sequence[str]) -> None:
    hosts.exit_maintenance(*recovery_hosts)


@step(sentence('the operator adds the recovery hosts to the cluster "{cluster}"'))
def add_recovery_hosts(hosts: Hosts, recovery_hosts: Sequence[str], cluster: str) -> None:
    hosts.move_into(cluster, recovery_hosts)


@then(sentence('the recovery hosts are in the cluster "{cluster}"'))
def recovery_hosts_are_in_cluster(hosts: Hosts, story: Story, recovery_hosts: Sequence[str], cluster: str) -> None:
    story.explain(hosts.check_cluster(cluster, recovery_hosts), "cluster")


@then(sentence("the recovery hosts are not in maintenance mode"))
def recovery_hosts_are_not_in_maintenance_mode(hosts: Hosts, story: Story, recovery_hosts: Sequence[str]) -> None:
    story.explain(hosts.check_released(recovery_hosts), "maintenance mode")


@then(sentence('"{host}" is in maintenance mode'))
def host_is_in_maintenance_mode(hosts: Hosts, host: str) -> None:
    hosts.check_maintenance(host, expected=True)


@then(sentence('"{host}" is not in maintenance mode'))
def host_is_not_in_maintenance_mode(hosts: Hosts, host: str) -> None:
    hosts.check_maintenance(host, expected=False)


@then(sentence('"{host}" answers its operators'))
def host_answers(hosts: Hosts, host: str) -> None:
    hosts.check_answers(host)


@then(sentence('"{host}" does not respond to vCenter'))
def host_does_not_respond(hosts: Hosts, host: str) -> None:
    hosts.check_silent(host)


@then(sentence('the command fails and names "{name}"'))
def command_fails(hosts: Hosts, name: str) -> None:
    hosts.check_command_failed(name)


@then(sentence('"{command}" on "{host}" shows the release\'s build'))
def build_is_shown(hosts: Hosts, release: Release, command: str, host: str) -> None:
    hosts.check_build(host, command, release.product("esxi").full_name)


@then(sentence('the log "{log}" of "{host}" names "{name}"'))
def log_names(hosts: Hosts, log: str, host: str, name: str) -> None:
    hosts.check_log(host, log, name, named=True)


@then(sentence('the log "{log}" of "{host}" names the port file of "{machine}"'))
def log_names_the_port_file(hosts: Hosts, datastores: Datastores, log: str, host: str, machine: str) -> None:
    hosts.check_log(host, log, datastores.path_of_port_file(machine), named=True)


@then(sentence('the log "{log}" of "{host}" does not name the port file of "{machine}"'))
def log_does_not_name_the_port_file(hosts: Hosts, datastores: Datastores, log: str, host: str, machine: str) -> None:
    hosts.check_log(host, log, datastores.path_of_port_file(machine), named=False)
