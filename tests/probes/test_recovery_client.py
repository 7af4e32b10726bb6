"""The probe of Site Recovery Manager against a real REST API, through a front door."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI

from harness.operations import faults
from harness.probes.diary import Diary
from harness.probes.failures import Absent, RecoveryRefusal, RecoveryUnreachable
from harness.probes.recovery import RecoveryClient
from harness.probes.recovery_views import TaskView
from harness.protocols.srm_api import make_application
from harness.protocols.web.server import WebServer
from harness.simulators.front_door import FrontDoor
from harness.units import Address, Credentials
from harness.world.recovery import Prompt
from tests.probes.scene import Access, Spot
from tests.web_server import port_of
from tests.world.recovery_scene import HERE, PLAN, THERE, Sites, asking, make_sites

LOGIN = Credentials("administrator", "Rec0very!")


@pytest.fixture
def sites(tmp_path: Path) -> Sites:
    return make_sites(tmp_path, asking(Prompt("Go on?", 2)))


@pytest.fixture
def door(sites: Sites, server: WebServer) -> Iterator[FrontDoor]:
    door = FrontDoor(Address("127.0.0.1", port_of(server, make_application(sites.gateway, THERE, LOGIN))))
    door.open()
    yield door
    door.discard()


@pytest.fixture
def spot() -> Spot:
    return Spot(LOGIN)


@pytest.fixture
def client(door: FrontDoor, spot: Spot) -> Iterator[RecoveryClient]:
    client = RecoveryClient(Access(THERE, door.address, LOGIN), Diary(spot))
    yield client
    client.close()


def test_what_the_server_shows_is_read(client, sites):
    plan = client.plan(PLAN)
    assert (plan.state, plan.protected, plan.recovery, plan.running) == ("READY_STATE", "protected", "recovery", False)
    (group,) = client.groups()
    assert (group.name, group.state, group.kind) == ("pg-management", "READY", "ABR")
    assert {machine.name: machine.priority for machine in client.machines(plan)}["vcd-db"] == 1
    assert {step.state for step in client.steps(plan, "test")} == {"PENDING"}
    assert client.issues() == client.history(plan) == client.prompts(plan) == []
    with pytest.raises(Absent, match=r"no recovery plan 'cloud' in srm-b.lab.example; there are: management"):
        client.plan("cloud")


def test_a_plan_is_run_with_its_prompts_and_its_history_read(client, sites):
    sites.gateway.perform(faults.lose_site, "protected")
    plan = client.plan(PLAN)
    task = client.recover(plan, planned=False)
    assert not task.ended
    sites.pass_minutes(10)
    (prompt,) = client.prompts(plan)
    assert (prompt.message, client.plan(PLAN).state) == ("Go on?", "WAITING_FOR_USER_INPUT")
    client.dismiss(plan, prompt)
    sites.pass_minutes(30)
    task = client.task(task)
    assert (task.state, task.progress, task.error, task.ended) == ("SUCCESS", 100, "", True)
    client.check(task)
    (run,) = client.history(plan)
    assert (run.mode, run.error) == ("disaster recovery", "")
    assert run.step("Recover VMs").state == "SUCCESS"
    with pytest.raises(Absent, match="no step 'Dance'"):
        run.step("Dance")


def test_it_logs_in_at_the_other_site_where_that_is_needed(client, sites):
    task = client.recover(client.plan(PLAN), planned=True)
    sites.pass_minutes(10)
    cancelled = client.cancel(client.plan(PLAN))
    assert cancelled.id == task.id
    with pytest.raises(RecoveryRefusal, match="cancelled"):
        client.check(client.task(task))


def test_a_wrong_password_for_the_other_site_is_told_at_once(door, spot):
    client = RecoveryClient(Access(THERE, door.address, LOGIN), Diary(spot), Credentials("administrator", "guess"))
    with pytest.raises(RecoveryRefusal, match="logging in at the other site: unauthorized"):
        client.reprotect(client.plan(PLAN))
    client.close()


def test_a_session_that_has_ended_is_opened_again(client, sites):
    plan = client.plan(PLAN)
    sites.gateway.perform(faults.lose_site, "recovery")
    sites.gateway.perform(faults.restore_site, "recovery")
    assert client.plan(PLAN) == plan


def test_a_refusal_has_the_server_s_own_words_and_is_written_down(client, spot):
    with pytest.raises(RecoveryRefusal) as caught:
        client.clean_up(client.plan(PLAN))
    assert (caught.value.code, "nothing was done" in caught.value.message) == ("invalid_state", True)
    assert (spot.told()[-1].method, spot.told()[-1].fault) == ("POST", "invalid_state")
    with pytest.raises(RecoveryRefusal, match="not_found"):
        client.task(TaskView("x", "", "RUNNING", 0))


def test_a_wrong_password_is_a_refusal_and_stays_out_of_the_journal(door, spot):
    stranger = RecoveryClient(Access(THERE, door.address, Credentials("administrator", "guess")), Diary(spot))
    with pytest.raises(RecoveryRefusal, match="unauthorized"):
        stranger.plans()
    assert not stranger.answers()
    stranger.close()
    assert "guess" not in str(spot.journal.entries())


def test_a_server_that_is_gone_is_told_as_such_and_one_that_is_back_answers(client, door, spot):
    assert client.answers()
    door.close()
    with pytest.raises(RecoveryUnreachable) as caught:
        client.task(TaskView("x", "", "RUNNING", 0))
    assert caught.value.silence == "refused"
    assert spot.told()[-1].fault == "refused"
    assert not client.answers()
    door.open()
    assert client.plans()


def test_what_is_no_such_server_is_told(server, spot):
    app = FastAPI()
    app.get("/")(lambda: None)
    other = RecoveryClient(Access(HERE, Address("127.0.0.1", port_of(server, app)), LOGIN), Diary(spot))
    with pytest.raises(RecoveryRefusal, match="404"):
        other.plans()
    other.close()
