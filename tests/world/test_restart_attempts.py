"""vSphere HA tries again: when, how often, and until when."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest

from harness.journal import Happened
from harness.operations import files, hosts, machines, storage
from harness.physics import restarts
from harness.units import Span
from tests.world.scene import NAMES


def test_without_its_port_file_a_vm_fails_five_times_and_ha_gives_up(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    scene.gateway.perform(files.remove, NAMES[1], f"/vmfs/volumes/vmfs01/{scene.port_file('web01').path}")
    scene.lose_host()
    scene.pass_minutes(60)
    assert not scene.machine("web01").running
    failures = [a for a in scene.announced if a.kind == "VmFailoverFailed"]
    assert len(failures) == 5
    assert scene.port_file("web01").absolute in failures[0].message
    assert scene.kinds()[-1] == "VmMaxRestartCountReached"


def test_if_ha_read_no_port_file_the_missing_one_would_not_matter(build, monkeypatch):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    scene.gateway.perform(files.remove, NAMES[1], f"/vmfs/volumes/vmfs01/{scene.port_file('web01').path}")
    monkeypatch.setattr(restarts, "missing_port_file", lambda *_: "")
    scene.lose_host()
    scene.pass_minutes(5)
    assert scene.machine("web01").running


def lose_port_file(scene, name: str = "web01") -> None:
    scene.gateway.perform(files.remove, NAMES[1], scene.port_file(name).absolute)


def times_of(scene, text: str) -> list[Span]:
    """When vCenter's events with that text came, from the first one on."""
    told = [e.began for e in scene.gateway.journal.entries() if isinstance(e.record, Happened) and text in e.record.text]
    return [at - told[0] for at in told]


@pytest.mark.parametrize("release", ["5.0", "8.0"])
def test_ha_tries_at_once_and_after_2_6_14_and_30_minutes(build, release):
    scene = build(release, ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    lose_port_file(scene)
    scene.lose_host()
    scene.pass_minutes(90)
    assert [span.total_seconds() / 60 for span in times_of(scene, "VmFailoverFailed")] == [0, 2, 6, 14, 30]


def test_a_retry_that_found_no_place_for_long_leaves_the_next_ones_their_time(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    lose_port_file(scene)
    scene.lose_host()
    scene.pass_minutes(1)
    device = scene.lun("vmfs01").device
    scene.gateway.perform(storage.lose, device)
    scene.pass_minutes(39)
    assert "NotEnoughResourcesToStartVmEvent" in scene.kinds()
    before = scene.gateway.now
    scene.gateway.perform(storage.bring_back, device)
    scene.pass_minutes(1)
    assert scene.gateway.now - before == Span(minutes=1)
    scene.pass_minutes(60)
    spans = times_of(scene, "VmFailoverFailed")
    assert [(b - a).total_seconds() / 60 for a, b in itertools.pairwise(spans[1:])] == [4, 8, 16]


def test_a_vm_that_somebody_else_started_after_ha_gave_up_is_restarted_the_next_time(build):
    scene = build("5.0", ha=True)
    scene.add("web01")
    scene.pass_minutes(6)
    lose_port_file(scene)
    scene.lose_host()
    scene.pass_minutes(60)
    assert scene.kinds()[-1] == "VmMaxRestartCountReached"
    scene.gateway.perform(hosts.give_power, NAMES[0])
    scene.pass_minutes(10)
    scene.restart_services(NAMES[0])
    scene.gateway.perform(machines.power_on, scene.machine("web01").id)
    assert not scene.gateway.world.clusters["cluster01"].restarts
    scene.gateway.perform(machines.reconfigure, replace(scene.machine("web01"), nics=()))
    scene.pass_minutes(6)
    scene.lose_host()
    scene.pass_minutes(5)
    assert scene.machine("web01").running
