"""The REST API of a pair of servers as an operator's client uses it, over HTTPS."""

from __future__ import annotations

import pytest
from openapi_spec_validator import validate

from harness.journal import TextShown
from harness.operations import faults, replication
from harness.releases import load, names
from harness.units import Credentials, minutes
from harness.world.recovery import Prompt
from tests.srm_api.conftest import LOGIN, Client, client
from tests.world.recovery_scene import NAMES, SERVICES, asking, by_hosts

ACTIONS = {"test", "cleanup", "recovery", "reprotect", "cancel"}
OTHER = "This recovery plan action needs to be initiated from the other SRM instance"


def lose(pair, site="protected"):
    pair.sites.gateway.perform(faults.lose_site, site)


def test_the_document_is_valid_and_names_every_action(serve):
    document = serve().there.http.get("/openapi.json").json()
    validate(document)
    paths = document["paths"]
    assert {path.rpartition("/")[2] for path in paths if "/plans/{plan_id}/actions/" in path} == ACTIONS
    assert {s["type"] for s in document["components"]["securitySchemes"].values()} == {"http", "apiKey"}
    operations = [operation for path in paths.values() for operation in path.values()]
    assert all("401" in operation["responses"] and operation["security"] for operation in operations)


def test_a_session_is_had_by_basic_authentication_and_ends(serve):
    there = serve().there
    assert there.ask("GET", "session")["session_id"] == there.headers["x-dr-session"]
    there.ask("DELETE", "session", 204)
    assert there.ask("GET", "pairings", 401)["error_code"] == "unauthorized"


@pytest.mark.parametrize("login", [Credentials("administrator", "guess"), Credentials("root", LOGIN.password), None])
def test_nobody_else_is_let_in(serve, login):
    port = serve().there.http.base_url.port
    with client(int(port)) as http:
        stranger = Client(http, {"x-dr-session": "0" * 40})
        wishes = {"auth": (login.user, login.password)} if login else {}
        assert stranger.ask("POST", "session", 401, **wishes)["error_code"] == "unauthorized"
        assert stranger.ask("GET", "pairings", 401)["error_code"] == "unauthorized"
        stranger.ask("POST", "pairings/x/recovery-management/plans/y/actions/test", 401)


def test_the_loss_of_a_site_ends_its_sessions(serve):
    pair = serve()
    lose(pair, "recovery")
    pair.sites.gateway.perform(faults.restore_site, "recovery")
    pair.there.ask("GET", "pairings", 401)
    pair.here.ask("GET", "pairings")


@pytest.mark.parametrize("name", names())
def test_all_02_the_servers_are_of_the_releases_version(serve, name):
    pair = serve(release=load(name))
    for server in (pair.here, pair.there):
        assert server.ask("GET", "server/info")["version"] == load(name).product("srm").version.value


def test_both_servers_show_the_pair_its_groups_and_its_plans(serve):
    pair = serve()
    assert pair.here.pair == pair.there.pair
    shown = pair.there.ask("GET", pair.there.pair)
    assert (shown["local"]["name"], shown["remote"]["name"]) == ("srm-b.lab.example", "srm-a.lab.example")
    assert pair.there.ask("GET", "server/info")["version"] == "5.0"
    groups = f"{pair.there.pair}/protection-management/groups"
    (group,) = pair.there.ask("GET", groups)["list"]
    assert (group["name"], group["status"], group["replication_type"]) == ("pg-management", "READY", "ABR")
    machines = pair.there.ask("GET", f"{groups}/{group['id']}/vms")["list"]
    assert {m["name"]: m["priority"] for m in machines} == {
        "vcd-db": "P1",
        "vc-res": "P2",
        "vsm01": "P3",
        "vcd-cell01": "P4",
        "vcd-cell02": "P4",
    }
    assert [p["name"] for p in pair.there.ask("GET", f"{groups}/{group['id']}/related-recovery-plans")["list"]] == ["management"]
    assert pair.there.ask("GET", f"{pair.there.plan}/protection-groups")["list"] == [group]
    plan = pair.there.ask("GET", pair.there.plan)
    assert (plan["status"], plan["protected_site_name"], plan["recovery_site_name"]) == ("READY_STATE", "protected", "recovery")
    assert pair.here.ask("GET", pair.here.plan)["status"] == "PROTECTING"


