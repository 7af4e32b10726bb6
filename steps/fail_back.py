"""The fail-back: a site returns with its originals masked, and everything goes back to it."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import step, then

from harness.lab import Lab
from harness.probes.attempts import Attempts
from harness.probes.environment import Environment
from harness.probes.fail_back import FailBack
from harness.probes.hosts import Hosts
from harness.probes.recoveries import Recoveries
from harness.probes.replicas import Replicas
from harness.probes.snapshot import RUNS
from harness.probes.story import Story
from steps.sentences import sentence


@step(sentence("the operator writes down the whole environment"))
def note_environment(environment: Environment) -> None:
    environment.note()


@then(sentence("the whole environment is as it was written down"))
def environment_is_the_same(environment: Environment, story: Story) -> None:
    story.explain(environment.check_same(), RUNS)


@then(sentence('a comparison of the whole environment names the "{aspect}" of "{subject}"'))
def environment_differs(environment: Environment, aspect: str, subject: str) -> None:
    environment.check_differs(subject, aspect)


@step(sentence('the array "{array}" gets its power back'))
def array_gets_power(lab: Lab, array: str) -> None:
    lab.faults.return_array(array)


@step(sentence('the "{site}" site gets its power back'))
def site_gets_power(lab: Lab, hosts: Hosts, site: str) -> None:
    lab.faults.restore_site(site)
    hosts.await_boot(*lab.hosts_at(site))


@step(sentence('"{center}" knows which of its hosts answer'))
def center_knows_hosts(hosts: Hosts, center: str) -> None:
    hosts.await_center(center)


@step(sentence('the operator masks the originals of "{group}"'))
def mask_originals(fail_back: FailBack, group: str) -> None:
    fail_back.mask_originals(group)


@step(sentence('the operator masks the copies of "{group}" from the recovery hosts'))
def mask_copies(fail_back: FailBack, recovery_hosts: Sequence[str], group: str) -> None:
    fail_back.mask_copies(group, recovery_hosts)


@step(sentence("the operator puts the protected hosts in maintenance mode"))
def rest_protected_hosts(hosts: Hosts, protected_hosts: Sequence[str]) -> None:
    hosts.enter_maintenance(*protected_hosts)


@step(sentence("the operator puts the recovery hosts in maintenance mode"))
def rest_recovery_hosts(hosts: Hosts, recovery_hosts: Sequence[str]) -> None:
    hosts.enter_maintenance(*recovery_hosts)


@step(sentence("the operator takes the protected hosts out of maintenance mode"))
def use_protected_hosts(hosts: Hosts, protected_hosts: Sequence[str]) -> None:
    hosts.exit_maintenance(*protected_hosts)


@step(sentence('the operator reverses the replication of "{group}"'))
def reverse(replicas: Replicas, group: str) -> None:
    replicas.act(group, "reverse")


@step(sentence('the operator has "{group}" replicated as before'))
def resynchronise(replicas: Replicas, group: str) -> None:
    replicas.act(group, "resynchronise")


@step(sentence('the arrays have copied "{group}" to its end'))
def copied(fail_back: FailBack, group: str) -> None:
    fail_back.await_copies(group)


@step(sentence('the operator tries to break the replication of "{group}"'))
def try_to_break(attempts: Attempts, replicas: Replicas, group: str) -> None:
    attempts.make(lambda: replicas.act(group, "break"))


@step(sentence('the operator presents the originals of "{group}" to the protected hosts'))
def present_originals(replicas: Replicas, protected_hosts: Sequence[str], group: str) -> None:
    replicas.present(group, protected_hosts)


@step(sentence("the operator rescans the storage of the protected hosts"))
def rescan_protected_hosts(replicas: Replicas, protected_hosts: Sequence[str]) -> None:
    replicas.rescan(protected_hosts)


@step(sentence('the operator unmounts the copies of "{group}" on the recovery hosts'))
def unmount_copies(fail_back: FailBack, recovery_hosts: Sequence[str], group: str) -> None:
    fail_back.unmount_copies(group, recovery_hosts)


@step(sentence('the operator shuts down what runs at "{center}", and writes it down'))
def stop(fail_back: FailBack, center: str) -> None:
    fail_back.stop(center)


@step(sentence('the operator powers on what he has shut down at "{center}"'))
def start(fail_back: FailBack, center: str) -> None:
    fail_back.start(center)


@step(sentence("the operator moves the VMs on the recovery hosts to where they ran"))
def move_home(fail_back: FailBack, recovery_hosts: Sequence[str]) -> None:
    fail_back.move_home(recovery_hosts)


@step(sentence('the operator reprotects by the recovery plan "{plan}"'))
def reprotect(recoveries: Recoveries, plan: str) -> None:
    recoveries.reprotect(plan)


@then(sentence('"{host}" has mounted the original of the datastore "{label}"'))
def has_original(fail_back: FailBack, host: str, label: str) -> None:
    fail_back.check_original(label, host)
