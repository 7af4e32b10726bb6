"""The VMs of the cluster, vApps or desktops: what runs, where it is registered, and whether it is connected."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from harness.probes.failures import Unmet
from harness.probes.inventory import Inventory, MachineSeen
from harness.probes.looks import USUAL_HARDWARE, WITHOUT_HARDWARE
from harness.probes.switch_listings import read_vswitches
from harness.procedures.job import Job
from harness.procedures.model import Notes
from harness.procedures.state import read_state
from harness.procedures.two_sites import sites
from harness.procedures.two_sites.sites import Side, look_at_power, resource
from harness.procedures.two_sites.volumes import mounts
from harness.units import number_of

RECORD = "record-what-runs"
"""The step in which a procedure writes down what runs, or ran when its hosts were last heard."""
HELD = "read-copies"
"""The step in which a fail-over finds out which of them ran at the moment that the copies hold."""
SHOWN = 5
Record = Mapping[str, Mapping[str, str]]
"""By name, the host and the MoRef of each VM that ran."""


def note_running(job: Job) -> Notes:
    """The VMs that the cluster's vCenter shows as on: of hosts that do not answer it keeps what it heard last.

    Raises ``Absent`` where it has no cluster of the name that the site file gives.
    """
    seen = look_at_power(job)
    seen.cluster(sites.recovered(job.site).cluster)
    return {m.name: {"host": m.host, "moref": m.ref._moId} for m in seen.machines.values() if m.power == "poweredOn"}


def heard(job: Job) -> Record:
    """What ran, as vCenter heard last and this run has written down."""
    return cast("Record", job.notes.get(RECORD, {}))


def ran(job: Job) -> Record:
    """What ran: at the moment that the copies hold, once that is known."""
    return cast("Record", job.notes[HELD]["vms"]) if HELD in job.notes else heard(job)


def see_record(job: Job) -> str:
    """Something ran."""
    if not ran(job):
        raise Unmet("what ran", "at least one VM", [("vCenter", "none that is powered on")])
    return f"{number_of(len(ran(job)), 'VM')}: {few(sorted(ran(job)))}"


def few(names: Sequence[str]) -> str:
    """The first few names, and how many there are beside them."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return ", ".join(names[:SHOWN]) + more


def that_ran(job: Job, seen: Inventory) -> list[MachineSeen]:
    """The VMs that ran, as vCenter shows them now; raises where it has lost one, or has another one of its name."""
    found = [seen.machine(name) for name in sorted(ran(job))]
    others = [m.name for m in found if m.ref._moId != ran(job)[m.name]["moref"]]
    if others:
        raise Unmet("the VMs that ran", "each under its own id", [("vCenter", f"other ids for {few(others)}")])
    return found


def see_registered(side: Side) -> Callable[[Job], str]:
    """Every VM that ran is registered on a host of the cluster of that site."""

    def see(job: Job) -> str:
        hosts, seen = sites.resource_hosts(job.site, side), look_at_power(job)
        lost = [m.name for m in that_ran(job, seen) if m.host not in hosts or m.connection != "connected"]
        if lost:
            raise Unmet("the VMs that ran", f"registered at the {side} site", [("vCenter", f"not so: {few(lost)}")])
        return f"{number_of(len(ran(job)), 'VM')} on {', '.join(hosts)}"

    return see


def register(job: Job) -> None:
    """Register every VM that ran, and whose host does not answer, on the recovery hosts in turn.

    On the hosts themselves: vCenter takes such a VM for the one that it knows, so that its id stays.
    """
    hosts = sites.recovery_hosts(job.site)
    for number, machine in enumerate(that_ran(job, look_at_power(job))):
        if machine.host not in hosts:
            shell = job.operator.shell(hosts[number % len(hosts)])
            shell.run(f"vim-cmd solo/registervm {shlex.quote(machine.vmx)}").succeeded()


def move_home(job: Job) -> None:
    """Move every VM that is registered at the recovery site, and is off, to the host that it came from, or else in turn."""
    home = homes(job)
    here, there = sites.recovery_hosts(job.site), sites.protected_hosts(job.site)
    seen = look_at_power(job)
    for number, machine in enumerate(sorted(seen.machines.values(), key=lambda m: m.name)):
        if machine.host in here:
            target = home.get(machine.name, there[number % len(there)])
            about = f"{machine.name} to {target}"
            resource(job).call(machine.ref, "MigrateVM_Task", None, seen.host(target).ref, "defaultPriority", about=about)


