"""VMs as the host's own commands list, power and register them, against public captures."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from harness.operations import hosts, machines, storage
from harness.units import MachineId
from harness.world.machines import Machine, Nic, Power, StandardBacking
from harness.world.storage import VolumeFile
from tests.esxi_commands.conftest import words
from tests.world.scene import NAMES

NETWORK_VM_LIST_7_0 = """\
World ID  Name               Num Ports  Networks
--------  -----------------  ---------  --------------------------------------------------------------------------------\
------------------------------------------------------------
 2203241  Win_Nor                    2  Security_Lab_Site1_Inside, VM Network
 2099871  MediaSrv-Debian11          1  VM Network
 2119833  FTD_Lab                    6  Security_Lab_Site1_VPN, Security_Lab_Site1_DMZ, Security_Lab_Site1_Inside, \
Security_Lab_Site1_Outside, Security_Lab_Site1_Inside, VM Network
 2178744  Site1_GW                   2  Security_Lab_Site1_Outside, Site1_to_CPE
"""
PORT_LIST_7_0 = """\
   Port ID: #
   vSwitch: vSwitch0
   Portgroup: Security_Lab_Site1_Outside
   DVPort ID:
   MAC Address: 00:0c:29:47:03:dc
   IP Address: 0.0.0.0
   Team Uplink: vmnic0
   Uplink Port ID: 33554434
   Active Filters:

   Port ID: #
   vSwitch: vSwitch0
   Portgroup: Site1_to_CPE
   DVPort ID:
   MAC Address: 00:0c:29:47:03:d2
   IP Address: 0.0.0.0
   Team Uplink: vmnic0
   Uplink Port ID: 33554434
   Active Filters:
"""
"""The capture, whose trailing blanks its source trimmed, with the numbers of the ports masked."""

PROCESS_LIST_6_X = """\
DumpTest
   World ID: 3199732
   Process ID: 0
   VMX Cartel ID: 3199731
   UUID: 42 30 f9 ee a2 2a 3c e0-02 33 07 ac af f8 d2 5c
   Display Name: DumpTest
   Config File: /vmfs/volumes/#/DumpTest/DumpTest.vmx
