from __future__ import annotations

import errno
import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pytest

from harness.patience import STUCK
from harness.protocols.esxi_shell.server import ShellServer
from tests.esxi_shell.clients import LIMITS, PASSWORD, connect, read_until
from tests.esxi_shell.login_styles import LOGIN_STYLES
from tests.esxi_shell.memory_host import VOLUME, MemoryHost
from tests.vcsim_lab import until

pytestmark = pytest.mark.skipif(shutil.which("ssh") is None, reason="this machine has no OpenSSH client")


@dataclass(frozen=True)
class OpenSsh:
    """The stock client against one host, with a key that the host knows."""

    port: int
    folder: Path

    def options(self, flag: str = "-p") -> list[str]:
        return [
            "-F", "none", flag, str(self.port), "-i", str(self.folder / "key"), "-o", "StrictHostKeyChecking=no", "-o",
            f"UserKnownHostsFile={self.folder / 'known_hosts'}", "-o", "LogLevel=ERROR", "-o", "IdentitiesOnly=yes",
        ]  # fmt: skip

    def run(self, program: list[str], stdin: str | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            program, input=stdin, stdin=subprocess.DEVNULL if stdin is None else None, capture_output=True, text=True,
            env={**os.environ, **environment}, start_new_session=True, check=False, timeout=STUCK,
        )  # fmt: skip

    def ssh(self, *words: str, stdin: str | None = None, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
        return self.run(["ssh", *self.options(), *flags, "root@127.0.0.1", *words], stdin)


@pytest.fixture
def port(server: ShellServer, host: MemoryHost) -> int:
    return server.serve(host)


@pytest.fixture
def openssh(port: int, host: MemoryHost, tmp_path: Path) -> OpenSsh:
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(tmp_path / "key")], check=True)
    host.keys["root"] = (tmp_path / "key.pub").read_text()
    return OpenSsh(port, tmp_path)


@pytest.fixture
def client(port: int) -> Iterator[paramiko.SSHClient]:
    connected = connect(port)
    yield connected
    connected.close()


def test_openssh_runs_a_command_with_a_key(openssh):
    done = openssh.ssh("cd /vmfs/volumes/datastore1; pwd; foo; exit 3")
    assert (done.returncode, done.stdout, done.stderr) == (3, f"/vmfs/volumes/{VOLUME}\n", "-sh: foo: not found\n")


@pytest.mark.parametrize("method", ["password", "keyboard-interactive"])
def test_openssh_logs_in_with_a_password(openssh, method):
    ask = openssh.folder / "ask"
    ask.write_text(f"#!/bin/sh\nprintf '%s' \"$1\" > {openssh.folder}/prompt\necho '{PASSWORD}'\n")
    ask.chmod(0o755)
    flags = ["-o", f"PreferredAuthentications={method}", "-o", "PubkeyAuthentication=no"]
    program = ["ssh", *openssh.options(), *flags, "root@127.0.0.1", "echo in"]
    done = openssh.run(program, SSH_ASKPASS=str(ask), SSH_ASKPASS_REQUIRE="force", DISPLAY=":0")
    assert (done.returncode, done.stdout) == (0, "in\n"), done.stderr
    if method == "keyboard-interactive":
        assert (openssh.folder / "prompt").read_text() == "(root@127.0.0.1) Password: "


def test_a_wrong_password_or_key_is_refused(openssh, host, port, caplog):
    host.keys.clear()
    denied = openssh.ssh("echo in", flags=("-o", "PasswordAuthentication=no", "-o", "KbdInteractiveAuthentication=no"))
    assert denied.returncode == 255
    assert "Permission denied" in denied.stderr
    caplog.set_level("DEBUG")
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    with pytest.raises(paramiko.AuthenticationException):
        client.connect("127.0.0.1", port, "root", "not-the-password", allow_agent=False, look_for_keys=False, **LIMITS)
    client.close()
    assert "not-the-password" not in caplog.text


def test_openssh_interactive_with_a_terminal(openssh, host):
    done = openssh.ssh(stdin="cd /vmfs/volumes/datastore1\necho one; foo\nexit 4\n", flags=("-tt",))
    shown = done.stdout.replace("\r\n", "\n")
    assert LOGIN_STYLES["5.0"].motd.words + "~ # " in shown
    assert f"/vmfs/volumes/{VOLUME} # one\n-sh: foo: not found\n" in shown
    assert "echo one; foo\n" in shown
    assert done.returncode == 4
    assert host.shell_log[0] == "2012-02-09T09:05:00Z shell[{}]: [root]: cd /vmfs/volumes/datastore1".format(
        host.shell_log[0].split("[")[1].split("]")[0]
    )
    assert len(host.shell_log) == 3


def test_openssh_without_a_terminal_reads_commands_and_shows_no_prompt(openssh):
    done = openssh.ssh(stdin="echo one\nfor i in 1 2\ndo echo $i\ndone\nexit 5\n", flags=("-T",))
    assert (done.returncode, done.stdout, done.stderr) == (5, "one\n1\n2\n", "")


def test_openssh_feeds_standard_input_to_a_command(openssh, host):
    assert openssh.ssh("cat > /tmp/in; wc -l < /tmp/in", stdin="a\nb\n").stdout == "2\n"
    assert host.files.read("/tmp/in") == b"a\nb\n"


