"""The hosts of the cluster in the cluster's vCenter: maintenance mode, storage as vCenter knows it, and vSphere HA."""

from __future__ import annotations

from pyVmomi import vim

from harness.probes.availability import READY
from harness.probes.failures import Absent, Unmet
from harness.probes.hosts import MAINTENANCE
from harness.probes.inventory import Inventory
from harness.procedures.job import Job
from harness.procedures.two_sites.sites import look_at_hosts, recovered, resource


def leave_maintenance(job: Job) -> None:
    """Take the host out of maintenance mode."""
    seen = look_at_hosts(job).host(job.subject)
    if seen.maintenance:
        resource(job).call(seen.ref, "ExitMaintenanceMode_Task", 0, about=job.subject)


def enter_maintenance(job: Job) -> None:
    """Put the host into maintenance mode."""
    seen = look_at_hosts(job).host(job.subject)
    if not seen.maintenance:
        resource(job).call(seen.ref, "EnterMaintenanceMode_Task", 0, about=job.subject)


def see_connected(job: Job) -> str:
    """The cluster's vCenter hears the host."""
    seen = look_at_hosts(job).host(job.subject)
    if seen.connection != "connected":
        raise Unmet(job.subject, "connected", [("vCenter", seen.connection)])
    return str(seen)


def see_in_use(job: Job) -> str:
    """The host is connected and not in maintenance mode: vCenter and its own shell say so."""
    return _see_mode(job, wanted=False)


def see_in_maintenance(job: Job) -> str:
    """The host is connected and in maintenance mode: vCenter and its own shell say so."""
    return _see_mode(job, wanted=True)


def _see_mode(job: Job, *, wanted: bool) -> str:
    seen = look_at_hosts(job).host(job.subject)
    said = "= true" in job.operator.shell(job.subject).run(MAINTENANCE).output
    if seen.connection != "connected" or not seen.maintenance is said is wanted:
        expected = f"connected, {'in' if wanted else 'not in'} maintenance mode"
        raise Unmet(job.subject, expected, [("vCenter", seen), (MAINTENANCE, said)])
    return str(seen)


def rescan_in_vcenter(job: Job) -> None:
    """Have the cluster's vCenter look for volumes on the host."""
    center = resource(job).center_of(job.subject)
    found = center.read({vim.HostSystem: ("name", "configManager.storageSystem")}, list)
    storage = next((row.values["configManager.storageSystem"] for row in found if row.values["name"] == job.subject), None)
    if storage is None:
        raise Absent("host", job.subject, center.name)
    center.call(storage, "RescanVmfs", about=job.subject)


def see_no_running_vm(job: Job) -> str:
    """No VM runs on the host."""
    worlds = job.operator.shell(job.subject).run("esxcli vm process list").succeeded().output
    if worlds.strip():
        names = [line for line in worlds.splitlines() if line and not line.startswith(" ")]
        raise Unmet(job.subject, "no VM that runs", [("esxcli vm process list", ", ".join(names))])
    return "no VM runs"


def switch_off_ha(job: Job) -> None:
    """Switch vSphere HA of the cluster off."""
    _configure(job, on=False)


def switch_on_ha(job: Job) -> None:
    """Switch vSphere HA of the cluster on."""
    _configure(job, on=True)


def _configure(job: Job, *, on: bool) -> None:
    name = recovered(job.site).cluster
    spec = vim.cluster.ConfigSpecEx(dasConfig=vim.cluster.DasConfigInfo(enabled=on, hostMonitoring="enabled" if on else None))
    cluster, about = look_at_hosts(job).cluster(name), f"vSphere HA {'on' if on else 'off'}"
    resource(job).call(cluster.ref, "ReconfigureComputeResource_Task", spec, True, about=about)


def see_ha_off(job: Job) -> str:
    """VSphere HA of the cluster is off."""
    if ha_is_on(job):
        raise Unmet(recovered(job.site).cluster, "vSphere HA off", [("vCenter", "on")])
    return "vSphere HA is off"


def see_ha_on(job: Job) -> str:
    """VSphere HA of the cluster is on, and its agents on the hosts in use are ready."""
    seen = look_at_hosts(job)
    ours = [h for h in seen.hosts.values() if h.cluster == seen.cluster(recovered(job.site).cluster).ref]
    states = {host.name: host.ha for host in ours if host.connection == "connected" and not host.maintenance}
    if not _has_ha(job, seen) or not set(states.values()) <= READY or list(states.values()).count("master") != 1:
        found = f"{'on' if _has_ha(job, seen) else 'off'}, {states or 'no host in use'}"
        raise Unmet(recovered(job.site).cluster, "vSphere HA on, with one master", [("vCenter", found)])
    return f"vSphere HA is on: {states}"


def ha_is_on(job: Job) -> bool:
    """Whether vSphere HA of the cluster is switched on."""
    return _has_ha(job, look_at_hosts(job))


def _has_ha(job: Job, seen: Inventory) -> bool:
    return bool(seen.cluster(recovered(job.site).cluster).values.get("configuration.dasConfig.enabled"))
