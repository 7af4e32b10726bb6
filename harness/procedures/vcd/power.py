"""Power for tenants in order: edges by vCenter, and the VMs of vApps by vCloud Director, in the start order of each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from harness.probes.cloud import CloudClient, MachineView, TaskView, VAppView
from harness.probes.failures import CloudRefusal, StillWaiting, Unmet
from harness.probes.inventory import Inventory, MachineSeen
from harness.procedures.job import Job
from harness.procedures.two_sites.sites import look_at_power, resource
from harness.procedures.two_sites.tenants import few, ran, that_ran
from harness.units import number_of, shown_span

ON, OFF = "poweredOn", "poweredOff"
BUSY, SO_ALREADY = "BUSY_ENTITY", "InvalidPowerState"


def cloud(job: Job) -> CloudClient:
    """The vCloud Director of the site."""
    return job.operator.cloud()


def edges(job: Job, seen: Inventory) -> list[MachineSeen]:
    """Of the VMs that ran those that are in no vApp."""
    inside = {machine.moref for machine in cloud(job).machines()}
    return [machine for machine in that_ran(job, seen) if machine.ref._moId not in inside]


def start_edges(job: Job) -> None:
    """Power the edges on."""
    for machine in edges(job, look_at_power(job)):
        if machine.power != ON:
            resource(job).call(machine.ref, "PowerOnVM_Task", about=machine.name)


def stop_edges(job: Job) -> None:
    """Have the guests of the edges shut themselves down."""
    for machine in edges(job, look_at_power(job)):
        if machine.power == ON:
            resource(job).call(machine.ref, "ShutdownGuest", about=machine.name)


def see_edges(power: str) -> Callable[[Job], str]:
    """All edges are on, or off."""

    def see(job: Job) -> str:
        found = edges(job, look_at_power(job))
        others = [str(machine) for machine in found if machine.power != power]
        if others:
            raise Unmet("the VMs in no vApp", power, [("vCenter", "; ".join(others))])
        return f"{power}: {few([machine.name for machine in found]) or 'there is none'}"

    return see


def start_vapps(job: Job) -> None:
    """Power on, vApp by vApp, what ran, in the start order of each; what runs already is left alone."""
    seen = look_at_power(job)
    on = {machine.ref._moId for machine in seen.machines.values() if machine.power == ON}
    wanted = {place["moref"] for place in ran(job).values()}
    for vapp in cloud(job).vapps():
        members = cloud(job).machines(vapp.name)
        if all(member.moref in wanted for member in members):
            if any(member.moref not in on for member in members):
                _carry_out(job, lambda vapp=vapp: cloud(job).power(vapp, "powerOn"))  # type: ignore[misc]
            continue
        for member in _in_order(job, vapp, members):
            if member.moref in wanted - on:
                _carry_out(job, lambda member=member: cloud(job).power(member, "powerOn"))  # type: ignore[misc]


def stop_vapps(job: Job) -> None:
    """Stop every vApp of which a VM runs, in the reverse of its start order."""
    on = {machine.ref._moId for machine in look_at_power(job).machines.values() if machine.power == ON}
    for vapp in cloud(job).vapps():
        if any(member.moref in on for member in cloud(job).machines(vapp.name)):
            _carry_out(job, lambda vapp=vapp: cloud(job).stop(vapp))  # type: ignore[misc]


def _in_order(job: Job, vapp: VAppView, members: Sequence[MachineView]) -> list[MachineView]:
    order = {step.machine: step.order for step in cloud(job).start_order(vapp)}
    return sorted(members, key=lambda member: (order.get(member.name, 0), member.name))


def _carry_out(job: Job, ask: Callable[[], TaskView]) -> None:
    """Ask for something, once the vApp is not busy with what was asked before, which may come to the same; wait for its end."""
    begun: list[TaskView | None] = []
    limit = job.site.wait("restarts")
    job.hands.wait(lambda: _accepted(ask, begun), limit, "vCloud Director takes the order")
    if not begun:
        raise StillWaiting("that vCloud Director takes the order", shown_span(limit.total_seconds()))
    if (order := begun[0]) is None:
        return
    job.hands.wait(lambda: cloud(job).task(order).ended, limit, order.operation)
    task = cloud(job).task(order)
    cloud(job).check(task)
    if not task.ended:
        raise StillWaiting(task.operation, shown_span(limit.total_seconds()))


def _accepted(ask: Callable[[], TaskView], begun: list[TaskView | None]) -> bool:
    """Whether the order is taken, or has nothing to do any more: then ``begun`` gets None for a task."""
    if not begun:
        try:
            begun.append(ask())
        except CloudRefusal as refusal:
            if refusal.fault == SO_ALREADY:
                begun.append(None)
            elif refusal.code != BUSY:
                raise
    return bool(begun)


def see_vapps_off(job: Job) -> str:
    """No VM of a vApp runs."""
    inside = {machine.moref for machine in cloud(job).machines()}
    on = [m.name for m in look_at_power(job).machines.values() if m.power == ON and m.ref._moId in inside]
    if on:
        raise Unmet("the vApps", "off", [("vCenter", f"on: {few(sorted(on))}")])
    return "every VM of a vApp is off"


def see_vapps_on(job: Job) -> str:
    """VCloud Director shows every VM that ran as on, and every other one as not on."""
    wanted = {place["moref"] for place in ran(job).values()}
    machines = cloud(job).machines()
    wrong = [f"{m.name} is {m.status}" for m in machines if (m.status == "POWERED_ON") is not (m.moref in wanted)]
    if wrong:
        raise Unmet("vCloud Director", "on what ran, and nothing else", [("its API", few(wrong))])
    return f"as they were: {number_of(len(machines), 'VM')} in {number_of(len(cloud(job).vapps()), 'vApp')}"


def see_cloud(job: Job) -> str:
    """VCloud Director shows its vApps."""
    vapps = job.operator.cloud().vapps()
    if not vapps:
        raise Unmet("vCloud Director", "vApps", [("its API", "none")])
    return number_of(len(vapps), "vApp")
