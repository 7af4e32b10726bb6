"""Identity, maintenance mode and reboot of a host, against public captures."""

from __future__ import annotations

import re

import pytest

from harness.operations import hosts, machines
from harness.world.hosts import HostPower
from tests.world.scene import NAMES

VERSION_LINES = {
    "5.0": "VMware ESXi 5.0.0 build-469512\nVMware ESXi 5.0.0 GA\n",
    "8.0": "VMware ESXi 8.0.0 build-20513097\nVMware ESXi 8.0 GA\n",
}
UNAME_6_7 = "VMkernel esx01.lab.example 6.7.0 #1 SMP Release build-8169922 Apr  3 2018 14:48:22 x86_64 x86_64 x86_64 ESXi\n"
VERSION_BLOCK_8_0 = """\
   Product: VMware ESXi
   Version: 8.0.0
   Build: Releasebuild-20513097
   Update: 0
   Patch: 0
"""
MODE_TASK_5_0 = "'vim.Task:haTask-ha-host-vim.HostSystem.enterMaintenanceMode-213709113'\n"


@pytest.mark.parametrize("release", ["5.0", "8.0"])
def test_vmware_prints_version_and_level(place, release):
    here = place(release)
    assert here.run("vmware -v").out == VERSION_LINES[release].splitlines(keepends=True)[0]
    assert here.run("vmware -vl").out == here.run("vmware -lv").out == VERSION_LINES[release]
    assert here.run("vmware").status != 0


def test_uname_of_6_7(place):
    here = place("6.7")
    assert here.run("uname -a").out == UNAME_6_7
    assert here.run("uname; uname -m; uname -r; uname -n").out == "VMkernel\nx86_64\n6.7.0\nesx01.lab.example\n"
    assert place("5.0").run("uname -a").out.endswith(" x86_64 GNU/Linux\n")


def test_esxcli_system_version_and_names(place):
    here = place("8.0")
    assert here.run("esxcli system version get").out == VERSION_BLOCK_8_0
    assert here.run("esxcli system hostname get").out == (
        "   Domain Name: lab.example\n   Fully Qualified Domain Name: esx01.lab.example\n   Host Name: esx01\n"
    )
    assert here.run("hostname; hostname -s").out == "esx01.lab.example\nesx01\n"


def test_uptime_counts_simulated_time(place):
    here = place("8.0")
    first = int(here.run("esxcli system stats uptime get").out)
    here.run("sleep 90000")
    assert int(here.run("esxcli system stats uptime get").out) - first == 90_000_000_000
    shown = here.run("uptime").out
    assert re.fullmatch(r" \d\d:\d\d:\d\d up 1 days, \d\d:\d\d:\d\d, load average: \d\.\d\d, \d\.\d\d, \d\.\d\d\n", shown)


def test_an_unknown_namespace_has_the_words_of_6_0(place):
    answer = place("6.7").run("esxcli graphics host refresh")
    assert answer.err == "Error: Unknown command or namespace graphics host refresh\n\n"
    assert answer.status != 0


def test_maintenance_mode_over_esxcli(place):
    """Samples of 5.5 and 7.0."""
    here = place("5.0")
    entered = here.run("esxcli system maintenanceMode set -e true")
    assert (entered.out, entered.err, entered.status) == ("", "", 0)
    assert here.host().maintenance
    assert here.run("esxcli system maintenanceMode get").out == "Enabled\n"
    again = here.run("esxcli system maintenanceMode set -e true")
    assert (again.err, again.status != 0) == ("Maintenance mode is already enabled.\n", True)
    left = here.run("esxcli system maintenanceMode set --enable=false")
    assert (left.out, left.status) == ("", 0)
    assert here.run("esxcli system maintenanceMode get").out == "Disabled\n"
    assert here.run("esxcli system maintenanceMode set -e false").status != 0
    assert here.run("esxcli system maintenanceMode set").status != 0


def test_esxcli_gives_up_waiting_for_vms(place):
    here = place("5.0")
    here.scene.add("web01")
    began = here.scene.gateway.now
    answer = here.run("esxcli system maintenanceMode set -e true -t 60")
    assert answer.status != 0
    assert (here.scene.gateway.now - began).total_seconds() == 60
    assert not here.host().maintenance


def test_vim_cmd_begins_to_enter_maintenance_mode_and_returns(place):
    """Sample of 5.0: the task is printed at once; the host is in the mode when no VM runs any more."""
    here = place("5.0")
    machine = here.scene.add("web01")
    answer = here.run("vim-cmd hostsvc/maintenance_mode_enter")
    assert (answer.out, answer.status) == (MODE_TASK_5_0, 0)
    asked = "vim-cmd hostsvc/runtimeinfo | grep -i maint"
    assert here.run(asked).out.strip() == "inMaintenanceMode = false,"
    here.run("sleep 60")
    assert here.run(asked).out.strip() == "inMaintenanceMode = false,"
    here.scene.gateway.perform(machines.power_off, machine.id)
    here.run("sleep 60")
    assert here.run(asked).out.strip() == "inMaintenanceMode = true,"
    assert "inMaintenanceMode = true," in here.run("vim-cmd hostsvc/hostsummary").out
    here.run("vim-cmd hostsvc/maintenance_mode_exit; sleep 60")
    assert here.run("esxcli system maintenanceMode get").out == "Disabled\n"


def test_shutdown_over_esxcli_is_guarded_by_maintenance_mode(place):
    here = place("5.0")
    refused = here.run("esxcli system shutdown reboot -r heartbleed")
    assert (refused.out, refused.status != 0) == ("", True)
    here.scene.pass_minutes(5)
    assert here.host().boots == 1
    here.run("esxcli system maintenanceMode set -e true")
    answer = here.run("esxcli system shutdown reboot -d 30 -r 'heartbleed'")
    assert (answer.out, answer.err, answer.status) == ("", "", 0)
    assert here.host().running
    here.scene.pass_minutes(1)
    assert here.host().running
    here.scene.pass_minutes(10)
    assert (here.host().boots, here.host().running, here.host().maintenance) == (2, True, True)
    assert here.run("esxcli system shutdown reboot").status != 0
    assert here.run("esxcli system shutdown poweroff -r moved").status == 0
    here.scene.pass_minutes(10)
    assert here.host().power is HostPower.OFF


def test_reboot_stops_vms_without_a_clean_power_off(place):
    here = place("5.0")
    here.scene.add("web01")
    here.run("echo kept > /etc/kept; echo lost > /tmp/lost; auto-backup.sh; echo late > /etc/late")
    assert here.run("reboot").status == 0
    here.scene.pass_minutes(10)
    assert (here.host().boots, here.scene.machine("web01").running, here.scene.machine("web01").clean) == (2, False, False)
    assert here.run("cat /etc/kept").out == "kept\n"
    assert here.run("ls /tmp/lost").status != 0


def test_poweroff_is_a_clean_one(place):
    here = place("5.0")
    here.scene.add("web01")
    here.run("poweroff")
    here.scene.pass_minutes(10)
    assert (here.host().power, here.scene.machine("web01").clean) == (HostPower.OFF, True)


def test_a_power_cut_loses_what_was_not_saved(place):
    here = place("5.0")
    here.run("echo kept > /etc/kept; auto-backup.sh; echo lost > /etc/lost")
    here.scene.gateway.perform(hosts.cut_power, NAMES[0])
    here.scene.gateway.perform(hosts.give_power, NAMES[0])
    here.scene.pass_minutes(10)
    assert here.run("cat /etc/kept; ls /etc/lost").out == "kept\n"
