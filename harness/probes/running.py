"""What runs where: on all hosts of a vCenter Server, at moments that were noted and now."""

from __future__ import annotations

from collections.abc import Sequence

from harness.probes.failures import Absent, CenterUnreachable, HostUnreachable, Unmet
from harness.probes.glances import read_running
from harness.probes.listings import read_blocks
from harness.probes.looks import USUAL_HARDWARE, WITHOUT_HARDWARE
from harness.probes.machines import PROCESSES
from harness.probes.operator import Operator
from harness.probes.ssh import CommandResult, HostShell

HEADING = "port of world "
PORTS = (
    f"{PROCESSES}; for w in $({PROCESSES} | grep 'World ID' | awk '{{print $3}}'); "
    f'do echo "{HEADING}$w"; esxcli network vm port list -w $w; done'
)
"""The VMs of a host, then the port of each, under its world id."""


class Running:
    """VMs as the hosts of one vCenter Server run them; ``hosts`` are some of these hosts."""

    def __init__(self, operator: Operator, hosts: Sequence[str]) -> None:
        self._all = operator
        self._operator = operator.around(hosts[0]) if hosts else operator
        self._hosts = [operator.host_name(host) for host in hosts]

    def note(self, moment: str) -> None:
        """Write down, under the name of this moment, which VMs run on the hosts of the vCenter Server."""
        found = self._homes(self._operator)
        self._operator.notes.ran[moment] = frozenset(found)
        self._operator.notes.homes.update(found)

    def note_under(self, centers: Sequence[str], moment: str) -> None:
        """The same for the hosts of these vCenter Servers."""
        self._all.notes.ran[moment] = frozenset(name for center in centers for name in self._homes(self._all.at(center)))

    def _homes(self, there: Operator) -> dict[str, str]:
        """By VM that runs there its host: as vCenter shows it, or the hosts where it does not hear from all of them."""
        try:
            shown = [read_running(center) for center in there.centers]
        except CenterUnreachable:
            shown = [None]
        known = [homes for homes in shown if homes is not None]
        if len(known) == len(shown):
            return {name: host for homes in known for name, host in homes.items()}
        return {name: hosts[0] for name, hosts in Running(there, there.hosts).by_host().items()}

    def by_host(self, hosts: Sequence[str] = ()) -> dict[str, list[str]]:
        """By VM, the hosts that list it as running: of all that answer, or of those that are named."""
        return _by_machine(self._ask(hosts))

    def _ask(self, hosts: Sequence[str]) -> dict[str, CommandResult | HostUnreachable]:
        shells = [self._operator.shell(host) for host in hosts or self._hosts]
        return {shell.name: said for shell, said in zip(shells, HostShell.run_on_all(shells, PROCESSES), strict=True)}

    def check_exactly(self, moment: str) -> frozenset[str]:
        """The VMs that ran at the moment come to run on the hosts, each on one, and after all attempts of vSphere HA no other.

        vCenter, where it answers, shows the same. Their names.
        """
        expected, limit = self._operator.notes.ran.get(moment, frozenset()), self._operator.limits.restarts
        self._operator.wait(lambda: expected <= set(self.by_host()), limit, f"what ran at {moment} runs", asked=self._hosts)
        self._operator.place.pass_time(limit, "vSphere HA has the time for all its attempts")
        found = self.by_host()
        if set(found) != expected or any(len(hosts) > 1 for hosts in found.values()) or not expected:
            raise Unmet("what runs", describe(expected, {}), [("the hosts' shells", describe(set(found), found))])
        self._check_shown(found)
        return expected

    def _check_shown(self, found: dict[str, list[str]]) -> None:
        try:
            seen = self._operator.look(WITHOUT_HARDWARE).machines
        except CenterUnreachable:
            return
        shown = {name: [vm.host] for name, vm in seen.items() if vm.power == "poweredOn" and vm.connection == "connected"}
        if shown != found:
            raise Unmet("what runs", describe(set(found), found), [("vCenter", describe(set(shown), shown))])

    def check_none(self) -> None:
        """After all attempts of vSphere HA no VM runs on the hosts, all of which say so."""
        self._operator.place.pass_time(self._operator.limits.restarts, "vSphere HA has the time for all its attempts")
        if found := self._told_by_each():
            raise Unmet("what runs", "nothing", [("the hosts' shells", describe(set(found), found))])

    def _told_by_each(self, hosts: Sequence[str] = ()) -> dict[str, list[str]]:
        """As :meth:`by_host`, where each of the hosts answers: a silent one does not say that nothing runs there."""
        told = self._ask(hosts)
        if silent := [host for host, said in told.items() if not isinstance(said, CommandResult)]:
            raise Unmet("what runs", "an answer of each host", [("the network", f"none of {', '.join(silent)}")])
        return _by_machine(told)

    def check_standing(self, moment: str) -> frozenset[str]:
        """Each VM that ran at the moment is in the inventory of the vCenter Server, and none runs on the hosts; their names."""
        expected, found = self._operator.notes.ran.get(moment, frozenset()), self._told_by_each()
        shown = self._operator.look(WITHOUT_HARDWARE).machines
        if not expected or not expected <= set(shown) or found:
            views = [("vCenter", ", ".join(shown) or "none"), ("the hosts' shells", describe(set(found), found))]
            raise Unmet("the VMs", f"off: {', '.join(sorted(expected))}", views)
        return expected

    def check_all_on(self, host: str) -> frozenset[str]:
        """Every VM that runs on the hosts runs on that one, and there are some; their names."""
        found, full = self.by_host(), self._all.host_name(host)
        if not found or any(hosts != [full] for hosts in found.values()):
            raise Unmet("what runs", f"all of it on {full}", [("the hosts' shells", describe(set(found), found))])
        return frozenset(found)

    def check_idle(self, host: str) -> None:
        """No VM runs on that host, and some do on others."""
        here, everywhere = self._told_by_each([host]), self.by_host()
        if here or not everywhere:
            raise Unmet(host, "no VM, and some elsewhere", [("the hosts' shells", describe(set(everywhere), everywhere))])

    def check(self, machine: str, *, expected: bool) -> None:
        """Whether the VM, one that there was at first, runs on one of the hosts."""
        known = self._operator.notes.ports
        if machine not in known:
            raise Absent("VM", machine, "what was noted", tuple(known))
        found = self._told_by_each().get(machine, [])
        if bool(found) is not expected:
            place = f"running on {'one' if expected else 'none'} of {', '.join(self._hosts)}"
            raise Unmet(machine, place, [("the hosts' shells", ", ".join(found) or "not running")])

    def check_connections_but(self, host: str) -> None:
        """The VMs on one host have no network connection, those on the others have; there are VMs on both."""
        full = self._operator.host_name(host)
        Running(self._all, [full]).check_connections(connected=False)
        Running(self._all, [other for other in self._hosts if other != full]).check_connections(connected=True)

    def check_connections_without(self, machine: str) -> None:
        """The VM has no network connection; the others that run on the hosts have one, on the port that they had at first."""
        running, ports = self.by_host(), self._ports()
        without = set(running) - self._kept(ports)
        if without != {machine} or machine in ports or len(running) == 1:
            lost = ", ".join(sorted(without)) or "all have one"
            raise Unmet(machine, "alone without a network connection", [("the hosts' lists of ports", f"none of {lost}")])

    def check_connections(self, *, connected: bool) -> frozenset[str]:
        """Every VM that runs on the hosts has a network connection, on the port that it had at first, or none has any.

        The hosts' own lists of ports say so and vCenter, where it answers, too. The names of the VMs.
        """
        running, ports = self.by_host(), self._ports()
        try:
            seen = self._shown_ports()
        except CenterUnreachable:
            seen = ports
        listed, shown = (self._kept(ports), self._kept(seen)) if connected else (set(ports), set(seen))
        wrong = [name for name in running if not (name in listed) is (name in shown) is connected]
        if wrong or not running:
            expected = f"{'a' if connected else 'no'} network connection"
            views = [("the hosts' lists of ports", sorted(listed)), ("vCenter", sorted(shown))]
            raise Unmet(", ".join(sorted(wrong)) or "the VMs", expected, views)
        return frozenset(running)

    def _ports(self) -> dict[str, str]:
        """The VMs that have a port in their hosts' lists, each with it."""
        shells = [self._operator.shell(host) for host in self._hosts]
        return {name: port for said in HostShell.run_on_all(shells, PORTS) for name, port in _ports(said) if port}

    def _shown_ports(self) -> dict[str, str]:
        """The VMs that vCenter shows as connected, each with its port."""
        seen = self._operator.look(USUAL_HARDWARE).machines.values()
        on = [vm for vm in seen if vm.power == "poweredOn" and len(vm.nics) == 1]
        return {vm.name: vm.nic.port for vm in on if vm.nic.connected}

    def _kept(self, ports: dict[str, str]) -> set[str]:
        """The VMs among these that have the port that they had at first."""
        return {name for name, port in ports.items() if port and port == self._operator.notes.ports.get(name)}


