"""Orders: what goes over, what vcsim keeps, and who is told."""

from __future__ import annotations

import json
import os
import re
import signal
from datetime import UTC, datetime
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from harness.errors import LabError
from harness.protocols.vcenter.orders import Change, Orders
from harness.protocols.vcenter.values import encode_field
from harness.units import Address, Credentials
from tests.soap import open_session
from tests.vcsim_lab import Lab, freeze

PC = vmodl.query.PropertyCollector
TOLD = "vcsim does not take what it is told: "


def test_all_kinds_of_values(lab: Lab) -> None:
    host, vm = lab.all(vim.HostSystem)[0], lab.all(vim.VirtualMachine)[0]
    datastore, group = lab.all(vim.Datastore)[0], lab.all(vim.dvs.DistributedVirtualPortgroup)[0]
    mounts = [vim.Datastore.HostMount(key=host, mountInfo=vim.host.MountInfo(path="/vmfs/volumes/x", accessMode="readWrite"))]
    lab.orders.set(
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


def test_a_moment_goes_over_in_one_call(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = lab.all(vim.HostSystem)[:2]
    vm = lab.all(vim.VirtualMachine)[0]
    sent: list[Any] = []
    send = Orders._exchange
    monkeypatch.setattr(Orders, "_exchange", lambda orders, lines: sent.extend(map(json.loads, lines)) or send(orders, lines))
    paths = ("runtime.inMaintenanceMode", "summary.runtime.inMaintenanceMode")
    changes = [
        *[(host, path, True) for host in (one, two) for path in paths],
        (vm, "summary.config.numCpu", 1),
        (two, "vm", [vm]),
    ]
    lab.orders.set(changes, [note("first"), note("second")])
    lab.orders.set([])
    assert [list(order) for order in sent] == [["SET", "POST"]]
    shown = [(host.runtime.inMaintenanceMode, host.summary.runtime.inMaintenanceMode) for host in (one, two)]
    assert (shown, vm.summary.config.numCpu, list(two.vm)) == ([(True, True), (True, True)], 1, [vm])
    assert notes(lab) == [(WHEN, "second"), (WHEN, "first")]


WHEN = datetime(2012, 3, 4, 5, 6, 7, tzinfo=UTC)


def note(text: str) -> Any:  # noqa: ANN401 - made at run time
    return vim.event.GeneralUserEvent(message=text, fullFormattedMessage=text, key=0, chainId=0, createdTime=WHEN, userName="")


def notes(lab: Lab) -> list[tuple[datetime, str]]:
    """Times and texts of what has been posted, the newest first."""
    wanted = vim.event.EventFilterSpec(eventTypeId=["GeneralUserEvent"])
    found = lab.content.eventManager.QueryEvents(wanted)
    return [(event.createdTime, event.fullFormattedMessage) for event in found]


def test_an_event_that_is_none_is_refused_and_nothing_is_set(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    with pytest.raises(LabError, match=f"{TOLD}POST: "):
        lab.orders.set([(host, "name", "changed")], [note("first"), vim.Description(label="a", summary="b")])
    assert (host.name != "changed", notes(lab)) == (True, [])


def card(key: int, mac: str) -> Any:  # noqa: ANN401 - made at run time
    return vim.vm.device.VirtualVmxnet3(key=key, controllerKey=100, unitNumber=key - 3993, macAddress=mac)


def cards(vm: Any) -> dict[int, str]:  # noqa: ANN401 - made at run time
    return {d.key: d.macAddress for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard)}


def test_single_elements_of_an_array_are_replaced_added_and_removed(lab: Lab) -> None:
    vm, other = lab.all(vim.VirtualMachine)[:2]
    others = [device.key for device in vm.config.hardware.device if device.key not in cards(vm)]
    untouched = cards(other)
    path = "config.hardware.device"
    lab.orders.set([(vm, f"{path}[4001]", card(4001, "b")), (vm, f"{path}[4000]", card(4000, "a"))])
    assert cards(vm) == {4000: "a", 4001: "b"}
    lab.orders.set([(vm, f"{path}[4000]", None), (vm, f"{path}[4001]", card(4001, "c"))])
    assert cards(vm) == {4001: "c"}
    assert [device.key for device in vm.config.hardware.device if device.key not in cards(vm)] == others
    assert cards(other) == untouched


@pytest.mark.parametrize(
    ("path", "value", "says"),
    [
        ("config.hardware.device[4711]", None, "no element with the key 4711"),
        ("config.hardware.device[4711]", card(4712, "x"), "the key 4712"),
        ("config.hardware.device[4711]", vim.Description(label="a", summary="b"), r"device\[4711\]"),
        ("config.hardware.device[disk]", None, "not the path"),
        ("config.hardware.device[4000].backing", None, "not the path"),
        ("config.hardware[4000]", None, "is no array"),
        ("network[4000]", None, "no elements with such a key"),
    ],
)
def test_an_element_that_does_not_fit_is_refused_and_nothing_is_set(lab: Lab, path: str, value: object, says: str) -> None:
    vm = lab.all(vim.VirtualMachine)[0]
    with pytest.raises(LabError, match=f"{TOLD}{re.escape(f'SET/VirtualMachine/{vm._moId}/{path}')}: ") as refused:
        lab.orders.set([(vm, "name", "changed"), (vm, path, value)])
    assert re.search(says, str(refused.value))
    assert vm.name != "changed"


def test_an_object_that_does_not_exist_is_created(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    services = vim.host.ServiceSystem("serviceSystem-1", lab.operator._stub)
    ssh = vim.host.Service(key="TSM-SSH", label="SSH", required=False, uninstallable=False, running=True, policy="on")
    info = vim.host.ServiceInfo(service=[ssh])
    lab.orders.set([(services, "serviceInfo", info), (host, "configManager.serviceSystem", services)])
    assert host.configManager.serviceSystem.serviceInfo.service[0].key == "TSM-SSH"


def told(lab: Lab, obj: Any, path: str, change: Change) -> Any:  # noqa: ANN401 - made at run time
    """What a collector that waits for ``path`` is told of a change."""
    collector = lab.content.propertyCollector.CreatePropertyCollector()
    wanted = PC.PropertySpec(type=type(obj), pathSet=[path])
    collector.CreateFilter(PC.FilterSpec(objectSet=[PC.ObjectSpec(obj=obj)], propSet=[wanted]), False)
    version = collector.WaitForUpdatesEx("", None).version
    lab.orders.set([change])
    update = collector.WaitForUpdatesEx(version, PC.WaitOptions(maxWaitSeconds=60))
    return update.filterSet[0].objectSet[0].changeSet[0]


def test_collectors_are_told(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    change = told(lab, host, "runtime.connectionState", (host, "runtime.connectionState", "notResponding"))
    assert (change.name, change.val) == ("runtime.connectionState", "notResponding")


def test_who_waits_for_an_array_is_told_of_the_element_that_changes(lab: Lab) -> None:
    vm = lab.all(vim.VirtualMachine)[0]
    before = [device.key for device in vm.config.hardware.device]
    change = told(lab, vm, "config.hardware.device", (vm, "config.hardware.device[4711]", card(4711, "x")))
    assert (change.name, [device.key for device in change.val]) == ("config.hardware.device", [*before, 4711])


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("no.such", 1),
        ("runtime.connectionState", 3),
        ("parent", "x"),
        ("vm", "x"),
        ("summary", vim.Description(label="a", summary="b")),
        ("network", [vim.Description(label="a", summary="b")]),
    ],
)
def test_a_bad_path_or_type_is_a_fault_and_nothing_is_set(lab: Lab, path: str, value: object) -> None:
    host = lab.all(vim.HostSystem)[0]
    with pytest.raises(LabError, match=f"{TOLD}{re.escape(f'SET/HostSystem/{host._moId}/{path}')}: "):
        lab.orders.set([(host, "name", "changed"), (host, path, value)])
    assert host.name != "changed"


def test_many_calls_go_over_in_one_and_have_ended(lab: Lab) -> None:
    folder, kept = lab.vm_folder, set(lab.vm_folder.childEntity)
    machines = [vim.vm.ConfigSpec(name=name, files=vim.vm.FileInfo(vmPathName="[LocalDS_0]")) for name in ("b", "a")]
    calls = [(folder, "CreateVM_Task", {"config": spec, "pool": lab.cluster.resourcePool}) for spec in machines]
    lab.orders.call([*calls, (folder, "CreateFolder", {"name": "c"})])
    lab.orders.call([])
    assert [made.name for made in folder.childEntity if made not in kept] == ["b", "a", "c"]


def test_a_call_that_fails_is_named_and_what_was_before_it_stays(lab: Lab) -> None:
    folder = lab.vm_folder
    with pytest.raises(LabError, match=f"{TOLD}CALL/1/Folder/{folder._moId}/CreateFolder: .*DuplicateName"):
        lab.orders.call([(folder, "CreateFolder", {"name": name}) for name in ("a", "a", "b")])
    assert {"a", "b"} & {made.name for made in folder.childEntity} == {"a"}


def test_orders_go_over_one_connection_and_on_another_where_that_has_broken(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    host, vm = lab.all(vim.HostSystem)[0], lab.all(vim.VirtualMachine)[0]
    dialled: list[Orders] = []
    dial = Orders._dial
    monkeypatch.setattr(Orders, "_dial", lambda orders: dialled.append(orders) or dial(orders))
    orders = Orders(lab.vcenter.address, lab.vcenter.agent, deadline=5)
    orders.set([(host, "name", "one")])
    with pytest.raises(LabError, match=r"no\.such"):
        orders.set([(host, "no.such", "x")])
    orders.set([(host, "name", "two")])
    assert (host.name, len(dialled)) == ("two", 1)
    freeze(lab.vcenter.pid)
    try:
        with pytest.raises(LabError, match=r"does not answer what it is told: .*timed out"):
            orders.set([(host, "name", "two")])
    finally:
        os.kill(lab.vcenter.pid, signal.SIGCONT)
    orders.set([(vm, "name", "three")])
    assert (vm.name, len(dialled)) == ("three", 2)
    orders.close()


def test_nobody_but_the_agent_may_set(lab: Lab) -> None:
    host = lab.all(vim.HostSystem)[0]
    for login in (lab.vcenter.operator, Credentials(lab.vcenter.agent.user, "wrong")):
        with pytest.raises(LabError, match="401"):
            Orders(lab.vcenter.address, login).set([(host, "name", "changed")])
    assert host.name != "changed"


def test_what_vcenter_says_it_is_can_be_set_and_the_lab_still_speaks_to_it(lab: Lab) -> None:
    about = lab.agent.content.about
    about.version, about.build, about.apiVersion, about.fullName = "5.0.0", "455964", "5.0", "VMware vCenter Server 5.0.0"
    lab.orders.set([(lab.agent, "content.about", about)])
    assert lab.session(lab.vcenter.agent).content.about.version == "5.0.0"


def test_what_hooks_say_is_checked(empty_lab: Lab) -> None:
    with pytest.raises(LabError, match='HOOK/PowerOnVM_Task: "sometimes" is none of before, after, call'):
        empty_lab.orders.hook({"CurrentTime": "before", "PowerOnVM_Task": "sometimes"})
    with pytest.raises(LabError, match="DEADLINE: 0 is no number of seconds above 0"):
        empty_lab.orders.hook({}, deadline=0)
    assert abs(empty_lab.operator.CurrentTime() - datetime.now(UTC)).total_seconds() < 3600  # nobody is asked


def test_calls_return_what_they_return_and_a_task_its_result(lab: Lab) -> None:
    folder, vm = lab.vm_folder, lab.all(vim.VirtualMachine)[0]
    files = vim.vm.FileInfo(vmPathName=f"[{lab.all(vim.Datastore)[0].name}]")
    spec = {"config": vim.vm.ConfigSpec(name="made", files=files), "pool": lab.cluster.resourcePool}
    calls = [(folder, "CreateFolder", {"name": "below"}), (vm, "PowerOffVM_Task", {}), (folder, "CreateVM_Task", spec)]
    below, off, made = lab.orders.call(calls)
    assert [below, made] == lab.all(vim.Folder, lab.content)[-1:] + lab.all(vim.VirtualMachine)[-1:]
    assert off is None
    assert lab.orders.call([]) == []


def test_looks_read_what_a_session_reads(lab: Lab) -> None:
    vm, gone = lab.all(vim.VirtualMachine)[0], vim.VirtualMachine("vm-none")
    paths = ("name", "runtime.host", "runtime.powerState", "config.hardware.device", "config.modified", "runtime.bootTime")
    vm.PowerOffVM_Task()
    found, nothing = lab.orders.look([vm, gone], *paths)
    assert nothing is None
    assert found is not None
    assert "runtime.bootTime" not in found
    assert (found["name"], found["runtime.host"], found["runtime.powerState"]) == (vm.name, vm.runtime.host, "poweredOff")
    assert [encode_field(each) for each in found["config.hardware.device"]] == encode_field(vm.config.hardware.device)
    assert lab.orders.look([], "name") == []
    with pytest.raises(LabError, match=f"READ/VirtualMachine/{vm._moId}: config.nothing: there is no such property"):
        lab.orders.look([vm], "config.nothing")


def test_a_session_needs_the_right_password(empty_lab: Lab) -> None:
    with pytest.raises(LabError, match="refuses the login of administrator"):
        open_session(empty_lab.vcenter.address, Credentials("administrator@vsphere.local", "wrong"))
    with pytest.raises(LabError, match=r"no session with 127\.0\.0\.1:1 "):
        open_session(Address("127.0.0.1", 1), empty_lab.vcenter.operator)
