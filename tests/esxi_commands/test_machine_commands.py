"""VMs as the host's own commands power and register them, against public captures."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.operations import hosts, storage
from harness.world.machines import Power
from tests.esxi_commands.conftest import words
from tests.world.scene import NAMES

UNKNOWN_VM = {
    "5.0": "(vim.fault.NotFound) {\n   dynamicType = <unset>, \n   faultCause = (vmodl.MethodFault) null, \n"
    '   msg = "Unable to find a VM corresponding to "16"", \n}\n',
    "6.7": "(vim.fault.NotFound) {\n   faultCause = (vmodl.MethodFault) null,\n   faultMessage = <unset>\n"
    '   msg = "Unable to find a VM corresponding to "16""\n}\n',
}
ALREADY_ON = {
    "5.0": """\
Powering on VM:
(vim.fault.InvalidPowerState) {
  dynamicType = <unset>,
  faultCause = (vmodl.MethodFault) null,
  requestedState = "poweredOn",
  existingState = "poweredOn",
  msg = "The attempted operation cannot be performed in the current state (Powered On).",
}
""",
    "6.7": "Powering on VM:\nPower on failed\n",
}
NO_SUCH_PATH_5_X = """\
(vim.fault.NotFound) {
  dynamicType = <unset>,
  faultCause = (vmodl.MethodFault) null,
  msg = "The object or item referred to could not be found.",
}
"""
FORGOTTEN_TASK_4_X = """\
(vmodl.fault.ManagedObjectNotFound) {
  dynamicType = <unset>,
  faultCause = (vmodl.MethodFault) null,
  obj = 'vim.Task:haTask-496-vim.VirtualMachine.powerOn-3072x',
  msg = "The object has already been deleted or has not been completely created",
}
"""
TASK_INFO_4_X = """\
(vim.TaskInfo) {
  dynamicType = <unset>,
  key = "#",
  task = 'vim.Task:#',
  description = (vmodl.LocalizableMessage) null,
  name = "vim.HostSystem.enterMaintenanceMode",
  descriptionId = "HostSystem.enterMaintenanceMode",
  entity = 'vim.HostSystem:ha-host',
  entityName = "esx01.lab.example",
  state = "error",
  cancelled = false,
  cancelable = false,
  error = (vim.fault.Timedout) {
     dynamicType = <unset>,
     faultCause = (vmodl.MethodFault) null,
     msg = "esx01.lab.example still runs VMs",
  },
  result = <unset>,
  progress = 100,
  queueTime = "2012-02-09T09:02:03.000000Z",
  startTime = "2012-02-09T09:02:03.000000Z",
  completeTime = "2012-02-09T10:02:03.000000Z",
  eventChainId = 213709113,
}
"""
"""The capture of a failed task, with the names of this one."""


@pytest.mark.parametrize(("kind", "clean"), [("soft", True), ("hard", False), ("force", False)])
def test_esxcli_vm_process_kill(place, kind, clean):
    here = place("5.0")
    world = here.scene.add("web01").world_id
    answer = here.run(f"esxcli vm process kill --type={kind} --world-id={world}")
    assert (answer.out, answer.err, answer.status) == ("", "", 0)
    assert (here.scene.machine("web01").power, here.scene.machine("web01").clean) == (Power.OFF, clean)
    assert here.run(f"esxcli vm process kill -t {kind} -w {world}").status != 0
    assert here.run(f"esxcli vm process kill -t gently -w {world}").status != 0


@pytest.mark.parametrize("release", ["5.0", "6.7"])
def test_an_unknown_vm_is_a_fault_in_the_form_of_the_release(place, release):
    here = place(release)
    for line in ("vmsvc/power.getstate 16", "vmsvc/power.on 16", "vmsvc/unregister 16", "vmsvc/get.summary 16"):
        answer = here.run(f"vim-cmd {line}")
        assert answer.out == UNKNOWN_VM[release]
        assert answer.status != 0


def test_power_over_vim_cmd(place):
    here = place("6.7")
    machine = here.scene.add("web01", on=False)
    assert here.run("vim-cmd vmsvc/power.getstate 1").out == "Retrieved runtime info\nPowered off\n"
    started = here.run("vim-cmd vmsvc/power.on 1")
    assert (started.out, started.status) == ("Powering on VM:\n", 0)
    assert here.world.machines[machine.id].running
    assert here.scene.nic("web01").connected
    assert here.run("vim-cmd vmsvc/power.getstate 1").out == "Retrieved runtime info\nPowered on\n"
    world = here.world.machines[machine.id].world_id
    here.run("vim-cmd vmsvc/power.off 1; vim-cmd vmsvc/power.on 1")
    assert here.world.machines[machine.id].world_id > world
    here.run("vim-cmd vmsvc/power.off 1")
    stopped = here.run("vim-cmd vmsvc/power.off 1")
    assert (stopped.out, stopped.status != 0) == ("Powering off VM:\nPower off failed\n", True)


@pytest.mark.parametrize("release", ["5.0", "6.7"])
def test_power_on_of_a_running_vm(place, release):
    here = place(release)
    here.scene.add("web01")
    answer = here.run("vim-cmd vmsvc/power.on 1")
    assert (answer.out, answer.status != 0) == (ALREADY_ON[release], True)


def test_power_on_in_maintenance_mode_fails(place):
    here = place("5.0")
    here.scene.add("web01", on=False)
    here.run("esxcli system maintenanceMode set -e true")
    answer = here.run("vim-cmd vmsvc/power.on 1")
    assert answer.out.splitlines()[:2] == ["Powering on VM:", "(vim.fault.InvalidState) {"]
    assert answer.status != 0
    assert not here.scene.machine("web01").running


def test_a_guest_shuts_down_in_its_own_time(place):
    here = place("5.0")
    here.scene.add("web01")
    assert here.run("vim-cmd vmsvc/power.shutdown 1").out == ""
    assert here.scene.machine("web01").running
    listed = here.run("vim-cmd vmsvc/get.tasklist 1").out
    task = r"vim\.Task:haTask-1-vim\.VirtualMachine\.shutdownGuest-\d+"
    assert re.fullmatch(rf"\(ManagedObjectReference\) \[\n  '{task}'\n\]\n", listed)
    here.run("sleep 60")
    assert (here.scene.machine("web01").running, here.scene.machine("web01").clean) == (False, True)
    assert here.run("vim-cmd vmsvc/get.tasklist 1").out == "(ManagedObjectReference) []\n"
    assert here.run("vim-cmd vmsvc/power.shutdown 1").out.startswith("(vim.fault.InvalidPowerState) {\n")


def test_unregister_and_registervm_lead_back_to_the_same_world(place):
    """ALL-02: what the shell registers is what was there before."""
    here = place("5.0")
    here.scene.add("web01", on=False)
    here.run("vim-cmd vmsvc/power.on 1; vim-cmd vmsvc/power.off 1")
    before, port = here.scene.machine("web01"), here.scene.port("web01")
    label = here.scene.lun("vmfs01").vmfs.label
    assert here.run("vim-cmd vmsvc/unregister 1").status == 0
    assert before.id not in here.world.machines
    known = here.run(f"vim-cmd solo/registervm /vmfs/volumes/{label}/web01/web01.vmx")
    assert (known.out, known.status) == ("", 0)
    after = here.scene.machine("web01")
    assert here.scene.port("web01") == port
    assert replace(after, nics=()) == replace(before, nics=())
    here.run("vim-cmd vmsvc/power.on 1")
    assert here.scene.nic("web01").connected


def test_registervm_takes_a_datastore_path_and_prints_the_id_in_later_releases(place):
    here = place("8.0")
    here.scene.add("web01", on=False)
    here.run("vim-cmd vmsvc/unregister 1")
    answer = here.run("vim-cmd solo/registervm '[vmfs01] web01/web01.vmx' renamed")
    assert answer.out == "1\n"
    assert here.run("vim-cmd vmsvc/getallvms").words[-1][:2] == ["1", "renamed"]


def test_registervm_refuses_what_is_not_there_and_what_is_registered(place):
    here = place("5.0")
    here.scene.add("web01", on=False)
    for path in ("/vmfs/volumes/vmfs01/nope/nope.vmx", "/vmfs/volumes/nope/web01/web01.vmx"):
        missing = here.run(f"vim-cmd solo/registervm {path}")
        assert (missing.out, missing.status != 0) == (NO_SUCH_PATH_5_X, True)
    twice = here.run("vim-cmd solo/registervm /vmfs/volumes/vmfs01/web01/web01.vmx").out
    assert twice == (
        "(vim.fault.AlreadyExists) {\n  dynamicType = <unset>,\n  faultCause = (vmodl.MethodFault) null,\n"
        '  name = "1",\n  msg = "The specified key, name, or identifier \'1\' already exists.",\n}\n'
    )
    elsewhere = here.run("vim-cmd solo/registervm /vmfs/volumes/vmfs01/web01/web01.vmx", host=2)
    assert elsewhere.out.startswith("(vim.fault.AlreadyExists) {\n")


def test_a_vm_of_a_host_without_power_stays_the_same_vm_when_another_host_registers_it(place):
    """As vSphere HA does it: so a client of vCenter finds it at the id that it had."""
    here = place("5.1")
    here.scene.add("web01")
    before, port = here.scene.machine("web01"), here.scene.port("web01")
    line = "vim-cmd solo/registervm '[vmfs01] web01/web01.vmx'"
    assert here.run(line, host=2).out.startswith("(vim.fault.AlreadyExists) {\n")
    here.scene.gateway.perform(hosts.cut_power, NAMES[0])
    here.scene.gateway.perform(storage.unmount, NAMES[2], here.scene.lun("vmfs01").vmfs.id)
    assert here.run(line, host=3).status != 0, "it does not reach the files"
    assert here.run(line, host=2).status == 0
    after = here.scene.machine("web01")
    assert (after.id, after.host, here.scene.port("web01")) == (before.id, NAMES[1], port)
    here.run("vim-cmd vmsvc/power.on 1", host=2)
    assert here.scene.machine("web01").running
    assert here.scene.nic("web01").connected


def test_destroy_removes_the_files(place):
    here = place("5.0")
    here.scene.add("web01", on=False)
    assert here.run("vim-cmd vmsvc/destroy 1; ls /vmfs/volumes/vmfs01").out == ""


def test_a_forgotten_task_and_a_failed_one(place):
    here = place("5.0")
    here.scene.add("web01")
    forgotten = here.run("vim-cmd vimsvc/task_info haTask-496-vim.VirtualMachine.powerOn-3072x")
    assert (forgotten.out, forgotten.status != 0) == (FORGOTTEN_TASK_4_X, True)
    task = here.run("vim-cmd hostsvc/maintenance_mode_enter").out.strip()
    running = here.run(f"vim-cmd vimsvc/task_info {task}").out
    assert '  state = "running",\n' in running
    assert "  completeTime = <unset>,\n" in running
    here.scene.pass_minutes(61)
    key = task.strip("'").removeprefix("vim.Task:")
    assert here.run(f"vim-cmd vimsvc/task_info {task}").out.replace(key, "#") == TASK_INFO_4_X


def test_vim_cmd_says_what_it_does_not_know(place):
    here = place("5.0")
    assert here.run("vim-cmd vmsvc/levitate 1").status != 0
    assert here.run("vim-cmd vmsvc/power.on").status != 0
    assert here.run("vim-cmd").words[-1] == ["vmsvc"]
    assert ["getallvms"] in here.run("vim-cmd vmsvc").words
    assert "U+2013" in here.run("vim-cmd vmsvc/power.on –1").err


def test_get_summary_agrees_with_getstate(place):
    here = place("5.0")
    here.scene.add("web01")
    assert ["powerState", "=", '"poweredOn"'] in words(here.run("vim-cmd vmsvc/get.summary 1").out)
