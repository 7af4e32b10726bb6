"""Setting properties: what pyvmomi sends, what vcsim keeps, and who is told."""

from __future__ import annotations

from typing import Any

import pytest
from pyVmomi import vim, vmodl

from harness.errors import LabError
from harness.protocols.vcenter import properties
from harness.protocols.vcenter.properties import open_session, set_option, set_properties
from harness.protocols.vcenter.properties import update_options as send
from harness.units import Address, Credentials
from tests.vcsim_lab import Lab

PC = vmodl.query.PropertyCollector


def test_all_kinds_of_values(lab: Lab) -> None:
    host, vm = lab.all(vim.HostSystem)[0], lab.all(vim.VirtualMachine)[0]
    datastore, group = lab.all(vim.Datastore)[0], lab.all(vim.dvs.DistributedVirtualPortgroup)[0]
    mounts = [vim.Datastore.HostMount(key=host, mountInfo=vim.host.MountInfo(path="/vmfs/volumes/x", accessMode="readWrite"))]
    set_properties(
        lab.agent.content,
        [
            (host, "runtime.connectionState", "notResponding"),
            (host, "runtime.inMaintenanceMode", True),
            (host, "vm", [vm]),
            (host, "parent", lab.cluster),
            (datastore, "host", mounts),
            (datastore, "summary.capacity", 2**40),
            (group, "portKeys", ["7", "8"]),
            (vm, "config.hardware.device", []),
            (vm, "runtime.bootTime", None),
        ],
    )
    assert (host.runtime.connectionState, host.runtime.inMaintenanceMode) == ("notResponding", True)
    assert (list(host.vm), host.parent) == ([vm], lab.cluster)
    assert (datastore.host[0].mountInfo.path, datastore.summary.capacity) == ("/vmfs/volumes/x", 2**40)
    assert list(group.portKeys) == ["7", "8"]
    assert list(vm.config.hardware.device) == []
    assert vm.runtime.bootTime is None


def test_what_several_properties_of_several_objects_get_is_sent_once(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two, three = lab.all(vim.HostSystem)[:3]
    vm = lab.all(vim.VirtualMachine)[0]
    sent: list[Any] = []
    monkeypatch.setattr(properties, "update_options", lambda content, values: sent.extend(values) or send(content, values))
    paths = ("runtime.inMaintenanceMode", "summary.runtime.inMaintenanceMode")
    doubled = [(host, path, True) for host in (one, two) for path in paths]
    numbers = [(vm, "summary.config.numCpu", 1), (vm, "config.hardware.numCPU", 1), (vm, "summary.config.template", True)]
    arrays = [(host, "vm", [vm]) for host in (one, two)]
    set_properties(lab.agent.content, [*doubled, (three, paths[0], False), *numbers, *arrays])
    assert sorted(value.key for value in sent) == sorted(
        [
            f"SET/HostSystem/{one._moId}/{','.join(paths)}@{two._moId}",
            f"SET/HostSystem/{three._moId}/{paths[0]}",
            f"SET/VirtualMachine/{vm._moId}/summary.config.numCpu,config.hardware.numCPU",
            f"SET/VirtualMachine/{vm._moId}/summary.config.template",
            f"SET/HostSystem/{one._moId}/vm",
            f"SET/HostSystem/{two._moId}/vm",
        ]
    )
    shown = [(host.runtime.inMaintenanceMode, host.summary.runtime.inMaintenanceMode) for host in (one, two, three)]
    assert shown == [(True, True), (True, True), (False, False)]
    assert (vm.summary.config.numCpu, vm.config.hardware.numCPU, vm.summary.config.template) == (1, 1, True)
    assert [list(host.vm) for host in (one, two)] == [[vm], [vm]]


def test_an_object_that_does_not_exist_is_created(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    services = vim.host.ServiceSystem("serviceSystem-1", lab.operator._stub)
    ssh = vim.host.Service(key="TSM-SSH", label="SSH", required=False, uninstallable=False, running=True, policy="on")
    info = vim.host.ServiceInfo(service=[ssh])
    set_properties(lab.agent.content, [(services, "serviceInfo", info), (host, "configManager.serviceSystem", services)])
    assert host.configManager.serviceSystem.serviceInfo.service[0].key == "TSM-SSH"


def test_collectors_are_told(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    collector = lab.content.propertyCollector.CreatePropertyCollector()
    wanted = PC.PropertySpec(type=vim.HostSystem, pathSet=["runtime.connectionState"])
    collector.CreateFilter(PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=host)], propSet=[wanted]), False)
    version = collector.WaitForUpdatesEx("", None).version
    set_properties(lab.agent.content, [(host, "runtime.connectionState", "notResponding")])
    update = collector.WaitForUpdatesEx(version, PC.WaitOptions(maxWaitSeconds=10))
    change = update.filterSet[0].objectSet[0].changeSet[0]
    assert (change.name, change.val) == ("runtime.connectionState", "notResponding")


@pytest.mark.parametrize(("path", "value"), [("no.such", 1), ("runtime.connectionState", 3), ("parent", "x"), ("vm", "x")])
def test_a_bad_path_or_type_is_a_fault_and_nothing_is_set(lab: Lab, path: str, value: object) -> None:
    host = lab.all(vim.HostSystem)[0]
    with pytest.raises(vmodl.fault.InvalidArgument, match=path) as refused:
        set_properties(lab.agent.content, [(host, "name", "changed"), (host, path, value)])
    assert refused.value.invalidProperty == f"SET/HostSystem/{host._moId}/{path}"
    assert host.name != "changed"


def test_nobody_but_the_agent_may_set(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    with pytest.raises(vim.fault.NoPermission):
        set_properties(lab.content, [(host, "name", "changed")])
    with pytest.raises(vim.fault.NoPermission):
        set_option(lab.content, "vcsim.hook.PowerOnVM_Task", "before")


def test_what_vcenter_says_it_is_can_be_set_and_the_lab_still_speaks_to_it(lab: Lab) -> None:
    about = lab.agent.content.about
    about.version, about.build, about.apiVersion, about.fullName = "5.0.0", "455964", "5.0", "VMware vCenter Server 5.0.0"
    set_properties(lab.agent.content, [(lab.agent, "content.about", about)])
    assert lab.session(lab.vcenter.agent).content.about.version == "5.0.0"


def test_options_are_checked(empty_lab: Lab) -> None:
    with pytest.raises(vmodl.fault.InvalidArgument, match="sometimes"):
        set_option(empty_lab.agent.content, "vcsim.hook.PowerOnVM_Task", "sometimes")


def test_a_session_needs_the_right_password(empty_lab: Lab) -> None:
    with pytest.raises(LabError, match="refuses the login of administrator"):
        open_session(empty_lab.vcenter.address, Credentials("administrator@vsphere.local", "wrong"))
    with pytest.raises(LabError, match=r"no session with 127\.0\.0\.1:1 "):
        open_session(Address("127.0.0.1", 1), empty_lab.vcenter.operator)
