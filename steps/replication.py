"""Replicated storage: consistency groups at their arrays, and replicas on the hosts that take them."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import step, then

from harness.probes.desktops import Desktops
from harness.probes.operator import Operator
from harness.probes.replicas import Replicas
from harness.probes.running import Running
from harness.probes.storage import Datastores
from harness.probes.story import Story
from steps.moments import MOUNTS
from steps.sentences import sentence


@step(sentence('the operator breaks the replication of "{group}"'))
def break_replication(replicas: Replicas, group: str) -> None:
    replicas.act(group, "break")


@step(sentence('the operator suspends the replication of "{group}"'))
def suspend_replication(replicas: Replicas, group: str) -> None:
    replicas.act(group, "suspend")


@step(sentence('the operator makes the replicas of "{group}" writable'))
def make_writable(replicas: Replicas, group: str) -> None:
    replicas.make_writable(group)


@step(sentence('the operator presents the replicas of "{group}" to "{host}"'))
def present(replicas: Replicas, group: str, host: str) -> None:
    replicas.present(group, [host])


@step(sentence('the operator rescans the storage of "{host}"'))
def rescan(replicas: Replicas, host: str) -> None:
    replicas.rescan([host])


@step(sentence('the operator mounts the replicas of "{group}" with "{command}" on "{host}"'))
def mount(replicas: Replicas, group: str, command: str, host: str) -> None:
    replicas.mount(group, command, [host])


@step(sentence('the operator presents the replicas of "{group}" to the recovery hosts'))
def present_to_recovery_hosts(replicas: Replicas, recovery_hosts: Sequence[str], group: str) -> None:
    replicas.present(group, recovery_hosts)


@step(sentence("the operator rescans the storage of the recovery hosts"))
def rescan_recovery_hosts(replicas: Replicas, recovery_hosts: Sequence[str]) -> None:
    replicas.rescan(recovery_hosts)


@step(sentence('the operator mounts the replicas of "{group}" with "{command}" on the recovery hosts'))
def mount_on_recovery_hosts(replicas: Replicas, recovery_hosts: Sequence[str], group: str, command: str) -> None:
    replicas.mount(group, command, recovery_hosts)


@step(sentence('the replicas of "{group}" are mounted on the recovery hosts'))
def take_replicas(replicas: Replicas, recovery_hosts: Sequence[str], group: str) -> None:
    replicas.take(group, recovery_hosts)


@step(sentence('the operator resignatures the replicas of "{group}" on "{host}"'))
def resignature(replicas: Replicas, group: str, host: str) -> None:
    replicas.mount(group, "esxcfg-volume -r", [host])


@step(sentence('the replication of "{group}" completes a cycle'))
def complete_cycle(replicas: Replicas, running: Running, desktops: Desktops, group: str) -> None:
    replicas.act(group, "synchronise")
    replicas.note_completed(group)
    running.note("the last completed replication")
    desktops.note("the last completed replication")


@then(sentence('"{center}" shows the replicas of "{group}" as other datastores, named "{prefix}"'))
def shows_other_datastores(replicas: Replicas, story: Story, center: str, group: str, prefix: str) -> None:
    story.explain(replicas.check_renamed(center, group, prefix))


@then(sentence('"{host}" lists a copy of the datastore "{label}" that it can mount'))
def lists_mountable_copy(replicas: Replicas, host: str, label: str) -> None:
    replicas.check_listed(label, host, mountable=True)


@then(sentence('"{host}" lists a copy of the datastore "{label}" that it cannot mount: "{reason}"'))
def lists_unmountable_copy(replicas: Replicas, host: str, label: str, reason: str) -> None:
    replicas.check_listed(label, host, mountable=False, reason=reason)


@then(sentence('"{host}" lists no copy of the datastore "{label}"'))
def lists_no_copy(replicas: Replicas, host: str, label: str) -> None:
    replicas.check_not_listed(label, host)


@then(sentence('the datastores of "{group}" are accessible on the recovery hosts'))
def group_is_accessible(
    replicas: Replicas, datastores: Datastores, story: Story, recovery_hosts: Sequence[str], group: str
) -> None:
    story.explain_pairs(datastores.check_all_accessible(replicas.labels(group), recovery_hosts), recovery_hosts, *MOUNTS)


@then(sentence('the datastores of "{group}" are accessible on "{host}"'))
def group_is_accessible_on(replicas: Replicas, datastores: Datastores, story: Story, group: str, host: str) -> None:
    story.explain_pairs(datastores.check_all_accessible(replicas.labels(group), [host]), [host], *MOUNTS)


@then(sentence('the datastores of "{group}" are accessible on all recovery hosts but "{host}"'))
def group_is_accessible_but(
    replicas: Replicas, datastores: Datastores, story: Story, recovery_hosts: Sequence[str], group: str, host: str
) -> None:
    others = replicas.others(recovery_hosts, host)
    story.explain_pairs(datastores.check_all_accessible(replicas.labels(group), others), others, *MOUNTS)


@then(sentence('the hosts of "{center}" have nothing mounted of "{group}"'))
def group_is_unmounted(operator: Operator, replicas: Replicas, story: Story, center: str, group: str) -> None:
    there = operator.at(center).hosts
    story.explain_pairs(replicas.check_unmounted(group, there), there, *MOUNTS)


@then(sentence('the replication of "{group}" is "{state}"'))
def replication_is(replicas: Replicas, group: str, state: str) -> None:
    replicas.check_state(group, state)


@then(sentence('the replication of "{group}" is "{state}" from "{source}" to "{target}"'))
def replication_runs(replicas: Replicas, group: str, state: str, source: str, target: str) -> None:
    replicas.check_state(group, state, source, target)
