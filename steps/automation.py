"""Procedures that are carried out as code."""

from __future__ import annotations

from pytest_bdd import step, then

from harness.cli.rehearsal import Rehearsal
from harness.probes.power_order import PowerOrder
from harness.probes.story import Story
from steps.sentences import sentence, sentence_of_events


@step(sentence('the operator carries out the procedure "{name}"'))
def carry_out(rehearsal: Rehearsal, name: str) -> None:
    rehearsal.run(name)


@step(sentence('the operator carries out the procedure "{name}" with "{branch}"'))
def carry_out_with(rehearsal: Rehearsal, name: str, branch: str) -> None:
    rehearsal.run(name, branch)


@step(sentence('the operator carries out the procedure "{name}" with "{branch}", stopped after each step and resumed'))
def carry_out_in_pieces(rehearsal: Rehearsal, name: str, branch: str) -> None:
    rehearsal.run_in_pieces(name, branch)


@then(sentence('the procedure "{name}" has come to its end'))
def is_finished(rehearsal: Rehearsal, name: str) -> None:
    rehearsal.check_finished(name)


@then(sentence('the procedure "{name}" stops at "{place}": "{reason}"'))
def stops(rehearsal: Rehearsal, name: str, place: str, reason: str) -> None:
    rehearsal.check_stopped(name, place, reason)


@then(sentence('the log of the procedure "{name}" shows "{text}"'))
def log_shows(rehearsal: Rehearsal, name: str, text: str) -> None:
    rehearsal.check_seen(name, text)


@then(sentence('the log of the procedure "{name}" shows a stop after each step'))
def log_shows_stops(rehearsal: Rehearsal, name: str) -> None:
    rehearsal.check_pieces(name)


@then(sentence_of_events("the edges were powered on before the vApps, and the VMs of each vApp in its start order"))
def power_came_in_order(power_order: PowerOrder, story: Story) -> None:
    power_order.check_cloud(story.last_event)
