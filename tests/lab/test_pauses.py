"""Parts of a lab that stand still for a while, as on a machine with too much to do: nobody takes them for gone."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import closing
from http import HTTPStatus
from http.client import HTTPSConnection

import dns.message
import dns.query
import pytest

from harness.blueprints import load_blueprint
from harness.errors import LabError
from harness.lab import Lab, open_lab
from harness.patience import STUCK
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.releases import load
from harness.simulators.choice import choose_simulator
from harness.simulators.run import current_run
from tests.nas import ALIAS, SOURCE
from tests.vcsim_lab import freeze

PAUSE = 11.0
"""Wall seconds: operators at a real site wait less for a dial to be answered, and most servers for the next request."""


@pytest.fixture
def lab() -> Iterator[Lab]:
    with open_lab(load_blueprint(SOURCE), load("5.0"), choose_simulator("process"), 1) as opened:
        yield opened


@pytest.fixture
def operator(lab: Lab) -> Iterator[Operator]:
    acting = Operator(lab, limits_of(lab.release))
    yield acting
    acting.close()


def simulator() -> int:
    """The process id of the vcsim that was started last."""
    return int((current_run().directory / "processes").read_text().splitlines()[-1].split()[0])


def status_of(wire: HTTPSConnection) -> int:
    """What comes back over a connection that stands: it is not made anew."""
    wire.request("GET", "/api/v1/array")
    answer = wire.getresponse()
    answer.read()
    return answer.status


def test_a_pause_of_a_simulator_or_of_a_client_ends_no_call_and_no_connection(lab: Lab, operator: Operator) -> None:
    array, server = next(iter(lab.arrays.values())), next(iter(lab.nameservers.values()))
    question = dns.message.make_query(ALIAS, "CNAME")
    web = HTTPSConnection(*array.address, timeout=STUCK, context=ssl._create_unverified_context())
    with closing(web), socket.create_connection(server.address, timeout=STUCK) as names:
        assert status_of(web) == HTTPStatus.UNAUTHORIZED
        freeze(pid := simulator())
        awake = threading.Timer(PAUSE, os.kill, (pid, signal.SIGCONT))
        awake.start()
        try:
            assert operator.look().hosts.keys() == lab.hosts.keys()
        finally:
            awake.join()
        assert status_of(web) == HTTPStatus.UNAUTHORIZED
        dns.query.send_tcp(names, question)
        assert dns.query.receive_tcp(names)[0].answer


def test_a_simulator_that_has_just_died_is_known_by_asking_it(lab: Lab) -> None:
    os.kill(simulator(), signal.SIGKILL)
    with pytest.raises(LabError, match=r"vcsim: the process has ended with status -9"):
        lab.check(asking=True)
