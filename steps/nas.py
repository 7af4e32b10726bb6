"""NFS datastores and the names that lead to them."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import step, then

from harness.lab import Lab
from harness.probes.attempts import Attempts
from harness.probes.names import Names
from harness.probes.nas import NfsDatastores
from harness.probes.story import Story
from steps.sentences import sentence


@step(sentence('the operator writes down the NFS datastores of "{host}"'))
def note(nfs: NfsDatastores, host: str) -> None:
    nfs.note(host)


@step(sentence('the operator repoints the alias "{alias}" to "{target}"'))
def repoint(names: Names, alias: str, target: str) -> None:
    names.repoint(alias, target)


@step(sentence('the time to live of the alias "{alias}" has passed'))
def let_names_expire(lab: Lab, names: Names, alias: str) -> None:
    lab.pass_time(names.time_to_live(alias), f"resolvers forget {alias}")


@step(sentence('the operator mounts these NFS datastores from "{server}" on the recovery hosts'))
def mount_on_recovery_hosts(nfs: NfsDatastores, recovery_hosts: Sequence[str], server: str) -> None:
    nfs.mount_on_each(recovery_hosts, server)


@step(sentence('the operator mounts these NFS datastores by the address of "{server}" on the recovery hosts'))
def mount_by_address(nfs: NfsDatastores, names: Names, recovery_hosts: Sequence[str], server: str) -> None:
    nfs.mount_on_each(recovery_hosts, names.address(server))


@step(sentence("the operator has the protected hosts mount their NFS datastores again"))
def try_again(nfs: NfsDatastores, protected_hosts: Sequence[str]) -> None:
    nfs.try_again(protected_hosts)


@step(sentence("the operator removes these NFS datastores from the recovery hosts"))
def remove(nfs: NfsDatastores, recovery_hosts: Sequence[str]) -> None:
    nfs.remove_noted(recovery_hosts)


@step(sentence('the operator tries to mount these NFS datastores from "{server}" on the recovery hosts'))
def try_to_mount(attempts: Attempts, nfs: NfsDatastores, recovery_hosts: Sequence[str], server: str) -> None:
    attempts.make_on_each(recovery_hosts, lambda host: nfs.mount_noted(host, server))


@then(sentence("these NFS datastores are accessible on the recovery hosts"))
def are_accessible(nfs: NfsDatastores, story: Story, recovery_hosts: Sequence[str]) -> None:
    story.explain(nfs.check_noted(recovery_hosts))


@then(sentence('the recovery hosts are connected to the NAS "{server}" alone'))
def are_connected(nfs: NfsDatastores, names: Names, recovery_hosts: Sequence[str], server: str) -> None:
    nfs.check_connected(names.address(server), recovery_hosts)


@then(sentence('"{host}" takes "{alias}" for "{server}"'))
def resolves(nfs: NfsDatastores, names: Names, host: str, alias: str, server: str) -> None:
    nfs.check_resolved(host, alias, names.address(server))


@then(sentence('"{center}" shows a second one of each of these NFS datastores'))
def shows_second_ones(nfs: NfsDatastores, story: Story, center: str) -> None:
    story.explain(nfs.check_numbered(center))
