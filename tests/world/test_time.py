"""Simulated time: it moves from timer to timer for whoever waits, in order, and otherwise stands still."""

from __future__ import annotations

import pytest

from harness.errors import LabError
from harness.operations import hosts
from harness.physics.effects import At, Await, Rest, Spend, Trigger
from harness.units import minutes, seconds
from harness.world.host_power import HostBooted
from tests.world.scene import NAMES


def work(laws, log, name, *spans):
    """An operation that takes the spans one after another and notes when each was over."""
    for span in spans:
        yield Rest(seconds(span))
        log.append((name, laws.now))


class Late(Trigger):
    def fire(self, _laws):
        yield from ()


def test_timers_fire_in_the_order_of_their_times_and_then_as_they_were_set(build):
    scene, log = build(), []
    start = scene.gateway.now
    for name, spans in (("a", (5, 5)), ("b", (10,)), ("c", (3, 7)), ("d", (10,))):
        scene.gateway.begin(work, log, name, *spans)
    scene.gateway.pass_time(seconds(11))
    told = [(name, (at - start).total_seconds()) for name, at in log]
    assert told == [("c", 3), ("a", 5), ("b", 10), ("d", 10), ("c", 10), ("a", 10)]


def test_time_stands_still_unless_somebody_waits(build):
    scene, log = build(), []
    before = scene.gateway.now
    scene.gateway.begin(work, log, "a", 5)
    scene.gateway.perform(hosts.switch_ssh, NAMES[0], enabled=False)
    assert (scene.gateway.now, log) == (before, [])
    scene.gateway.perform(work, log, "b", 7)
    assert scene.gateway.now == before + seconds(7)
    assert log == [("a", before + seconds(5)), ("b", before + seconds(7))]


def test_an_operation_takes_the_time_that_the_release_says(build):
    scene = build()
    before = scene.gateway.now
    scene.gateway.perform(spend, "machine.power-on")
    assert scene.gateway.now - before == scene.gateway.release.duration("machine.power-on")


def spend(_laws, timing):
    yield Spend(timing, "web01")


def test_whoever_waits_for_something_goes_on_when_it_is_true_or_its_limit_is_over(build):
    scene = build()
    before, host = scene.gateway.now, NAMES[0]
    scene.gateway.perform(hosts.cut_power, host)
    assert not scene.gateway.wait_until(lambda world: world.hosts[host].running, minutes(2))
    assert scene.gateway.now == before + minutes(2)
    scene.gateway.perform(hosts.give_power, host)
    began = scene.gateway.now
    assert scene.gateway.wait_until(lambda world: world.hosts[host].running, minutes(60))
    assert scene.gateway.now - began == scene.gateway.release.duration("host.boot")


def test_who_listens_is_told_once_of_all_that_happens_at_one_moment(build):
    scene, told = build(), []
    for host in NAMES[:2]:
        scene.gateway.perform(hosts.cut_power, host)
    for host in NAMES[:2]:
        scene.gateway.perform(hosts.give_power, host)
    scene.gateway.listen(lambda events, _world: told.append([e.host for e in events if isinstance(e, HostBooted)]))
    scene.pass_minutes(60)
    assert [booted for booted in told if booted] == [NAMES[:2]]


def forever(_laws):
    yield Await(lambda _world: False)


def test_what_never_ends_is_an_error_and_no_hang(build):
    scene = build()
    with pytest.raises(LabError, match="not done after 2 days"):
        scene.gateway.perform(forever)


def too_late(_laws):
    yield At(-seconds(1), Late())


def test_nothing_is_planned_for_the_past(build):
    scene = build()
    with pytest.raises(LabError, match="planned for 0:00:01 ago"):
        scene.gateway.perform(too_late)