def test_a_disaster_recovery_is_a_task_that_moves_with_simulated_time(serve):
    pair = serve()
    lose(pair)
    task = pair.there.act("recovery", planned_failover=False)
    assert (task["status"], task["progress"], task["complete_time"]) == ("RUNNING", 40, None)
    plan = pair.there.ask("GET", pair.there.plan)
    assert (plan["status"], plan["is_running"], plan["progress"]) == ("RECOVERY_IN_PROGRESS", True, 40)
    pair.sites.pass_minutes(5)
    later = pair.there.task(task)
    assert (later["status"], 40 < later["progress"] < 100) == ("RUNNING", True)
    assert pair.sites.ready() == {"vcloud-database"}
    pair.sites.pass_minutes(20)
    over = pair.there.task(task)
    assert (over["status"], over["progress"], over["error"], over["_meta"]) == ("SUCCESS", 100, None, {"errors": []})
    assert over["complete_time"] > over["start_time"]
    assert pair.there.ask("GET", pair.there.plan)["status"] == "DISASTER_RECOVERY_COMPLETE"
    assert {m["status"] for m in pair.there.ask("GET", f"{pair.there.plan}/vms")["list"]} == {"RECOVERY_SUCCEEDED"}
    assert pair.there.ask("GET", "tasks")["list"] == [over]
    assert pair.sites.ready() == SERVICES


def test_the_history_says_what_each_step_did(serve):
    pair = serve()
    steps = pair.there.ask("GET", f"{pair.there.plan}/recovery-steps/recovery")["list"]
    assert {step["status"] for step in steps} == {"PENDING"}
    lose(pair)
    pair.there.act("recovery")
    pair.sites.pass_minutes(30)
    (report,) = pair.there.ask("GET", f"{pair.there.plan}/history-reports")["list"]
    assert (report["run_mode"], report["result"], report["error"]) == ("disaster recovery", "SUCCESS", "")
    assert [step["name"] for step in report["steps"]] == [step["name"] for step in steps]
    by_name = {step["name"]: step for step in report["steps"]}
    assert by_name["Shut down VMs at the protected site"]["status"] == "SKIPPED"
    assert by_name["Shut down VMs at the protected site"]["message"] == "srm-a.lab.example does not answer"
    assert "cg-management as of" in by_name["Make storage writable at the recovery site"]["message"]
    assert pair.there.ask("GET", f"{pair.there.plan}/recovery-steps/recovery")["list"] == report["steps"]


def test_a_plan_that_stops_says_where_in_its_task(serve):
    pair = serve()
    lose(pair)
    pair.sites.gateway.perform(replication.switch_array, "array-b", on=False)
    task = pair.there.act("recovery")
    assert task["status"] == "ERROR"
    assert "step 5, Make storage writable at the recovery site: array-b does not answer" in task["error"]["message"]
    assert task["_meta"]["errors"][0]["message"] == task["error"]["message"]
    assert pair.there.ask("GET", pair.there.plan)["status"] == "RECOVERY_INCOMPLETE"
    pair.sites.gateway.perform(replication.switch_array, "array-b", on=True)
    again = pair.there.act("recovery")
    pair.sites.pass_minutes(30)
    assert pair.there.task(again)["status"] == "SUCCESS"


def test_actions_at_the_protected_site_s_server_are_refused_in_the_product_s_words(serve):
    pair = serve()
    assert pair.here.refused("test", 400, "wrong_site") == OTHER
    assert pair.here.refused("cancel", 400, "wrong_site") == OTHER
    texts = [entry.record for entry in pair.sites.gateway.journal.entries() if isinstance(entry.record, TextShown)]
    assert {(text.name, text.provenance) for text in texts} == {("reason.other-recovery-server", "quoted")}


def test_what_concerns_the_other_site_needs_a_session_there(serve):
    pair = serve()
    assert "remote-session" in pair.there.refused("recovery", 403, "remote_session_required", planned_failover=True)
    pair.there.refused("test", 403, "remote_session_required", sync_data=True)
    pair.there.refused("reprotect", 403, "remote_session_required")
    pair.there.ask("POST", f"{pair.there.pair}/remote-session", 401, auth=("administrator", "guess"))
    pair.there.reach_out()
    task = pair.there.act("recovery", planned_failover=True)
    pair.sites.pass_minutes(40)
    assert pair.there.task(task)["status"] == "SUCCESS"
    assert pair.there.ask("GET", pair.there.plan)["status"] == "RECOVERY_COMPLETE"
    task = pair.there.act("reprotect", forced=False)
    pair.sites.pass_minutes(20)
    assert pair.there.task(task)["status"] == "SUCCESS"
    assert pair.there.ask("GET", pair.there.plan)["status"] == "PROTECTING"
    assert pair.here.ask("GET", pair.here.plan)["status"] == "READY_STATE"


