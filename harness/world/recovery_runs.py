"""What happens to recovery plans: their runs, steps and prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import Instant
from harness.world.events import Event
from harness.world.recovery import (
    PlanState,
    ProtectionGroup,
    RecoveryPlan,
    RecoveryServer,
    Run,
    Step,
    StepState,
)

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class RecoverySetUp(Event):
    """A pair of servers is there, with all that they protect."""

    servers: tuple[RecoveryServer, ...]
    groups: tuple[ProtectionGroup, ...]
    plans: tuple[RecoveryPlan, ...]

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        for server in self.servers:
            world = world.with_recovery_server(server)
        for group in self.groups:
            world = world.with_protection(group)
        for plan in self.plans:
            world = world.with_plan(plan)
        return world

    @property
    def subject(self) -> str:
        """The servers."""
        return ", ".join(server.name for server in self.servers)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"protect {sum(len(group.machines) for group in self.groups)} VM(s)"


@dataclass(frozen=True)
class PlanEvent(Event):
    """An event that replaces one recovery plan."""

    plan: str

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_plan(self.change(world.plans[self.plan]))

    def change(self, plan: RecoveryPlan) -> RecoveryPlan:
        """The plan in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The plan."""
        return self.plan


@dataclass(frozen=True)
class RunBegun(PlanEvent):
    """A plan was set going."""

    run: Run
    state: PlanState

    def change(self, plan: RecoveryPlan) -> RecoveryPlan:
        """See :class:`PlanEvent`."""
        return replace(plan, state=self.state, runs=(*plan.runs, self.run))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{f'{self.run.mode} ' if self.run.mode else ''}{self.run.action} begins"


@dataclass(frozen=True)
class PlanStateChanged(PlanEvent):
    """A plan that runs waits for a person, is being cancelled, or goes on."""

    state: PlanState

    def change(self, plan: RecoveryPlan) -> RecoveryPlan:
        """See :class:`PlanEvent`."""
        return replace(plan, state=self.state)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return self.state


@dataclass(frozen=True)
class RunEvent(PlanEvent):
    """An event that replaces the last run of a plan."""

    def change(self, plan: RecoveryPlan) -> RecoveryPlan:
        """See :class:`PlanEvent`."""
        return replace(plan, runs=(*plan.runs[:-1], self.change_run(plan.runs[-1])))

    def change_run(self, run: Run) -> Run:
        """The run in which this event has happened."""
        raise NotImplementedError


@dataclass(frozen=True)
class StepChanged(RunEvent):
    """A step began, waits or is over; ``number`` counts from 0."""

    number: int
    step: Step

    def change_run(self, run: Run) -> Run:
        """See :class:`RunEvent`."""
        return replace(run, steps=(*run.steps[: self.number], self.step, *run.steps[self.number + 1 :]))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        said = "begins" if self.step.state is StepState.RUNNING else self.step.state
        return f"step {self.number + 1}, {self.step.title}: {said}{f': {self.step.remark}' if self.step.remark else ''}"


@dataclass(frozen=True)
class PromptAnswered(RunEvent):
    """A person has dismissed a prompt."""

    prompt: int

    def change_run(self, run: Run) -> Run:
        """See :class:`RunEvent`."""
        return replace(run, answered=run.answered | {self.prompt})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"prompt {self.prompt} was dismissed"


@dataclass(frozen=True)
class RunCancelled(RunEvent):
    """A person wants a run to end; it does so after the step that it is in."""

    def change_run(self, run: Run) -> Run:
        """See :class:`RunEvent`."""
        return replace(run, cancelled=True)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "is to be cancelled"


@dataclass(frozen=True)
class RunEnded(PlanEvent):
    """A run is over; ``failure`` says where and why it stopped, empty where it came to its end."""

    state: PlanState
    at: Instant
    failure: str = ""

    def change(self, plan: RecoveryPlan) -> RecoveryPlan:
        """See :class:`PlanEvent`."""
        ended = replace(plan.runs[-1], ended=self.at, failure=self.failure)
        return replace(plan, state=self.state, runs=(*plan.runs[:-1], ended))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.state}{f': {self.failure}' if self.failure else ''}"
