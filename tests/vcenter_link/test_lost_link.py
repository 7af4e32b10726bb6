"""A link that is lost, or never answers: what that looks like on both sides."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from pyVmomi import vim, vmodl

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.vcenter.link import Answer, Link, Proceed, Question, Results
from harness.units import EPOCH, Address, Credentials
from tests.soap import hasten, open_session
from tests.vcsim_lab import Lab, Recorder, freeze, until, wait_for


class Silent:
    """Answers nothing until it is ``let_go``; ``asked`` once somebody waits for an answer."""

    def __init__(self) -> None:
        self.asked, self.let_go = threading.Event(), threading.Event()

    def __call__(self, _: Question) -> Answer:
        self.asked.set()
        self.let_go.wait(STUCK)
        return Proceed()


def test_a_lost_link_fails_waiting_and_later_calls_until_it_is_dialled_again(empty_lab: Lab) -> None:
    silent = Silent()
    link = empty_lab.dial(silent)
    empty_lab.hook(CurrentTime="before")
    with ThreadPoolExecutor(1) as others:
        call = others.submit(empty_lab.operator.CurrentTime)
        assert silent.asked.wait(STUCK)
        link.close()
        with pytest.raises(vmodl.fault.SystemError, match="connection to the laboratory was lost"):
            call.result(STUCK)
    silent.let_go.set()
    with pytest.raises(vmodl.fault.SystemError, match="connection is lost"):
        empty_lab.session(empty_lab.vcenter.operator).CurrentTime()
    with pytest.raises(LabError, match="it was closed"):
        link.check()
    empty_lab.dial(lambda _: Results(EPOCH))
    assert empty_lab.operator.CurrentTime() == EPOCH


def test_a_delegated_task_fails_with_the_link(lab: Lab) -> None:
    silent = Silent()
    link = lab.dial(silent)
    task = lab.all(vim.HostSystem)[0].RebootHost_Task(False)
    assert silent.asked.wait(STUCK)
    link.close()
    info = wait_for(task)
    silent.let_go.set()
    assert (info.state, type(info.error)) == ("error", vmodl.fault.SystemError)
    assert "RebootHost_Task" in info.error.msg


def test_the_lab_notices_that_vcsim_is_gone(empty_lab: Lab) -> None:
    link = empty_lab.dial(Recorder({}))
    link.check()
    os.kill(empty_lab.vcenter.pid, signal.SIGKILL)
    until(lambda: link.lost() is not None)
    with pytest.raises(LabError, match=r"connection to vcsim at .* is lost"):
        link.check()
    until(lambda: empty_lab.vcenter._program.is_over)  # the connection is lost a moment before
    with pytest.raises(LabError, match="ended with status -9"):
        empty_lab.vcenter.check()


def test_a_question_has_a_deadline(empty_lab: Lab) -> None:
    silent = Silent()
    empty_lab.dial(silent)
    empty_lab.hook(CurrentTime="before")
    empty_lab.orders.hook({}, deadline=0.1)
    with pytest.raises(vmodl.fault.SystemError, match="did not answer CurrentTime"):
        empty_lab.operator.CurrentTime()
    silent.let_go.set()


def test_a_stopped_vcsim_does_not_hang_python(empty_lab: Lab) -> None:
    impatient = empty_lab.session(empty_lab.vcenter.operator)
    hasten(impatient, 0.5)
    link = empty_lab.dial(Recorder({}))
    freeze(empty_lab.vcenter.pid)
    try:
        with pytest.raises(OSError, match="timed out"):
            impatient.CurrentTime()
        with pytest.raises(LabError, match=r"no session .* within 0.5 s"):
            open_session(empty_lab.vcenter.address, empty_lab.vcenter.operator, deadline=0.5)
        link.close()
    finally:
        os.kill(empty_lab.vcenter.pid, signal.SIGCONT)
    empty_lab.operator.CurrentTime()


def test_nobody_there_is_a_clear_error() -> None:
    with pytest.raises(LabError, match=r"cannot dial vcsim at 127\.0\.0\.1:1: ConnectionRefusedError"):
        Link(Address("127.0.0.1", 1), Credentials("a", "b"), Recorder({}))
