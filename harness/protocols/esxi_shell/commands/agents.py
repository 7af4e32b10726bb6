"""The management agents: ``services.sh`` and the scripts in ``/etc/init.d``."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.operations import hosts
from harness.protocols.esxi_shell.commands.service_listing import AGENT_NAMES, Step, listing_of
from harness.protocols.esxi_shell.grammar import Grammar, UsageError
from harness.protocols.esxi_shell.refusals import refusable
from harness.protocols.esxi_shell.registry import Call, Command, command
from harness.protocols.esxi_shell.simulated_host import SimulatedHost, host_of
from harness.protocols.esxi_shell.texts import Text
from harness.world.hosts import HOSTD, VPXA

_OURS = "our own words"
_TRANSCRIPT_9 = "public transcript of an ESXi 9.0 session"

SSH_ENABLED = Text("initd.ssh-enabled", "SSH login enabled", "quoted", _TRANSCRIPT_9, ("5.0", "9.0"))
SSH_DISABLED = Text("initd.ssh-disabled", "SSH login disabled", "quoted", _TRANSCRIPT_9, ("5.0", "9.0"))
SSH_STARTED = Text("initd.ssh-started", "SSH login is started", "assumed", "after the form for a stopped service")
SSH_STOPPED = Text("initd.ssh-stopped", "SSH login is stopped", "quoted", _TRANSCRIPT_9, ("9.0",))
HOSTD_UP = Text("initd.hostd-running", "hostd is running.", "quoted", "public transcript of ESXi 7.0", ("7.0",))
HOSTD_DOWN = Text("initd.hostd-not-running", "hostd is not running.", "quoted", "public transcripts")
VPXA_UP = Text("initd.vpxa-running", "vpxa is running", "quoted", "virtuallyhyper 2013-01-07, ESXi 5.0", ("5.0",))
VPXA_DOWN = Text("initd.vpxa-not-running", "vpxa is not running", "assumed", "after the form for a running agent")
SERVICE_UP = Text(
    "initd.service-running", "{service} is running", "quoted", "usbarbitrator on ESXi 7.0, public transcript", ("7.0",)
)
UNMODELLED = Text("initd.not-simulated", "{service} {action}: not part of this simulation", "assumed", _OURS)
SERVICES_LINE = Text("services.sh.own-words", "Running {service} {action}", "assumed", "after the listing of 5.0")

_ACTIONS = ("start", "stop", "restart", "status")
_INITD = Grammar(positionals="{start|stop|restart|status}", least=1, most=1)
_UP = {HOSTD: HOSTD_UP, VPXA: VPXA_UP}
_DOWN = {HOSTD: HOSTD_DOWN, VPXA: VPXA_DOWN}


@dataclass(frozen=True, slots=True)
class Agent:
    """A management agent: what its script does, and the lines that it prints."""

    name: str

    def stop_lines(self, host: SimulatedHost) -> list[str]:
        """What stopping it prints, while it runs; a watchdog line up to 8.0 (quoted)."""
        watchdog = f"watchdog-{self.name}: Terminating watchdog process with PID {host.process_of(self.name)}"
        plain = host.style(f"{self.name}-restart") == "plain"
        return [f"{self.name} stopped."] if plain else [watchdog, f"{self.name} stopped."]

    def start_lines(self, host: SimulatedHost) -> list[str]:
        """What starting it prints."""
        process, style = host.renew_process(self.name), host.style(f"{self.name}-restart")
        if style == "is-running":
            return [f"{self.name} is running"]
        started = f"{self.name} started."
        return [begin_line(self.name, process), started] if style == "begin-line" else [started]

    def start(self, call: Call) -> int:
        """``start``, which says so where it runs already."""
        if host_of(call).service_launched(self.name):
            return call.say(_UP[self.name])
        lines = self.start_lines(host_of(call))
        host_of(call).gateway.perform(hosts.start_agent, host_of(call).name, self.name)
        return _print(call, lines)

    def stop(self, call: Call) -> int:
        """``stop``, which says so where it does not run."""
        if not host_of(call).service_launched(self.name):
            return call.say(_DOWN[self.name])
        lines = self.stop_lines(host_of(call))
        host_of(call).gateway.perform(hosts.stop_agent, host_of(call).name, self.name)
        return _print(call, lines)

    def restart(self, call: Call) -> int:
        """``restart``, which starts it as well where it does not run."""
        up = host_of(call).service_launched(self.name)
        _print(call, self.stop_lines(host_of(call)) if up else [])
        host_of(call).gateway.perform(hosts.restart_agent, host_of(call).name, self.name)
        return _print(call, self.start_lines(host_of(call)))

    def status(self, call: Call) -> int:
        """``status``, by the exit status as well."""
        up = host_of(call).service_launched(self.name)
        call.say((_UP if up else _DOWN)[self.name])
        return 0 if up else 3


def begin_line(agent: str, process: int) -> str:
    """The line of 5.0 with which an agent's watchdog begins (quoted)."""
    programs = {
        HOSTD: "hostd ++min=0,swap,group=hostd /etc/vmware/hostd/config.xml",
        VPXA: "/usr/lib/vmware/vpxa/bin/vpxa ++min=0,swap,group=vpxa -D /etc/vmware/vpxa",
    }
    limits = "min-uptime = 60, max-quick-failures = 1, max-total-failures = 1000000, bg_pid_file = ''"
    return f"[{process}] Begin '{programs[agent]}', {limits}"


