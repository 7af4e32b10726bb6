"""The seam itself: blueprints with everything in them, two clients at once, a vCenter that is off, a vcsim that dies."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import threading
import time
from pathlib import Path

import pytest
from pyVmomi import vim, vmodl

from harness.blueprints import Blueprint, ClusterPlan, MachinePlan
from harness.errors import LabError
from harness.operations import availability, hosts
from harness.protocols.vcenter.orders import Orders
from harness.simulators.process import ProcessVcenter
from harness.units import minutes
from tests.vcenter.agreement import check_agreement
from tests.vcenter.seam_site import Site, name_of, open_site
from tests.vcsim_lab import until


def test_a_blueprint_with_vms_and_vsphere_ha(three_hosts: Blueprint, tmp_path: Path):
    plans = (
        MachinePlan("web", name_of(1), "vmfs01", "production"),
        MachinePlan("batch", name_of(2), "vmfs02", "VM Network", on=False, disk=2),
    )
    full = dataclasses.replace(three_hosts, clusters=(ClusterPlan("cluster01", "vc01.lab.example", ha=True),), machines=plans)
    opened = open_site(full, "5.0", tmp_path)
    site = next(opened)
    try:
        assert {m.name: m.running for m in site.world.machines.values()} == {"web": True, "batch": False}
        assert site.machine("batch").disks[0].size == 2 * 2**30
        assert site.world.clusters["cluster01"].enabled
        check_agreement(site)
        site.gateway.pass_time(minutes(2))
        site.gateway.perform(hosts.cut_power, name_of(1))
        site.gateway.pass_time(minutes(5))
        assert site.vm("web").runtime.powerState == "poweredOn"
        check_agreement(site)
    finally:
        opened.close()


def test_clients_work_side_by_side_while_time_passes(site: Site):
    shown = [site.create(f"vm{n}", host=n % 3 + 1) for n in range(6)]
    failures: list[BaseException] = []

    def cycle(vm) -> None:
        try:
            for _ in range(5):
                site.do(vm.PowerOnVM_Task())
                site.do(vm.PowerOffVM_Task())
        except (OSError, vmodl.MethodFault, LabError) as error:
            failures.append(error)

    workers = [threading.Thread(target=cycle, args=(vm,)) for vm in shown]
    for worker in workers:
        worker.start()
    while any(worker.is_alive() for worker in workers):
        site.gateway.pass_time(minutes(1))
        time.sleep(0.005)
    assert failures == []
    site.seam.check()
    check_agreement(site)


def test_of_the_devices_of_a_vm_only_those_that_change_are_shown_again(site: Site, monkeypatch: pytest.MonkeyPatch):
    shown = site.create("vm1", on=True)
    sent: list[dict] = []
    send = Orders._exchange
    monkeypatch.setattr(Orders, "_exchange", lambda orders, lines: sent.extend(map(json.loads, lines)) or send(orders, lines))
    site.do(shown.PowerOffVM_Task())
    objects = [order.get("SET", {}).get("VirtualMachine", {}) for order in sent]
    changes = [each[shown._moId] for each in objects if shown._moId in each]
    devices = [path for change in changes for path in change if path.startswith("config.hardware.device")]
    assert set(devices) == {"config.hardware.device[4000]"}
    cards = [device for device in shown.config.hardware.device if isinstance(device, vim.vm.device.VirtualEthernetCard)]
    assert [(card.key, card.connectable.connected) for card in cards] == [(4000, False)]
    check_agreement(site)


def test_what_happens_while_vcenter_is_off_shows_when_it_is_back(site: Site):
    shown = site.create("vm1", on=True)
    center = site.seam.name
    site.gateway.perform(availability.switch_center, center, on=False)
    site.gateway.perform(hosts.cut_power, name_of(1))
    site.gateway.pass_time(minutes(10))
    assert site.host(1).runtime.connectionState == "connected"
    site.gateway.perform(availability.switch_center, center, on=True)
    site.gateway.pass_time(minutes(2))
    assert site.host(1).runtime.connectionState == "notResponding"
    assert shown.runtime.connectionState == "disconnected"
    check_agreement(site)


def test_a_vcsim_that_dies_is_told_and_the_world_goes_on(site: Site):
    vcenter = site.seam.vcenter
    assert isinstance(vcenter, ProcessVcenter)
    site.create("vm1", on=True)
    os.kill(vcenter.pid, signal.SIGKILL)
    until(lambda: broken(site))
    site.gateway.perform(hosts.cut_power, name_of(1))
    assert not site.machine("vm1").running
    with pytest.raises(LabError):
        site.seam.check()
    site.dead = True


def broken(site: Site) -> bool:
    try:
        site.seam.check()
    except LabError:
        return True
    return False


def test_a_link_that_is_lost_as_vcsim_dies_is_told_as_its_end(site: Site):
    vcenter = site.seam.vcenter
    assert isinstance(vcenter, ProcessVcenter)
    site.seam._link.close()
    dying = threading.Timer(0.3, os.kill, (vcenter.pid, signal.SIGKILL))
    dying.start()
    with pytest.raises(LabError, match="vcsim: the process has ended with status -9"):
        site.seam.check()
    dying.join()
    site.dead = True


def test_what_the_world_does_not_know_is_said_so(site: Site):
    shown = site.create("vm1")
    fault = site.fault(
        shown.CloneVM_Task(
            site.content.rootFolder.childEntity[0].vmFolder,
            "vm2",
            vim.vm.CloneSpec(location=vim.vm.RelocateSpec(), powerOn=False, template=False),
        )
    )
    assert "does not simulate CloneVM_Task" in fault.msg
