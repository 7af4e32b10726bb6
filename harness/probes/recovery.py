"""A client of Site Recovery Manager: what its servers show of protection and of plans, and what plans are asked to do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Literal, TypeAlias

from harness.journal import ApiCall
from harness.probes.diary import Diary
from harness.probes.failures import Absent, RecoveryRefusal, RecoveryUnreachable
from harness.probes.https import Answer, HttpsClient, NoAnswerError, as_json, basic
from harness.probes.place import RecoveryAccess
from harness.probes.recovery_views import (
    GroupView,
    JsonObject,
    PlanView,
    PromptView,
    ProtectedView,
    RunView,
    StepView,
    TaskView,
    read_group,
    read_machine,
    read_plan,
    read_run,
    read_step,
    read_task,
)
from harness.units import Credentials, number_of

ROOT = "/api/rest/srm/v1"
SESSION = "x-dr-session"
UNAUTHORIZED, UNREACHABLE = "unauthorized", "unreachable"
PlanAction: TypeAlias = Literal["test", "cleanup", "recovery", "reprotect"]


class RecoveryClient:
    """Talks to one server. Every call has a deadline, and a line in the diary where there is one.

    It logs in when first needed, and anew where its session has ended; ``remote`` is who logs in at the other site, the same user
    where none is given. Calls raise ``RecoveryUnreachable`` where the server does not answer and ``RecoveryRefusal``, with the
    server's own code and reason, where it does not do what is asked.
    """

    def __init__(self, access: RecoveryAccess, diary: Diary | None = None, remote: Credentials | None = None) -> None:
        self.name = access.name
        self._access, self._diary, self._remote = access, diary, remote or access.login
        self._client = HttpsClient(access, access.url, access.identity, diary)
        self._session = ""
        self._pairing = ""

    def answers(self) -> bool:
        """Whether the server answers now, as a login tells where there is no session. Leaves no trace in the diary."""
        try:
            if self._session:
                self._ask("GET", "session")
            else:
                self._log_in()
        except (RecoveryUnreachable, RecoveryRefusal):
            return False
        return True

    def issues(self) -> list[str]:
        """What is wrong with the pair of servers."""
        return [issue["message"] for issue in self._list(f"{self._pair()}/issues")]

    def groups(self) -> list[GroupView]:
        """The protection groups."""
        return [read_group(found) for found in self._list(f"{self._pair()}/protection-management/groups")]

    def plans(self) -> list[PlanView]:
        """The recovery plans."""
        return [read_plan(found) for found in self._list(f"{self._pair()}/recovery-management/plans")]

    def plan(self, name: str) -> PlanView:
        """The plan of that name; raises ``Absent``."""
        plans = self.plans()
        for plan in plans:
            if plan.name == name:
                return plan
        raise Absent("recovery plan", name, self.name, tuple(plan.name for plan in plans))

    def machines(self, plan: PlanView) -> list[ProtectedView]:
        """The VMs that a plan recovers."""
        return [read_machine(found) for found in self._list(f"{self._path(plan)}/vms")]

    def steps(self, plan: PlanView, action: PlanAction) -> list[StepView]:
        """The steps of an action, as its last run went."""
        return [read_step(found) for found in self._list(f"{self._path(plan)}/recovery-steps/{action}")]

    def history(self, plan: PlanView) -> list[RunView]:
        """What came of the runs of a plan, the last one last."""
        return [read_run(found) for found in self._list(f"{self._path(plan)}/history-reports")]

    def prompts(self, plan: PlanView) -> list[PromptView]:
        """The prompts that a plan waits at."""
        found = self._list(f"{self._path(plan)}/recovery-steps/user-prompts")
        return [PromptView(prompt["id"], prompt["message"]) for prompt in found]

    def dismiss(self, plan: PlanView, prompt: PromptView) -> None:
        """Answer a prompt: the plan goes on."""
        self._call("POST", f"{self._path(plan)}/recovery-steps/user-prompts/{prompt.id}/actions/dismiss-prompt")

    def test(self, plan: PlanView, *, synchronise: bool = False) -> TaskView:
        """Begin a test; ``synchronise`` copies what was written last, before that. This and all below return a task."""
        return self._act(plan, "test", {"sync_data": synchronise}, both=synchronise)

    def clean_up(self, plan: PlanView) -> TaskView:
        """Begin to clean a test up."""
        return self._act(plan, "cleanup", {})

    def recover(self, plan: PlanView, *, planned: bool, skip_protected: bool = False) -> TaskView:
        """Begin a planned migration, or a disaster recovery; ``skip_protected`` lets that do nothing at the protected site."""
        body = {"planned_failover": planned, "skip_protection_site_operations": skip_protected, "sync_data": planned}
        return self._act(plan, "recovery", body, both=planned)

    def reprotect(self, plan: PlanView) -> TaskView:
        """Begin to protect in the other direction."""
        return self._act(plan, "reprotect", {"forced": False}, both=True)

    def cancel(self, plan: PlanView) -> TaskView:
        """Have the run under way end after its step; its task."""
        return self._act(plan, "cancel", {})

    def task(self, task: TaskView) -> TaskView:
        """A task as it is now."""
        return read_task(self._call("GET", f"tasks/{task.id}"))

    def check(self, task: TaskView) -> None:
        """Raises ``RecoveryRefusal`` for a task that failed."""
        if task.state == "ERROR":
            raise RecoveryRefusal(self.name, task.description, "task failed", task.error)

    def close(self, *, farewell: bool = True) -> None:
        """Log out where it still answers, and hang up; without ``farewell`` just that."""
        if farewell and self._session:
            with suppress(RecoveryUnreachable):  # who is gone needs no farewell
                self._send("DELETE", "session")
        self._session = ""
        self._client.close()

    def _pair(self) -> str:
        if not self._pairing:
            (pair,) = self._list("pairings")
            self._pairing = str(pair["pairing_id"])
        return f"pairings/{self._pairing}"

    def _path(self, plan: PlanView) -> str:
        return f"{self._pair()}/recovery-management/plans/{plan.id}"

    def _act(self, plan: PlanView, action: str, body: JsonObject, *, both: bool = False) -> TaskView:
        if both:
            self._reach_out()
        return read_task(self._call("POST", f"{self._path(plan)}/actions/{action}", body))

    def _reach_out(self) -> None:
        """Log in at the other site; one that does not answer is a matter of what is asked next."""
        pair = self._pair()
        try:
            self._read(self._send("POST", f"{pair}/remote-session", login=self._remote), "logging in at the other site")
        except RecoveryRefusal as refusal:
            if refusal.code != UNREACHABLE:
                raise

    def _list(self, path: str) -> Iterator[JsonObject]:
        yield from self._call("GET", path)["list"]

    def _call(self, method: str, path: str, body: JsonObject | None = None) -> Any:  # noqa: ANN401 - JSON
        began = self._diary.now() if self._diary else None
        answer = fault = ""
        try:
            found = self._ask(method, path, body)
            answer = number_of(len(found["list"]), "item") if "list" in found else str(found or "")
        except RecoveryUnreachable as error:
            fault = error.silence
            raise
        except RecoveryRefusal as error:
            fault = error.code
            raise
        finally:
            if self._diary and began:
                self._diary.record(ApiCall(self.name, path, method, str(body or ""), answer, fault), began)
        return found

    def _ask(self, method: str, path: str, body: JsonObject | None = None) -> Any:  # noqa: ANN401 - JSON
        if not self._session:
            self._log_in()
        answer = self._send(method, path, body)
        if answer.status == HTTPStatus.UNAUTHORIZED:
            self._log_in()
            answer = self._send(method, path, body)
        return self._read(answer, f"{method} {path}")

    def _log_in(self) -> None:
        self._session = ""
        login = self._access.login
        found = self._read(self._send("POST", "session", login=login), f"logging in as {login.user}")
        self._session = str(found["session_id"])

    def _send(self, method: str, path: str, body: JsonObject | None = None, login: Credentials | None = None) -> Answer:
        content, kind = as_json(body)
        session, who = {SESSION: self._session} if self._session else {}, basic(login) if login else {}
        try:
            return self._client.request(method, f"{ROOT}/{path}", content, {**kind, **session, **who})
        except NoAnswerError as error:
            raise RecoveryUnreachable(self.name, f"{method} {path}", error.silence, str(error)) from error

    def _read(self, answer: Answer, doing: str) -> Any:  # noqa: ANN401 - JSON
        try:
            found = answer.json() if answer.content else {}
        except ValueError as error:
            raise RecoveryUnreachable(self.name, doing, "failed", f"HTTP {answer.status}, and no JSON") from error
        if answer.is_error:
            told = found if isinstance(found, dict) else {}
            raise RecoveryRefusal(self.name, doing, str(told.get("error_code", answer.status)), str(told.get("message", "")))
        return found
