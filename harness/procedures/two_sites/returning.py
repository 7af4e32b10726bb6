"""The protected site when it returns: what has power already, what is left of the time before, and what it runs."""

from __future__ import annotations

from harness.probes.failures import Unmet
from harness.procedures.job import Job
from harness.procedures.two_sites import hosts, sites, storage
from harness.procedures.two_sites.sites import PROTECTED, RECOVERY, answering, array_at
from harness.procedures.two_sites.tenants import few
from harness.units import number_of


def see_originals(job: Job) -> str:
    """The array of the protected site has a part in the group."""
    array = array_at(job, PROTECTED, job.subject)
    group = array.group(job.subject)
    return f"{array.name}: {number_of(len(group.pairs), 'LUN')}, {group.state}"


def see_no_host(job: Job) -> str:
    """No host of the protected site answers over SSH."""
    awake = [name for name in answering(job, PROTECTED) if name.endswith("(SSH)")]
    if awake:
        raise Unmet("the protected site", "no host that answers", [("the network", few(awake))])
    return "no host answers"


def see_site(job: Job) -> str:
    """Everything that the site file has at the protected site answers."""
    awake = answering(job, PROTECTED)
    entries = [entry.name for kind in ("vcenter", "array", "srm") for entry in sites.standing_at(job.site, kind, PROTECTED)]
    silent = sites.missing_from([*job.site.host_names(PROTECTED), *entries], [name.partition(" ")[0] for name in awake])
    if silent:
        raise Unmet("the protected site", "that everything answers", [("the network", f"no answer from {few(silent)}")])
    return f"{len(awake)} answer"


def see_nothing_runs(job: Job) -> str:
    """No VM runs on any host of the cluster."""
    on = [m.name for m in sites.look_at_power(job).machines.values() if m.power == "poweredOn"]
    if on:
        raise Unmet("the tenants", "everything off", [("vCenter", f"on: {few(sorted(on))}")])
    return "everything is off"


def rest_recovery_host(job: Job) -> None:
    """Have the host forget the LUNs that it does not reach any more, and wait in maintenance mode."""
    storage.rescan(job)
    hosts.enter_maintenance(job)


def see_all_replicating(job: Job) -> str:
    """Every consistency group is copied to the recovery site."""
    arrays = {name: sites.array_at(job, RECOVERY, name) for name in sites.all_groups(job.site)}
    groups = {name: array.group(name) for name, array in arrays.items()}
    wrong = [g for name, g in groups.items() if (g.state, g.target_array) != (storage.REPLICATING, arrays[name].name)]
    others = [f"{group.name} {group.state} to {group.target_array}" for group in wrong]
    if others:
        raise Unmet("the consistency groups", "replicating to the recovery site", [("the array", ", ".join(others))])
    return ", ".join(f"{name} replicates to {array.name}" for name, array in arrays.items())
