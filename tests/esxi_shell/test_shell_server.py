from __future__ import annotations

import errno
import gc
import socket
import threading
from contextlib import suppress
from pathlib import Path

import paramiko
import pytest

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.esxi_shell.registry import Call, command
from harness.protocols.esxi_shell.server import ShellServer, host_key
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.protocols.esxi_shell.workers import Workers
from tests.esxi_shell.memory_host import MemoryHost
from tests.sockets import listeners
from tests.vcsim_lab import until


def sockets() -> set[str]:
    """Those of this process, by numbers that no other socket ever has."""
    found = set()
    for link in Path("/proc/self/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            found.add(str(link.readlink()))
    return {name for name in found if name.startswith("socket:")}


def connect(port: int) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    limits = {"timeout": STUCK, "banner_timeout": STUCK, "auth_timeout": STUCK}
    client.connect("127.0.0.1", port, "root", "VMware1!", allow_agent=False, look_for_keys=False, **limits)
    return client


def test_twenty_hosts_come_and_go_without_a_trace():
    gc.collect()
    threads, open_sockets = set(threading.enumerate()), sockets()
    server = ShellServer(standard_registry())
    server.start()
    hosts = [MemoryHost(f"esx{number:02}") for number in range(20)]
    ports = [server.serve(host) for host in hosts]
    assert len(set(ports)) == 20
    clients = [connect(port) for port in ports[:3]]
    clients[0].exec_command("while true; do sleep 1; done")
    clients[1].invoke_shell()
    for host, port in zip(hosts, ports, strict=True):
        assert server.port_of(host.name) == port
    serving = listeners(ports)
    assert len(serving) == 20
    server.stop()
    assert not serving & listeners(ports)
    for client in clients:
        client.close()
    until(lambda: set(threading.enumerate()) <= threads)
    gc.collect()
    assert sockets() <= open_sockets


def test_each_host_answers_for_itself(server):
    hosts = [MemoryHost(name) for name in ("esx01", "esx02")]
    hosts[0].files.place("/tmp/only-here", b"1")
    answers = []
    for host in hosts:
        client = connect(server.serve(host))
        answers.append(client.exec_command("ls /tmp")[1].read())
        client.close()
    assert answers == [b"only-here\n", b""]


def test_all_hosts_share_one_key():
    assert host_key() is host_key()


def test_listeners_are_on_loopback_alone(server):
    server.serve(MemoryHost())
    port = server.port_of("esx01")
    assert len(listeners([port])) == 1
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.2", port)) == errno.ECONNREFUSED


def test_misuse_is_said(server):
    server.serve(MemoryHost())
    with pytest.raises(LabError, match="served already"):
        server.serve(MemoryHost())
    with pytest.raises(LabError, match=r"cannot listen on 127\.0\.0\.1"):
        server.serve(MemoryHost("esx02"), server.port_of("esx01"))
    with pytest.raises(LabError, match="already started"):
        server.start()
    with pytest.raises(LabError, match="not started"):
        ShellServer(standard_registry()).serve(MemoryHost())
    ShellServer(standard_registry()).stop()


def test_a_server_can_start_again(server):
    server.serve(MemoryHost())
    server.stop()
    server.start()
    client = connect(server.serve(MemoryHost()))
    assert client.exec_command("echo again")[1].read() == b"again\n"
    client.close()


@command("broken")
def broken(call: Call) -> int:
    raise RuntimeError("a defect")


def test_a_defect_of_a_command_is_seen_and_the_session_lives():
    server = ShellServer(standard_registry([broken]))
    server.start()
    try:
        client = connect(server.serve(MemoryHost()))
        _, out, err = client.exec_command("broken")
        assert (out.channel.recv_exit_status(), err.read()) == (125, b"-sh: the simulation failed here: RuntimeError: a defect\n")
        assert client.exec_command("echo alive")[1].read() == b"alive\n"
        client.close()
    finally:
        server.stop()


def test_a_command_that_the_world_never_answers_does_not_keep_the_lab_alive(monkeypatch):
    released = threading.Event()
    entered = threading.Event()

    @command("stuck")
    def stuck(call: Call) -> int:
        entered.set()
        released.wait(STUCK)
        return 0

    end = Workers.end
    monkeypatch.setattr(Workers, "end", lambda workers, patience: end(workers, patience / 240))
    server = ShellServer(standard_registry([stuck]))
    server.start()
    client = connect(server.serve(MemoryHost()))
    client.exec_command("stuck")
    assert entered.wait(STUCK)
    with pytest.raises(LabError, match="stuck"):
        server.stop()
    released.set()
    client.close()