@pytest.mark.parametrize("flags", [(), ("-O",)], ids=["sftp mode", "legacy mode"])
def test_scp_both_ways(openssh, host, flags):
    local = openssh.folder / "local.bin"
    content = bytes(range(256)) * 300
    local.write_bytes(content)
    up = openssh.run(["scp", *flags, *openssh.options("-P"), str(local), "root@127.0.0.1:/vmfs/volumes/datastore1/up.bin"])
    assert (up.returncode, up.stderr) == (0, "")
    assert host.files.read(f"/vmfs/volumes/{VOLUME}/up.bin") == content
    remote = "root@127.0.0.1:/vmfs/volumes/datastore1/up.bin"
    down = openssh.run(["scp", *flags, *openssh.options("-P"), remote, str(local) + "2"])
    assert (down.returncode, down.stderr) == (0, "")
    assert Path(str(local) + "2").read_bytes() == content


@pytest.mark.parametrize("flags", [(), ("-O",)], ids=["sftp mode", "legacy mode"])
def test_scp_of_a_directory_and_of_nothing(openssh, host, flags):
    host.files.place("/tmp/d/one", b"1")
    host.files.place("/tmp/d/two", b"2")
    down = openssh.run(["scp", "-r", *flags, *openssh.options("-P"), "root@127.0.0.1:/tmp/d", str(openssh.folder)])
    assert down.returncode == 0, down.stderr
    assert {path.name: path.read_text() for path in (openssh.folder / "d").iterdir()} == {"one": "1", "two": "2"}
    missing = openssh.run(["scp", *flags, *openssh.options("-P"), "root@127.0.0.1:/etc/hostname", str(openssh.folder)])
    assert missing.returncode == 1
    assert missing.stderr.startswith("scp: ")
    assert not (openssh.folder / "hostname").exists()


def test_sftp_of_openssh(openssh, host):
    batch = "mkdir /tmp/m\ncd /vmfs/volumes/datastore1\npwd\nls -l /etc/vmware\n"
    batch += "rename /etc/vmware/esx.conf /tmp/m/moved\nrm /tmp/m/moved\nrmdir /tmp/m\n"
    done = openssh.run(["sftp", "-b", "-", *openssh.options("-P"), "root@127.0.0.1"], stdin=batch)
    assert done.returncode == 0, done.stderr
    assert f"Remote working directory: /vmfs/volumes/{VOLUME}" in done.stdout
    assert "-rw-r--r--    1 root     root           36 Feb  9 09:05 esx.conf" in done.stdout
    assert "/etc/vmware/esx.conf" not in host.files.nodes


def test_paramiko_runs_commands(client):
    _, out, err = client.exec_command("echo to-out; foo")
    assert (out.read(), err.read(), out.channel.recv_exit_status()) == (b"to-out\n", b"-sh: foo: not found\n", 127)


def test_paramiko_sends_input_while_the_command_runs(client):
    stdin, out, _ = client.exec_command("read a; echo got $a; cat")
    stdin.write("first\n")
    stdin.write("rest\n")
    stdin.channel.shutdown_write()
    assert out.read() == b"got first\nrest\n"


def test_paramiko_sftp(client, host):
    sftp = client.open_sftp()
    with sftp.open("/vmfs/volumes/datastore1/a", "w") as file:
        file.write("one\n")
    with sftp.open("/vmfs/volumes/datastore1/a", "a") as file:
        file.write("two\n")
    assert host.files.read(f"/vmfs/volumes/{VOLUME}/a") == b"one\ntwo\n"
    assert sftp.open("/vmfs/volumes/datastore1/a").read() == b"one\ntwo\n"
    sftp.chmod("/vmfs/volumes/datastore1/a", 0o600)
    attributes = sftp.stat("/vmfs/volumes/datastore1/a")
    assert (attributes.st_size, stat.S_IMODE(attributes.st_mode), stat.S_ISREG(attributes.st_mode)) == (8, 0o600, True)
    assert sftp.listdir("/etc/vmware") == ["esx.conf"]
    assert sftp.readlink("/vmfs/volumes/datastore1") == VOLUME
    assert sftp.normalize("/vmfs/volumes/datastore1") == f"/vmfs/volumes/{VOLUME}"
    for refused in (lambda: sftp.open("/etc/passwd"), lambda: sftp.stat("/proc/self"), lambda: sftp.open("/no/such", "w")):
        with pytest.raises(FileNotFoundError):
            refused()
    host.files.denied.add("/etc")
    with pytest.raises(PermissionError):
        sftp.mkdir("/etc/x")


def test_a_client_that_leaves_stops_what_it_started(client, server, host):
    host.pause = 0.01
    client.exec_command("i=0; while true; do sleep 1; i=$((i+1)); echo $i > /tmp/count; done")
    until(lambda: "/tmp/count" in host.files.nodes)
    client.close()
    until(lambda: not server.sessions_running())
    assert host.files.read("/tmp/count") != b"10000\n"


def test_a_power_cut_ends_the_sessions_and_the_listener(client, server, host, port):
    shell = client.invoke_shell()
    read_until(shell, "~ # ")
    server.withdraw(host.name)
    until(lambda: shell.closed or not client.get_transport().is_active())
    assert refuses(port)
    assert server.serve(host, port) == port


def test_a_stopped_service_leaves_its_sessions(client, server, host, port):
    server.withdraw(host.name, abort_sessions=False)
    assert refuses(port)
    _, out, _ = client.exec_command("echo still here")
    assert out.read() == b"still here\n"


def refuses(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED
