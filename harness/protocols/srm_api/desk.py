"""What one server can be asked, by the ids of its API, and the tasks that it has begun."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Concatenate, ParamSpec

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.journal import TextShown
from harness.operations import recovery, recovery_courses
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.srm_api.resources import id_of, stamp
from harness.protocols.srm_api.runs import TaskShown
from harness.protocols.web.server import Subject
from harness.world.aggregate import World
from harness.world.recovery import Action, ProtectionGroup, RecoveryPlan, RecoveryServer, Step, answers, sides, waiting_prompts

P = ParamSpec("P")
OTHER_SERVER = "reason.other-recovery-server"


@dataclass(frozen=True)
class Task:
    """Something that a plan does; ``run`` is the number of its run, from 0."""

    id: str
    action: Action
    plan: str
    run: int


class Desk:
    """Answers for one server. For any thread."""

    def __init__(self, gateway: Gateway, server: str) -> None:
        self.gateway, self.name = gateway, server
        self._lock = threading.Lock()
        self._tasks: dict[str, Task] = {}

    @property
    def world(self) -> World:
        """The world as it is now."""
        return self.gateway.world

    @property
    def server(self) -> RecoveryServer:
        """The server itself."""
        return self.world.recovery_servers[self.name]

    @property
    def peer(self) -> RecoveryServer:
        """The other one of the pair."""
        return self.world.recovery_servers[self.server.peer]

    @property
    def pairing(self) -> str:
        """The id of the pair: the same at both."""
        return id_of("pairing", ":".join(sorted((self.name, self.server.peer))))

    def check_pairing(self, pairing_id: str) -> None:
        """Refuses ``NotFound`` for the id of another pair."""
        if pairing_id != self.pairing:
            raise Refusal("NotFound", pairing_id, f"{self.name} has no pairing {pairing_id}")

    def peer_answers(self) -> bool:
        """Whether the other server answers."""
        return answers(self.world, self.peer)

    def plans(self) -> list[RecoveryPlan]:
        """The recovery plans of the pair."""
        return [p for p in self.world.plans.values() if self.name in {side.name for side in sides(self.world, p)}]

    def plan(self, wanted: str) -> RecoveryPlan:
        """The plan of that id; refuses ``NotFound``."""
        found = next((plan for plan in self.plans() if id_of("plan", plan.name) == wanted), None)
        if found is None:
            raise Refusal("NotFound", wanted, f"{self.name} has no recovery plan {wanted}")
        return found

    def groups(self) -> list[ProtectionGroup]:
        """The protection groups of the pair."""
        return [g for g in self.world.protection.values() if self.name in {g.protected, g.recovery}]

    def group(self, wanted: str) -> ProtectionGroup:
        """The group of that id; refuses ``NotFound``."""
        found = next((group for group in self.groups() if id_of("group", group.name) == wanted), None)
        if found is None:
            raise Refusal("NotFound", wanted, f"{self.name} has no protection group {wanted}")
        return found

    def steps(self, plan: RecoveryPlan, action: Action) -> tuple[Step, ...]:
        """The steps of the last run of that action; those that it would have, where there was none."""
        last = next((run for run in reversed(plan.runs) if run.action is action), None)
        course = recovery_courses.course_of(self.world, plan, action)
        return last.steps if last else tuple(Step(task.title, prompt=task.prompt) for task in course.tasks)

    def begin(
        self,
        plan: RecoveryPlan,
        action: Action,
        operation: Callable[Concatenate[Laws, str, str, P], Operation[None]],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> TaskShown:
        """Set a plan going: it goes on as simulated time passes. Refuses what the operation refuses before it begins."""
        with self._lock:
            known = len(self.world.plans[plan.name].runs)
            try:
                self.gateway.begin(operation, self.name, plan.name, *args, **kwargs)
            except Refusal as refusal:
                self._tell(refusal)
                if len(self.world.plans[plan.name].runs) == known:
                    raise
            task = Task(secrets.token_hex(16), action, plan.name, known)
            self._tasks[task.id] = task
        return self._show(task)

    def cancel(self, plan: RecoveryPlan) -> TaskShown:
        """Have the run of a plan end; the task of that run."""
        self._perform(recovery.cancel, plan.name)
        with self._lock:
            found = [task for task in self._tasks.values() if task.plan == plan.name]
        return self._show(found[-1])

    def dismiss(self, plan: RecoveryPlan, prompt: str) -> None:
        """Answer a prompt, by its id."""
        numbers = {id_of("prompt", f"{plan.name}:{number}"): number for number in waiting_prompts(plan)}
        if prompt not in numbers:
            raise Refusal("NotFound", prompt, f"{plan.name} waits at no prompt {prompt}")
        self._perform(recovery.dismiss, plan.name, numbers[prompt])

    def _perform(
        self, operation: Callable[Concatenate[Laws, str, P], Operation[None]], *args: P.args, **kwargs: P.kwargs
    ) -> None:
        try:
            self.gateway.perform(operation, self.name, *args, **kwargs)
        except Refusal as refusal:
            self._tell(refusal)
            raise

    def _tell(self, refusal: Refusal) -> None:
        """The text of the product that a client gets to see goes into the journal."""
        if refusal.reason == "WrongSite":
            fact = self.gateway.release.phrase(OTHER_SERVER)
            self.gateway.journal.record(TextShown(OTHER_SERVER, fact.provenance, fact.source))

    def tasks(self) -> list[TaskShown]:
        """All tasks since the server was set up, the last one last."""
        with self._lock:
            known = list(self._tasks.values())
        return [self._show(task) for task in known]

    def task(self, wanted: str) -> TaskShown:
        """The task of that id; refuses ``NotFound``."""
        with self._lock:
            found = self._tasks.get(wanted)
        if found is None:
            raise Refusal("NotFound", wanted, f"{self.name} has no task {wanted}")
        return self._show(found)

    def _show(self, task: Task) -> TaskShown:
        run = self.world.plans[task.plan].runs[task.run]
        said = {"code": "RECOVERY_PLAN_FAILED", "message": run.failure, "field": ""}
        return TaskShown(
            id=task.id,
            description=f"{task.action.capitalize()} of {task.plan}",
            description_id=f"com.vmware.vcDr.recoveryPlan.{task.action}",
            entity=id_of("plan", task.plan),
            entity_name=task.plan,
            status="RUNNING" if run.ended is None else "ERROR" if run.failure else "SUCCESS",
            error={"message": run.failure, "details": []} if run.failure else None,
            progress=run.progress,
            queued_time=stamp(run.began),
            start_time=stamp(run.began),
            complete_time=stamp(run.ended),
            meta={"errors": [said] if run.failure else []},
        )


DESK: Subject[Desk] = Subject("desk")


async def check_pairing(pairing_id: str) -> None:
    """A dependency: refuses ``NotFound`` for the id of another pair."""
    DESK().check_pairing(pairing_id)
