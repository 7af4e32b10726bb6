"""Arguments of every kind get an answer: a usage, an error or a result, never a failure of the simulation."""

from __future__ import annotations

import shlex

import pytest

from harness.protocols.esxi_shell.product import product_commands

JUNK = [
    "",
    "''",
    "x",
    "-",
    "--",
    "-x",
    "--nope",
    "--help",
    "-l",
    "-l x",
    "–l",
    "a b c d",
    "-d 99999999999999999999",
    "'*?[' \"'\"",
]
ESXCLI = [
    "network vm port list -w", "network vm port list -w x", "vm process kill -t soft -w x", "vm process kill -w 1",
    "storage filesystem mount -l", "storage filesystem unmount -p ''", "storage filesystem unmount -p /",
    "storage core device list -d ''",
    "storage core adapter rescan -A ''", "system maintenanceMode set -e maybe", "system maintenanceMode set -e true -t x",
    "system maintenanceMode set -e true -t 99999999999999999999", "system maintenanceMode set -e true -t -5",
    "system shutdown reboot -r x -d x", "system shutdown reboot -r '' -d 99999999999999999999", "system shutdown poweroff",
    "network vswitch dvs vmware list -v ''", "--formatter=x system version get", "--format-param= system version get",
    "--formatter=csv --format-param=fields==Nope system version get",
]  # fmt: skip
VIM_CMD = [
    "vmsvc/power.on x", "vmsvc/power.on -1", "vmsvc/power.on 1 2", "vmsvc/getallvms x", "vmsvc/", "/", "vmsvc/power.getstate ''",
    "solo/registervm ''", "solo/registervm /", "solo/registervm /etc/passwd", "solo/registervm '[]'",
    "solo/registervm '[vmfs01]'",
    "solo/registervm /vmfs/volumes/vmfs01", "solo/registervm /vmfs/volumes/vmfs01/web01", "solo/registervm ../../x",
    "vimsvc/task_info ''", "hostsvc/maintenance_mode_enter x", "hostsvc", "vmsvc/get.tasklist 99999999999999999999",
]  # fmt: skip


GOING_DOWN = {"reboot", "poweroff", "halt"}
"""Commands that take the host down where nothing is wrong with their arguments."""


def batches() -> list[list[str]]:
    """Command lines, those of one command together."""
    plain = [
        [f"{shlex.quote(item.path)} {junk}" for junk in JUNK if junk or item.name not in GOING_DOWN]
        for item in product_commands()
    ]
    return [*plain, [f"esxcli {line}" for line in ESXCLI], [f"vim-cmd {line}" for line in VIM_CMD]]


@pytest.mark.parametrize("release", ["5.0", "8.0"])
def test_every_command_answers_to_anything(place, release):
    here = place(release)
    here.scene.add("web01")
    for batch in batches():
        answer = here.run("\n".join([*batch, "echo done"]))
        assert (answer.out.splitlines()[-1], answer.status) == ("done", 0), answer.err
    assert here.scene.machine("web01").running
    assert here.host().running


def test_a_text_seen_in_one_version_is_assumed_in_another(place):
    provenance = {}
    for release in ("5.0", "8.0"):
        here = place(release)
        here.run("esxcfg-rescan -A; esxcli storage core device list")
        provenance[release] = {text.name: text.provenance for text in here.shown()}
    assert provenance["5.0"]["esxcfg-rescan.all"] == "quoted"
    assert provenance["8.0"]["esxcfg-rescan.all"] == "assumed"
    assert provenance["5.0"]["esxcli.device.list"] == "assumed"
    assert provenance["8.0"]["esxcli.device.list"] == "quoted"
