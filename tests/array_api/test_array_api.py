"""The management API of arrays as an operator's client uses it, over HTTPS."""

from __future__ import annotations

import httpx
import pytest
from openapi_spec_validator import validate

from harness.operations import replication
from harness.units import Credentials, minutes
from tests.array_api.conftest import Served, client
from tests.world.replicas import GROUP
from tests.world.scene import NAMES

GROUPS, LUNS = "/api/v1/consistency-groups", "/api/v1/luns"
ACTIONS = ("break", "suspend", "resume", "synchronise", "reverse", "resynchronise")


def act(array: httpx.Client, action: str, status: int = 200) -> dict[str, object]:
    answer = array.post(f"{GROUPS}/{GROUP}/actions/{action}")
    assert answer.status_code == status, answer.text
    return dict(answer.json())


def problem(answer: httpx.Response, status: int, code: str) -> str:
    assert (answer.status_code, answer.json().keys(), answer.json()["code"]) == (status, {"code", "message"}, code)
    return str(answer.json()["message"])


def test_the_document_is_valid_and_names_every_action(serve):
    document = serve().source.get("/openapi.json").json()
    validate(document)
    paths = document["paths"]
    assert {path.rpartition("/")[2] for path in paths if f"{GROUPS}/{{name}}/actions" in path} == set(ACTIONS)
    assert {path.rpartition("/")[2] for path in paths if f"{LUNS}/{{device}}/actions" in path} == {
        "make-writable",
        "present",
        "mask",
    }
    assert document["components"]["securitySchemes"]["HTTPBasic"]["scheme"] == "basic"
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all("401" in operation["responses"] and operation["security"] for operation in operations)


def test_each_array_shows_its_own_luns_and_what_they_are(serve):
    served = serve()
    original, replica = served.pair()
    expected = {"name": "array01", "site": "protected", "kind": "block", "address": None, "presents": "by-procedure"}
    assert served.source.get("/api/v1/array").json() == expected
    shown = {lun["device"]: lun for lun in served.target.get(LUNS).json()}
    assert set(shown) == {p.target for p in served.scene.gateway.world.replication[GROUP].pairs}
    assert shown[replica] == {
        "device": replica,
        "name": "vmfs01",
        "array": "array02",
        "site": "recovery",
        "size": 500 * 2**30,
        "role": "target",
        "consistency_group": GROUP,
        "writable": False,
        "presented": [],
        "path": None,
    }
    source = served.source.get(f"{LUNS}/{original}").json()
    assert (source["role"], source["writable"], source["presented"]) == ("source", True, NAMES[:2])


def test_both_arrays_show_the_group_with_what_a_disaster_would_lose(serve):
    served = serve("asynchronous")
    served.scene.pass_minutes(3)
    for array in (served.source, served.target):
        group = array.get(f"{GROUPS}/{GROUP}").json()
        assert array.get(GROUPS).json() == [group]
        assert (group["state"], group["mode"], group["interval_seconds"]) == ("replicating", "asynchronous", 900)
        assert (group["source_array"], group["target_array"], group["lag_seconds"]) == ("array01", "array02", 180)
        assert group["last_completed"] == "2012-02-09T09:02:00Z"
        assert len(group["pairs"]) == 2


def test_a_synchronous_group_has_no_lag_until_it_is_suspended(serve):
    served = serve()
    served.scene.pass_minutes(3)
    assert served.target.get(f"{GROUPS}/{GROUP}").json()["lag_seconds"] == 0
    suspended = act(served.source, "suspend")
    served.scene.pass_minutes(2)
    later = served.target.get(f"{GROUPS}/{GROUP}").json()
    assert (later["state"], later["since"], later["lag_seconds"]) == ("suspended", suspended["since"], 120)
    assert act(served.source, "resume")["state"] == "resynchronising"


