# ruff: noqa: ANN401 - pyvmomi's classes are made at run time
"""A real vcsim with real clients, for the tests of the seam. Import the fixtures into a ``conftest.py``."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from harness.patience import STUCK
from harness.protocols.vcenter.link import Answer, Handler, Link, Proceed, Question
from harness.protocols.vcenter.orders import Orders
from harness.simulators.process import ProcessSimulator, ProcessVcenter
from harness.units import Address, Credentials
from tests.soap import open_session

VCSIM_SOURCE = Path(__file__).parents[1] / "vcsim"
GO_ENVIRONMENT = {**os.environ, "CGO_ENABLED": "0", "GOFLAGS": "-trimpath -buildvcs=false"}
"""Go as the wheel's build runs it, which then has compiled most of what the tests need."""


class Lab:
    """One vcsim with an operator's and the agent's session, the agent's orders, and the links that a test has dialled."""

    def __init__(self, vcenter: ProcessVcenter) -> None:
        self.vcenter = vcenter
        self.operator = self.session(vcenter.operator)
        self.agent = self.session(vcenter.agent)
        self.orders = Orders(vcenter.address, vcenter.agent)
        self.links: list[Link] = []

    @property
    def content(self) -> Any:
        return self.operator.content

    def session(self, login: Credentials) -> Any:
        return open_session(self.vcenter.address, login)[0]

    def dial(self, handler: Handler) -> Link:
        self.links.append(Link(self.vcenter.address, self.vcenter.agent, handler))
        return self.links[-1]

    def hook(self, **phases: str) -> None:
        self.orders.hook(phases)

    def all(self, kind: type, content: Any = None) -> list[Any]:
        content = content or self.content
        view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
        try:
            return sorted(view.view, key=lambda found: found._moId)
        finally:
            view.Destroy()

    def as_agent(self, obj: Any) -> Any:
        """The same object, in the agent's session."""
        return type(obj)(obj._moId, self.agent._stub)

    def close(self) -> None:
        for link in self.links:
            link.close()
        self.orders.close()
        self.vcenter.close()

    @property
    def cluster(self) -> Any:
        return self.all(vim.ClusterComputeResource)[0]

    @property
    def vm_folder(self) -> Any:
        return self.all(vim.Datacenter)[0].vmFolder


@dataclass
class StockVcenter:
    """The simulator of govmomi without our extension, as a process; it lets everybody in."""

    process: subprocess.Popen[str]
    address: Address

    def content(self) -> Any:
        return open_session(self.address, Credentials("user", "pass"))[1]

    def died(self) -> bool:
        """Whether it ends by itself in a panic, within a while."""
        _, said = self.process.communicate(timeout=STUCK)
        return self.process.returncode == 2 and "panic" in said


@dataclass
class Recorder:
    """A handler that keeps the questions and answers by method and phase."""

    answers: dict[tuple[str, str], Callable[[Question], Answer]]

    def __post_init__(self) -> None:
        self.questions: list[Question] = []

    def __call__(self, question: Question) -> Answer:
        self.questions.append(question)
        answer = self.answers.get((question.phase, question.method), lambda _: Proceed())
        return answer(question)

    @property
    def asked(self) -> list[str]:
        return [f"{question.phase} {question.method}" for question in self.questions]


def wait_for(task: Any, limit: float = STUCK) -> Any:
    """The task's info once it has ended."""
    end = time.monotonic() + limit
    while (info := task.info).state not in ("success", "error"):
        assert time.monotonic() < end, f"{info.descriptionId} has not ended"
        time.sleep(0.002)
    return info


def until(condition: Callable[[], bool], limit: float = STUCK) -> None:
    """Waits until the condition holds. What takes long to tell is asked at longer intervals: others need the processor."""
    asked = time.monotonic()
    end = asked + limit
    while not condition():
        assert time.monotonic() < end, "it did not come about"
        time.sleep(max(0.02, time.monotonic() - asked))
        asked = time.monotonic()


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """A vcsim with govmomi's default inventory: a cluster of three hosts, a host alone, four VMs that run."""
    started = Lab(ProcessSimulator(arguments=["-default-inventory"]).start(tmp_path))
    yield started
    started.close()


@pytest.fixture
def empty_lab(tmp_path: Path) -> Iterator[Lab]:
    """A vcsim as scenarios start it."""
    started = Lab(ProcessSimulator().start(tmp_path))
    yield started
    started.close()


@pytest.fixture(scope="session")
def stock_binary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The simulator of govmomi without our extension."""
    go = shutil.which("go")
    if go is None:
        pytest.skip("this machine has no Go to build stock vcsim with")
    binary = tmp_path_factory.mktemp("stock") / "stock"
    subprocess.run([go, "build", "-o", str(binary), "./stock"], cwd=VCSIM_SOURCE, env=GO_ENVIRONMENT, check=True, timeout=280)
    return binary


@pytest.fixture
def stock(stock_binary: Path, tmp_path: Path) -> Iterator[StockVcenter]:
    """Stock vcsim with govmomi's default inventory. Its files go with the test's: it does not live to remove them."""
    place = {**os.environ, "TMPDIR": str(tmp_path)}
    with subprocess.Popen([str(stock_binary)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=place) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2].partition("/")[0])
        yield StockVcenter(process, Address("127.0.0.1", port))
        process.kill()


def freeze(pid: int) -> None:
    """Stops a process and waits for the last of its threads: under load one still answers a while after the signal."""
    os.kill(pid, signal.SIGSTOP)
    until(lambda: all(state_of(thread) == "T" for thread in Path(f"/proc/{pid}/task").iterdir()))


def state_of(thread: Path) -> str:
    """The letter that proc(5) gives a thread or a process: R, S, D, T (stopped) ..., Z (a zombie), and X for one that is gone."""
    try:
        return (thread / "stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return "X"
