"""Recovery plans of Site Recovery Manager."""

from __future__ import annotations

from pytest_bdd import step, then

from harness.probes.attempts import Attempts
from harness.probes.machines import Machines
from harness.probes.recoveries import Recoveries
from harness.probes.replicas import Replicas
from steps.sentences import sentence


@step(sentence('the operator runs the recovery plan "{plan}"'))
def run_plan(recoveries: Recoveries, plan: str) -> None:
    recoveries.recover(plan, planned=False)


@step(sentence('the operator tries to run the recovery plan "{plan}"'))
def try_to_run_plan(attempts: Attempts, recoveries: Recoveries, plan: str) -> None:
    attempts.make(lambda: recoveries.recover(plan, planned=False))


@step(sentence('the operator tries to run the recovery plan "{plan}" at "{server}"'))
def try_to_run_plan_at(attempts: Attempts, recoveries: Recoveries, plan: str, server: str) -> None:
    attempts.make(lambda: recoveries.recover_at(server, plan, planned=False))


@then(sentence('the recovery plan "{plan}" is "{state}"'))
def plan_is(recoveries: Recoveries, plan: str, state: str) -> None:
    recoveries.check_state(plan, state)


@then(sentence('the last runs of the recovery plan "{plan}" were "{first}" and "{second}", without an error'))
def last_runs(recoveries: Recoveries, plan: str, first: str, second: str) -> None:
    recoveries.check_history(plan, first, second)


@then(sentence('the recovery plan "{plan}" reports the data of "{group}" as of the last completed replication'))
def plan_reports(recoveries: Recoveries, replicas: Replicas, plan: str, group: str) -> None:
    recoveries.check_reported(plan, group, replicas.held_at(group))


@step(sentence('the operator tests the recovery plan "{plan}"'))
def run_test(recoveries: Recoveries, plan: str) -> None:
    recoveries.test(plan)


@step(sentence('the operator cleans up the test of the recovery plan "{plan}"'))
def clean_up(recoveries: Recoveries, plan: str) -> None:
    recoveries.clean_up(plan)


@step(sentence('the operator migrates by the recovery plan "{plan}"'))
def migrate(recoveries: Recoveries, plan: str) -> None:
    recoveries.recover(plan, planned=True)


@step(sentence('"{machine}" of "{center}" writes "{data}"'))
def write(machines: Machines, machine: str, center: str, data: str) -> None:
    machines.write(machine, center, data)


@then(sentence('"{machine}" of "{center}" has what it wrote: "{data}"'))
def has_data(machines: Machines, machine: str, center: str, data: str) -> None:
    machines.check_written(machine, center, data, present=True)


@then(sentence('"{machine}" of "{center}" has lost what it wrote: "{data}"'))
def has_lost_data(machines: Machines, machine: str, center: str, data: str) -> None:
    machines.check_written(machine, center, data, present=False)
