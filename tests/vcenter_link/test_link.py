"""The link: what vcsim asks, and what each answer does."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest
from pyVmomi import vim, vmodl

from harness.errors import LabError, Refusal
from harness.patience import STUCK
from harness.protocols.vcenter.link import Answer, Arguments, Link, Question, Refused, Results
from harness.units import EPOCH, Credentials
from tests.vcsim_lab import Lab, Recorder, until, wait_for


def test_current_time_is_simulated_time(empty_lab: Lab) -> None:
    empty_lab.dial(Recorder({("before", "CurrentTime"): lambda _: Results(EPOCH)}))
    empty_lab.hook(CurrentTime="before")
    assert empty_lab.operator.CurrentTime() == EPOCH


def test_the_agent_passes_by_hooks(empty_lab: Lab) -> None:
    recorder = Recorder({("before", "CurrentTime"): lambda _: Results(EPOCH)})
    empty_lab.dial(recorder)
    empty_lab.hook(CurrentTime="before")
    assert abs(empty_lab.agent.CurrentTime() - datetime.now(UTC)).total_seconds() < 3600
    assert recorder.asked == []


def test_a_hooked_task_is_shown_before_and_after_with_all_that_concerns_it(lab: Lab) -> None:
    recorder = Recorder({})
    lab.dial(recorder)
    lab.hook(PowerOffVM_Task="before,after")
    vm = lab.all(vim.VirtualMachine)[0]
    task = vm.PowerOffVM_Task()
    before, after = recorder.questions
    assert (before.phase, before.method, before.this) == ("before", "PowerOffVM_Task", ("VirtualMachine", vm._moId))
    assert (before.host, before.user, before.task) == (vm.runtime.host._moId, lab.vcenter.operator.user, None)
    assert after.task is not None
    assert (after.phase, after.task["state"], after.task["key"]) == ("after", "success", task._moId)
    assert task.info.state == "success"


def test_a_refusal_before_is_a_failed_task_and_nothing_has_happened(lab: Lab) -> None:
    def refuse(_: Question) -> Answer:
        raise Refusal("InvalidPowerState", "vm", "it is bolted down", {"existingState": "poweredOn"})

    lab.dial(Recorder({("before", "PowerOffVM_Task"): refuse}))
    lab.hook(PowerOffVM_Task="before")
    vm = lab.all(vim.VirtualMachine)[0]
    info = wait_for(vm.PowerOffVM_Task())
    assert info.state == "error"
    assert isinstance(info.error, vim.fault.InvalidPowerState)
    assert (info.error.msg, info.error.existingState) == ("it is bolted down", "poweredOn")
    assert vm.runtime.powerState == "poweredOn"


def test_arguments_can_be_changed_before(lab: Lab) -> None:
    def rename(question: Question) -> Answer:
        question.args["newName"] = "another"
        return Arguments(question.args)

    lab.dial(Recorder({("before", "Rename_Task"): rename}))
    lab.hook(Rename_Task="before")
    vm = lab.all(vim.VirtualMachine)[0]
    wait_for(vm.Rename_Task("one"))
    assert vm.name == "another"


def test_after_a_task_its_outcome_can_be_changed(lab: Lab) -> None:
    lab.dial(Recorder({("after", "PowerOffVM_Task"): lambda _: Refused("NoDiskFound", "gone")}))
    lab.hook(PowerOffVM_Task="after")
    info = lab.all(vim.VirtualMachine)[0].PowerOffVM_Task().info
    assert (info.state, type(info.error).__name__, info.error.msg) == ("error", "vim.fault.NoDiskFound", "gone")


def test_power_on_multi_vm_passes_the_hooks(lab: Lab) -> None:
    result = vim.cluster.PowerOnVmResult()
    recorder = Recorder({("before", "PowerOnMultiVM_Task"): lambda _: Results(result)})
    lab.dial(recorder)
    lab.hook(PowerOnMultiVM_Task="before")
    vm = lab.all(vim.VirtualMachine)[0]
    wait_for(vm.PowerOffVM_Task())
    info = wait_for(lab.all(vim.Datacenter)[0].PowerOnMultiVM_Task([vm]))
    assert (info.state, type(info.result)) == ("success", vim.cluster.PowerOnVmResult)
    assert recorder.questions[0].args["vm"][0]["value"] == vm._moId
    assert vm.runtime.powerState == "poweredOff"


@pytest.mark.parametrize(("method", "described"), [("RebootHost_Task", "reboot"), ("ShutdownHost_Task", "shutdown")])
def test_a_method_that_vcsim_lacks_becomes_a_real_task_with_progress(lab: Lab, method: str, described: str) -> None:
    reported, go_on = threading.Event(), threading.Event()

    def work(question: Question) -> Answer:
        question.report_progress(40)
        reported.set()
        assert go_on.wait(STUCK)
        return Results("done")

    lab.dial(Recorder({("call", method): work}))
    host = lab.all(vim.HostSystem)[0]
    task = getattr(host, method)(False)
    assert reported.wait(STUCK)
    until(lambda: task.info.progress == 40)
    info = task.info
    assert (info.state, info.descriptionId, info.entity) == ("running", f"HostSystem.{described}", host)
    assert info.reason.userName == lab.vcenter.operator.user
    assert task in list(host.recentTask)
    assert host.runtime.connectionState == "connected", "the host must stay readable while its task runs"
    go_on.set()
    assert (wait_for(task).state, task.info.result) == ("success", "done")


def test_call_replaces_a_method_that_vcsim_has(lab: Lab) -> None:
    recorder = Recorder({("call", "PowerOffVM_Task"): lambda _: Results()})
    lab.dial(recorder)
    lab.hook(PowerOffVM_Task="call")
    vm = lab.all(vim.VirtualMachine)[0]
    assert wait_for(vm.PowerOffVM_Task()).state == "success"
    assert vm.runtime.powerState == "poweredOn"


def test_nothing_said_about_a_missing_method_is_method_not_found(lab: Lab) -> None:
    lab.dial(Recorder({}))
    with pytest.raises(vmodl.fault.MethodNotFound):
        lab.all(vim.HostSystem)[0].configManager.storageSystem.QueryUnresolvedVmfsVolume()


def test_each_element_of_an_array_is_one_result(lab: Lab) -> None:
    volumes = [vim.host.UnresolvedVmfsVolume(vmfsUuid=str(n), vmfsLabel=f"ds{n}", totalBlocks=1) for n in range(2)]
    recorder = Recorder({("call", "QueryUnresolvedVmfsVolume"): lambda _: Results(*volumes)})
    lab.dial(recorder)
    host = lab.all(vim.HostSystem)[0]
    found = host.configManager.storageSystem.QueryUnresolvedVmfsVolume()
    assert [(volume.vmfsUuid, volume.vmfsLabel) for volume in found] == [("0", "ds0"), ("1", "ds1")]
    assert recorder.questions[0].host == host._moId


def test_a_broken_handler_is_a_fault_for_the_client_and_an_error_for_the_lab(empty_lab: Lab) -> None:
    def broken(_: Question) -> Answer:
        raise ZeroDivisionError("oh")

    link = empty_lab.dial(Recorder({("before", "CurrentTime"): broken}))
    empty_lab.hook(CurrentTime="before")
    with pytest.raises(vmodl.fault.SystemError, match="ZeroDivisionError: oh"):
        empty_lab.operator.CurrentTime()
    with pytest.raises(LabError, match=r"CurrentTime .*ZeroDivisionError"):
        link.check()


@pytest.mark.parametrize(
    ("fault", "told"), [("InvalidPowerState", "needs existingState"), ("NoSuchFault", "no fault NoSuchFault")]
)
def test_a_fault_that_no_client_could_read_is_an_error_of_the_lab(empty_lab: Lab, fault: str, told: str) -> None:
    link = empty_lab.dial(Recorder({("before", "CurrentTime"): lambda _: Refused(fault, "no")}))
    empty_lab.hook(CurrentTime="before")
    with pytest.raises(vmodl.fault.SystemError, match=told):
        empty_lab.operator.CurrentTime()
    with pytest.raises(LabError, match=told):
        link.check()


def test_many_questions_at_once(empty_lab: Lab) -> None:
    barrier = threading.Barrier(8, timeout=STUCK)

    def meet(_: Question) -> Answer:
        barrier.wait()  # passes only if eight are in hand at the same time
        return Results(EPOCH)

    empty_lab.dial(Recorder({("before", "CurrentTime"): meet}))
    empty_lab.hook(CurrentTime="before")
    sessions = [empty_lab.session(empty_lab.vcenter.operator) for _ in range(8)]
    got: list[datetime] = []
    threads = [threading.Thread(target=lambda s=session: got.append(s.CurrentTime())) for session in sessions]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(STUCK)
    assert got == [EPOCH] * 8


def test_long_questions_and_answers_pass_each_other(lab: Lab) -> None:
    def echo(question: Question) -> Answer:
        spec = vim.host.DiskPartitionInfo.Specification()
        return Results(vim.host.DiskPartitionInfo(deviceName=question.args["devicePath"][0], spec=spec))

    lab.dial(Recorder({("call", "RetrieveDiskPartitionInfo"): echo}))
    lab.hook(RetrieveDiskPartitionInfo="call")
    system = lab.all(vim.HostSystem)[0].configManager.storageSystem
    texts = [str(number) * 2**21 for number in range(4)]

    def ask(text: str) -> str:
        stub = lab.session(lab.vcenter.operator)._stub
        return str(vim.host.StorageSystem(system._moId, stub).RetrieveDiskPartitionInfo([text])[0].deviceName)

    with ThreadPoolExecutor(len(texts)) as clients:
        assert list(clients.map(ask, texts)) == texts


@pytest.mark.parametrize("who", ["operator", "nobody"])
def test_only_the_agent_may_dial(empty_lab: Lab, who: str) -> None:
    login = empty_lab.vcenter.operator if who == "operator" else Credentials("nobody", "x")
    with pytest.raises(LabError, match="401"):
        Link(empty_lab.vcenter.address, login, Recorder({}))


def test_secrets_are_in_no_log(empty_lab: Lab) -> None:
    empty_lab.dial(Recorder({}))
    with pytest.raises(LabError):
        Link(empty_lab.vcenter.address, Credentials("nobody", "hush-hush"), Recorder({}))
    time.sleep(0.05)
    told = empty_lab.vcenter.log() + repr(empty_lab.vcenter.agent)
    assert "hush-hush" not in told
    assert empty_lab.vcenter.agent.password not in told