def _print(call: Call, lines: list[str]) -> int:
    call.out.write("".join(f"{line}\n" for line in lines))
    return 0


def _declared(name: str, *runs: Callable[[Call], int]) -> Command:
    actions = dict(zip(_ACTIONS, runs, strict=True))

    def run(call: Call) -> int:
        action = call.parsed.positionals[0]
        if action not in actions:
            raise UsageError(f"unknown action '{action}'")
        return actions[action](call)

    return Command(f"/etc/init.d/{name}", _INITD, refusable(run))


def _script(agent: Agent) -> Command:
    return _declared(agent.name, agent.start, agent.stop, agent.restart, agent.status)


hostd_script = _script(Agent(HOSTD))
vpxa_script = _script(Agent(VPXA))


def _switch_ssh(call: Call, enabled: bool) -> int:
    host_of(call).gateway.perform(hosts.switch_ssh, host_of(call).name, enabled=enabled)
    if not enabled:
        return call.say(SSH_DISABLED)
    call.say(SSH_ENABLED)
    note = host_of(call).release.format("ssh-start-note")
    return call.say(Text("format.ssh-start-note", "{note}", note.provenance, note.source), note=note.value) if note.value else 0


ssh_script = _declared(
    "SSH",
    lambda call: _switch_ssh(call, True),
    lambda call: _switch_ssh(call, False),
    lambda call: _switch_ssh(call, False) or _switch_ssh(call, True),
    lambda call: call.say(SSH_STARTED if host_of(call).host.ssh else SSH_STOPPED),
)


def _other(service: str) -> Command:
    """A service without a part in recovery: it runs, and cannot be switched."""

    def refuse(action: str) -> Callable[[Call], int]:
        return lambda call: call.fail(UNMODELLED, service=service, action=action)

    return _declared(
        service, refuse("start"), refuse("stop"), refuse("restart"), lambda call: call.say(SERVICE_UP, service=service)
    )


usbarbitrator_script = _other("usbarbitrator")
vobd_script = _other("vobd")
lbtd_script = _other("lbtd")
storage_script = _other("storageRM")


@command("services.sh", Grammar(positionals="{start|stop|restart}", least=1, most=1), home="/sbin")
def services(call: Call) -> int:
    """All management services; VMs run on."""
    action, host = call.parsed.positionals[0], host_of(call)
    if action not in {"start", "stop", "restart"}:
        raise UsageError(f"unknown action '{action}'")
    return refusable(_SERVICES[action])(call) if host.host.running else 1


def _stop_all(call: Call) -> int:
    host = host_of(call)
    _show(call, "stop")
    for agent in (VPXA, HOSTD):
        host.gateway.perform(hosts.stop_agent, host.name, agent)
    return 0


def _start_all(call: Call) -> int:
    host = host_of(call)
    for agent in (HOSTD, VPXA):
        host.gateway.perform(hosts.start_agent, host.name, agent)
    return _show(call, "start")


def _restart_all(call: Call) -> int:
    _show(call, "stop")
    host_of(call).gateway.perform(hosts.restart_services, host_of(call).name)
    return _show(call, "restart")


_SERVICES = {"start": _start_all, "stop": _stop_all, "restart": _restart_all}


def _show(call: Call, action: str) -> int:
    """One half of the listing: services stop in one order, and start in the other."""
    host = host_of(call)
    if host.style("services-sh") == "listing":
        for step in listing_of(action):
            call.out.write("".join(f"{line}\n" for line in [f"Running {step.service} {action}", *_lines(host, step)]))
        return 0
    for name in (VPXA, HOSTD) if action == "stop" else (HOSTD, VPXA):
        call.say(SERVICES_LINE, service=name, action=action)
        _print(call, Agent(name).stop_lines(host) if action == "stop" else Agent(name).start_lines(host))
    return 0


def _lines(host: SimulatedHost, step: Step) -> list[str]:
    """A service's own lines, with the numbers of its processes."""
    if step.begins:
        return [begin_line(step.service, host.renew_process(step.service)), *step.lines]
    if step.service in AGENT_NAMES and step.stops and not host.service_launched(step.service):
        return [_DOWN[step.service].words]
    process = host.process_of(step.service)
    if not step.stops:
        host.renew_process(step.service)
    return [line.format(process=process) for line in step.lines]
