"""Hosts that boot before their storage: what they lose, and what brings it back."""

from __future__ import annotations

import pytest

from harness.operations import availability, faults, files, hosts, machines, registration, storage
from harness.physics import network
from harness.world.hosts import HOSTD
from tests.world.scene import NAMES


def black_out(scene) -> None:
    scene.gateway.perform(faults.black_out, NAMES, list(scene.gateway.world.luns))


def storage_back(scene) -> None:
    for device in scene.gateway.world.luns:
        scene.gateway.perform(storage.bring_back, device)


def hosts_back(scene) -> None:
    scene.gateway.perform(faults.give_power_to_all, NAMES)
    scene.pass_minutes(10)


def outage(scene, *, storage_first: bool = False) -> None:
    scene.add("web01")
    scene.add("web02", group="ephemeral")
    scene.pass_minutes(5)
    black_out(scene)
    for step in (storage_back, hosts_back) if storage_first else (hosts_back, storage_back):
        step(scene)


def power_on(scene, name: str) -> bool:
    scene.gateway.perform(machines.power_on, scene.machine(name).id)
    return scene.nic(name).connected


def test_a_late_volume_leaves_the_static_port_dead_for_good(build):
    scene = build("5.0")
    outage(scene)
    for _ in range(7):
        assert not power_on(scene, "web01")
        scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    scene.pass_minutes(24 * 60)
    assert not power_on(scene, "web01")
    assert power_on(scene, "web02")
    log = scene.gateway.world.hosts[NAMES[0]].files["/var/log/vmkernel.log"].content.decode()
    assert scene.port_file("web01").absolute in log


def test_storage_that_is_there_at_boot_leaves_the_port_alive(build):
    scene = build("5.0")
    outage(scene, storage_first=True)
    assert power_on(scene, "web01")


def test_a_release_with_the_fix_reads_the_port_file_when_it_needs_it(build):
    scene = build("5.0-716794")
    outage(scene)
    assert power_on(scene, "web01")


def test_restarting_the_agents_reads_the_port_file_again_and_leaves_vms_running(build):
    scene = build("5.0")
    outage(scene)
    assert power_on(scene, "web02")
    world_id = scene.machine("web02").world_id
    scene.restart_services(NAMES[0])
    assert power_on(scene, "web01")
    assert scene.machine("web02").world_id == world_id
    port = scene.host_port("web01")
    assert (port.linked, scene.nic("web01").connected) == (True, True)
    scene.restart_services(NAMES[0])
    assert scene.host_port("web01") == port


def test_restarting_the_agents_too_early_changes_nothing(build):
    scene = build("5.0")
    scene.add("web01")
    scene.pass_minutes(5)
    black_out(scene)
    hosts_back(scene)
    scene.restart_services(NAMES[0])
    storage_back(scene)
    assert not power_on(scene, "web01")


def test_a_vm_powered_on_before_the_restart_waits_for_its_next_power_on(build):
    scene = build("5.0")
    outage(scene)
    assert not power_on(scene, "web01")
    scene.restart_services(NAMES[0])
    assert not scene.nic("web01").connected
    scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    assert power_on(scene, "web01")


def test_a_reboot_with_the_storage_present_cures_and_without_it_does_not(build):
    for present in (True, False):
        scene = build("5.0")
        outage(scene)
        if not present:
            for device in scene.gateway.world.luns:
                scene.gateway.perform(storage.lose, device)
        scene.gateway.perform(hosts.reboot, NAMES[0], force=True)
        scene.pass_minutes(10)
        storage_back(scene)
        assert power_on(scene, "web01") is present


@pytest.mark.parametrize("rule", ["load_ports", "load_at_agent_start"])
def test_without_the_rule_that_loads_port_files_the_cures_cure_nothing(build, monkeypatch, rule):
    scene = build("5.0")
    outage(scene)
    monkeypatch.setattr(network, rule, lambda *_: iter(()))
    scene.restart_services(NAMES[0])
    assert HOSTD in scene.gateway.world.hosts[NAMES[0]].agents
    assert not power_on(scene, "web01")


def test_without_the_rule_that_loads_port_files_a_boot_with_its_storage_leaves_the_port_dead(build, monkeypatch):
    scene = build("5.0")
    monkeypatch.setattr(network, "load_at_agent_start", lambda *_: iter(()))
    outage(scene, storage_first=True)
    assert not power_on(scene, "web01")


def test_a_host_reads_the_port_file_of_a_vm_that_it_gets_while_vcenter_is_off(build):
    scene = build("5.0")
    known, port, path = scene.add("web01", on=False), scene.port("web01"), scene.place(scene.port_file("web01"))
    content = scene.gateway.store.read(path)
    scene.gateway.perform(machines.unregister, known.id)
    scene.gateway.store.write(path, content)
    scene.gateway.perform(availability.switch_center, "vc01.lab.example", on=False)
    scene.gateway.perform(registration.register_from_files, NAMES[1], known.vmx)
    assert power_on(scene, "web01")
    assert (scene.machine("web01").host, scene.port("web01")) == (NAMES[1], port)


def test_a_lost_or_corrupt_switch_database_costs_the_host_its_switch_and_is_logged(build):
    for content in (None, b"\x00rubbish"):
        scene = build("5.0")
        scene.add("web01")
        scene.pass_minutes(6)
        scene.gateway.perform(hosts.cut_power, NAMES[0])
        scene.gateway.perform(files.lose_saved, NAMES[0], "/etc/vmware/dvsdata.db", content)
        scene.gateway.perform(availability.switch_center, "vc01.lab.example", on=False)
        hosts_back(scene)
        host = scene.gateway.world.hosts[NAMES[0]]
        assert host.running
        assert not host.proxies
        assert not power_on(scene, "web01")
        assert scene.nic("web01").fault == "the host lacks the switch"
        assert b"/etc/vmware/dvsdata.db" in host.files["/var/log/vmkernel.log"].content
        assert scene.gateway.world.hosts[NAMES[1]].proxies
