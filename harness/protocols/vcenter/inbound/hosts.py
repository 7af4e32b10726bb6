"""Hosts: power, maintenance mode, connection, services."""

from __future__ import annotations

import time
from collections.abc import Callable

from harness.errors import Refusal
from harness.operations import hosts
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.protocols.vcenter.inbound.desk import Desk, Route, Routes, moref
from harness.protocols.vcenter.link import Answer, Proceed, Question, Results
from harness.units import HostName, seconds
from harness.world.hosts import HOSTD, VPXA

LOOK_AGAIN = 0.005
"""How often, in seconds of wall time, a task looks whether others have done what it waits for."""
SSH_SERVICE = "TSM-SSH"
AGENTS = {"vpxa": VPXA, "hostd": HOSTD}
Switch = Callable[[Laws, HostName], Operation[None]]


def enter_maintenance(desk: Desk, question: Question) -> Answer:
    """EnterMaintenanceMode_Task: done when no VM runs on the host; ``timeout`` is in simulated seconds, 0 for the default.

    As long as VMs run there simulated time stands still for it: somebody has to move them away, or to let time pass.
    """
    host = desk.heard(desk.asked_host(question))
    limit = int(question.args.get("timeout") or 0)
    process = desk.gateway.begin(hosts.enter_maintenance, host.name, seconds(limit) if limit > 0 else None)
    while not process.done and not desk.mirror.stopped:
        if process.waits is None:
            desk.gateway.wait_until(lambda _world: process.done, hosts.PATIENCE)
        else:
            time.sleep(LOOK_AGAIN)
    if process.error is not None:
        raise process.error
    return Results()


def exit_maintenance(desk: Desk, question: Question) -> Answer:
    """ExitMaintenanceMode_Task."""
    desk.gateway.perform(hosts.exit_maintenance, desk.heard(desk.asked_host(question)).name)
    return Results()


def reboot(desk: Desk, question: Question) -> Answer:
    """RebootHost_Task: done when the host goes down."""
    host = desk.heard(desk.asked_host(question))
    desk.gateway.perform(hosts.reboot, host.name, force=bool(question.args.get("force")))
    return Results()


def shut_down(desk: Desk, question: Question) -> Answer:
    """ShutdownHost_Task: done when the host goes down."""
    host = desk.heard(desk.asked_host(question))
    desk.gateway.perform(hosts.shut_down, host.name, force=bool(question.args.get("force")))
    return Results()


def disconnect(desk: Desk, question: Question) -> Answer:
    """DisconnectHost_Task."""
    desk.gateway.perform(hosts.disconnect, desk.asked_host(question))
    return Results()


def reconnect(desk: Desk, question: Question) -> Answer:
    """ReconnectHost_Task."""
    desk.gateway.perform(hosts.reconnect, desk.asked_host(question))
    return Results()


def start_service(desk: Desk, question: Question) -> Answer:
    """StartService."""
    return _switch(desk, question, _start)


def stop_service(desk: Desk, question: Question) -> Answer:
    """StopService."""
    return _switch(desk, question, _stop)


def restart_service(desk: Desk, question: Question) -> Answer:
    """RestartService."""
    return _switch(desk, question, _restart)


def _switch(desk: Desk, question: Question, act: Callable[[str], Switch]) -> Answer:
    service = str(question.args.get("id"))
    if service != SSH_SERVICE and service not in AGENTS:
        raise Refusal("NotFound", service, f"no service {service}")
    desk.gateway.perform(act(service), desk.heard(desk.asked_host(question)).name)
    return Results()


def _start(service: str) -> Switch:
    if service == SSH_SERVICE:
        return lambda laws, host: hosts.switch_ssh(laws, host, enabled=True)
    return lambda laws, host: hosts.start_agent(laws, host, AGENTS[service])


def _stop(service: str) -> Switch:
    if service == SSH_SERVICE:
        return lambda laws, host: hosts.switch_ssh(laws, host, enabled=False)
    return lambda laws, host: hosts.stop_agent(laws, host, AGENTS[service])


def _restart(service: str) -> Switch:
    if service == SSH_SERVICE:
        return lambda laws, host: hosts.switch_ssh(laws, host, enabled=True)
    return lambda laws, host: hosts.restart_agent(laws, host, AGENTS[service])


def move_into(desk: Desk, question: Question) -> Answer:
    """MoveInto_Task: vcsim moves the hosts, each of which must answer and be in maintenance mode; the world follows."""
    names = [desk.directory.hosts.name(moref(host)) for host in question.args.get("host") or []]
    if question.phase == "before":
        for name in names:
            desk.heard(name)
    elif question.task and question.task["state"] == "success":
        for name in names:
            desk.gateway.perform(hosts.move, name, desk.directory.clusters.name(question.this.value))
    return Proceed()


ROUTES: Routes = {
    "MoveInto_Task": Route("before,after", move_into),
    "EnterMaintenanceMode_Task": Route("call", enter_maintenance),
    "ExitMaintenanceMode_Task": Route("call", exit_maintenance),
    "RebootHost_Task": Route("call", reboot),
    "ShutdownHost_Task": Route("call", shut_down),
    "DisconnectHost_Task": Route("call", disconnect),
    "ReconnectHost_Task": Route("call", reconnect),
    "StartService": Route("call", start_service),
    "StopService": Route("call", stop_service),
    "RestartService": Route("call", restart_service),
}
