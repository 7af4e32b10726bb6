"""Hosts: what vCenter notices of their silence, and what of their own files outlives a power cut."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.operations import availability, files, hosts, network
from harness.physics.portfiles import read_switches
from harness.units import SwitchId, minutes, seconds
from harness.world.hosts import DVS_DATABASE, HOSTD, VPXA, Connection
from harness.world.network import Switch
from tests.world.scene import NAMES, SWITCH

FIRST = NAMES[0]
CENTER = "vc01.lab.example"


def connection(scene) -> Connection:
    return scene.gateway.world.hosts[FIRST].connection


@pytest.mark.parametrize("agent", [HOSTD, VPXA])
def test_a_host_stops_responding_once_it_was_silent_long_enough(build, agent):
    scene = build()
    limit = scene.gateway.release.duration("vcenter.not-responding")
    scene.gateway.perform(hosts.stop_agent, FIRST, agent)
    scene.gateway.pass_time(limit - seconds(1))
    assert connection(scene) is Connection.CONNECTED
    scene.gateway.pass_time(seconds(1))
    assert connection(scene) is Connection.NOT_RESPONDING
    assert scene.kinds() == ["HostConnectionLostEvent"]
    scene.gateway.perform(hosts.start_agent, FIRST, agent)
    scene.gateway.pass_time(scene.gateway.release.duration(f"agents.{agent}-ready"))
    assert connection(scene) is Connection.NOT_RESPONDING
    scene.gateway.pass_time(scene.gateway.release.duration("vcenter.heartbeat"))
    assert connection(scene) is Connection.CONNECTED
    assert scene.kinds()[-1] == "HostConnectedEvent"


def test_two_short_silences_are_not_one_long_one(build):
    scene = build()
    for _ in range(2):
        scene.gateway.perform(hosts.stop_agent, FIRST, VPXA)
        scene.gateway.pass_time(seconds(40))
        scene.gateway.perform(hosts.start_agent, FIRST, VPXA)
        scene.gateway.pass_time(scene.gateway.release.duration("agents.vpxa-ready") + seconds(5))
    scene.pass_minutes(5)
    assert scene.kinds() == []


def test_hostd_refreshes_the_switch_database_every_five_minutes(build):
    scene = build()
    times = set()
    for _ in range(20):
        scene.pass_minutes(1)
        times.add(scene.gateway.world.hosts[FIRST].files[DVS_DATABASE].modified)
    assert {b - a for a, b in zip(sorted(times), sorted(times)[1:], strict=False)} == {minutes(5)}
    scene.gateway.perform(files.remove, FIRST, DVS_DATABASE)
    scene.gateway.perform(hosts.stop_agent, FIRST, HOSTD)
    scene.pass_minutes(11)
    assert DVS_DATABASE not in scene.gateway.world.hosts[FIRST].files
    scene.gateway.perform(hosts.start_agent, FIRST, HOSTD)
    scene.pass_minutes(5)
    [proxy] = read_switches(scene.gateway.world.hosts[FIRST].files[DVS_DATABASE].content) or []
    assert proxy.id == SWITCH


@pytest.mark.parametrize("saved", [True, False])
def test_a_switch_that_was_not_yet_saved_is_lost_in_a_power_cut(build, saved):
    scene = build()
    second = SwitchId(SWITCH[:-2] + "ff")
    scene.gateway.perform(network.create_switch, Switch(second, "dvs-late", CENTER))
    scene.gateway.perform(network.add_group, second, network.GroupSpec("dvportgroup-9", "late-uplinks", size=0, uplink=True))
    scene.gateway.perform(network.join, second, FIRST)
    if saved:
        scene.pass_minutes(61)
    scene.gateway.perform(availability.switch_center, CENTER, on=False)
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.gateway.perform(hosts.give_power, FIRST)
    scene.pass_minutes(10)
    assert set(scene.gateway.world.hosts[FIRST].proxies) == ({SWITCH, second} if saved else {SWITCH})
    scene.gateway.perform(availability.switch_center, CENTER, on=True)
    scene.pass_minutes(1)
    assert set(scene.gateway.world.hosts[FIRST].proxies) == {SWITCH, second}


def test_a_clean_shutdown_saves_what_a_power_cut_loses(build):
    scene = build()
    scene.gateway.perform(files.write, FIRST, "/etc/motd", b"new\n")
    scene.gateway.perform(hosts.reboot, FIRST, force=True)
    scene.pass_minutes(10)
    assert scene.gateway.world.hosts[FIRST].files["/etc/motd"].content == b"new\n"
    assert b"Boot Successful" in scene.gateway.world.hosts[FIRST].files["/var/log/vmkernel.log"].content


def test_a_host_that_goes_down_by_itself_is_not_shut_down_as_well(build):
    scene = build()
    before = scene.gateway.world.hosts[FIRST].saved
    asked = scene.gateway.begin(hosts.reboot, FIRST, force=True)
    scene.gateway.pass_time(seconds(1))
    scene.gateway.perform(hosts.cut_power, FIRST)
    scene.pass_minutes(10)
    assert asked.error is not None
    host = scene.gateway.world.hosts[FIRST]
    assert (host.running, host.boots, host.saved) == (False, 1, before)


def test_a_switch_with_another_mtu_reaches_the_hosts_and_a_silent_one_later(build):
    scene = build()
    known = scene.gateway.world.switches[SWITCH]
    scene.gateway.perform(hosts.stop_agent, FIRST, VPXA)
    scene.gateway.perform(network.change_switch, SWITCH, known.name, 9000)
    mtus = lambda: [scene.gateway.world.hosts[name].proxies[SWITCH].mtu for name in NAMES]  # noqa: E731
    assert mtus() == [1500, 9000, 9000]
    scene.gateway.perform(hosts.start_agent, FIRST, VPXA)
    scene.gateway.pass_time(scene.gateway.release.duration("agents.vpxa-ready"))
    assert mtus() == [9000, 9000, 9000]
    assert scene.gateway.world.switches[SWITCH] == replace(known, mtu=9000)
