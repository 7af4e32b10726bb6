"""The steps of a test, a cleanup, a recovery and a reprotect. Their names and order follow the product's from memory."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.errors import Refusal
from harness.operations import recovery_machines as machines
from harness.operations import recovery_storage as storage
from harness.operations.recovery_runs import Course, Task, Work, ask, each_machine, set_status
from harness.physics import recovery as vr
from harness.physics.effects import Operation, Spend
from harness.physics.laws import Laws
from harness.records import replace
from harness.world.aggregate import World
from harness.world.recovery import (
    PRIORITIES,
    Action,
    MachineStatus,
    PlanState,
    ProtectedMachine,
    ProtectionGroup,
    ProtectionKind,
    ProtectionState,
    RecoveryPlan,
    by_priority,
    groups_of,
)
from harness.world.recovery_groups import ProtectionReversed

TESTING = (MachineStatus.TEST_IN_PROGRESS, MachineStatus.TEST_WARNING, MachineStatus.TEST_SUCCEEDED, MachineStatus.TEST_ERROR)
RECOVERING = (
    MachineStatus.RECOVERY_IN_PROGRESS,
    MachineStatus.RECOVERY_WARNING,
    MachineStatus.RECOVERY_SUCCEEDED,
    MachineStatus.RECOVERY_ERROR,
)
RECOVERED = {MachineStatus.RECOVERY_SUCCEEDED, MachineStatus.RECOVERY_WARNING}


def test(world: World, plan: RecoveryPlan, *, synchronise: bool) -> Course:
    """A test recovery."""
    return Course(
        Action.TEST,
        (
            *([Task("Synchronise storage", _per_group(storage.synchronise))] if synchronise else []),
            Task("Make writable snapshots of the replicas", _per_group(storage.take_snapshots)),
            Task("Recover VMs into the test network", _recover_machines(test=True)),
            *_power_on(world, plan, test=True),
        ),
        (PlanState.TEST_IN_PROGRESS, PlanState.TEST_COMPLETE, PlanState.TEST_INCOMPLETE),
        (ProtectionState.TESTING, ProtectionState.TEST_COMPLETE, ProtectionState.TEST_COMPLETE),
    )


def course_of(world: World, plan: RecoveryPlan, action: Action) -> Course:
    """What an action would do; of a recovery, a planned one."""
    courses: dict[Action, Callable[[], Course]] = {
        Action.TEST: lambda: test(world, plan, synchronise=False),
        Action.CLEANUP: cleanup,
        Action.RECOVERY: lambda: recovery(world, plan, planned=True, skips=False),
        Action.REPROTECT: reprotect,
    }
    return courses[action]()


def cleanup() -> Course:
    """What follows a test."""
    return Course(
        Action.CLEANUP,
        (
            Task("Power off the VMs of the test", _stop_test),
            Task("Discard the snapshots", _per_group(storage.discard_snapshots)),
            Task("Reset the protection groups", _reset),
        ),
        (PlanState.CLEANUP_IN_PROGRESS, PlanState.READY, PlanState.CLEANUP_INCOMPLETE),
        (ProtectionState.CLEANING_UP, ProtectionState.READY, ProtectionState.TEST_COMPLETE),
    )


def recovery(world: World, plan: RecoveryPlan, *, planned: bool, skips: bool) -> Course:
    """A planned migration, or what is done after a disaster."""
    return Course(
        Action.RECOVERY,
        (
            Task("Synchronise storage beforehand", _per_group(storage.synchronise), protected=True),
            Task("Shut down VMs at the protected site", _shut_down, protected=True),
            Task("Synchronise storage", _per_group(storage.synchronise), protected=True),
            Task("Release storage at the protected site", _per_group(storage.release_originals), protected=True),
            Task("Make storage writable at the recovery site", _per_group(storage.make_writable)),
            Task("Recover VMs", _recover_machines(test=False)),
            *_power_on(world, plan, test=False),
        ),
        (PlanState.RECOVERY_IN_PROGRESS, PlanState.RECOVERY_COMPLETE, PlanState.RECOVERY_INCOMPLETE),
        (ProtectionState.RECOVERING, ProtectionState.RECOVERED, ProtectionState.PARTIALLY_RECOVERED),
        mode="planned" if planned else "disaster",
        short=PlanState.DISASTER_RECOVERY_COMPLETE,
        bears=not planned,
        skips=skips,
    )


def reprotect() -> Course:
    """Protection in the other direction."""
    return Course(
        Action.REPROTECT,
        (
            Task("Reverse the replication", _per_group(storage.reverse)),
            Task("Keep places at the former protected site", _keep_places),
            Task("Synchronise storage", _per_group(storage.complete_copies)),
            Task("Protect in the other direction", _turn_round),
        ),
        (PlanState.REPROTECT_IN_PROGRESS, PlanState.READY, PlanState.REPROTECT_INCOMPLETE),
        (ProtectionState.REPROTECTING, ProtectionState.READY, ProtectionState.PARTIALLY_REPROTECTED),
    )


def _per_group(work: Callable[[Laws, ProtectionGroup], Operation[str]]) -> Work:
    def step(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
        remarks = []
        for name in plan.groups:
            remarks.append((yield from work(laws, laws.world.protection[name])))
        return "; ".join(filter(None, remarks))

    return step


def _all(laws: Laws, plan: RecoveryPlan) -> Iterator[tuple[ProtectionGroup, ProtectedMachine]]:
    return ((group, machine) for group in groups_of(laws.world, plan) for machine in group.machines)


def _shut_down(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
    """The least important ones first."""
    groups = groups_of(laws.world, plan)
    for priority in reversed(PRIORITIES):
        for _, machine in list(by_priority(groups, priority)):
            yield from machines.shut_down(laws, machine.machine)
    return ""


def _recover_machines(*, test: bool) -> Work:
    busy, _, _, failed = TESTING if test else RECOVERING

    def step(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
        def recover(group: ProtectionGroup, machine: ProtectedMachine) -> Operation[str]:
            now = laws.world.protection[group.name]
            server = laws.world.recovery_servers[now.recovery]
            vmx = storage.recovered_file(laws, now, machine, test=test)
            yield from machines.take_place(laws, server, machine.placeholder, vmx, test=test)
            return ""

        left = ((group, m) for group, m in _all(laws, plan) if not _recovered(laws, m))
        return (yield from each_machine(laws, left, recover, (busy, None, failed)))

    return step


def _power_on(world: World, plan: RecoveryPlan, *, test: bool) -> Iterator[Task]:
    for priority in PRIORITIES:
        if any(by_priority(groups_of(world, plan), priority)):
            yield from _prompts(plan, priority)
            yield Task(f"Power on priority {priority} VMs", _start(priority, test=test))


def _prompts(plan: RecoveryPlan, priority: int) -> Iterator[Task]:
    for number, prompt in enumerate(plan.prompts, start=1):
        if prompt.before == priority:
            yield Task(f"Prompt: {prompt.text}", _asking(number), prompt=number)


def _asking(number: int) -> Work:
    return lambda laws, plan: ask(laws, plan, number)


def _start(priority: int, *, test: bool) -> Work:
    """All VMs of one priority are powered on, then all of them are waited for; those that were recovered before are left."""
    busy, _, _, failed = statuses = TESTING if test else RECOVERING

    def power_on(laws: Laws, machine: ProtectedMachine) -> Operation[str]:
        if machine.starts:
            yield from machines.power_on(laws, machine.placeholder)
        return ""

    def step(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
        chosen = [(g, m) for g, m in by_priority(groups_of(laws.world, plan), priority) if not _recovered(laws, m)]
        troubles = list[Refusal]()
        try:
            yield from each_machine(laws, iter(chosen), lambda _, m: power_on(laws, m), (busy, None, failed))
        except Refusal as refusal:
            troubles.append(refusal)
        started = [(g, m) for g, m in chosen if _now(laws, g, m).status is not failed]
        if started:
            yield Spend("machine.guest-boot", f"priority {priority} VMs of {plan.name}")
        remark = yield from _await_all(laws, started, statuses, troubles)
        if troubles:
            raise Refusal(troubles[0].reason, troubles[0].subject, "; ".join(str(trouble) for trouble in troubles))
        return remark

    return step


def _recovered(laws: Laws, machine: ProtectedMachine) -> bool:
    """Whether an earlier run has seen to a VM; one that lost its power since, and was not shut down, is to be started again."""
    now = laws.world.machines.get(machine.placeholder)
    return machine.status in RECOVERED and (now is None or now.running or now.clean)


def _await_all(
    laws: Laws,
    started: list[tuple[ProtectionGroup, ProtectedMachine]],
    statuses: tuple[MachineStatus, ...],
    troubles: list[Refusal],
) -> Operation[str]:
    _, warning, done, failed = statuses
    remarks, until = [], laws.now + laws.release.duration("recovery.ready-limit")
    for group, machine in started:
        try:
            late = (yield from machines.await_ready(laws, machine, until)) if machine.starts else ""
        except Refusal as refusal:
            troubles.append(refusal)
            yield from set_status(laws, group, machine, failed, str(refusal))
            continue
        remarks += [late] if late else []
        yield from set_status(laws, group, machine, warning if late else done, late)
    return "; ".join(remarks)


def _now(laws: Laws, group: ProtectionGroup, machine: ProtectedMachine) -> ProtectedMachine:
    return next(m for m in laws.world.protection[group.name].machines if m.name == machine.name)


def _stop_test(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
    def stop(group: ProtectionGroup, machine: ProtectedMachine) -> Operation[str]:
        yield from machines.power_off(laws, machine.placeholder)
        yield from machines.become_placeholder(laws, laws.world.recovery_servers[group.recovery], machine.placeholder)
        return ""

    statuses = (MachineStatus.CLEANUP_IN_PROGRESS, None, MachineStatus.CLEANUP_ERROR)
    return (yield from each_machine(laws, _all(laws, plan), stop, statuses))


def _reset(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
    for group, machine in list(_all(laws, plan)):
        yield from set_status(laws, group, machine, MachineStatus.READY_TO_RECOVER)
    return ""


def _keep_places(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
    """The VMs that were protected are placeholders for those that are protected now."""

    def keep(group: ProtectionGroup, machine: ProtectedMachine) -> Operation[str]:
        yield from machines.become_placeholder(laws, laws.world.recovery_servers[group.protected], machine.machine)
        return ""

    statuses = (MachineStatus.REPROTECT_IN_PROGRESS, None, MachineStatus.REPROTECT_ERROR)
    return (yield from each_machine(laws, _all(laws, plan), keep, statuses))


def _turn_round(laws: Laws, plan: RecoveryPlan) -> Operation[str]:
    """Nothing of this can fail: a plan never protects in both directions."""
    for group in groups_of(laws.world, plan):
        yield ProtectionReversed(group.name, tuple(_turned(laws, group, machine) for machine in group.machines))
        for machine in group.machines if group.kind is ProtectionKind.HBR else ():
            yield from vr.switch(laws, group.name, machine.name, on=True)
    return ""


def _turned(laws: Laws, group: ProtectionGroup, machine: ProtectedMachine) -> ProtectedMachine:
    stub = machines.stub_of(laws.world.recovery_servers[group.protected], machine.name)
    known = laws.world.machines[machine.placeholder]
    if group.kind is ProtectionKind.HBR and machine.target:
        source, target = machine.target, machine.source
    else:
        pairs = laws.world.replication[group.replication].pairs
        source, target = next(pair.source for pair in pairs if pair.target == machine.source), None
    return replace(
        machine,
        machine=machine.placeholder,
        placeholder=machine.machine,
        stub=stub,
        source=source,
        target=target,
        path=known.vmx.path,
        status=MachineStatus.READY_TO_RECOVER,
        message="",
    )
