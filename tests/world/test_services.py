"""What VMs serve is ready some time after power-on, gone with the last VM, and follows whoever runs the files."""

from __future__ import annotations

import pytest

from harness.operations import faults, hosts, machines, registration, storage, unresolved
from harness.physics import vmx
from harness.units import HostName, seconds
from harness.world.machines import Machine
from tests.world.planting import add_copy
from tests.world.two_sites import RESOURCE, Sites, open_sites

START = 300
FIRST, SECOND = HostName("mgmt-a01.lab.example"), HostName("mgmt-a02.lab.example")


@pytest.fixture
def sites(tmp_path) -> Sites:
    return open_sites(tmp_path)


def off(sites: Sites, name: str) -> None:
    sites.gateway.perform(machines.power_off, sites.machine(name).id)


def on(sites: Sites, name: str) -> None:
    sites.gateway.perform(machines.power_on, sites.machine(name).id)


def test_a_vcenter_in_a_vm_is_on_exactly_while_its_service_is_ready(sites: Sites):
    off(sites, "vc-res")
    assert not sites.on(RESOURCE)
    sites.pass_minutes(30)
    assert not sites.on(RESOURCE)
    on(sites, "vc-res")
    began = sites.gateway.now
    assert not sites.on(RESOURCE)
    assert sites.gateway.wait_until(lambda world: world.centers[RESOURCE].on, seconds(START))
    assert sites.gateway.now - began == seconds(START)
    assert sites.world.services[RESOURCE].ready


def test_the_loss_of_the_host_takes_it_down_and_vsphere_ha_brings_it_back(sites: Sites):
    lost = sites.machine("vc-res").host
    sites.gateway.perform(hosts.cut_power, lost)
    assert not sites.on(RESOURCE)
    sites.pass_minutes(10)
    assert sites.machine("vc-res").host != lost
    assert sites.on(RESOURCE)


def test_a_service_of_two_vms_is_gone_with_the_second(sites: Sites):
    off(sites, "vcd-cell01")
    assert sites.world.services["vcloud"].ready
    off(sites, "vcd-cell02")
    assert not sites.world.services["vcloud"].ready
    on(sites, "vcd-cell02")
    sites.pass_minutes(5)
    assert sites.world.services["vcloud"].providers == {sites.machine("vcd-cell02").id}


def test_a_start_that_is_cut_short_makes_nothing_ready(sites: Sites):
    off(sites, "vc-res")
    on(sites, "vc-res")
    sites.gateway.pass_time(seconds(START - 10))
    off(sites, "vc-res")
    on(sites, "vc-res")
    sites.gateway.pass_time(seconds(START - 1))
    assert not sites.on(RESOURCE)
    sites.gateway.pass_time(seconds(1))
    assert sites.on(RESOURCE)


def moved_by_its_files(sites: Sites, content: bytes | None = None) -> Machine:
    """The VM of the resource vCenter, powered off, unregistered, and registered on another host from its files."""
    off(sites, "vc-res")
    known = sites.machine("vc-res")
    assert known.host == FIRST
    sites.gateway.perform(machines.unregister, known.id)
    if content is not None:
        place = sites.world.copy(SECOND, known.vmx)
        assert place
        sites.gateway.store.write(place, content)
    sites.gateway.perform(registration.register_from_files, SECOND, known.vmx)
    on(sites, "vc-res")
    sites.pass_minutes(10)
    return sites.machine("vc-res")


def test_whoever_runs_the_files_serves_what_they_say(sites: Sites):
    found = moved_by_its_files(sites)
    assert (found.host, found.serves) == (SECOND, RESOURCE)
    assert sites.on(RESOURCE)


def test_files_that_do_not_say_what_they_serve_serve_nothing(sites: Sites):
    known = sites.machine("vc-res")
    place = sites.world.copy(FIRST, known.vmx)
    assert place
    lines = sites.gateway.store.read(place).decode().splitlines()
    stripped = [line for line in lines if not line.startswith(vmx.SERVICE)]
    assert len(stripped) == len(lines) - 1
    moved_by_its_files(sites, "\n".join(stripped).encode())
    assert not sites.on(RESOURCE)


def test_another_vcenter_registers_a_vm_from_a_replica_as_one_of_its_own(sites: Sites):
    known, third = sites.machine("vc-res"), HostName("mgmt-b01.lab.example")
    original = next(lun for lun in sites.world.luns.values() if lun.vmfs.label == "mgmt-vmfs01")
    copy = add_copy(sites.gateway, original, frozenset({third}))
    sites.gateway.perform(storage.rescan, third)
    sites.gateway.perform(unresolved.force_mount, third, copy.vmfs.id, persistent=False)
    sites.gateway.perform(faults.lose_site, "protected")
    found = sites.gateway.perform(registration.register_from_files, third, known.vmx)
    assert (found.vmx, found.serves, found.id == known.id) == (known.vmx, RESOURCE, False)
    sites.gateway.perform(machines.power_on, found.id)
    sites.pass_minutes(10)
    assert sites.on(RESOURCE)