"""
GETALLVMS_6_7 = """\
Vmid     Name                    File                     Guest OS       Version         Annotation       
2      xx         [datastore1] xx/xx.vmx               rhel8_64Guest     vmx-14                           
3      makemake   [datastore1] makemake/makemake.vmx   centos8_64Guest   vmx-14    Rocky linux 8
autostart
"""  # noqa: W291 - the blanks are the capture's
GETALLVMS_9_0 = "Vmid   Name   File   Guest OS   Version   Annotation\n"
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


def grow(here, name: str, networks: list[str], world: int, macs: list[str] | None = None, **fields: object) -> Machine:
    """A VM that runs on the first host, with these networks and world id."""
    volume = here.scene.lun("vmfs01").vmfs.id
    addresses = macs or [f"00:50:56:00:{world % 256:02x}:{n:02x}" for n in range(len(networks))]
    nics = tuple(Nic(4000 + n, addresses[n], StandardBacking(network)) for n, network in enumerate(networks))
    serial = f"42{world:030x}"
    uuid = "-".join((serial[:8], serial[8:12], serial[12:16], serial[16:20], serial[20:]))
    machine = Machine(MachineId(uuid), uuid, name, NAMES[0], VolumeFile(volume, f"{name}/{name}.vmx"), nics)
    here.scene.gateway.perform(machines.register, replace(machine, **fields))
    here.scene.gateway.perform(machines.power_on, machine.id)
    here.plant(lambda now: now.with_machine(replace(now.machines[machine.id], world_id=world)))
    return here.world.machines[machine.id]


def labelled(here, label: str) -> None:
    """The first volume of the place gets another label."""
    lun = here.scene.lun("vmfs01")
    here.plant(lambda now: now.with_lun(replace(lun, vmfs=replace(lun.vmfs, label=label))))


@pytest.fixture
def lab(place):
    """The VMs of the capture of 7.0."""
    here = place("6.7")
    site = "Security_Lab_Site1"
    ftd = [f"{site}_VPN", f"{site}_DMZ", f"{site}_Inside", f"{site}_Outside", f"{site}_Inside", "VM Network"]
    grow(here, "Win_Nor", [f"{site}_Inside", "VM Network"], 2203241)
    grow(here, "MediaSrv-Debian11", ["VM Network"], 2099871)
    grow(here, "FTD_Lab", ftd, 2119833)
    grow(here, "Site1_GW", [f"{site}_Outside", "Site1_to_CPE"], 2178744, ["00:0c:29:47:03:dc", "00:0c:29:47:03:d2"])
    return here


def test_esxcli_network_vm_list(lab):
    assert lab.run("esxcli network vm list").out == NETWORK_VM_LIST_7_0


def test_esxcli_network_vm_port_list(lab):
    out = lab.run("esxcli network vm port list -w 2178744").out
    trimmed = "".join(f"{line.rstrip()}\n" for line in out.splitlines())
    assert re.sub(r"(?<=   Port ID: )\d+", "#", trimmed) == PORT_LIST_7_0
    unknown = lab.run("esxcli network vm port list --world-id=1")
    assert (unknown.out, unknown.status != 0, "1" in unknown.err) == ("", True, True)
    assert lab.run("esxcli network vm port list").status != 0


def test_esxcli_vm_process_list(place):
    here = place("6.7")
    assert here.run("esxcli vm process list").out == ""
    grow(here, "DumpTest", [], 3199732, uuid="4230f9ee-a22a-3ce0-0233-07acaff8d25c")
    out = here.run("esxcli vm process list").out
    assert re.sub(r"(?<=/vmfs/volumes/)[0-9a-f-]+", "#", out) == PROCESS_LIST_6_X
    assert f"/vmfs/volumes/{here.scene.lun('vmfs01').vmfs.id}/" in out


def test_esxcli_for_programs(lab):
    csv = lab.run("esxcli --formatter=csv --format-param=fields==WorldID,DisplayName vm process list").out
    assert csv.splitlines()[:2] == ["WorldID,DisplayName,", "2203241,Win_Nor,"]
    assert "VM[0].WorldID.integer=2203241\n" in lab.run("esxcli --formatter=keyvalue network vm list").out
    listed = json.loads(lab.run("esxcli --formatter=json network vm list").out)
    assert listed[0] == {
        "WorldID": 2203241, "Name": "Win_Nor", "NumPorts": 2, "Networks": "Security_Lab_Site1_Inside, VM Network",
    }  # fmt: skip
    quoted = lab.run("esxcli --formatter=csv network vm list").out.splitlines()[1]
    assert quoted.endswith(',"Security_Lab_Site1_Inside, VM Network",')
    assert lab.run("esxcli --formatter=poem network vm list").status != 0


@pytest.mark.parametrize(("kind", "clean"), [("soft", True), ("hard", False), ("force", False)])
def test_esxcli_vm_process_kill(place, kind, clean):
    here = place("5.0")
    world = here.scene.add("web01").world_id
    answer = here.run(f"esxcli vm process kill --type={kind} --world-id={world}")
    assert (answer.out, answer.err, answer.status) == ("", "", 0)
    assert (here.scene.machine("web01").power, here.scene.machine("web01").clean) == (Power.OFF, clean)
    assert here.run(f"esxcli vm process kill -t {kind} -w {world}").status != 0
    assert here.run(f"esxcli vm process kill -t gently -w {world}").status != 0


def test_getallvms_prints_the_columns_of_6_7(place):
    here = place("6.7")
    labelled(here, "datastore1")
    here.scene.gateway.perform(storage.refresh, NAMES[0])
    lun = here.scene.lun("datastore1")
    for number, (name, guest, note) in enumerate(
        [("first", "otherGuest", ""), ("xx", "rhel8_64Guest", ""), ("makemake", "centos8_64Guest", "Rocky linux 8\nautostart")]
    ):
        uuid = f"4200000{number}-0000-0000-0000-000000000000"
        vmx = VolumeFile(lun.vmfs.id, f"{name}/{name}.vmx")
        machine = Machine(MachineId(uuid), uuid, name, NAMES[0], vmx, guest=guest, annotation=note)
        here.scene.gateway.perform(machines.register, machine)
    assert here.run("vim-cmd vmsvc/unregister 1").out == ""
    assert here.run("vim-cmd vmsvc/getallvms").out == GETALLVMS_6_7
    here.run("vim-cmd vmsvc/unregister 2; vim-cmd vmsvc/unregister 3")
    assert here.run("vim-cmd vmsvc/getallvms").out == GETALLVMS_9_0


def test_a_vm_whose_datastore_is_gone_is_skipped_by_name(place):
    here = place("5.0")
    here.scene.add("web01", on=False)
    here.scene.add("web02", datastore="vmfs02", on=False)
    here.scene.gateway.perform(storage.lose, here.scene.lun("vmfs01").device)
    first, *rest = here.run("vim-cmd vmsvc/getallvms").out.splitlines()
    assert first == "Skipping invalid VM '1'"
    assert [line.split()[:2] for line in rest] == [["Vmid", "Name"], ["2", "web02"]]
    unregistered = here.run("vim-cmd vmsvc/unregister 1")
    assert unregistered.out.startswith("(vim.fault.NotFound) {\n")
    assert unregistered.status != 0


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
