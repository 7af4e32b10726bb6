"""The recovery plan of the management VMs: at the server of Site Recovery Manager to whose site it recovers."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from harness.probes.failures import Unmet
from harness.probes.looks import WITHOUT_HARDWARE
from harness.procedures.job import Job
from harness.procedures.two_sites.sites import Side, look_at_power, management_at, only_one, recovered
from harness.units import number_of

if TYPE_CHECKING:
    from harness.probes.recovery import RecoveryClient
    from harness.probes.recovery_views import PlanView

READY, PROTECTING = "READY_STATE", "PROTECTING"
COMPLETE, SHORT = "RECOVERY_COMPLETE", "DISASTER_RECOVERY_COMPLETE"
"""Both sites are done; or the VMs run, and something is left to be done at the site that did not answer."""
RESUMABLE = {READY, "RECOVERY_INCOMPLETE", SHORT}


def server_at(job: Job, side: Side) -> RecoveryClient:
    """The server of Site Recovery Manager at a site."""
    return job.operator.srm(only_one(job.site, "srm", side).name)


def plan_at(job: Job, side: Side) -> PlanView:
    """The recovery plan as the server of that site shows it."""
    return server_at(job, side).plan(recovered(job.site).plan)


def recover(side: Side, *, planned: bool) -> Callable[[Job], None]:
    """Have the plan bring the management VMs to that site, unless it is under way or done; one that stopped half-way goes on."""

    def act(job: Job) -> None:
        plan = plan_at(job, side)
        if not plan.running and plan.state in RESUMABLE:
            server_at(job, side).recover(plan, planned=planned)

    return act


def reprotect(side: Side) -> Callable[[Job], None]:
    """Have the plan protect in the other direction what it has recovered to that site, unless that is under way or done."""

    def act(job: Job) -> None:
        plan = plan_at(job, side)
        if not plan.running and plan.state != PROTECTING:
            server_at(job, side).reprotect(plan)

    return act


def see_idle(side: Side) -> Callable[[Job], str]:
    """The plan does not run."""

    def see(job: Job) -> str:
        plan = plan_at(job, side)
        if plan.running:
            raise Unmet(f"plan {plan.name}", "that it does not run", [("SRM", f"{plan.state}, {plan.progress} % done")])
        return plan.state

    return see


def see_status(side: Side, *wanted: str) -> Callable[[Job], str]:
    """The plan is in one of these states at the server of that site."""

    def see(job: Job) -> str:
        plan = plan_at(job, side)
        if plan.running or plan.state not in wanted:
            raise Unmet(f"plan {plan.name}", " or ".join(wanted), [("SRM", f"{plan.state}{_failure(job, side, plan)}")])
        return plan.state

    return see


def _failure(job: Job, side: Side, plan: PlanView) -> str:
    """Where the last run of the plan stopped, and why."""
    runs = server_at(job, side).history(plan)
    return f": {runs[-1].error}" if runs and runs[-1].error else ""


def see_management(side: Side) -> Callable[[Job], str]:
    """The management VMs run at that site, as its management vCenter shows them."""

    def see(job: Job) -> str:
        seen, wanted = management_at(job, side).look(WITHOUT_HARDWARE), recovered(job.site).management
        machines = [seen.machine(name) for name in wanted]
        off = [str(machine) for machine in machines if (machine.power, machine.connection) != ("poweredOn", "connected")]
        if off:
            raise Unmet("the management VMs", f"{', '.join(wanted)} on and connected", [("vCenter", "; ".join(off))])
        return ", ".join(f"{machine.name} on {machine.host}" for machine in machines)

    return see


def see_no_management(side: Side) -> Callable[[Job], str]:
    """No management VM runs at that site."""

    def see(job: Job) -> str:
        machines, wanted = management_at(job, side).look(WITHOUT_HARDWARE).machines.values(), recovered(job.site).management
        on = [str(machine) for machine in machines if machine.name in wanted and machine.power == "poweredOn"]
        if on:
            raise Unmet("the management VMs", f"none of them on at the {side} site", [("vCenter", "; ".join(on))])
        return f"none is on at the {side} site"

    return see


def see_cluster_vcenter(job: Job) -> str:
    """The cluster's vCenter shows its inventory."""
    seen = look_at_power(job)
    return f"{number_of(len(seen.hosts), 'host')} and {number_of(len(seen.machines), 'VM')} in its inventory"