def see_home(job: Job) -> str:
    """No VM is registered at the recovery site."""
    here = sites.recovery_hosts(job.site)
    left = [m.name for m in look_at_power(job).machines.values() if m.host in here]
    if left:
        raise Unmet("the recovery hosts", "no VM registered there", [("vCenter", few(sorted(left)))])
    return "no VM is registered at the recovery site"


def notes_of_failover(job: Job) -> Mapping[str, Notes]:
    """What the fail-over of this site file has written down, by the names of its steps; empty where it left no state."""
    kept = sorted(job.site.path.parent.glob(f"{job.site.path.stem}.*-failover.state.json"))
    return read_state(kept[0]).notes if kept else {}


def homes(job: Job) -> Mapping[str, str]:
    """Where VMs ran before the fail-over of this site file, as far as that is known and still so."""
    notes = notes_of_failover(job)
    places = cast("Record", {**notes.get(RECORD, {}), **cast("Record", notes.get(HELD, {}).get("vms", {}))})
    there = sites.protected_hosts(job.site)
    return {name: place["host"] for name, place in places.items() if place["host"] in there}


def see_running(job: Job) -> str:
    """Every VM that ran runs and is connected."""
    for wanted in (WITHOUT_HARDWARE, USUAL_HARDWARE):  # vNICs are the most there is to read, and say nothing before VMs run
        machines = that_ran(job, resource(job).look(wanted))
        trouble = [str(machine) for machine in machines if not _runs(machine)]
        if trouble:
            shown = f"{len(machines) - len(trouble)} of {len(machines)}; not: {'; '.join(trouble[:SHOWN])}"
            raise Unmet("the VMs that ran", "running, with their networks", [("vCenter", shown)])
    return f"running, with their networks: {number_of(len(machines), 'VM')}"


def _runs(machine: MachineSeen) -> bool:
    return (machine.power, machine.connection) == ("poweredOn", "connected") and all(nic.connected for nic in machine.nics)


def see_protected(job: Job) -> str:
    """VSphere HA protects every VM that runs."""
    machines = that_ran(job, look_at_power(job))
    bare = [machine.name for machine in machines if not machine.protected]
    if bare:
        raise Unmet("the VMs that ran", "protected by vSphere HA", [("vCenter", f"not: {few(bare)}")])
    return f"protected: {number_of(len(machines), 'VM')}"


def see_ports(side: Side) -> Callable[[Job], str]:
    """The hosts of that site list the port of every distributed vNIC as in use by its VM."""

    def see(job: Job) -> str:
        machines = that_ran(job, resource(job).look(USUAL_HARDWARE))
        used = {host: _ports(job, host) for host in sites.resource_hosts(job.site, side)}
        lost = [
            f"{machine.name} port {nic.port}"
            for machine in machines
            for nic in machine.nics
            if nic.port and not used.get(machine.host, {}).get(nic.port, "").startswith(f"{machine.name}.")
        ]
        if lost:
            raise Unmet("the VMs that ran", "their ports in use on their hosts", [("esxcfg-vswitch -l", f"not: {few(lost)}")])
        return f"with their ports: {number_of(sum(len(machine.nics) for machine in machines), 'vNIC')}"

    return see


def _ports(job: Job, host: str) -> dict[str, str]:
    switches = read_vswitches(job.operator.shell(host).run("esxcfg-vswitch -l").succeeded().output)
    return {str(port): client for switch in switches for port, client in switch.clients.items()}


def see_volumes(side: Side) -> Callable[[Job], str]:
    """Every VM that ran has its files on a volume that its host has mounted from the array of that site."""

    def see(job: Job) -> str:
        hosts = sites.resource_hosts(job.site, side)
        labels = {host: {volume.label for volume in mounts(job, side, host).here} for host in hosts}
        machines = that_ran(job, look_at_power(job))
        lost = [f"{m.name} ({m.vmx} on {m.host})" for m in machines if m.datastore not in labels.get(m.host, set())]
        if lost:
            expected = f"files at the array of the {side} site"
            raise Unmet("the VMs that ran", expected, [("their shells", f"not: {few(lost)}")])
        return f"with their files there: {number_of(len(machines), 'VM')}"

    return see
