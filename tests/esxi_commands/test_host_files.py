"""A host's files over SSH: its own, and those of the volumes that it has mounted."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import replace

import pytest

from harness.operations import storage
from harness.patience import STUCK
from harness.world.machines import Disk
from harness.world.storage import VolumePath
from tests.world.planting import add_copy, move_to_copy
from tests.world.scene import NAMES, SWITCH

PORT_FILE = r"-rw-------    1 root     root         3072 Feb  9 09:\d\d {port}"
VOLUME_LINE = r"drwxr-xr-t    1 root     root +\d+ Feb  \d \d\d:\d\d {uuid}"
LABEL_LINE = r"lrwxr-xr-x    1 root     root           35 Feb  9 09:\d\d {label} -> {uuid}"
SHELL_LOG = r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ shell\[\d+\]: \[root\]: services.sh restart"


def test_ls_of_the_volumes(place):
    """Sample of 5.0: volumes with the sticky bit, labels as links of 35 characters."""
    here = place("5.0")
    lines = here.run("ls -l /vmfs/volumes").out.splitlines()
    ids = {lun.vmfs.label: lun.vmfs.id for lun in here.world.luns.values()}
    for label, uuid in ids.items():
        assert any(re.fullmatch(VOLUME_LINE.format(uuid=uuid), line) for line in lines)
        assert any(re.fullmatch(LABEL_LINE.format(label=label, uuid=uuid), line) for line in lines)
    assert here.run("cd /vmfs/volumes/vmfs01; pwd").out == f"/vmfs/volumes/{ids['vmfs01']}\n"


def test_ls_of_the_port_files(place):
    """Sample of 5.0: the folder named after the switch, files of 3.0k that only root reads, on five-minute marks."""
    here = place("5.0")
    here.scene.add("web01")
    here.scene.pass_minutes(10)
    assert here.run("ls -la /vmfs/volumes/vmfs01/ | grep dvsData").out.endswith(" .dvsData\n")
    assert here.run("ls /vmfs/volumes/vmfs01/.dvsData").out == f"{SWITCH}\n"
    folder = here.run("ls -l /vmfs/volumes/vmfs01/.dvsData").out
    assert folder.startswith("drwxr-xr-x    1 root     root          420 Feb  9 09:")
    port = here.run("cd /vmfs/volumes/vmfs01/.dvsData/*; ls -l").out.strip()
    assert re.fullmatch(PORT_FILE.format(port=here.scene.port("web01")), port)
    assert int(port.split()[7].partition(":")[2]) % 5 == 0


def test_what_the_shell_writes_is_what_the_world_holds(place):
    here = place("5.0")
    here.run("cd /vmfs/volumes/vmfs01; mkdir notes; echo one > notes/a; echo two >> notes/a")
    path = VolumePath(here.scene.lun("vmfs01").device, "notes/a")
    assert here.scene.gateway.store.read(path) == b"one\ntwo\n"
    assert here.run("cat /vmfs/volumes/vmfs01/notes/a", host=2).out == "one\ntwo\n"
    assert here.run("chmod 640 /vmfs/volumes/vmfs01/notes/a; stat -c %a /vmfs/volumes/vmfs01/notes/a").out == "640\n"
    assert here.run("rm /vmfs/volumes/vmfs01/notes").status != 0
    assert here.run("rm -r /vmfs/volumes/vmfs01/notes; ls /vmfs/volumes/vmfs01").out == ""


def test_a_host_has_directories_of_its_own(place):
    here = place("5.0")
    assert here.run("mkdir -p /tmp/a/b; ls /tmp; ls /tmp/a").out == "a\nb\n"
    assert here.run("echo x > /tmp/a/b/c; mv /tmp/a /tmp/z; cat /tmp/z/b/c; ls /tmp").out == "x\nz\n"
    assert here.run("mv /tmp/z /vmfs/volumes/vmfs01/z; cat /vmfs/volumes/vmfs01/z/b/c; ls /tmp").out == "x\n"
    assert here.run("mkdir /tmp/e; rmdir /tmp/e || rm -r /tmp/e; ls /tmp").out == ""
    assert here.run("rm -r /etc/vmware", host=2).status != 0
    assert here.run("echo x > /nowhere/x").status != 0
    assert here.run("echo x > /vmfs/volumes/x").status != 0
    assert here.run("ls /tmp", host=2).out == ""


def test_a_silent_array_gives_input_output_errors(place):
    here = place("5.0")
    here.scene.add("web01", on=False)
    here.scene.gateway.perform(storage.lose, here.scene.lun("vmfs01").device)
    for line in ("ls /vmfs/volumes/vmfs01/", "cat /vmfs/volumes/vmfs01/web01/web01.vmx", "echo x > /vmfs/volumes/vmfs01/x"):
        answer = here.run(line)
        assert (answer.out, answer.status != 0) == ("", True)
        assert "Input/output error" in answer.err
    assert "vmfs01" in here.run("ls /vmfs/volumes").out.split()
    assert here.run("ls /vmfs/volumes/vmfs02").status == 0


def test_a_read_only_lun_refuses_writes_and_is_still_read(place):
    here = place("5.0")
    here.run("echo one > /vmfs/volumes/vmfs01/a")
    here.scene.gateway.perform(storage.set_access, here.scene.lun("vmfs01").device, writable=False)
    for line in ("echo x > /vmfs/volumes/vmfs01/a", "rm /vmfs/volumes/vmfs01/a", "mkdir /vmfs/volumes/vmfs01/b"):
        answer = here.run(line)
        assert (answer.out, answer.status != 0) == ("", True)
        assert "Read-only file system" in answer.err
    assert here.run("cat /vmfs/volumes/vmfs01/a").out == "one\n"
    assert here.run("echo x > /vmfs/volumes/vmfs02/a").status == 0


def test_two_hosts_with_two_copies_of_a_volume_read_different_bytes_under_one_path(place):
    here = place("5.0")
    here.run("echo before > /vmfs/volumes/vmfs01/a")
    copy = add_copy(here.scene.gateway, here.scene.lun("vmfs01"), frozenset({NAMES[1]}))
    move_to_copy(here.scene.gateway, NAMES[1], copy)
    here.run("echo after > /vmfs/volumes/vmfs01/a", host=1)
    path = f"/vmfs/volumes/{copy.vmfs.id}/a"
    assert [here.run(f"cat {path}", host=n).out for n in (1, 2, 3)] == ["after\n", "before\n", "after\n"]
    extents = here.run("esxcli storage vmfs extent list", host=2).out
    assert copy.device in extents
    assert here.scene.lun("vmfs01").device not in extents


def test_the_disk_of_a_running_vm_is_busy(place):
    here = place("5.0")
    machine = here.scene.add("web01", on=False)
    disk = machine.vmx.parent / "web01.vmdk"
    here.run("echo data > /vmfs/volumes/vmfs01/web01/web01.vmdk")
    here.plant(lambda world: world.with_machine(replace(machine, disks=(Disk(2000, disk, 2**30),))))
    assert here.run("cat /vmfs/volumes/vmfs01/web01/web01.vmdk").out == "data\n"
    here.run("vim-cmd vmsvc/power.on 1")
    busy = here.run("cp /vmfs/volumes/vmfs01/web01/web01.vmdk /tmp/x")
    assert busy.err == "cp: can't open '/vmfs/volumes/vmfs01/web01/web01.vmdk': Device or resource busy\n"
    assert here.run("rm /vmfs/volumes/vmfs01/web01/web01.vmx", host=2).status != 0


def test_devices_are_listed_and_kept_closed(place):
    here = place("5.0")
    device = here.scene.lun("vmfs01").device
    assert {device, f"{device}:1"} <= set(here.run("ls /vmfs/devices/disks").out.split())
    assert "Permission denied" in here.run(f"cat /vmfs/devices/disks/{device}").err


@pytest.mark.parametrize(("release", "prompt"), [("5.0", "~ # "), ("8.0", "[root@esx01:~] ")])
def test_an_interactive_login_has_the_prompt_of_the_release_and_is_logged(place, release, prompt):
    here = place(release)
    channel = here.on().client.invoke_shell()
    channel.send(b"services.sh restart\nexit\n")
    text = b""
    while piece := channel.recv(65536):
        text += piece
    assert text.decode().startswith("The time and date of this login have been sent to the system logs.\r\n")
    assert prompt in text.decode()
    lines = here.run("cat /var/log/shell.log").out.splitlines()
    assert any(re.fullmatch(SHELL_LOG, line) for line in lines)


@pytest.mark.skipif(shutil.which("ssh") is None, reason="this machine has no OpenSSH client")
def test_openssh_logs_in_with_a_key_that_the_host_knows(place, tmp_path):
    key = tmp_path / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(key)], check=True)
    here = place("5.0")
    public = key.with_suffix(".pub").read_text().strip()
    here.run(f"echo '{public}' > /etc/ssh/keys-root/authorized_keys")
    options = [
        *("-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR", "-o", "BatchMode=yes"),
        *("-F", "none", "-i", str(key), "-p", str(here.on().port)),
    ]
    command = ["ssh", *options, "root@127.0.0.1", "vmware -v"]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=STUCK)
    assert (done.returncode, done.stdout) == (0, "VMware ESXi 5.0.0 build-469512\n")
    here.run("rm /etc/ssh/keys-root/authorized_keys")
    denied = subprocess.run(command, capture_output=True, check=False, timeout=STUCK)
    assert denied.returncode == 255


def test_hosts_have_files_of_their_own(place):
    here = place("5.0")
    here.run("echo one > /tmp/f", host=1)
    here.run("echo two > /tmp/f", host=2)
    assert (here.run("cat /tmp/f", host=1).out, here.run("cat /tmp/f", host=2).out) == ("one\n", "two\n")
    assert here.world.hosts[NAMES[0]].files["/tmp/f"].content == b"one\n"


def test_commands_show_as_files_that_can_be_run_and_not_changed(place):
    here = place("6.7")
    assert here.run("ls /etc/init.d").out == "SSH\nhostd\nlbtd\nstorageRM\nusbarbitrator\nvobd\nvpxa\n"
    assert here.run("[ -x /etc/init.d/hostd ] && [ -f /sbin/services.sh ] && [ ! -e /sbin/nosuch ] && echo yes").out == "yes\n"
    assert here.run("ls -l /sbin/services.sh").out.startswith("-r-xr-xr-x    1 root     root            0 ")
    assert here.run("cd /etc/init.d; for script in host*; do ./$script status; done").out == "hostd is running.\n"
    assert here.run("/tmp/../sbin/esxcfg-rescan -A").out == "Rescanning all adapters..\n"
    assert here.run("find / -name 'net-*'").out == "/sbin/net-stats\n/usr/lib/vmware/bin/net-dvs\n"
    for line in ("rm", "echo x >", "mv /etc/vmware/esx.conf", "cp /etc/vmware/esx.conf", "chmod 777", "cat"):
        assert here.run(f"{line} /etc/init.d/hostd").status != 0, line
    assert here.run("mv /etc/init.d/hostd /tmp/x").status != 0
    assert here.run("/etc/init.d/hostd status").out == "hostd is running.\n"
    with here.on(1).client.open_sftp() as sftp:
        assert "vpxa" in sftp.listdir("/etc/init.d")
        with pytest.raises(OSError, match="denied"):
            sftp.remove("/etc/init.d/vpxa")
