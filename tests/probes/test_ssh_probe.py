"""The SSH probe against the shell server, over real sockets."""

from __future__ import annotations

import socket
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from harness.journal import CommandRun, Journal
from harness.patience import Patience
from harness.probes.diary import Diary
from harness.probes.failures import CommandFailed, HostUnreachable
from harness.probes.ssh import HostShell, SshWire
from harness.probes.trust import ANYBODY
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.simulators.front_door import FrontDoor
from harness.units import Address, Credentials, HostName, Instant, Span
from tests.esxi_shell.memory_host import MemoryHost

ROOT = Credentials("root", "VMware1!")


@dataclass
class Spot:
    """A place with nothing but a journal."""

    host: MemoryHost
    journal: Journal = field(init=False)
    hosts: dict[HostName, Access] = field(default_factory=dict)
    vcenters: dict[str, Access] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.journal = Journal(self.now, lambda: 0.0)
        self.patience = Patience()

    def now(self) -> Instant:
        return self.host.now()

    def wait_for(self, seen: Callable[[], bool], limit: Span, why: str, asked: Collection[str] = ()) -> bool:
        return seen()

    def pass_time(self, span: Span, why: str = "") -> None:
        self.host.sleep(span)


@dataclass(frozen=True)
class Access:
    name: HostName
    vcenter: str
    address: Address
    login: Credentials
    identity: str = ANYBODY


@pytest.fixture
def host() -> MemoryHost:
    return MemoryHost()


@pytest.fixture
def door(host: MemoryHost) -> Iterator[FrontDoor]:
    server = ShellServer(standard_registry())
    server.start()
    door = FrontDoor(Address("127.0.0.1", server.serve(host)))
    door.open()
    yield door
    door.discard()
    server.stop()


@pytest.fixture
def wire() -> Iterator[SshWire]:
    wire = SshWire()
    yield wire
    wire.close()


@pytest.fixture
def spot(host: MemoryHost) -> Spot:
    return Spot(host)


@pytest.fixture
def diary(spot: Spot) -> Diary:
    return Diary(spot)


@pytest.fixture
def shell(door: FrontDoor, wire: SshWire, diary: Diary) -> Iterator[HostShell]:
    shell = HostShell(Access(HostName("esx01"), "vc", door.address, ROOT), wire, diary)
    yield shell
    shell.close()


def commands(spot: Spot) -> list[CommandRun]:
    return [entry.record for entry in spot.journal.entries() if isinstance(entry.record, CommandRun)]


def test_output_errors_and_status_come_apart(shell, spot):
    result = shell.run("echo out; foo; exit 3")
    assert (result.output, result.errors, result.status, result.lines) == ("out\n", "-sh: foo: not found\n", 3, ["out"])
    assert commands(spot) == [CommandRun("esx01", "echo out; foo; exit 3", "out\n", "-sh: foo: not found\n", 3)]


def test_a_command_begins_and_ends_in_simulated_time(shell, spot):
    shell.run("sleep 90")
    (entry,) = spot.journal.entries()
    assert (entry.ended - entry.began).total_seconds() == 90


def test_a_command_that_had_to_succeed_says_what_it_said(shell):
    with pytest.raises(CommandFailed, match="esx01: 'foo' ended with 127: -sh: foo: not found"):
        shell.run("foo").succeeded()


def test_one_connection_serves_many_commands(shell, door, host):
    shell.run("true")
    host.passwords.clear()  # nobody could log in again
    assert shell.run("echo still").output == "still\n"


def test_a_host_that_is_off_refuses_and_answers_again_when_it_is_back(shell, door, spot):
    assert shell.run("echo before").output == "before\n"
    door.close()
    assert not shell.answers()
    with pytest.raises(HostUnreachable) as caught:
        shell.run("true")
    assert (caught.value.name, caught.value.silence) == ("esx01", "refused")
    door.open()
    assert shell.answers()
    assert shell.run("echo after").output == "after\n"
    assert [command.line for command in commands(spot)] == ["echo before", "echo after"]


def test_a_connection_that_breaks_under_a_command_is_told(shell, door, host, spot):
    host.pause = 0.3
    host.sleep = lambda span: door.close()  # type: ignore[method-assign]
    with pytest.raises(HostUnreachable) as caught:
        shell.run("sleep 5")
    assert caught.value.silence == "reset"
    assert [(command.line, command.status) for command in commands(spot)] == [("sleep 5", 255)]


def test_a_silent_host_times_out(shell, door, spot):
    shell.run("true")
    door.silence()
    spot.patience = Patience(command=0.3)
    with pytest.raises(HostUnreachable) as caught:
        shell.run("true")
    assert caught.value.silence == "timed out"


def test_a_wrong_password_is_denied(door, wire, diary):
    shell = HostShell(Access(HostName("esx01"), "vc", door.address, Credentials("root", "wrong")), wire, diary)
    with pytest.raises(HostUnreachable) as caught:
        shell.run("true")
    assert caught.value.silence == "denied"
    assert "wrong" not in str(caught.value)


def test_nobody_at_the_address_is_refused(wire, diary):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        shell = HostShell(Access(HostName("esx09"), "vc", Address(*taken.getsockname()), ROOT), wire, diary)
        assert not shell.answers()


def test_of_repeated_looks_only_the_last_one_is_written_down(shell, diary, spot):
    lines = iter(["true", "foo", "echo last"])
    with diary.last_look(lambda: not shell.run(next(lines)).status) as look:
        assert [look(), look(), look()] == [True, False, True]
        assert not commands(spot)
    shell.run("echo loud")
    assert [command.line for command in commands(spot)] == ["echo last", "echo loud"]
    assert spot.now() >= datetime(2012, 2, 9, tzinfo=UTC)
