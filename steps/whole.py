"""The lab as a whole: that it is up, that time passes, and what did not change."""

from __future__ import annotations

from datetime import timedelta

from pytest_bdd import given, step, then

from harness.lab import Lab
from harness.probes.story import Story
from steps.sentences import hit, sentence
from steps.venue import Venue


@given(sentence("a cluster of three hosts"))
def cluster(venue: Venue) -> None:
    venue.open("three-hosts")


@given(sentence("two sites"))
def two_sites(venue: Venue) -> None:
    venue.open("two-sites")


@given(sentence('two sites with "{variation}"'))
def two_sites_with(venue: Venue, variation: str) -> None:
    venue.open("two-sites", variation)


@given(sentence('a late mount "{effect}" VMs that are registered later'))
def late_mount(venue: Venue, effect: str) -> None:
    venue.read("late-mount-hits-later-registrations", present=hit(effect))


@step(sentence("five minutes pass"))
def minutes_pass(lab: Lab) -> None:
    lab.pass_time(timedelta(minutes=5), "five minutes pass")


@step(sentence("an hour passes"))
def hour_passes(lab: Lab) -> None:
    lab.pass_time(timedelta(hours=1), "an hour passes")


@step(sentence("a day passes"))
def day_passes(lab: Lab) -> None:
    lab.pass_time(timedelta(days=1), "a day passes")


@then(sentence("nothing else has changed"))
def nothing_else_has_changed(story: Story) -> None:
    story.check_nothing_else()
