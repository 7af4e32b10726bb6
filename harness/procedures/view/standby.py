"""Recovery hosts that wait outside of the cluster: they are added to it, and taken back (D5; VIEW-05)."""

from __future__ import annotations

from harness.probes.failures import Unmet
from harness.procedures.job import Job
from harness.procedures.model import Notes
from harness.procedures.two_sites.sites import look_at_hosts, recovered, resource
from harness.procedures.two_sites.tenants import notes_of_failover

JOIN = "join-cluster"
"""The step in which a fail-over writes down where a host waited."""


def note_cluster(job: Job) -> Notes:
    """The cluster in which the host waits; empty for none."""
    return {"cluster": _cluster(job)}


def join(job: Job) -> None:
    """Move the host, which is in maintenance mode, into the cluster of what is recovered."""
    _move(job, recovered(job.site).cluster)


def see_joined(job: Job) -> str:
    """The host is in that cluster."""
    return _see(job, recovered(job.site).cluster)


def leave(job: Job) -> None:
    """Move the host back to where it waited before the fail-over of this site file, as far as that is known."""
    if waited := _waited(job):
        _move(job, waited)


def see_left(job: Job) -> str:
    """The host is there."""
    waited = _waited(job)
    return _see(job, waited) if waited else "no fail-over has written down that it waited elsewhere"


def _waited(job: Job) -> str:
    noted = notes_of_failover(job).get(f"{JOIN} {job.subject}", {})
    return str(noted.get("cluster", ""))


def _move(job: Job, cluster: str) -> None:
    if _cluster(job) != cluster:
        seen = look_at_hosts(job)
        about = f"{job.subject} into {cluster}"
        resource(job).call(seen.cluster(cluster).ref, "MoveInto_Task", [seen.host(job.subject).ref], about=about)


def _see(job: Job, cluster: str) -> str:
    found = _cluster(job)
    if found != cluster:
        raise Unmet(job.subject, f"in the cluster {cluster}", [("vCenter", f"in {found or 'no cluster'}")])
    return f"in the cluster {found}"


def _cluster(job: Job) -> str:
    seen = look_at_hosts(job)
    return next((name for name, row in seen.clusters.items() if row.ref == seen.host(job.subject).cluster), "")
