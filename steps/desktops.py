"""View: who gets which desktop, what users keep there, and the disks that desktops are made of."""

from __future__ import annotations

from collections.abc import Sequence

from pytest_bdd import given, step, then

from harness.probes.chains import Chains
from harness.probes.desktops import Desktops
from harness.probes.replicas import Replicas
from harness.probes.snapshot import DESKTOP
from harness.probes.story import Story
from steps.sentences import sentence
from steps.venue import Venue

VIEW = "view-two-sites"


@given(sentence("two sites with View"))
def two_sites_with_view(venue: Venue) -> None:
    venue.open(VIEW)


@given(sentence('two sites with View and "{variation}"'))
def two_sites_with_view_and(venue: Venue, variation: str) -> None:
    venue.open(VIEW, variation)


@step(sentence('"{user}" writes "{name}" on the desktop'))
def write(desktops: Desktops, user: str, name: str) -> None:
    desktops.write(user, name)


@step(sentence('the operator mounts the replicas of "{group}" with "{command}" on the recovery hosts, all but "{label}"'))
def mount_all_but(replicas: Replicas, recovery_hosts: Sequence[str], group: str, command: str, label: str) -> None:
    replicas.mount(group, command, recovery_hosts, left=label)


@then(sentence("each user gets the same desktop as when the site was lost"))
def desktops_as_before(desktops: Desktops, story: Story) -> None:
    story.explain(desktops.check_as_at("the loss"), DESKTOP)


@then(sentence("each user gets the same desktop as at the last completed replication"))
def desktops_as_replicated(desktops: Desktops, story: Story) -> None:
    story.explain(desktops.check_as_at("the last completed replication"), DESKTOP)


@then(sentence("no connection server brokers desktops"))
def nobody_brokers(desktops: Desktops, story: Story) -> None:
    story.explain(desktops.check_silent())


@then(sentence('"{server}" alone brokers desktops'))
def brokers_alone(desktops: Desktops, server: str) -> None:
    desktops.check_servers_now(server)


@then(sentence('"{first}" and "{second}" come to broker desktops'))
def both_broker(desktops: Desktops, first: str, second: str) -> None:
    desktops.check_servers(first, second)


@then(sentence('no desktop of the pool "{pool}" is up'))
def pool_is_down(desktops: Desktops, story: Story, pool: str) -> None:
    story.explain(desktops.check_pool_down(pool))


@then(sentence('"{user}" finds "{name}" on the desktop'))
def finds(desktops: Desktops, user: str, name: str) -> None:
    desktops.check_found(user, name)


@then(sentence('"{user}" has lost "{name}", written since the last completed replication of "{group}"'))
def has_lost(desktops: Desktops, replicas: Replicas, user: str, name: str, group: str) -> None:
    desktops.check_lost(user, name, replicas.held_at(group))


@then(sentence('"{host}" can open the disks of "{machine}"'))
def chain_is_whole(chains: Chains, machine: str, host: str) -> None:
    chains.check_whole(machine, host)


@then(sentence('"{host}" cannot open the disks of "{machine}": "{link}"'))
def chain_is_broken(chains: Chains, machine: str, host: str, link: str) -> None:
    chains.check_broken(machine, host, link)
