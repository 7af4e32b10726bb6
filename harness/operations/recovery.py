"""What somebody asks of a server of Site Recovery Manager: test, clean up, recover, reprotect; cancel, and dismiss prompts.

Refusals, by name: ``NotFound``; ``WrongSite`` at the server of the protected site; ``InvalidState`` where the plan is not in a
state for it; ``HostNotReachable`` where the other site has to take part and does not answer; ``NotSupported``. A run that stops
refuses with the reason of what stopped it.
"""

from __future__ import annotations

from collections.abc import Mapping

from harness.errors import Refusal
from harness.operations import recovery_courses as courses
from harness.operations.recovery_runs import run
from harness.physics import recovery
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.world.recovery import (
    Action,
    PlanState,
    ProtectionKind,
    RecoveryPlan,
    answers,
    groups_of,
    shown_state,
    sides,
    waiting_prompts,
)
from harness.world.recovery_runs import PlanStateChanged, PromptAnswered, RunCancelled

NEEDED: Mapping[Action, frozenset[PlanState]] = {
    Action.TEST: frozenset({PlanState.READY}),
    Action.CLEANUP: frozenset({PlanState.TEST_COMPLETE, PlanState.TEST_INCOMPLETE, PlanState.CLEANUP_INCOMPLETE}),
    Action.RECOVERY: frozenset({PlanState.READY, PlanState.RECOVERY_INCOMPLETE, PlanState.DISASTER_RECOVERY_COMPLETE}),
    Action.REPROTECT: frozenset({PlanState.RECOVERY_COMPLETE, PlanState.REPROTECT_INCOMPLETE}),
}
"""In which states of a plan an action can begin (stated: the tables of states in the product's documentation)."""
WAY_OUT: Mapping[PlanState, str] = {
    PlanState.READY: "nothing was done that this could follow",
    PlanState.PROTECTION_GROUPS_IN_USE: "another plan has begun something with its protection groups",
    PlanState.TEST_INCOMPLETE: "clean the test up first",
    PlanState.TEST_COMPLETE: "clean the test up first",
    PlanState.CLEANUP_INCOMPLETE: "run the cleanup again",
    PlanState.RECOVERY_INCOMPLETE: "run the recovery again",
    PlanState.DISASTER_RECOVERY_COMPLETE: "run the recovery again when the protected site answers, to complete it there",
    PlanState.RECOVERY_COMPLETE: "reprotect first",
    PlanState.REPROTECT_INCOMPLETE: "run reprotect again",
}


def begin(laws: Laws) -> Operation[None]:
    """What vSphere Replication protects has been copied just now; for the start of a lab."""
    for group in laws.world.protection.values():
        for machine in group.machines if group.kind is ProtectionKind.HBR else ():
            contents = recovery.read_folder(laws, recovery.source_of(machine))
            yield from recovery.deliver(laws, group.name, machine.name, contents, laws.now)
            yield from recovery.switch(laws, group.name, machine.name, on=True)


def run_test(laws: Laws, server: str, plan: str, *, synchronise: bool = False) -> Operation[None]:
    """Start the VMs from writable snapshots of their replicas, in a test network; nothing changes at the protected site.

    ``synchronise`` copies what was written last, before that. Returns when the VMs run.
    """
    known = _addressed(laws, server, plan, Action.TEST)
    if synchronise:
        _both_answer(laws, known)
    yield from run(laws, plan, courses.test(laws.world, known, synchronise=synchronise))


def clean_up(laws: Laws, server: str, plan: str) -> Operation[None]:
    """Stop the VMs of a test and discard what they wrote; placeholders keep their places again."""
    _addressed(laws, server, plan, Action.CLEANUP)
    yield from run(laws, plan, courses.cleanup())


def recover(laws: Laws, server: str, plan: str, *, planned: bool, skip_protected: bool = False) -> Operation[None]:
    """Have the VMs run at the recovery site; one that stopped before goes on where it can.

    A ``planned`` one shuts them down and copies the rest first, so that nothing is lost; it needs both sites and stops where
    something fails. Else what cannot be done at the protected site is left out, for a later run. ``skip_protected`` tries
    nothing there; that counts only where it is not planned, and refuses ``NotSupported`` unless the server allows it.
    """
    known = _addressed(laws, server, plan, Action.RECOVERY)
    if planned:
        _both_answer(laws, known)
    elif skip_protected and not laws.world.recovery_servers[server].forces:
        raise Refusal("NotSupported", server, f"{server} has recovery.forceRecovery switched off")
    skips = skip_protected and not planned
    yield from run(laws, plan, courses.recovery(laws.world, known, planned=planned, skips=skips))


def reprotect(laws: Laws, server: str, plan: str) -> Operation[None]:
    """Protect what was recovered in the other direction. Returns when the other site holds a complete copy.

    Needs a complete recovery, both sites, and both arrays.
    """
    known = _addressed(laws, server, plan, Action.REPROTECT)
    _both_answer(laws, known)
    yield from run(laws, plan, courses.reprotect())


def cancel(laws: Laws, server: str, plan: str) -> Operation[None]:
    """Have the run of a plan end after the step that it is in."""
    known = _plan(laws, server, plan)
    if known.current is None:
        raise Refusal("InvalidState", plan, f"{plan} does not run")
    if not known.current.cancelled:
        yield RunCancelled(plan)
        yield PlanStateChanged(plan, PlanState.CANCEL_IN_PROGRESS)


def dismiss(laws: Laws, server: str, plan: str, prompt: int) -> Operation[None]:
    """Answer the prompt that a run waits for; the run goes on."""
    known = _plan(laws, server, plan)
    if prompt not in waiting_prompts(known):
        raise Refusal("InvalidState", plan, f"{plan} does not wait for prompt {prompt}")
    yield PromptAnswered(plan, prompt)


def _plan(laws: Laws, server: str, plan: str) -> RecoveryPlan:
    known = laws.world.plans.get(plan)
    if known is None or server not in {side.name for side in sides(laws.world, known)}:
        raise Refusal("NotFound", plan, f"{server} has no recovery plan {plan}")
    if sides(laws.world, known)[0].name == server:
        raise Refusal("WrongSite", plan, laws.phrase("reason.other-recovery-server"))
    return known


def _addressed(laws: Laws, server: str, plan: str, action: Action) -> RecoveryPlan:
    known = _plan(laws, server, plan)
    state = shown_state(laws.world, known, server)
    if known.current:
        raise Refusal("InvalidState", plan, f"{plan} runs: {known.current.action}, {known.current.progress} % done")
    if state not in NEEDED[action]:
        raise Refusal("InvalidState", plan, f"{plan} is in the state {state}, in which there is no {action}: {WAY_OUT[state]}")
    others = [g.plan for g in groups_of(laws.world, known) if g.plan not in {"", plan}]
    if others:
        raise Refusal("InvalidState", plan, f"{plan} shares protection groups with {others[0]}, which has begun something")
    return known


def _both_answer(laws: Laws, plan: RecoveryPlan) -> None:
    server = sides(laws.world, plan)[0]
    if not answers(laws.world, server):
        raise Refusal("HostNotReachable", server.name, f"{server.name} does not answer, and this needs both sites")
