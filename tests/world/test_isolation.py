"""A host without its management network: it runs on, and vSphere HA finds out by datastores and locks."""

from __future__ import annotations

from pathlib import Path

import pytest

import harness.blueprints
from harness.operations import faults, hosts, storage
from harness.units import HostName, seconds
from harness.world.hosts import Connection
from tests.world.scene import NAMES, Scene, make_scene

A, B, C = NAMES
DEAD, ISOLATED = "com.vmware.vc.HA.DasHostFailedEvent", "com.vmware.vc.HA.DasHostIsolatedEvent"
FAILED, GAVE_UP, RESTARTED = "VmFailoverFailed", "VmMaxRestartCountReached", "com.vmware.vc.ha.VmRestartedByHAEvent"


@pytest.fixture
def scene(tmp_path: Path) -> Scene:
    """Three datastores, of which the first two carry heartbeats; the master is the last host."""
    blueprint = Path(harness.blueprints.__file__).with_name("three-hosts.toml").read_text()
    (tmp_path / "three.toml").write_text(f'{blueprint}\n[[volume]]\nlabel = "vmfs03"\narray = "array01"\nsize = 100\n')
    made = make_scene(tmp_path / "store", ha=True, source=tmp_path / "three.toml")
    made.pass_minutes(6)
    made.add("app01", datastore="vmfs03")
    made.add("web01", datastore="vmfs01")
    made.pass_minutes(6)
    assert made.gateway.world.clusters["cluster01"].master == C
    return made


def cut(scene: Scene, host: HostName, *, up: bool = False) -> None:
    scene.gateway.perform(faults.switch_link, host, up=up)


def lose_paths(scene: Scene, host: HostName, *labels: str) -> None:
    for label in labels:
        lun = scene.lun(label)
        scene.gateway.perform(storage.present, lun.device, lun.presented - {host})


def test_a_host_whose_heartbeats_go_on_upon_datastores_is_isolated_and_its_vms_are_let_be(scene):
    cut(scene, A)
    scene.gateway.pass_time(seconds(17))
    assert ISOLATED not in scene.kinds()
    scene.pass_minutes(1)
    lose_paths(scene, B, "vmfs03")  # whenever something is presented otherwise, the master looks at its lists again
    scene.pass_minutes(40)
    assert scene.gateway.world.hosts[A].connection is Connection.NOT_RESPONDING
    assert (scene.kinds().count(ISOLATED), scene.kinds().count(FAILED), DEAD in scene.kinds()) == (1, 0, False)
    cut(scene, A, up=True)
    scene.pass_minutes(2)
    assert scene.gateway.world.hosts[A].connection is Connection.CONNECTED
    assert [(scene.machine(name).running, scene.machine(name).host) for name in ("app01", "web01")] == [(True, A)] * 2


def test_where_nobody_sees_its_heartbeats_vsphere_ha_meets_the_locks_and_starts_nothing(scene):
    lose_paths(scene, C, "vmfs01", "vmfs02")
    cut(scene, A)
    scene.pass_minutes(40)
    kinds = scene.kinds()
    assert (kinds.count(DEAD), kinds.count(FAILED), kinds.count(GAVE_UP), kinds.count(RESTARTED)) == (1, 5, 1, 0)
    said = [a.message for a in scene.announced if a.kind == FAILED]
    assert all("app01 on" in text and "the files of app01 are locked by another host" in text for text in said)
    assert (scene.machine("app01").running, scene.machine("app01").host) == (True, A)
    cut(scene, A, up=True)
    scene.pass_minutes(40)
    assert scene.kinds().count(FAILED) == 5
    assert scene.gateway.world.clusters["cluster01"].dead == frozenset()
    assert scene.gateway.world.clusters["cluster01"].restarts == {}


def test_once_the_isolated_host_loses_its_power_its_locks_are_gone_and_its_vms_start_elsewhere(scene):
    lose_paths(scene, C, "vmfs01", "vmfs02")
    cut(scene, A)
    scene.pass_minutes(1)
    assert scene.kinds().count(FAILED) == 1
    scene.gateway.perform(hosts.cut_power, A)
    scene.pass_minutes(5)
    assert (scene.machine("app01").running, scene.machine("app01").host in (B, C)) == (True, True)
    assert scene.kinds().count(RESTARTED) == 1


def test_an_isolated_master_is_replaced_and_takes_part_again_when_it_is_heard(scene):
    cut(scene, C)
    scene.pass_minutes(2)
    assert scene.gateway.world.clusters["cluster01"].master == B
    assert DEAD not in scene.kinds()
    cut(scene, C, up=True)
    scene.pass_minutes(2)
    cut(scene, B)
    scene.pass_minutes(2)
    assert scene.gateway.world.clusters["cluster01"].master == C
