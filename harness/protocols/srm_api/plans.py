"""Recovery plans over the API: what they are, what they are asked to do, and what came of it."""

from __future__ import annotations

from fastapi import APIRouter, Response

from harness.errors import Refusal
from harness.operations import recovery
from harness.protocols.srm_api.desk import DESK
from harness.protocols.srm_api.resources import Group, Listing, Machine, Plan, id_of, show_group, show_machine, show_plan
from harness.protocols.srm_api.routes import pair_routes
from harness.protocols.srm_api.runs import (
    PromptShown,
    RecoveryBody,
    Report,
    ReprotectBody,
    StepShown,
    TaskShown,
    TestBody,
    show_report,
    show_step,
)
from harness.protocols.srm_api.sessions import OPEN, SESSIONS
from harness.world.recovery import Action, groups_of, waiting_prompts

ACTIONS = "/{plan_id}/actions/"


def make_plan_routes() -> APIRouter:
    """All that is to be had of plans."""
    router = pair_routes("recovery plans", "/recovery-management/plans")
    _add_views(router)
    _add_prompts(router)  # before any view of steps, as each route is asked in its turn
    _add_steps(router)
    _add_tests(router)
    _add_recoveries(router)
    return router


def _add_views(router: APIRouter) -> None:
    @router.get("", operation_id="listPlans")
    async def plans() -> Listing[Plan]:
        """The recovery plans of the pair."""
        return Listing.of([show_plan(DESK().world, plan, DESK().name) for plan in DESK().plans()])

    @router.get("/{plan_id}", operation_id="showPlan")
    async def plan(plan_id: str) -> Plan:
        """One plan."""
        return show_plan(DESK().world, DESK().plan(plan_id), DESK().name)

    @router.get("/{plan_id}/vms", operation_id="listMachinesOfPlan")
    async def machines(plan_id: str) -> Listing[Machine]:
        """The VMs that it recovers."""
        groups = groups_of(DESK().world, DESK().plan(plan_id))
        return Listing.of([show_machine(machine) for group in groups for machine in group.machines])

    @router.get("/{plan_id}/protection-groups", operation_id="listGroupsOfPlan")
    async def groups(plan_id: str) -> Listing[Group]:
        """The protection groups that it recovers."""
        return Listing.of([show_group(DESK().world, group) for group in groups_of(DESK().world, DESK().plan(plan_id))])


def _add_prompts(router: APIRouter) -> None:
    dismissal = "/{plan_id}/recovery-steps/user-prompts/{prompt_id}/actions/dismiss-prompt"

    @router.get("/{plan_id}/recovery-steps/user-prompts", operation_id="listPrompts")
    async def prompts(plan_id: str) -> Listing[PromptShown]:
        """The prompts that it waits at."""
        plan = DESK().plan(plan_id)
        waiting = [(number, plan.prompts[number - 1]) for number in waiting_prompts(plan)]
        return Listing.of([PromptShown(id=id_of("prompt", f"{plan.name}:{n}"), message=prompt.text) for n, prompt in waiting])

    @router.post(dismissal, operation_id="dismissPrompt", status_code=204, response_class=Response)
    async def dismiss(plan_id: str, prompt_id: str) -> None:
        """Answer a prompt: the plan goes on."""
        DESK().dismiss(DESK().plan(plan_id), prompt_id)


def _add_steps(router: APIRouter) -> None:

    @router.get("/{plan_id}/recovery-steps/{view_mode}", operation_id="listSteps")
    async def steps(plan_id: str, view_mode: Action) -> Listing[StepShown]:
        """The steps of an action as the last run of it went; as they would be, where there was none."""
        plan = DESK().plan(plan_id)
        return Listing.of([show_step(plan.name, n, step) for n, step in enumerate(DESK().steps(plan, view_mode), start=1)])

    @router.get("/{plan_id}/history-reports", operation_id="listReports")
    async def reports(plan_id: str) -> Listing[Report]:
        """What came of its runs, the last one last."""
        plan = DESK().plan(plan_id)
        return Listing.of([show_report(plan.name, n, run) for n, run in enumerate(plan.runs) if run.ended])


def _add_tests(router: APIRouter) -> None:

    @router.post(ACTIONS + "test", operation_id="testPlan", status_code=202)
    async def test(plan_id: str, wanted: TestBody | None = None, session: str = OPEN) -> TaskShown:
        """Start the VMs from snapshots in a test network; nothing changes at the protected site."""
        synchronise = wanted is not None and wanted.sync_data
        if synchronise and DESK().peer_answers():
            SESSIONS().check_remote(session)
        return DESK().begin(DESK().plan(plan_id), Action.TEST, recovery.run_test, synchronise=synchronise)

    @router.post(ACTIONS + "cleanup", operation_id="cleanUpPlan", status_code=202)
    async def cleanup(plan_id: str) -> TaskShown:
        """End a test."""
        return DESK().begin(DESK().plan(plan_id), Action.CLEANUP, recovery.clean_up)

    @router.post(ACTIONS + "cancel", operation_id="cancelPlan", status_code=202)
    async def cancel(plan_id: str) -> TaskShown:
        """Have the run under way end after its step."""
        return DESK().cancel(DESK().plan(plan_id))


def _add_recoveries(router: APIRouter) -> None:

    @router.post(ACTIONS + "recovery", operation_id="recoverPlan", status_code=202)
    async def recover(plan_id: str, wanted: RecoveryBody, session: str = OPEN) -> TaskShown:
        """Have the VMs run at the recovery site; a run that stopped before goes on."""
        plan, planned = DESK().plan(plan_id), wanted.planned_failover
        if wanted.migrate_eligible_vms:
            raise Refusal("NotSupported", plan.name, "migrate_eligible_vms is not simulated")
        if planned and DESK().peer_answers():
            SESSIONS().check_remote(session)
        skip = wanted.skip_protection_site_operations
        return DESK().begin(plan, Action.RECOVERY, recovery.recover, planned=planned, skip_protected=skip)

    @router.post(ACTIONS + "reprotect", operation_id="reprotectPlan", status_code=202)
    async def reprotect(plan_id: str, wanted: ReprotectBody | None = None, session: str = OPEN) -> TaskShown:
        """Protect what was recovered in the other direction."""
        plan = DESK().plan(plan_id)
        if wanted and wanted.forced:
            raise Refusal("NotSupported", plan.name, "forced is not simulated")
        if DESK().peer_answers():
            SESSIONS().check_remote(session)
        return DESK().begin(plan, Action.REPROTECT, recovery.reprotect)
