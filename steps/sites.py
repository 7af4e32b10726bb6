"""Sites: lost as a whole, and taken over by another one."""

from __future__ import annotations

from pytest_bdd import step, then

from harness.lab import Lab
from harness.probes.clouds import Clouds
from harness.probes.desktops import Desktops
from harness.probes.hosts import Hosts
from harness.probes.identities import Identities
from harness.probes.management import Management
from harness.probes.running import Running
from harness.probes.story import Story
from steps.moments import ANSWERS, MANAGEMENT, PLACE
from steps.sentences import sentence


@step(sentence('the "{site}" site is lost'))
def site_is_lost(lab: Lab, running: Running, clouds: Clouds, desktops: Desktops, site: str) -> None:
    running.note("the loss")
    running.note_under(lab.vcenters_at(site), MANAGEMENT)
    clouds.note("the loss")
    desktops.note("the loss")
    lab.faults.lose_site(site)


@then(sentence('the "{site}" site answers nobody'))
def site_answers_nobody(lab: Lab, hosts: Hosts, story: Story, site: str) -> None:
    story.explain(hosts.check_gone(lab.hosts_at(site), lab.vcenters_at(site)), *ANSWERS)


@then(sentence('the "{site}" site answers'))
def site_answers(lab: Lab, hosts: Hosts, story: Story, site: str) -> None:
    story.explain(hosts.check_there(lab.hosts_at(site), lab.vcenters_at(site)), *ANSWERS)


@step(sentence('the operator recovers "{center}" and the other VMs of "{group}" at "{other}"'))
def recover_management(management: Management, center: str, group: str, other: str) -> None:
    management.recover(group, other, center)


@step(sentence('the operator notes the ids of "{center}"'))
def note_ids(identities: Identities, center: str) -> None:
    identities.note(center)


@then(sentence('every object of "{center}" has the id that it had'))
def ids_are_the_same(identities: Identities, center: str) -> None:
    identities.check_same(center)


@then(sentence('"{machine}" has another id than "{original}" had'))
def id_is_another(identities: Identities, machine: str, original: str) -> None:
    identities.check_other(machine, original)


@then(sentence("exactly the VMs that ran when the site was lost run on the recovery hosts"))
def what_ran_at_the_loss_runs(running: Running, story: Story) -> None:
    story.explain(running.check_exactly("the loss"), *PLACE)


@then(sentence("exactly the VMs that ran at the last completed replication run on the recovery hosts"))
def what_ran_at_the_replication_runs(running: Running, story: Story) -> None:
    story.explain(running.check_exactly("the last completed replication"), *PLACE)


@then(sentence("no VM runs on the recovery hosts"))
def nothing_runs(running: Running) -> None:
    running.check_none()


@then(sentence('"{machine}" runs on a recovery host'))
def runs_on_a_recovery_host(running: Running, machine: str) -> None:
    running.check(machine, expected=True)


@then(sentence('"{machine}" runs on no recovery host'))
def runs_on_no_recovery_host(running: Running, machine: str) -> None:
    running.check(machine, expected=False)


@then(sentence("every VM on the recovery hosts has a network connection, on the port that it had"))
def all_have_connections(running: Running) -> None:
    running.check_connections(connected=True)


@then(sentence("no VM on the recovery hosts has a network connection"))
def none_has_a_connection(running: Running) -> None:
    running.check_connections(connected=False)


@then(sentence('"{machine}" on a recovery host has no network connection, and the other VMs there have'))
def all_but_one_have_connections(running: Running, machine: str) -> None:
    running.check_connections_without(machine)


@then(sentence('the VMs on "{host}" have no network connection, and those on the other recovery hosts have'))
def all_but_one_host_have_connections(running: Running, host: str) -> None:
    running.check_connections_but(host)
