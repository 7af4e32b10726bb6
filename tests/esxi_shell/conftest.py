from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from harness.protocols.esxi_shell.interpreter import Interpreter
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.session import Session
from harness.protocols.esxi_shell.streams import Collected, Streams, TextInput
from harness.protocols.esxi_shell.toolbox import standard_registry
from tests.esxi_shell.memory_host import MemoryHost


@dataclass(frozen=True)
class Result:
    """What came back from one command line."""

    status: int
    out: str
    err: str


@pytest.fixture
def host() -> MemoryHost:
    return MemoryHost()


@pytest.fixture
def session() -> Session:
    return Session.begin("root", 34105)


@pytest.fixture
def run(host: MemoryHost, session: Session) -> Callable[..., Result]:
    """Run a line in one session of one host, without a wire."""
    interpreter = Interpreter(standard_registry(), host)

    def run_line(line: str, stdin: str = "") -> Result:
        out, err = Collected(), Collected()
        status = interpreter.run_line(line, Streams(TextInput(stdin), out, err), session)
        return Result(status, out.text, err.text)

    return run_line


@pytest.fixture
def server() -> Iterator[ShellServer]:
    shells = ShellServer(standard_registry())
    shells.start()
    yield shells
    shells.stop()
