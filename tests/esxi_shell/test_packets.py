"""What goes over an SSH connection besides what either side has to say."""

from __future__ import annotations

import asyncio
import threading
from asyncio.selector_events import _SelectorSocketTransport

import asyncssh
import pytest
from asyncssh.connection import SSHConnection
from asyncssh.constants import MSG_CHANNEL_DATA, MSG_IGNORE

from harness import packets
from harness.protocols.esxi_shell.server import ShellServer
from tests.esxi_shell.memory_host import MemoryHost

READY = asyncssh.SSHClientConnectionOptions(username="root", password="VMware1!", known_hosts=None, config=None, agent_path=None)


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


def test_what_a_line_ends_with_goes_in_one_write(server: ShellServer, monkeypatch):
    writers: list[str] = []
    write = _SelectorSocketTransport.write

    def note(transport, data):
        writers.append(threading.current_thread().name)
        write(transport, data)

    async def written() -> list[str]:
        async with asyncssh.connect("127.0.0.1", port, options=READY) as connection:
            writers.clear()
            await connection.run("echo a")
            return list(writers)

    monkeypatch.setattr(_SelectorSocketTransport, "write", note)
    port = server.serve(MemoryHost())
    there = [name for name in asyncio.run(written()) if name == "esxi-shell"]
    assert len(there) <= 3  # there is a channel, the command runs, all the rest


def test_a_channel_opens_without_a_task(server: ShellServer, monkeypatch):
    waiting: list[str] = []
    begin = packets._create_task

    def note(connection, work, logger=None):
        waiting.append(work.__name__)
        return begin(connection, work, logger)

    monkeypatch.setattr(packets, "_create_task", note)
    assert asyncio.run(output(server.serve(MemoryHost()), "echo a")) == "a\n"
    assert "_serve" in waiting
    assert not {"_start_reading", "_finish_open_request"} & set(waiting)


def test_a_key_is_expanded_once_for_many_packets(server: ShellServer):
    before = packets._with_key.cache_info()
    asyncio.run(output(server.serve(MemoryHost()), "echo a"))
    after = packets._with_key.cache_info()
    assert after.misses - before.misses == 2  # one for each direction, the same at both ends
    assert after.hits - before.hits > 10


def test_options_that_are_ready_are_not_worked_out_for_each_connection(server: ShellServer, monkeypatch):
    def refuse(*_arguments, **_more):
        raise AssertionError("options were worked out")

    port = server.serve(MemoryHost())
    monkeypatch.setattr(asyncssh.SSHClientConnectionOptions, "prepare", refuse)
    monkeypatch.setattr(asyncssh.SSHServerConnectionOptions, "prepare", refuse)

    async def hosts() -> set[object]:
        first, second = await asyncio.gather(*(asyncssh.connect("127.0.0.1", port, options=READY) for _ in range(2)))
        async with first, second:
            return {connection.get_extra_info("port") for connection in (first, second)}

    assert asyncio.run(hosts()) == {port}


def test_options_that_are_given_beside_ready_ones_count(server: ShellServer):
    async def user() -> object:
        async with asyncssh.connect("127.0.0.1", server.serve(MemoryHost()), options=READY, username="nobody") as connection:
            return connection

    with pytest.raises(asyncssh.PermissionDenied, match="for user nobody"):
        asyncio.run(user())
