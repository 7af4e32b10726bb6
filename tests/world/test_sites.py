"""A site is lost and returns as a whole, by power: hosts, arrays and vCenters; what was masked stays masked."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.blueprints import load_blueprint
from harness.errors import Refusal
from harness.operations import faults, hosts, registration, replication, storage, unresolved
from harness.units import HostName
from harness.world.hosts import Connection
from tests.world.two_sites import RESOURCE, Sites, open_sites

MANAGEMENT_A, MANAGEMENT_B = "vc-mgmt-a.lab.example", "vc-mgmt-b.lab.example"
START = 300
"""What ``service.vcenter-start`` says, in seconds."""


@pytest.fixture
def sites(tmp_path) -> Sites:
    return open_sites(tmp_path)


def lose(sites: Sites, name: str = "protected") -> None:
    sites.gateway.perform(faults.lose_site, name)


def give_back(sites: Sites, name: str = "protected") -> None:
    sites.gateway.perform(faults.restore_site, name)


def test_a_lab_of_two_sites_begins_settled(tmp_path: Path):
    sites = open_sites(tmp_path, watched=True)
    running = [m for m in sites.world.machines.values() if m.running]
    assert (len(running), len(sites.world.machines)) == (55, 67)
    assert all(m.protected for m in running)
    assert all(service.ready for service in sites.world.services.values())
    assert all(nic.connected for m in running for nic in m.nics)
    assert {c.name: bool(c.master) for c in sites.world.clusters.values()} == {"mgmt-a": True, "mgmt-b": True, "resource": True}
    before = sites.world
    sites.pass_minutes(4)
    assert sites.world.machines == before.machines
    assert sites.world.clusters == before.clusters


def test_what_stands_at_a_lost_site_is_gone_at_one_moment(sites: Sites):
    at = sites.gateway.now
    lose(sites)
    assert sites.gateway.now == at
    assert not any(host.running for host in sites.at("protected"))
    assert {lun.array: lun.online for lun in sites.world.luns.values()} == {"array-a": False, "array-b": True}
    assert not any(m.running or m.clean for m in sites.world.machines.values() if m.name.startswith(("acme-shop", "v")))
    assert not any(service.ready for service in sites.world.services.values())
    assert {name: center.on for name, center in sites.world.centers.items()} == {
        MANAGEMENT_A: False,
        MANAGEMENT_B: True,
        RESOURCE: False,
    }


def test_the_other_site_lives_on(sites: Sites):
    lose(sites)
    sites.pass_minutes(60)
    assert all(host.speaks and host.connection is Connection.CONNECTED for host in sites.at("recovery"))
    assert sites.world.clusters["mgmt-b"].master
    assert not any(m.running for m in sites.world.machines.values())


def test_the_loss_of_the_recovery_site_stops_no_vm(sites: Sites):
    lose(sites, "recovery")
    assert sum(m.running for m in sites.world.machines.values()) == 55
    assert (sites.on(MANAGEMENT_A), sites.on(MANAGEMENT_B), sites.on(RESOURCE)) == (True, False, True)
    sites.pass_minutes(3)
    lost = [host for host in sites.at("recovery") if host.center == RESOURCE]
    assert {host.connection for host in lost} == {Connection.NOT_RESPONDING}


def test_a_vcenter_elsewhere_comes_to_miss_the_hosts(tmp_path):
    plan = load_blueprint("two-sites")
    moved = tuple(dataclasses.replace(c, site="recovery") if c.name == MANAGEMENT_A else c for c in plan.centers)
    sites = open_sites(tmp_path, dataclasses.replace(plan, centers=moved), watched=True)
    lose(sites)
    assert {host.connection for host in sites.at("protected")} == {Connection.CONNECTED}
    sites.pass_minutes(2)
    seen = {host.short_name: host.connection for host in sites.at("protected") if host.center == MANAGEMENT_A}
    assert set(seen.values()) == {Connection.NOT_RESPONDING}


def test_a_site_that_returns_boots_its_hosts_and_later_its_vcenter(sites: Sites):
    lose(sites)
    sites.pass_minutes(30)
    give_back(sites)
    assert all(lun.online for lun in sites.world.luns.values())
    assert {host.power.value for host in sites.at("protected")} == {"booting"}
    assert not sites.on(MANAGEMENT_A)
    sites.pass_minutes((START - 1) / 60)
    assert not sites.on(MANAGEMENT_A)
    sites.pass_minutes(1 / 60)
    assert sites.on(MANAGEMENT_A)
    sites.pass_minutes(20)
    assert sum(m.running for m in sites.world.machines.values()) == 55, "vSphere HA restarts what ran"
    assert all(host.connection is Connection.CONNECTED for host in sites.world.hosts.values())


def test_a_vcenter_does_not_come_back_to_a_site_that_was_lost_again(sites: Sites):
    lose(sites)
    give_back(sites)
    sites.pass_minutes(1)
    lose(sites)
    sites.pass_minutes(30)
    assert not sites.on(MANAGEMENT_A)


def test_what_was_masked_while_the_site_was_lost_stays_masked(sites: Sites):
    lun = next(lun for lun in sites.world.luns.values() if lun.vmfs.label == "tenant-vmfs01")
    lose(sites)
    sites.gateway.perform(storage.present, lun.device, frozenset())
    give_back(sites)
    sites.pass_minutes(20)
    assert sites.world.luns[lun.device].online
    assert not any(lun.vmfs.id in host.mounts for host in sites.at("protected"))


@pytest.mark.parametrize("act", [lose, give_back])
def test_a_site_that_is_so_already_changes_nothing(sites: Sites, act: Callable[[Sites], None]):
    if act is lose:
        lose(sites)
    before = sites.world
    act(sites)
    assert sites.world == before


def test_a_host_at_a_lost_site_gets_no_power(sites: Sites):
    lose(sites)
    with pytest.raises(Refusal, match="protected, which has no power") as refused:
        sites.gateway.perform(hosts.give_power, sites.at("protected")[0].name)
    assert refused.value.reason == "InvalidState"


def test_an_unknown_site_is_refused_by_name(sites: Sites):
    with pytest.raises(Refusal, match="no site elsewhere"):
        lose(sites, "elsewhere")


def test_what_a_vcenter_registers_from_a_replica_is_a_vm_of_its_own(sites: Sites):
    lost, host = sites.machine("vcd-db"), HostName("mgmt-b01.lab.example")
    (pair,) = sites.world.replication["cg-management"].pairs
    sites.gateway.perform(replication.begin)
    lose(sites)
    sites.gateway.perform(replication.break_replication, "cg-management")
    sites.gateway.perform(replication.make_writable, pair.target)
    sites.gateway.perform(replication.present, pair.target, [host])
    sites.gateway.perform(storage.rescan, host)
    sites.gateway.perform(unresolved.force_mount, host, lost.vmx.volume, persistent=False)
    found = sites.gateway.perform(registration.register_from_files, host, lost.vmx, "recovered")
    assert (found.host, found.id == lost.id) == (host, False)
    assert sites.machine("vcd-db").host == lost.host
