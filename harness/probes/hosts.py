"""Hosts as their operators handle them: reboots, agents, maintenance mode, logs."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import timedelta

from harness.probes.failures import CenterUnreachable, HostUnreachable, Unmet
from harness.probes.glances import read_connections, read_first_look
from harness.probes.inventory import HostSeen, Inventory
from harness.probes.listings import LogLine, read_log
from harness.probes.looks import HOSTS_ALONE
from harness.probes.operator import Operator
from harness.probes.session import Session
from harness.probes.ssh import CommandResult, HostShell
from harness.units import Instant, Span, number_of

UPTIME = "esxcli system stats uptime get"
MAINTENANCE = "vim-cmd hostsvc/runtimeinfo | grep -i inMaintenanceMode"
EXIT_MAINTENANCE = "vim-cmd hostsvc/maintenance_mode_exit"
AGENTS = "services.sh restart"
TOLERANCE = timedelta(seconds=1)
"""How exactly a host's uptime tells when it booted."""


class Hosts:
    """What an operator does to hosts, and sees of them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def run(self, host: str, line: str) -> CommandResult:
        """Run a command and note it; where it restarts the agents, wait until they answer."""
        began = self._operator.place.now()
        result = self._operator.shell(host).run(line)
        self._operator.notes.command = result
        if line == AGENTS:
            self._operator.notes.cures[self._operator.host_name(host)] = began
            limit = self._operator.limits.agents
            self._wait(host, lambda: self.answers(host), limit, f"{host}: its agents answer")
            self._await_vcenter(host)
        return result

    def run_on_each(self, hosts: Sequence[str], line: str) -> None:
        """Run a command on one host after the other."""
        for host in hosts:
            self.run(host, line)

    def reboot(self, host: str) -> None:
        """Reboot over SSH; ends when the host is back."""
        began = self._operator.place.now()
        self._operator.notes.cures[self._operator.host_name(host)] = began
        try:
            self._operator.shell(host).run("reboot")
        except HostUnreachable as error:
            if error.silence == "refused":
                raise
        limit = self._operator.limits.boot
        self._wait(host, lambda: self._booted_after(host, began), limit, f"{host} has rebooted")
        self._await_vcenter(host)

    def await_boot(self, *hosts: str) -> None:
        """Wait until hosts that have power again answer, and vCenter, where it answers itself, shows them as connected."""
        there: dict[Session, list[str]] = {}
        for host in hosts or tuple(self._operator.hosts):
            self._wait(host, lambda host=host: self.answers(host), self._operator.limits.boot, f"{host} has booted")  # type: ignore[misc]
            there.setdefault(self._operator.center_of(host), []).append(host)
        for managed in there.values():
            self._await_vcenter(*managed)

    def answers(self, host: str) -> bool:
        """Whether the host answers over SSH, hostd included."""
        return self._uptime(host) is not None

    def check_answers(self, host: str) -> None:
        """The host answers over SSH, hostd included."""
        if not self.answers(host):
            raise Unmet(host, "an answer of hostd over SSH", [("SSH", "none")])

    def enter_maintenance(self, *hosts: str) -> None:
        """Through vCenter; a VM that runs on a host keeps it from that."""
        for host in hosts:
            ref = self._operator.around(host).look(HOSTS_ALONE).host(host).ref
            self._operator.call(ref, "EnterMaintenanceMode_Task", 0, about=host)

    def exit_maintenance(self, *hosts: str) -> None:
        """Through vCenter, or on each host where its vCenter Server does not answer; ends when they are out."""
        shown = self._shown(hosts)
        for host in hosts:
            if host in shown:
                self._operator.call(shown[host].ref, "ExitMaintenanceMode_Task", 0, about=host)
                continue
            shell = self._operator.shell(host)
            shell.run(EXIT_MAINTENANCE).succeeded()
            limit = self._operator.limits.agents
            self._wait(host, lambda shell=shell: not _in_maintenance(shell), limit, f"{host} leaves maintenance mode")  # type: ignore[misc]

    def move_into(self, cluster: str, hosts: Sequence[str]) -> None:
        """Into a cluster of their vCenter Server, which they must be in maintenance mode for."""
        seen = self._operator.around(hosts[0]).look(HOSTS_ALONE)
        refs = [seen.host(host).ref for host in hosts]
        self._operator.call(seen.cluster(cluster).ref, "MoveInto_Task", refs, about=f"{', '.join(hosts)} into {cluster}")

    def check_cluster(self, cluster: str, hosts: Sequence[str]) -> Sequence[str]:
        """These hosts are in that cluster, as vCenter shows them; their names."""
        seen = self._operator.around(hosts[0]).look(HOSTS_ALONE)
        others = [host for host in hosts if seen.host(host).cluster != seen.cluster(cluster).ref]
        if others:
            raise Unmet(cluster, f"{', '.join(hosts)} in it", [("vCenter", f"not {', '.join(others)}")])
        return hosts

    def exit_through_vcenter(self, host: str) -> None:
        """Out of maintenance mode through vCenter alone; raises ``CenterUnreachable`` where that does not answer."""
        ref = self._operator.around(host).look(HOSTS_ALONE).host(host).ref
        self._operator.call(ref, "ExitMaintenanceMode_Task", 0, about=host)

    def check_released(self, hosts: Sequence[str]) -> Sequence[str]:
        """None of these hosts is in maintenance mode, by their shells and by vCenter where it answers; their names."""
        shown = self._shown(hosts)
        for host, result in zip(hosts, self._operator.ask_all(hosts, MAINTENANCE), strict=True):
            said = _says_maintenance(result)
            if said or (host in shown and shown[host].maintenance):
                raise Unmet(host, "not in maintenance mode", [("vCenter", shown.get(host, "silent")), ("its shell", said)])
        return hosts

    def _shown(self, hosts: Sequence[str]) -> dict[str, HostSeen]:
        """Those of these hosts whose vCenter Servers answer, as they show them."""
        centers = sorted({self._operator.center_of(host).name for host in hosts})
        seen: dict[str, Inventory] = {}
        for name in centers:
            with suppress(CenterUnreachable):
                seen[name] = self._operator.at(name).look(HOSTS_ALONE)
        return {host: seen[at].host(host) for host in hosts if (at := self._operator.center_of(host).name) in seen}

    def check_center(self, name: str) -> None:
        """The vCenter Server answers."""
        center = self._operator.center(name)
        if not center.answers():
            raise Unmet(center.name, "an answer", [("its API", "none")])

    def await_center(self, name: str) -> None:
        """Wait until a vCenter Server answers, and knows which of its hosts answer."""
        center = self._operator.center(name)
        self._operator.wait(center.answers, self._operator.limits.services, f"{center.name} answers")
        self.await_knowledge(center)

    def await_knowledge(self, center: Session) -> None:
        """Wait until a vCenter Server that answers knows which of its hosts answer."""
        there = self._operator.at(center.name)
        answers = self._answering(there.hosts)
        states = {host: "connected" if answered else "notResponding" for host, answered in answers.items()}
        limit = self._operator.limits.connection
        self._operator.wait(lambda: read_connections(center) == states, limit, f"{center.name} knows which hosts answer")

    def check_maintenance(self, host: str, expected: bool) -> None:
        """The host's mode, on which its shell agrees with its vCenter Server, where that answers."""
        seen, said = self._shown([host]), _in_maintenance(self._operator.shell(host))
        shown = seen[host].maintenance if host in seen else said
        if not shown is said is expected:
            word = "in" if expected else "not in"
            views = [("vCenter", shown if host in seen else "silent"), ("its shell", said)]
            raise Unmet(host, f"{word} maintenance mode", views)

    def check_silent(self, host: str) -> None:
        """The host comes to be shown as not responding."""
        self._operator.wait(
            lambda: self._connection(host) == "notResponding", self._operator.limits.connection, f"vCenter misses {host}"
        )

    def check_connected(self) -> None:
        """All hosts of the place come to be shown as connected."""
        limit = self._operator.limits.connection
        self._operator.wait(lambda: _all_connected(self._connections(), self._operator.hosts), limit, "all hosts are connected")

    def _connections(self) -> dict[str, str]:
        return {name: host.connection for name, host in self._operator.look(HOSTS_ALONE).hosts.items()}

    def arrive(self) -> None:
        """Look at the place for the first time: all hosts come to be shown as connected; switches and ports are noted."""
        centers = list(reversed(self._operator.centers))  # of two VMs, or switches, of one name that of the first counts
        looks = [read_first_look(center) for center in centers]
        states = {host: state for look in looks for host, state in look.connections.items()}
        if not _all_connected(states, self._operator.hosts):
            self.check_connected()
            looks = [read_first_look(center) for center in centers]
        for look in looks:
            self._operator.notes.switches.update(look.switches)
            self._operator.notes.ports.update(look.ports)

    def check_build(self, host: str, command: str, expected: str) -> None:
        """The command prints exactly that product with its build."""
        shown = self._operator.shell(host).run(command).succeeded().output.strip()
        if shown != expected:
            raise Unmet(host, repr(expected), [(command, repr(shown))])

    def check_command_failed(self, name: str) -> None:
        """The last command ended with another status than 0, and its output names ``name`` and shows no switch."""
        result = self._operator.notes.command
        if result is None or not result.status or name not in result.said or result.output.startswith("switch "):
            status = result.status if result else "none"
            said = result.said.strip() if result else "nothing"
            raise Unmet("the last command", f"a failure that names {name}", [(f"status {status}", repr(said))])

    def check_log(self, host: str, log: str, name: str, *, named: bool) -> None:
        """Whether the log names ``name`` in a line written since the host last booted."""
        lines = [line.text for line in self._log_since_boot(host, log)]
        found = [line for line in lines if name in line]
        if bool(found) is not named or not lines:
            expected = f"a line with {name}" if named else f"no line with {name}"
            raise Unmet(f"{log} of {host}", expected, [("the log", found or number_of(len(lines), "other line"))])

    def _log_since_boot(self, host: str, log: str) -> list[LogLine]:
        booted = self._boot_time(host)
        lines = read_log(self._operator.shell(host).run(f"cat {log}").succeeded().output)
        return [line for line in lines if line.time >= booted - TOLERANCE]

    def _boot_time(self, host: str) -> Instant:
        uptime = self._uptime(host)
        if uptime is None:
            raise Unmet(host, "an answer of hostd over SSH", [("SSH", "none")])
        return self._operator.place.now() - uptime

    def _uptime(self, host: str) -> timedelta | None:
        """The host's uptime, which hostd knows to the microsecond; None while nobody can log in, or hostd is down."""
        try:
            result = self._operator.shell(host).run(UPTIME)
        except HostUnreachable:
            return None
        text = result.output.strip()
        return timedelta(microseconds=int(text)) if not result.status and text.isdecimal() else None

    def check_there(self, hosts: Sequence[str], centers: Sequence[str]) -> list[str]:
        """All of these hosts answer over SSH, and all of these vCenter Servers by their API; their names."""
        answers = self._answering(hosts)
        answers |= {center: self._operator.center(center).answers() for center in centers}
        if silent := [name for name, answered in answers.items() if not answered]:
            raise Unmet(", ".join(silent), "an answer", [("the network", "none")])
        return list(answers)

    def _answering(self, hosts: Sequence[str]) -> dict[str, bool]:
        return dict(zip(hosts, HostShell.answering([self._operator.shell(host) for host in hosts]), strict=True))

    def check_gone(self, hosts: Sequence[str], centers: Iterable[str]) -> list[str]:
        """None of these hosts and vCenter Servers answers; their names."""
        names = [*hosts, *centers]
        answering = [host for host, answered in self._answering(hosts).items() if answered]
        answering += [center for center in centers if self._operator.center(center).answers()]
        if answering or not names:
            raise Unmet(", ".join(names) or "the site", "no answer", [("SSH and the vSphere API", ", ".join(answering))])
        return names

    def _booted_after(self, host: str, moment: Instant) -> bool:
        uptime = self._uptime(host)
        return uptime is not None and uptime < self._operator.place.now() - moment

    def _wait(self, host: str, seen: Callable[[], bool], limit: Span, why: str) -> None:
        """Wait for what only the shell of the host is asked for."""
        self._operator.wait(seen, limit, why, asked=[self._operator.host_name(host)])

    def _await_vcenter(self, *hosts: str) -> None:
        """Wait until vCenter, where it answers, is connected to these of its hosts, which do."""
        center, names = self._operator.center_of(hosts[0]), [self._operator.host_name(host) for host in hosts]
        if center.answers():
            connected, verb = self._operator.limits.connection + self._operator.limits.agents, "are" if hosts[1:] else "is"
            why = f"{', '.join(hosts)} {verb} connected to vCenter"
            self._operator.wait(lambda: _all_connected(read_connections(center), names), connected, why)

    def _connection(self, host: str) -> str:
        return read_connections(self._operator.center_of(host))[self._operator.host_name(host)]


def _all_connected(shown: Mapping[str, str], hosts: Iterable[str]) -> bool:
    return all(shown.get(host) == "connected" for host in hosts)


def _in_maintenance(shell: HostShell) -> bool:
    return _says_maintenance(shell.run(MAINTENANCE))


def _says_maintenance(said: CommandResult) -> bool:
    return "= true" in said.succeeded().output