def test_without_the_other_site_a_planned_migration_is_refused_and_the_pair_has_an_issue(serve):
    pair = serve()
    assert pair.there.ask("GET", f"{pair.there.pair}/issues") == {"list": [], "total": 0}
    lose(pair)
    (issue,) = pair.there.ask("GET", f"{pair.there.pair}/issues")["list"]
    assert issue["message"] == "srm-a.lab.example does not answer"
    assert not pair.there.ask("GET", pair.there.pair)["remote"]["is_connected"]
    assert "needs both sites" in pair.there.refused("recovery", 500, "unreachable", planned_failover=True)
    pair.there.ask("POST", f"{pair.there.pair}/remote-session", 500, auth=(LOGIN.user, LOGIN.password))


def test_a_test_is_cleaned_up_before_anything_else(serve):
    pair = serve()
    pair.there.act("test")
    assert "runs: test" in pair.there.refused("recovery", 400, "invalid_state")
    pair.sites.pass_minutes(10)
    assert pair.there.ask("GET", pair.there.plan)["status"] == "TEST_COMPLETE"
    assert "clean the test up first" in pair.there.refused("recovery", 400, "invalid_state")
    task = pair.there.act("cleanup")
    pair.sites.pass_minutes(5)
    assert pair.there.task(task)["status"] == "SUCCESS"
    assert pair.there.ask("GET", pair.there.plan)["status"] == "READY_STATE"
    reports = pair.there.ask("GET", f"{pair.there.plan}/history-reports")["list"]
    assert [report["run_mode"] for report in reports] == ["test", "cleanup"]


def test_a_plan_waits_at_a_prompt_and_goes_on_when_it_is_dismissed(serve):
    pair = serve(asking(Prompt("Is the database consistent?", 2)))
    lose(pair)
    task = pair.there.act("recovery")
    pair.sites.pass_minutes(30)
    assert pair.there.ask("GET", pair.there.plan)["status"] == "WAITING_FOR_USER_INPUT"
    prompts = f"{pair.there.plan}/recovery-steps/user-prompts"
    (prompt,) = pair.there.ask("GET", prompts)["list"]
    assert prompt["message"] == "Is the database consistent?"
    assert pair.there.ask("POST", f"{prompts}/x/actions/dismiss-prompt", 404)["error_code"] == "not_found"
    pair.there.ask("POST", f"{prompts}/{prompt['id']}/actions/dismiss-prompt", 204)
    pair.sites.pass_minutes(30)
    assert pair.there.task(task)["status"] == "SUCCESS"


def test_a_run_is_cancelled(serve):
    pair = serve()
    pair.there.refused("cancel", 400, "invalid_state")
    task = pair.there.act("test")
    assert pair.there.act("cancel")["id"] == task["id"]
    assert pair.there.ask("GET", pair.there.plan)["status"] == "CANCEL_IN_PROGRESS"
    pair.sites.pass_minutes(10)
    assert (pair.there.task(task)["status"], "cancelled" in pair.there.task(task)["error"]["message"]) == ("ERROR", True)
    assert pair.there.ask("GET", pair.there.plan)["status"] == "TEST_INCOMPLETE"


@pytest.mark.parametrize(
    ("action", "body", "code"),
    [
        ("recovery", {"planned": True}, "bad_request"),
        ("recovery", {"planned_failover": "perhaps"}, "bad_request"),
        ("recovery", {"migrate_eligible_vms": True}, "not_supported"),
        ("recovery", {"skip_protection_site_operations": True}, "not_supported"),
        ("reprotect", {"forced": True}, "not_supported"),
    ],
)
def test_what_it_does_not_understand_or_know_changes_nothing(serve, action, body, code):
    pair = serve()
    before = pair.sites.gateway.world
    pair.there.refused(action, 400, code, **body)
    assert pair.sites.gateway.world is before


def test_what_is_not_there_is_told(serve):
    there = serve().there
    for path in ("pairings/x", f"{there.pair}/recovery-management/plans/x", "tasks/x", f"{there.plan}/recovery-steps", "plans"):
        assert there.ask("GET", path, 404)["error_code"] == "not_found"
    assert there.ask("GET", f"{there.pair}/protection-management/groups/x/vms", 404)["error_code"] == "not_found"
    assert there.ask("GET", f"{there.plan}/recovery-steps/revert", 400)["error_code"] == "bad_request"
    assert there.ask("DELETE", there.plan, 405)["error_code"] == "method_not_allowed"


def test_vms_that_vsphere_replication_protects_show_their_objective_and_their_last_copy(serve):
    pair = serve(by_hosts(minutes(15)))
    pair.sites.pass_minutes(20)
    machines = pair.there.ask("GET", f"{pair.there.plan}/vms")["list"]
    assert {m["name"] for m in machines} == set(NAMES)
    assert {m["rpo_minutes"] for m in machines} == {15}
    assert all(m["last_replicated"] == "2012-02-09T09:15:00.000Z" for m in machines)
