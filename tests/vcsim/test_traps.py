"""One test for each trap of govmomi v0.52.0: either our extension or a hook takes it away, or its behaviour is on record here.

Those that end vcsim are in ``test_crashes.py``.
"""

from __future__ import annotations

import http.client
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from harness.protocols.vcenter.link import Answer, Arguments, Proceed, Question, Refused, Results
from harness.simulators.program import EXTENSION
from tests.soap import hasten
from tests.vcsim.datastores import local_datastore, vmx_in
from tests.vcsim_lab import Lab, Recorder, wait_for

PC = vmodl.query.PropertyCollector
DAS_ON = vim.cluster.ConfigSpecEx(dasConfig=vim.cluster.DasConfigInfo(enabled=True))
DISTRIBUTED = vim.vm.device.VirtualEthernetCard.DistributedVirtualPortBackingInfo


def pushed(lab: Lab, obj: Any, path: str, act: Callable[[], object]) -> bool:  # noqa: ANN401 - made at run time
    """Whether a property collector is told of what ``act`` changes."""
    collector = lab.content.propertyCollector.CreatePropertyCollector()
    wanted = PC.PropertySpec(type=type(obj), pathSet=[path])
    collector.CreateFilter(PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=obj)], propSet=[wanted]), False)
    version = collector.WaitForUpdatesEx("", None).version
    act()
    update = collector.WaitForUpdatesEx(version, PC.WaitOptions(maxWaitSeconds=1))
    return update is not None and bool(update.filterSet)


def value_at(obj: Any, path: str) -> Any:  # noqa: ANN401 - made at run time
    for name in path.split("."):
        obj = getattr(obj, name)
    return obj


def test_01_unset_properties_can_be_read(lab: Lab) -> None:
    vm = lab.all(vim.VirtualMachine)[0]
    assert (vm.snapshot, vm.parentVApp) == (None, None)
    assert not vm.alarmActionsEnabled


def test_03_creating_without_a_host_spoils_the_host_list_unless_a_hook_names_one(lab: Lab, tmp_path: Path) -> None:
    hosts = list(lab.cluster.host)
    local_datastore(hosts[2], "vol1", tmp_path / "vol1")
    folder, pool = lab.vm_folder, lab.cluster.resourcePool

    def name_host(question: Question) -> Answer:
        host = {"_typeName": "ManagedObjectReference", "type": "HostSystem", "value": hosts[2]._moId}
        return Arguments({**question.args, "host": host})

    lab.dial(Recorder({("before", "CreateVM_Task"): name_host}))
    for hook, spoilt in (("before", False), ("", True)):
        lab.hook(CreateVM_Task=hook)
        spec = vim.vm.ConfigSpec(name=f"x{hook}", files=vim.vm.FileInfo(vmPathName="[vol1]"))
        assert wait_for(folder.CreateVM_Task(spec, pool)).state == "success"
        assert (list(lab.cluster.host) != hosts) is spoilt


def test_04_an_event_without_an_object_blocks_all_later_ones_unless_a_hook_names_it(lab: Lab) -> None:
    event = vim.event.EventEx(eventTypeId="com.example", severity="info", message="m", key=0, chainId=0, userName="")
    event.createdTime = lab.operator.CurrentTime()
    root = lab.content.rootFolder

    def name_object(question: Question) -> Answer:
        question.args["eventToPost"].update(objectType="Folder", objectId=root._moId)
        return Arguments(question.args)

    lab.dial(Recorder({("before", "PostEvent"): name_object}))
    lab.hook(PostEvent="before")
    lab.content.eventManager.PostEvent(event)
    lab.content.eventManager.PostEvent(event)
    lab.hook(PostEvent="")
    impatient = lab.session(lab.vcenter.operator).content.eventManager
    with pytest.raises((OSError, http.client.HTTPException)):  # the connection ends without an answer
        impatient.PostEvent(event)
    hasten(impatient, 1.0)
    with pytest.raises(OSError, match="timed out"):
        impatient.PostEvent(vim.event.GeneralUserEvent(message="m", key=0, chainId=0, createdTime=event.createdTime, userName=""))


def test_07_a_reference_where_any_type_may_stand_is_read(lab: Lab) -> None:
    vm = next(vm for vm in lab.all(vim.VirtualMachine) if vm.runtime.host.parent == lab.cluster)
    override = vim.cluster.DasVmConfigInfo(key=vm, restartPriority="high")
    for spec in (
        vim.cluster.DasVmConfigSpec(operation="add", info=override),
        vim.cluster.DasVmConfigSpec(operation="remove", removeKey=vm),
    ):
        changed = lab.cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(dasVmConfigSpec=[spec]), True)
        assert wait_for(changed).state == "success"
    assert list(lab.cluster.configurationEx.dasVmConfig) == []


