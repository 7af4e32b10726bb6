"""The two sites: what stands where, and whether anything there still answers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Literal, TypeAlias

from harness.errors import BlackstartError, InputError
from harness.probes.failures import ArrayUnreachable, Unmet
from harness.probes.inventory import Inventory
from harness.probes.looks import HOSTS_ALONE, HOSTS_AND_DATASTORES, WITHOUT_HARDWARE, read_inventory
from harness.probes.operator import Operator
from harness.procedures.job import Job
from harness.procedures.model import Check, Choice
from harness.procedures.site_file import KIND_OF, NasEntry, RecoveryEntry, ServiceEntry, SiteFile

if TYPE_CHECKING:
    from harness.probes.arrays import ArrayClient

Side: TypeAlias = Literal["protected", "recovery"]
PROTECTED: Side = "protected"
RECOVERY: Side = "recovery"
SILENT: Choice = ("protected-site", "silent")
IGNORED: Choice = ("protected-site", "ignored")
HostsOf: TypeAlias = Callable[[SiteFile], Sequence[str]]


def recovered(site: SiteFile) -> RecoveryEntry:
    """What the site file says of what is recovered."""
    if site.recovery is None:
        raise InputError("[recovery]", "missing", "Describe it in the site file.", site.path)
    return site.recovery


def resource_hosts(site: SiteFile, role: Side) -> list[str]:
    """The hosts at one site that the cluster's vCenter manages."""
    found = [host.name for host in site.hosts if host.role == role and host.vcenter == recovered(site).vcenter]
    if not found:
        problem = f"no host of {recovered(site).vcenter} stands at the {role} site"
        raise InputError("[[host]]", problem, f'Give its hosts role = "{role}".', site.path)
    return [str(name) for name in found]


def protected_hosts(site: SiteFile) -> list[str]:
    """The hosts of the cluster of the protected site."""
    return resource_hosts(site, PROTECTED)


def recovery_hosts(site: SiteFile) -> list[str]:
    """The hosts of the cluster of the recovery site."""
    return resource_hosts(site, RECOVERY)


def tenant_groups(site: SiteFile) -> tuple[str, ...]:
    """The consistency groups of the VMs of the cluster, which are its tenants'."""
    return recovered(site).groups


def lun_groups(site: SiteFile) -> list[str]:
    """Those of them that replicate LUNs."""
    nas = recovered(site).nas
    return [group for group in tenant_groups(site) if nas is None or group not in nas.groups]


def with_luns(hosts: HostsOf) -> HostsOf:
    """These hosts, where tenants have VMFS volumes."""
    return lambda site: hosts(site) if lun_groups(site) else []


def with_nfs(hosts: HostsOf) -> HostsOf:
    """These hosts, where tenants have NFS datastores."""
    return lambda site: hosts(site) if recovered(site).nas else []


def aliases(site: SiteFile) -> list[str]:
    """The name from which hosts mount the NFS datastores of tenants, where there are any."""
    return [site.recovery.nas.alias] if site.recovery and site.recovery.nas else []


def nas_at(nas: NasEntry, role: Side) -> str:
    """The name of the NAS at a site."""
    return nas.protected if role == PROTECTED else nas.recovery


def all_groups(site: SiteFile) -> tuple[str, ...]:
    """The consistency groups of management VMs and tenants."""
    return (*recovered(site).management_groups, *tenant_groups(site))


def standing_at(site: SiteFile, kind: str, role: Side) -> list[ServiceEntry]:
    """The servers of one kind that stand at a site."""
    return [entry for entry in site.of_kind(kind) if entry.role == role]


def only_one(site: SiteFile, kind: str, role: Side) -> ServiceEntry:
    """The one server of its kind at a site; raises ``InputError`` where the site file has none there, or several."""
    found = standing_at(site, kind, role)
    if len(found) != 1:
        problem = f"{len(found)} have the role {role!r}, and the procedure needs one"
        raise InputError(f"[[{kind}]]", problem, f'Give one of them role = "{role}".', site.path)
    return found[0]


