"""NFS datastores of the tenants: the alias that leads to the NAS of one site, and the mounts of hosts by it."""

from __future__ import annotations

from collections.abc import Callable

from harness.probes.failures import Absent, Unmet
from harness.probes.names import Names
from harness.probes.nas import LIST, NfsDatastores
from harness.procedures.job import Job
from harness.procedures.site_file import NasEntry
from harness.procedures.two_sites import hosts, sites
from harness.procedures.two_sites.sites import Side, nas_at


def described(job: Job) -> NasEntry:
    """What the site file says of them."""
    nas = sites.recovered(job.site).nas
    if nas is None:
        raise Absent("NFS datastore", "", "the site file")
    return nas


def repoint(side: Side) -> Callable[[Job], None]:
    """Have the alias lead to the NAS at that site, by a signed dynamic update (RFC 2136)."""
    return lambda job: Names(job.operator).repoint(job.subject, nas_at(described(job), side))


def see_alias(side: Side) -> Callable[[Job], str]:
    """DNS has the alias lead to the NAS at that site."""

    def see(job: Job) -> str:
        names, wanted = Names(job.operator), nas_at(described(job), side)
        found = names.target(job.subject)
        if found != wanted:
            raise Unmet(job.subject, f"an alias of {wanted}", [("DNS", f"an alias of {found}")])
        return f"it leads to {found}, at {names.address(found)}"

    return see


def see_resolved(side: Side) -> Callable[[Job], str]:
    """The host takes the alias for the NAS at that site."""

    def see(job: Job) -> str:
        nas = described(job)
        address = Names(job.operator).address(nas_at(nas, side))
        NfsDatastores(job.operator).check_resolved(job.subject, nas.alias, address)
        return f"it takes {nas.alias} for {address}"

    return see


def mount(job: Job) -> None:
    """Mount, by the alias, each datastore that the host has not; what it is configured to have it tries again."""
    nas, stores = described(job), NfsDatastores(job.operator)
    if any(store.label in nas.shares and not store.mounted for store in stores.listed(job.subject)):
        stores.try_again([job.subject])
    known = {store.label for store in stores.listed(job.subject)}
    for label, share in nas.shares.items():
        if label not in known:
            stores.mount([job.subject], nas.alias, share, label)


def mount_again(job: Job) -> None:
    """The same, and have the cluster's vCenter look for what the host has now."""
    mount(job)
    hosts.rescan_in_vcenter(job)


def remove(job: Job) -> None:
    """Take each datastore away, so that the host does not mount it at its next boot either."""
    stores = NfsDatastores(job.operator)
    for label in _configured(job):
        stores.remove([job.subject], label)


def see_removed(job: Job) -> str:
    """The host is not configured to have any of them."""
    if kept := _configured(job):
        raise Unmet(job.subject, "none of the tenants' NFS datastores", [(LIST, ", ".join(kept))])
    return "it has none of them"


def _configured(job: Job) -> list[str]:
    return [store.label for store in NfsDatastores(job.operator).listed(job.subject) if store.label in described(job).shares]
