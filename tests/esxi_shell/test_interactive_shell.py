"""The shell as a person types into it: prompts, what is not complete, control keys."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import ExitStack

import paramiko
import pytest

from harness.patience import STUCK
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.toolbox import standard_registry
from tests.esxi_shell.clients import connect, read_until
from tests.esxi_shell.login_styles import LOGIN_STYLES
from tests.esxi_shell.memory_host import MemoryHost


@pytest.fixture
def shell(server: ShellServer) -> Iterator[paramiko.Channel]:
    """An interactive shell on a host of release 9.0, at its first prompt."""
    later = MemoryHost("esx77", login=LOGIN_STYLES["9.0"], pause=0.01)
    client = connect(server.serve(later))
    channel = client.invoke_shell()
    assert read_until(channel, "[root@esx77:~] ") == LOGIN_STYLES["9.0"].motd.words + "[root@esx77:~] "
    assert ("shell.motd", "quoted") in later.texts
    yield channel
    client.close()


def type_in(channel: paramiko.Channel, keys: str, until: str = "[root@esx77:~] ") -> str:
    channel.send(keys.encode())
    return read_until(channel, until)


def test_the_prompt_follows_the_directory(shell):
    assert type_in(shell, "cd /etc/vmware\n", "[root@esx77:/etc/vmware] ").startswith("cd /etc/vmware\n")
    type_in(shell, "cd\n")


def test_what_is_not_complete_is_asked_for(shell):
    assert type_in(shell, "for i in 1 2\n", "> ") == "for i in 1 2\n> "
    assert "n1\nn2\n[root@esx77:~] " in type_in(shell, "do echo n$i; done\n", "n2\n[root@esx77:~] ")


def test_control_keys(shell):
    type_in(shell, "half a li\x03", "\n[root@esx77:~] ")
    assert type_in(shell, "cat\ntyped\n\x04").endswith("typed\n[root@esx77:~] ")
    type_in(shell, "cat\n", "cat\n")
    type_in(shell, "\x03")
    assert "130\n" in type_in(shell, "echo $?\n")
    shell.send(b"\x04")
    assert shell.recv_exit_status() == 0


def test_control_c_stops_a_loop(shell):
    type_in(shell, "while true; do sleep 1; done; echo not reached\n", "reached\n")
    assert "stopped" not in type_in(shell, "\x03")
    assert "130\n" in type_in(shell, "echo $?\n")


def test_control_c_before_a_command_reads_its_input_stops_it(host):
    begun, pressed = threading.Event(), threading.Event()

    @command("dawdle")
    def dawdle(call: Call) -> int:
        begun.set()
        assert pressed.wait(STUCK)
        call.out.write(f"read {call.stdin.readline()}")
        return 0

    slow = ShellServer(standard_registry([dawdle]))
    slow.start()
    with ExitStack() as parts:
        parts.callback(slow.stop)
        client = parts.enter_context(connect(slow.serve(host)))
        channel = client.invoke_shell()
        read_until(channel, "~ # ")
        channel.send(b"dawdle\n")
        assert begun.wait(STUCK)
        channel.send(b"\x03")
        assert client.exec_command("echo later")[1].read() == b"later\n"  # what came before it has been received
        pressed.set()
        channel.send(b"echo $?\n")
        assert "130\n~ # " in read_until(channel, "130\n~ # ")
