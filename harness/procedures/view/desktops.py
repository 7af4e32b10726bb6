"""The desktops of View: powered by their vCenter, and brokered by the connection servers."""

from __future__ import annotations

from harness.probes.brokers import AVAILABLE, BrokerClient, DesktopView
from harness.probes.failures import Unmet
from harness.procedures.job import Job
from harness.procedures.two_sites.sites import look_at_power, resource
from harness.procedures.two_sites.tenants import few, ran, that_ran
from harness.units import number_of

ON = "poweredOn"


def start(job: Job) -> None:
    """Power on every desktop that ran and is off."""
    for machine in that_ran(job, look_at_power(job)):
        if machine.power != ON:
            resource(job).call(machine.ref, "PowerOnVM_Task", about=machine.name)


def stop(job: Job) -> None:
    """Have the guests of all desktops that run shut themselves down."""
    for machine in look_at_power(job).machines.values():
        if machine.power == ON:
            resource(job).call(machine.ref, "ShutdownGuest", about=machine.name)


def see_on(job: Job) -> str:
    """Every desktop that ran is on."""
    machines = that_ran(job, look_at_power(job))
    off = [machine.name for machine in machines if machine.power != ON]
    if off:
        raise Unmet("the desktops that ran", "on", [("vCenter", f"off: {few(off)}")])
    return f"on: {number_of(len(machines), 'desktop')}"


def see_brokers(job: Job) -> str:
    """Each connection server answers its users with their desktops."""
    servers = _servers(job)
    told = {server.name: [desktop.machine for desktop in server.desktops()] for server in servers}
    bare = [name for name, desktops in told.items() if not desktops]
    if bare:
        raise Unmet("View", "a desktop for each user that is asked for", [(few(bare), "none")])
    return ", ".join(f"{name} brokers {few(desktops)}" for name, desktops in told.items())


def see_desktops(job: Job) -> str:
    """Each user that the site file, or the lab, knows gets a desktop, and those of them that ran are available."""
    shown = {f"{desktop.machine} of {user}": desktop.state for user, desktop in _of_users(_servers(job)[0])}
    down = [f"{name} is {state}" for name, state in shown.items() if name.partition(" ")[0] in ran(job) and state != AVAILABLE]
    if down or not shown:
        raise Unmet("View", "the desktops that ran available", [("a connection server", few(down) or "no desktops")])
    return f"with their users: {number_of(len(shown), 'desktop')}; all that ran are available"


def _of_users(server: BrokerClient) -> list[tuple[str, DesktopView]]:
    return [(user, desktop) for user in server.users for desktop in server.desktops(user)]


def _servers(job: Job) -> list[BrokerClient]:
    return [job.operator.broker(name) for name in job.operator.place.view]
