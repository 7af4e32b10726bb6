"""A vCenter of a lab: a real vcsim tied to a world, and an operator's session as any client has one."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from pyVmomi import vim, vmodl

from harness.blueprints import Blueprint, initial_world, place_all
from harness.gateway import Gateway
from harness.journal import Journal
from harness.operations import hosts
from harness.physics.chance import Chance
from harness.physics.laws import Laws
from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.seam import Seam
from harness.releases import load
from harness.simulators.choice import choose_simulator
from harness.units import HostName
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World
from harness.world.machines import Machine
from harness.world.storage import Lun
from tests.soap import Session
from tests.world.replay import Replay


@dataclass
class Site:
    """A world in motion and the vCenter that shows it, with short names for what tests ask of both."""

    gateway: Gateway
    seam: Seam
    operator: Session
    dead: bool = False
    """Whether the test has killed vcsim."""

    @property
    def world(self) -> World:
        return self.gateway.world

    @property
    def content(self) -> Managed:
        return self.operator.content

    def all(self, kind: type) -> dict[str, Managed]:
        view = self.content.viewManager.CreateContainerView(self.content.rootFolder, [kind], True)
        try:
            return {found.name: found for found in view.view}
        finally:
            view.Destroy()

    def host(self, number: int) -> Managed:
        return self.all(vim.HostSystem)[f"esx0{number}.lab.example"]

    def vm(self, name: str) -> Managed:
        return self.all(vim.VirtualMachine)[name]

    def group(self, name: str) -> Managed:
        return self.all(vim.dvs.DistributedVirtualPortgroup)[name]

    @property
    def switch(self) -> Managed:
        return next(iter(self.all(vim.DistributedVirtualSwitch).values()))

    @property
    def cluster(self) -> Managed:
        return next(iter(self.all(vim.ClusterComputeResource).values()))

    def machine(self, name: str) -> Machine:
        return next(m for m in self.world.machines.values() if m.name == name)

    def lun(self, label: str) -> Lun:
        return next(lun for lun in self.world.luns.values() if lun.vmfs.label == label)

    def do(self, task: Managed) -> Managed:
        return self.operator.wait(task)

    def fault(self, task: Managed) -> Managed:
        with pytest.raises(vmodl.MethodFault) as caught:
            self.operator.wait(task)
        return caught.value

    def card(self, group: str = "production", **more: Managed) -> Managed:
        kind = vim.vm.device.VirtualEthernetCard
        if group == "VM Network":
            backing = kind.NetworkBackingInfo(deviceName=group)
        else:
            connection = vim.dvs.PortConnection(switchUuid=self.switch.uuid, portgroupKey=self.group(group).key)
            backing = kind.DistributedVirtualPortBackingInfo(port=connection)
        connect = vim.vm.device.VirtualDevice.ConnectInfo(startConnected=True, allowGuestControl=True, connected=True)
        card = vim.vm.device.VirtualVmxnet3(key=-1, backing=backing, connectable=connect, **more)
        return vim.vm.device.VirtualDeviceSpec(operation="add", device=card)

    def create(self, name: str, host: int = 1, group: str = "production", store: str = "vmfs01", *, on: bool = False) -> Managed:
        folder = self.content.rootFolder.childEntity[0].vmFolder
        files = vim.vm.FileInfo(vmPathName=f"[{store}]")
        config = vim.vm.ConfigSpec(name=name, memoryMB=512, files=files, deviceChange=[self.card(group)])
        shown = self.do(folder.CreateVM_Task(config, self.cluster.resourcePool, self.host(host)))
        if on:
            self.do(shown.PowerOnVM_Task())
        return shown


def open_site(blueprint: Blueprint, release: str, folder: Path, kind: str = "process") -> Iterator[Site]:
    chance, store, facts = Chance(7), DirectoryStore(folder), load(release)
    laws = Laws(initial_world(blueprint, facts, chance), facts, store, chance, facts.epoch.value)
    gateway = Gateway(laws, Journal(lambda: laws.now, time.monotonic))
    gateway.listen(Replay(laws.world).follow)
    gateway.perform(hosts.wake)
    with choose_simulator(kind).start(folder) as vcenter:
        seam = Seam.connect(blueprint.centers[0].name, vcenter, gateway, blueprint, store)
        seam.furnish(blueprint)
        gateway.perform(place_all, blueprint)
        operator = Session(vcenter.address, vcenter.operator)
        try:
            site = Site(gateway, seam, operator)
            yield site
            if not site.dead:
                seam.check()
        finally:
            operator.close()
            seam.close()


def name_of(number: int) -> HostName:
    return HostName(f"esx0{number}.lab.example")