def _by_machine(told: dict[str, CommandResult | HostUnreachable]) -> dict[str, list[str]]:
    """By VM the hosts that list it as running, by what each host said; a silent one lists none."""
    found: dict[str, list[str]] = {}
    for host, said in told.items():
        for name in _names(said):
            found.setdefault(name, []).append(host)
    return found


def _names(said: CommandResult | HostUnreachable) -> list[str]:
    return [block[""] for block in read_blocks(said.succeeded().output)] if isinstance(said, CommandResult) else []


def _ports(said: CommandResult | HostUnreachable) -> list[tuple[str, str]]:
    """Each VM with its distributed port, by the output of ``PORTS``."""
    blocks = read_blocks(said.succeeded().output) if isinstance(said, CommandResult) else []
    names = {block["World ID"]: block[""] for block in blocks if "World ID" in block}
    listed = [block for block in blocks if block.get("", "").startswith(HEADING)]
    return [(names[block[""].removeprefix(HEADING)], block.get("DVPort ID", "")) for block in listed]


def describe(names: frozenset[str] | set[str], hosts: dict[str, list[str]]) -> str:
    """VMs in one line, each with the hosts that have it."""
    told = [f"{name} on {' and '.join(hosts[name])}" if name in hosts else name for name in sorted(names)]
    return ", ".join(told) or "nothing"