def test_fail_over_and_fail_back_over_the_wire(serve):
    served = serve()
    _, replica = served.pair()
    served.scene.gateway.perform(replication.switch_array, "array01", on=False)
    assert served.target.get(f"{GROUPS}/{GROUP}").json()["reason"] == "array01 does not answer"
    broken = act(served.target, "break")
    assert (broken["state"], broken["lag_seconds"]) == ("broken", None)
    assert served.target.post(f"{LUNS}/{replica}/actions/make-writable").json()["writable"] is True
    presented = served.target.post(f"{LUNS}/{replica}/actions/present", json={"hosts": [NAMES[2]]}).json()
    assert presented["presented"] == [NAMES[2]]
    served.scene.gateway.perform(replication.switch_array, "array01", on=True)
    reversed_group = act(served.target, "reverse")
    assert (reversed_group["state"], reversed_group["source_array"]) == ("resynchronising", "array02")
    assert reversed_group["last_completed"] is None
    served.scene.gateway.pass_time(minutes(11))
    assert act(served.source, "synchronise")["state"] == "replicating"
    assert served.target.get(f"{LUNS}/{replica}").json()["role"] == "source"


def test_a_mask_takes_one_host_or_all(serve):
    served = serve()
    original, _ = served.pair()
    path = f"{LUNS}/{original}/actions/mask"
    assert served.source.post(path, json={"hosts": [NAMES[0]]}).json()["presented"] == [NAMES[1]]
    assert served.source.post(path, json={}).json()["presented"] == []


def test_what_an_array_does_not_do_has_a_code_and_a_reason(serve):
    served = serve()
    original, replica = served.pair()
    assert "broken" in problem(served.target.post(f"{GROUPS}/{GROUP}/actions/reverse"), 409, "invalid_state")
    message = problem(served.target.post(f"{LUNS}/{replica}/actions/make-writable"), 409, "invalid_state")
    assert "break the replication first" in message
    act(served.target, "break")
    served.scene.gateway.perform(replication.switch_array, "array01", on=False)
    message = problem(served.target.post(f"{GROUPS}/{GROUP}/actions/reverse"), 409, "peer_unreachable")
    assert message.startswith("array01 does not answer")
    answer = served.target.post(f"{LUNS}/{replica}/actions/present", json={"hosts": ["esx99"]})
    assert problem(answer, 404, "not_found") == "no host esx99"
    assert "array02 has no LUN" in problem(served.target.get(f"{LUNS}/{original}"), 404, "not_found")
    assert "no consistency group cg" in problem(served.target.post(f"{GROUPS}/cg/actions/break"), 404, "not_found")
    assert problem(served.target.get("/api/v2/luns"), 404, "not_found") == "no resource /api/v2/luns"
    problem(served.target.delete(GROUPS), 405, "method_not_allowed")


@pytest.mark.parametrize("body", ['{"hosts": [', '{"hosts": "all"}', "[]", '{"hosts": []}', '{"hosts": ["a"], "force": true}'])
def test_a_body_that_cannot_be_understood_changes_nothing(serve, body):
    served = serve()
    _, replica = served.pair()
    before = served.scene.gateway.world
    answer = served.target.post(f"{LUNS}/{replica}/actions/present", content=body, headers={"Content-Type": "application/json"})
    assert problem(answer, 400, "bad_request").startswith("body")
    assert served.scene.gateway.world is before


@pytest.mark.parametrize("login", [Credentials("admin", "guess"), Credentials("root", "Arr@y-1"), None])
def test_nobody_else_is_let_in(serve, login):
    served = serve()
    port = int(served.target.base_url.port or 0)
    with client(port, login or Credentials("", "")) as stranger:
        for answer in (stranger.get(GROUPS), stranger.post(f"{GROUPS}/{GROUP}/actions/break"), stranger.get(f"{LUNS}/naa.1")):
            problem(answer, 401, "unauthorized")
            assert answer.headers["WWW-Authenticate"] == 'Basic realm="array"'
    assert served.scene.gateway.world.replication[GROUP].state == "replicating"


def test_calls_at_the_same_time_are_all_answered(serve):
    from concurrent.futures import ThreadPoolExecutor

    served: Served = serve("asynchronous")
    with ThreadPoolExecutor(8) as threads:
        answers = [*threads.map(lambda _: act(served.source, "synchronise"), range(16))]
    assert {answer["state"] for answer in answers} == {"replicating"}