def test_08_registering_ignores_the_vmx_and_a_hook_can_apply_it_before_the_caller_looks(lab: Lab, tmp_path: Path) -> None:
    host = lab.cluster.host[0]
    local_datastore(host, "vol1", tmp_path / "vol1")
    vmx_in(tmp_path / "vol1")
    (tmp_path / "vol1" / "a" / "a.vmx").write_text('memSize = "512"\n')

    def apply(question: Question) -> Answer:
        assert question.task is not None
        vm = vim.VirtualMachine(question.task["result"]["value"], lab.agent._stub)
        wait_for(vm.ReconfigVM_Task(vim.vm.ConfigSpec(memoryMB=512)))
        return Proceed()

    lab.dial(Recorder({("after", "RegisterVM_Task"): apply}))
    register = lab.vm_folder.RegisterVM_Task
    for hook, memory in (("", 32), ("after", 512)):
        lab.hook(RegisterVM_Task=hook)
        vm = wait_for(register("[vol1] a/a.vmx", None, False, lab.cluster.resourcePool, host)).result
        assert vm.config.hardware.memoryMB == memory
        vm.UnregisterVM()


def test_09_a_datastore_on_the_second_host_comes_without_its_reference_unless_a_hook_adds_it(lab: Lab, tmp_path: Path) -> None:
    first, second, third = lab.cluster.host
    local_datastore(first, "vol1", tmp_path / "vol1")
    create = "CreateLocalDatastore"
    with pytest.raises(KeyError):
        second.configManager.datastoreSystem.CreateLocalDatastore("vol1", str(tmp_path / "vol1"))
    found = next(datastore for datastore in lab.all(vim.Datastore) if datastore.name == "vol1")
    lab.dial(Recorder({("after", create): lambda _: Results(lab.as_agent(found))}))
    lab.hook(**{create: "after"})
    assert third.configManager.datastoreSystem.CreateLocalDatastore("vol1", str(tmp_path / "vol1")) == found


@pytest.mark.parametrize(
    ("act", "path", "shown"),
    [
        (lambda host: host.DisconnectHost_Task(), "runtime.connectionState", "disconnected"),
        (lambda host: host.EnterMaintenanceMode_Task(0), "runtime.inMaintenanceMode", True),
        (lambda host: host.parent.ReconfigureComputeResource_Task(DAS_ON, True), "configurationEx", True),
    ],
)
def test_10_what_a_client_does_to_hosts_and_clusters_is_not_pushed_and_setting_it_is(
    lab: Lab, act: Callable[[Any], Any], path: str, shown: object
) -> None:
    host = lab.cluster.host[0]
    subject = lab.cluster if path == "configurationEx" else host
    assert not pushed(lab, subject, path, lambda: wait_for(act(host)))
    value = value_at(subject, path)
    assert (value.dasConfig.enabled if path == "configurationEx" else value) == shown
    assert {vm.runtime.connectionState for vm in host.vm} <= {"connected"}, "its machines stay as they were"
    assert pushed(lab, subject, path, lambda: lab.orders.set([(subject, path, value)]))


def test_11_port_keys_are_not_unique_in_the_switch_until_they_are_set(lab: Lab) -> None:
    switch = lab.all(vim.DistributedVirtualSwitch)[0]
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name="more", numPorts=4, type="earlyBinding")
    wait_for(switch.AddDVPortgroup_Task([spec]))
    groups = [group for group in switch.portgroup if group.portKeys]
    assert all(group.portKeys[0] == "0" for group in groups)
    lab.orders.set([(groups[0], "portKeys", ["100", "101"])])
    assert list(groups[0].portKeys) == ["100", "101"]


def test_12_cards_that_vcsim_places_pile_up_on_a_controller_that_all_machines_share(lab: Lab) -> None:
    network = lab.all(vim.Network)[0]

    def controller_devices(vm: Any) -> int:  # noqa: ANN401 - made at run time
        return max(
            len(device.device) for device in vm.config.hardware.device if isinstance(device, vim.vm.device.VirtualPCIController)
        )

    def create(name: str, **place: object) -> Any:  # noqa: ANN401 - made at run time
        backing = vim.vm.device.VirtualEthernetCard.NetworkBackingInfo(deviceName=network.name, network=network)
        card = vim.vm.device.VirtualVmxnet3(key=place.pop("key", -1), backing=backing, **place)
        change = vim.vm.device.VirtualDeviceSpec(operation="add", device=card)
        spec = vim.vm.ConfigSpec(name=name, files=vim.vm.FileInfo(vmPathName="[LocalDS_0]"), deviceChange=[change])
        return wait_for(lab.vm_folder.CreateVM_Task(spec, lab.cluster.resourcePool, lab.cluster.host[0])).result

    first = create("placed", key=4000, controllerKey=100, unitNumber=7, macAddress="00:50:56:00:00:01")
    quiet = controller_devices(first)
    create("placed-too", key=4000, controllerKey=100, unitNumber=7, macAddress="00:50:56:00:00:02")
    assert controller_devices(first) == quiet
    create("left-to-vcsim")
    assert controller_devices(create("left-to-vcsim-too")) > quiet


