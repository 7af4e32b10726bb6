"""VMs as the host's own commands list them, against public captures."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from harness.operations import machines, storage
from harness.units import MachineId
from harness.world.machines import Machine, Nic, StandardBacking
from harness.world.storage import VolumeFile
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
