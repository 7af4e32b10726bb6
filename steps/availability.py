"""vSphere HA and events."""

from __future__ import annotations

from pytest_bdd import given, then

from harness.probes.availability import Availability
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.probes.storage import Datastores
from harness.probes.story import Story
from steps.sentences import sentence, sentence_of_events, switch_state


@given(sentence('vSphere HA is "{state}"'))
def switch_ha(availability: Availability, state: str) -> None:
    availability.switch(on=switch_state(state))


@given(sentence('the operator switches vSphere HA of the cluster "{cluster}" "{state}"'))
def switch_ha_of(availability: Availability, cluster: str, state: str) -> None:
    availability.switch(on=switch_state(state), cluster=cluster)


@then(sentence('vSphere HA of the cluster "{cluster}" is "{state}"'))
def ha_is(availability: Availability, cluster: str, state: str) -> None:
    availability.check_switched(cluster, on=switch_state(state))


@then(sentence('"{machine}" runs on another host than "{host}"'))
def machine_is_restarted(machines: Machines, machine: str, host: str) -> None:
    machines.check_restarted(machine, host)


@then(sentence('"{machine}" is not restarted'))
def machine_is_not_restarted(machines: Machines, machine: str) -> None:
    machines.check_not_restarted(machine)


@then(sentence('"{machine}" of "{center}" runs on another host than "{host}"'))
def machine_is_restarted_at(operator: Operator, machine: str, center: str, host: str) -> None:
    Machines(operator.at(center)).check_restarted(machine, host)


@then(sentence('"{machine}" of "{center}" is not restarted'))
def machine_is_not_restarted_at(operator: Operator, machine: str, center: str) -> None:
    Machines(operator.at(center)).check_not_restarted(machine)


@then(sentence_of_events('the event "{event}" is posted for "{subject}"'))
def event_is_posted(availability: Availability, story: Story, event: str, subject: str) -> None:
    availability.check_event(subject, event, story.last_event)


@then(sentence_of_events('no event "{event}" is posted for "{subject}"'))
def no_event_is_posted(availability: Availability, story: Story, event: str, subject: str) -> None:
    availability.check_no_event(subject, event, story.last_event)


@then(sentence_of_events('the event "{event}" for "{machine}" names its port file'))
def event_names_the_port_file(availability: Availability, datastores: Datastores, story: Story, event: str, machine: str) -> None:
    availability.check_event(machine, event, story.last_event, naming=datastores.path_of_port_file(machine))


@then(sentence('restoring "{sooner}" took less simulated time than restoring "{later}"'))
def restoring_took_less(availability: Availability, sooner: str, later: str) -> None:
    availability.check_restored_sooner(sooner, later)
