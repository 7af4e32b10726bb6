"""How a recovery plan runs: one step after the other, until one fails, somebody cancels, or the server loses its power."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TypeAlias

from harness.errors import Refusal
from harness.physics.effects import Await, Operation
from harness.physics.laws import Laws
from harness.records import replace
from harness.world.aggregate import World
from harness.world.recovery import (
    Action,
    MachineStatus,
    PlanState,
    ProtectedMachine,
    ProtectionGroup,
    ProtectionState,
    RecoveryPlan,
    Run,
    Step,
    StepState,
    answers,
    groups_of,
    sides,
)
from harness.world.recovery_groups import MachineStatusChanged, ProtectionStateChanged
from harness.world.recovery_runs import PlanStateChanged, RunBegun, RunEnded, StepChanged

Work: TypeAlias = Callable[[Laws, RecoveryPlan], Operation[str]]
"""What a step does; it returns what it has to say of it."""


@dataclass(frozen=True)
class Task:
    """A step to come. One at the ``protected`` site may fail where the course bears that; ``prompt`` is a prompt's number."""

    title: str
    work: Work
    protected: bool = False
    prompt: int = 0


@dataclass(frozen=True)
class Course:
    """What a run is to do. ``states`` are the plan's while it runs, when it is through and where it stopped; ``groups`` those of
    its protection groups, ``short`` the plan's where something at the protected site is left over.

    ``bears``: what fails at the protected site does not stop the run. ``skips``: nothing is tried there.
    """

    action: Action
    tasks: tuple[Task, ...]
    states: tuple[PlanState, PlanState, PlanState]
    groups: tuple[ProtectionState, ProtectionState, ProtectionState]
    mode: str = ""
    short: PlanState | None = None
    bears: bool = False
    skips: bool = False


def run(laws: Laws, name: str, course: Course) -> Operation[None]:
    """Run a plan to its end; refuses, with what failed and where, when it stopped before."""
    yield RunBegun(name, Run(course.action, course.mode, laws.now, tuple(_step(task) for task in course.tasks)), course.states[0])
    yield from _mark_groups(laws, name, course.groups[0])
    failure, reason, left_over = "", "", False
    for number, task in enumerate(course.tasks):
        try:
            _must_go_on(laws, name)
            step = yield from _carry_out(laws, name, course, number, task)
        except Refusal as refusal:
            failure, reason = f"step {number + 1}, {task.title}: {refusal}", refusal.reason
            yield from _close_step(laws, name, number, StepState.FAILED, str(refusal))
            break
        left_over = left_over or (task.protected and step is not StepState.SUCCEEDED)
    yield from _mark_groups(laws, name, course.groups[2] if failure else course.groups[1])
    done = course.short if course.short and left_over else course.states[1]
    yield RunEnded(name, course.states[2] if failure else done, laws.now, failure)
    if failure:
        raise Refusal(reason, name, failure)


def _step(task: Task) -> Step:
    return Step(task.title, prompt=task.prompt)


def _must_go_on(laws: Laws, name: str) -> None:
    plan = laws.world.plans[name]
    server = sides(laws.world, plan)[1]
    if not answers(laws.world, server):
        raise Refusal("HostNotReachable", server.name, f"{server.name} has lost its power")
    if plan.runs[-1].cancelled:
        raise Refusal("RequestCanceled", name, "cancelled")


def _carry_out(laws: Laws, name: str, course: Course, number: int, task: Task) -> Operation[StepState]:
    yield StepChanged(name, number, replace(_now(laws, name, number), state=StepState.RUNNING, began=laws.now))
    silent = _silence(laws, name) if task.protected else ""
    if task.protected and (course.skips or (course.bears and silent)):
        yield from _close_step(laws, name, number, StepState.SKIPPED, silent or "nothing is to be done at the protected site")
        return StepState.SKIPPED
    try:
        remark = yield from task.work(laws, laws.world.plans[name])
        state = StepState.SUCCEEDED
    except Refusal as refusal:
        if not (task.protected and course.bears):
            raise
        remark, state = str(refusal), StepState.WARNING
    yield from _close_step(laws, name, number, state, remark)
    return state


def _silence(laws: Laws, name: str) -> str:
    """Why nothing can be asked at the protected site; empty where something can."""
    server = sides(laws.world, laws.world.plans[name])[0]
    if not answers(laws.world, server):
        return f"{server.name} does not answer"
    return "" if laws.world.centers[server.center].on else f"{server.center} does not answer"


def _now(laws: Laws, name: str, number: int) -> Step:
    return laws.world.plans[name].runs[-1].steps[number]


def _close_step(laws: Laws, name: str, number: int, state: StepState, remark: str) -> Operation[None]:
    step = _now(laws, name, number)
    yield StepChanged(name, number, replace(step, state=state, began=step.began or laws.now, ended=laws.now, remark=remark))


def _mark_groups(laws: Laws, name: str, state: ProtectionState) -> Operation[None]:
    for group in groups_of(laws.world, laws.world.plans[name]):
        yield ProtectionStateChanged(group.name, state, "" if state is ProtectionState.READY else name)


def ask(laws: Laws, plan: RecoveryPlan, number: int) -> Operation[str]:
    """Wait for a person; a run that is cancelled meanwhile, or whose server dies, goes no further."""
    step = next(n for n, step in enumerate(plan.runs[-1].steps) if step.prompt == number)
    busy = plan.state
    yield StepChanged(plan.name, step, replace(_now(laws, plan.name, step), state=StepState.WAITING))
    yield PlanStateChanged(plan.name, PlanState.WAITING_FOR_USER_INPUT)

    def over(world: World) -> bool:
        known = world.plans[plan.name]
        last = known.runs[-1]
        return number in last.answered or last.cancelled or not answers(world, sides(world, known)[1])

    yield Await(over)
    _must_go_on(laws, plan.name)
    yield PlanStateChanged(plan.name, busy)
    return "dismissed"


def each_machine(
    laws: Laws,
    chosen: Iterator[tuple[ProtectionGroup, ProtectedMachine]],
    work: Callable[[ProtectionGroup, ProtectedMachine], Operation[str]],
    statuses: tuple[MachineStatus, MachineStatus | None, MachineStatus],
) -> Operation[str]:
    """Do something with each of these VMs, whatever becomes of the others. Statuses: meanwhile, when it is done (None: as
    before), where it is refused. Returns what was said; refuses, with all that failed, at the end.
    """
    remarks, failures = [], list[Refusal]()
    for group, machine in list(chosen):
        yield from set_status(laws, group, machine, statuses[0])
        try:
            remark = yield from work(group, machine)
        except Refusal as refusal:
            yield from set_status(laws, group, machine, statuses[2], str(refusal))
            failures.append(refusal)
        else:
            remarks += [remark] if remark else []
            yield from set_status(laws, group, machine, statuses[1] or statuses[0], remark)
    if failures:
        raise Refusal(failures[0].reason, failures[0].subject, "; ".join(str(failure) for failure in failures))
    return "; ".join(remarks)


def set_status(
    laws: Laws, group: ProtectionGroup, machine: ProtectedMachine, status: MachineStatus, message: str = ""
) -> Operation[None]:
    """A protected VM is farther, or not; nothing happens where it is so already."""
    now = next(m for m in laws.world.protection[group.name].machines if m.name == machine.name)
    if (now.status, now.message) != (status, message):
        yield MachineStatusChanged(group.name, machine.name, status, message)
