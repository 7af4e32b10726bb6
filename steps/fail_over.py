"""The fail-over to the recovery site: its steps, its checks, and what comes of it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import step, then

from harness.probes.attempts import Attempts
from harness.probes.availability import Availability
from harness.probes.clouds import Clouds
from harness.probes.hosts import Hosts
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.probes.replicas import Replicas
from harness.probes.running import Running
from harness.probes.storage import Datastores
from harness.probes.story import Story
from harness.probes.validation import Validation
from steps.moments import MANAGEMENT, MOUNTS, PLACE
from steps.sentences import sentence


@step(sentence('the operator validates the management VMs at "{center}"'))
def validate_management(operator: Operator, validation: Validation, center: str) -> None:
    validation.machines(sorted(operator.notes.ran[MANAGEMENT]), center)


@step(sentence('the operator validates the datastores of "{group}" on the recovery hosts in vCenter'))
def validate_datastores(replicas: Replicas, validation: Validation, recovery_hosts: Sequence[str], group: str) -> None:
    validation.datastores(replicas.labels(group), recovery_hosts)


@step(sentence("the operator tries to take the recovery hosts out of maintenance mode in vCenter"))
def try_to_release(attempts: Attempts, hosts: Hosts, recovery_hosts: Sequence[str]) -> None:
    attempts.make_on_each(recovery_hosts, hosts.exit_through_vcenter)


@step(sentence('the operator tries to mount the replicas of "{group}" with "{command}" on the recovery hosts'))
def try_to_mount(attempts: Attempts, replicas: Replicas, recovery_hosts: Sequence[str], group: str, command: str) -> None:
    attempts.make_on_each(recovery_hosts, lambda host: replicas.mount(group, command, [host]))


@step(sentence('the operator mounts the replicas of "{group}" with "{command}" on all recovery hosts but "{host}"'))
def mount_on_all_but(replicas: Replicas, recovery_hosts: Sequence[str], group: str, command: str, host: str) -> None:
    replicas.mount_but(group, command, recovery_hosts, host)


@step(sentence('the operator notes what runs at "{center}"'))
def note_management(running: Running, center: str) -> None:
    running.note_under([center], MANAGEMENT)


@then(sentence("the validation finds nothing amiss"))
def validation_is_clean(validation: Validation) -> None:
    validation.check_clean()


@then(sentence('the validation finds "{finding}"'))
def validation_finds(validation: Validation, finding: str) -> None:
    validation.check_found(finding)


@then(sentence('the attempt fails: "{reason}"'))
def attempt_fails(attempts: Attempts, reason: str) -> None:
    attempts.check_failed(reason)


@then(sentence('the hosts have mounted the copies of "{group}"'))
def copies_are_mounted(replicas: Replicas, story: Story, recovery_hosts: Sequence[str], group: str) -> None:
    story.explain_pairs(replicas.check_mounted(group, recovery_hosts), recovery_hosts, *MOUNTS)


@then(sentence("no recovery host is the master of vSphere HA"))
def no_master(availability: Availability, recovery_hosts: Sequence[str]) -> None:
    availability.check_no_master(recovery_hosts)


@then(sentence('all VMs that run on the recovery hosts run on "{host}"'))
def all_on_one(running: Running, story: Story, host: str) -> None:
    story.explain(running.check_all_on(host), *PLACE)


@then(sentence('no VM runs on "{host}", and some run on other recovery hosts'))
def idle_host(running: Running, host: str) -> None:
    running.check_idle(host)


@step(sentence("vSphere HA has elected a master among the recovery hosts"))
def await_master(availability: Availability, recovery_hosts: Sequence[str]) -> None:
    availability.await_master(recovery_hosts)


@step(sentence("vSphere HA has the time for all its attempts"))
def let_attempts_pass(operator: Operator) -> None:
    operator.place.pass_time(operator.limits.restarts, "vSphere HA has the time for all its attempts")


@then(sentence('the management VMs stand at "{center}", and none runs'))
def management_stands(operator: Operator, story: Story, center: str) -> None:
    there = operator.at(center)
    story.explain(Running(there, there.hosts).check_standing(MANAGEMENT))


@then(sentence('the management VMs run at "{center}"'))
def management_runs(operator: Operator, story: Story, center: str) -> None:
    there = operator.at(center)
    story.explain(Running(there, there.hosts).check_exactly(MANAGEMENT))


@then(sentence("vCloud Director shows its vApps as before"))
def vapps_as_before(clouds: Clouds) -> None:
    clouds.check_as_at("the loss")


@then(sentence("vCloud Director answers nobody"))
def cloud_is_silent(clouds: Clouds, story: Story) -> None:
    story.explain([clouds.check_silent()])


@then(sentence('"{center}" answers nobody'))
def center_is_silent(hosts: Hosts, center: str) -> None:
    hosts.check_gone([], [center])


@then(sentence('"{center}" answers'))
def center_answers(hosts: Hosts, center: str) -> None:
    hosts.check_center(center)


@then(sentence('the datastores of "{group}" are accessible on the hosts of "{center}"'))
def datastores_are_accessible_at(
    operator: Operator, replicas: Replicas, datastores: Datastores, story: Story, group: str, center: str
) -> None:
    there = operator.at(center).hosts
    story.explain_pairs(datastores.check_all_accessible(replicas.labels(group), there), there, *MOUNTS)


@step(sentence('the configuration file of "{machine}" of "{center}" has another name'))
def rename_configuration(machines: Machines, machine: str, center: str) -> None:
    machines.rename_configuration(machine, center)


@step(sentence('the operator gives the configuration file of "{machine}" its name back on "{host}"'))
def restore_configuration(machines: Machines, machine: str, host: str) -> None:
    machines.restore_configuration(machine, host)