def test_13_a_rescan_changes_the_adapters_of_all_hosts_unless_they_are_set_and_it_is_hooked(lab: Lab) -> None:
    systems = [host.configManager.storageSystem for host in lab.cluster.host]

    def adapters() -> list[list[str]]:
        return [[adapter.device for adapter in system.storageDeviceInfo.hostBusAdapter] for system in systems]

    at_first = adapters()
    systems[0].RescanAllHba()
    assert all(now != before for now, before in zip(adapters(), at_first, strict=True)), "one host's rescan is seen by all"
    device = vim.host.StorageDeviceInfo
    own = [device(hostBusAdapter=[vim.host.BlockHba(device=f"vmhba{n}", bus=0, status="online", model="m")]) for n in range(3)]
    lab.orders.set([(system, "storageDeviceInfo", info) for system, info in zip(systems, own, strict=True)])
    assert adapters() == [["vmhba0"], ["vmhba1"], ["vmhba2"]]
    lab.dial(Recorder({("call", "RescanAllHba"): lambda _: Results()}))
    lab.hook(RescanAllHba="call")
    systems[0].RescanAllHba()
    assert adapters() == [["vmhba0"], ["vmhba1"], ["vmhba2"]]


def test_14_a_card_on_a_distributed_switch_needs_all_hosts_of_the_cluster_as_members(lab: Lab) -> None:
    networks = lab.all(vim.Datacenter)[0].networkFolder
    config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name="second")
    switch = wait_for(networks.CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=config))).result
    group = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name="p2", numPorts=8, type="earlyBinding")
    wait_for(switch.AddDVPortgroup_Task([group]))
    key = next(found.key for found in switch.portgroup if found.name == "p2")

    def join(*hosts: Any) -> None:  # noqa: ANN401 - made at run time
        members = [vim.dvs.HostMember.ConfigSpec(operation="add", host=host) for host in hosts]
        joined = switch.ReconfigureDvs_Task(vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(host=members))
        assert wait_for(joined).state == "success"

    def create(name: str) -> str:
        port = vim.dvs.PortConnection(switchUuid=switch.uuid, portgroupKey=key)
        card = vim.vm.device.VirtualVmxnet3(key=-1, backing=DISTRIBUTED(port=port))
        change = vim.vm.device.VirtualDeviceSpec(operation="add", device=card)
        spec = vim.vm.ConfigSpec(name=name, files=vim.vm.FileInfo(vmPathName="[LocalDS_0]"), deviceChange=[change])
        return str(wait_for(lab.vm_folder.CreateVM_Task(spec, lab.cluster.resourcePool, hosts[0])).state)

    hosts = list(lab.cluster.host)
    join(hosts[0])
    assert create("too-early") == "error"
    join(*hosts[1:])
    assert create("in-time") == "success"


def test_15_a_stock_task_names_a_go_type_for_its_fault_and_ours_carries_its_text(lab: Lab) -> None:
    vm = lab.all(vim.VirtualMachine)[0]
    assert wait_for(vm.PowerOnVM_Task()).error.msg == "*types.InvalidPowerState"
    state = {"existingState": "poweredOn", "requestedState": "poweredOn"}
    lab.dial(Recorder({("before", "PowerOnVM_Task"): lambda _: Refused("InvalidPowerState", "it runs already", state)}))
    lab.hook(PowerOnVM_Task="before")
    assert wait_for(vm.PowerOnVM_Task()).error.msg == "it runs already"


def test_16_this_govmomi_and_this_pyvmomi_understand_each_other(lab: Lab) -> None:
    vm, host = lab.all(vim.VirtualMachine)[0], lab.all(vim.HostSystem)[0]
    assert (vm.runtime.powerState, vm.runtime.connectionState) == ("poweredOn", "connected")
    assert (host.runtime.connectionState, host.config.product.productLineId) == ("connected", "embeddedEsx")
    assert vm.config.hardware.device
    assert lab.cluster.configurationEx is not None


def test_17_the_extension_tells_its_version(lab: Lab) -> None:
    assert lab.content.setting.QueryOptions("vcsim.extension")[0].value == EXTENSION
    assert os.environ.get("VCSIM_AGENT_PASSWORD") is None, "the agent's password must not leak into the runner"
