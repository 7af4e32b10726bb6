"""What goes over an SSH connection besides what either side has to say."""

from __future__ import annotations

import asyncio

import asyncssh
import pytest
from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_IGNORE

from harness.protocols.esxi_shell.server import ShellServer
from tests.esxi_shell.memory_host import MemoryHost


@pytest.fixture
def received(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The kinds of packets that either side has got, as they come."""
    kinds: list[int] = []
    process = SSHConnection.process_packet

    def note(connection, kind, number, packet):
        kinds.append(kind)
        return process(connection, kind, number, packet)

    monkeypatch.setattr(SSHConnection, "process_packet", note)
    return kinds


async def output(port: int, line: str) -> object:
    login = {"username": "root", "password": "VMware1!", "known_hosts": None, "config": None, "agent_path": None}
    async with asyncssh.connect("127.0.0.1", port, **login) as connection:
        return (await connection.run(line)).stdout


def test_no_packet_means_nothing(server: ShellServer, received):
    assert asyncio.run(output(server.serve(MemoryHost()), "echo a")) == "a\n"
    assert received
    assert MSG_IGNORE not in received


def test_what_a_line_prints_at_a_time_goes_in_one_packet(server: ShellServer, monkeypatch):
    sent: list[int] = []
    send = SSHConnection.send_packet

    def note(connection, kind, *parts, handler=None):
        sent.append(kind)
        send(connection, kind, *parts, handler=handler)

    monkeypatch.setattr(SSHConnection, "send_packet", note)
    assert asyncio.run(output(server.serve(MemoryHost()), "echo a; echo b; echo c")) == "a\nb\nc\n"
    assert sent.count(MSG_CHANNEL_DATA) == 1