def array_at(job: Job, role: Side, group: str) -> ArrayClient:
    """The array at a site that has a part in a consistency group: the one that there is, or else as the arrays tell."""
    found = standing_at(job.site, KIND_OF["arrays"], role)
    if len(found) == 1:
        return job.operator.array(found[0].name)
    parts = _arrays_of(job, group)
    ours = [entry.name for entry in found if entry.name in parts]
    if len(ours) != 1:
        raise Unmet(group, f"one array at the {role} site", [("the arrays", ", ".join(sorted(parts)) or "none that answers")])
    return job.operator.array(ours[0])


def _arrays_of(job: Job, group: str) -> set[str]:
    """Between which arrays a group replicates, by the first of them that answers: those of the site that is not lost first."""
    for entry in sorted(job.site.of_kind(KIND_OF["arrays"]), key=lambda each: each.role != RECOVERY):
        try:
            shown = next((each for each in job.operator.array(entry.name).groups() if each.name == group), None)
        except ArrayUnreachable:
            continue
        if shown:
            return {shown.source_array, shown.target_array}
    return set()


def management_at(job: Job, role: Side) -> Operator:
    """The operator at the management vCenter of a site."""
    return job.operator.at(only_one(job.site, KIND_OF["vcenters"], role).name)


def resource(job: Job) -> Operator:
    """The operator at the cluster's vCenter."""
    return job.operator.at(recovered(job.site).vcenter)


def look_at_datastores(job: Job) -> Inventory:
    """The datastores of the cluster's vCenter, with its hosts and clusters."""
    return read_inventory(resource(job).vcenter, HOSTS_AND_DATASTORES)


def look_at_hosts(job: Job) -> Inventory:
    """The hosts and clusters of the cluster's vCenter."""
    return read_inventory(resource(job).vcenter, HOSTS_ALONE)


def look_at_power(job: Job) -> Inventory:
    """The VMs of the cluster's vCenter without their hardware, and its hosts."""
    return read_inventory(resource(job).vcenter, WITHOUT_HARDWARE)


def answering(job: Job, role: Side) -> list[str]:
    """What of a site answers; raises where it is not whom the site file means, or refuses the login."""
    asks: dict[str, Callable[[], object]] = {
        f"{name} (SSH)": partial(job.operator.shell(name).run, ":") for name in job.site.host_names(role)
    }
    for entry in standing_at(job.site, "vcenter", role):
        asks[f"{entry.name} (vSphere API)"] = partial(read_inventory, job.operator.center(entry.name), HOSTS_ALONE)
    asks |= {f"{e.name} (array)": job.operator.array(e.name).groups for e in standing_at(job.site, "array", role)}
    asks |= {f"{e.name} (SRM)": job.operator.srm(e.name).plans for e in standing_at(job.site, "srm", role)}
    return [name for name, ask in asks.items() if _answers(ask)]


def _answers(ask: Callable[[], object]) -> bool:
    """A wire that was kept may be found broken: then it is dialled anew."""
    for _ in range(2):
        try:
            ask()
        except BlackstartError as error:
            silence = getattr(error, "silence", "")
            if silence in {"", "denied", "distrusted"}:
                raise
            if silence in {"refused", "timed out"}:
                return False
        else:
            return True
    return False


def see_silence(job: Job) -> str:
    """Nothing of the protected site answers."""
    found = answering(job, PROTECTED)
    if found:
        raise Unmet("the protected site", "that nothing answers there", [("the network", f"answers from {', '.join(found)}")])
    return "no host, vCenter Server, array or SRM server there answers"


def see_anything(job: Job) -> str:
    """What of the protected site answers, for the log; something of the recovery site has to."""
    here = answering(job, RECOVERY)
    if not here:
        raise Unmet("the recovery site", "that something answers there", [("the network", "no answer")])
    return f"at the protected site answer: {', '.join(answering(job, PROTECTED)) or 'none'}"


def missing_from(wanted: Iterable[str], found: Iterable[str]) -> list[str]:
    """Those of ``wanted`` that are not found, in order."""
    return sorted(set(wanted) - set(found))


IS_SILENT = Check(
    "nothing of the protected site answers any more",
    see_silence,
    "The protected site still runs: its VMs would run twice, and write to two copies of their disks. If it is to be given up, "
    "power its hosts and its array off first; if it is not, do not fail over. Where what answers cannot run VMs any more, "
    "say so with --branch protected-site=ignored: the log keeps that. Then go on with --resume.",
    only=SILENT,
)
