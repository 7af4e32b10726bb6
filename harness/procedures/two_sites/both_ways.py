"""Steps of one shape, which a fail-over and a fail-back take in either direction: ``side`` is the site to which things go."""

from __future__ import annotations

from harness.procedures.model import Check, Step
from harness.procedures.two_sites import checks, hosts, nas, plans, sites, storage
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.plans import READY
from harness.procedures.two_sites.sites import PROTECTED, RECOVERY, Side

NOUN = {PROTECTED: "originals", RECOVERY: "copies"}
"""What the LUNs and exports at a site are called."""
HOSTS = {PROTECTED: sites.protected_hosts, RECOVERY: sites.recovery_hosts}
OTHER: dict[Side, Side] = {PROTECTED: RECOVERY, RECOVERY: PROTECTED}


def present(side: Side, when: str = "") -> Step:
    """Let the hosts of a site reach what its array has; ``when`` ends the sentence."""
    noun = NOUN[side]
    return Step(
        f"present-{noun}",
        f"Present the {noun} of {{subject}} to the {side} hosts{when}.",
        each=sites.tenant_groups,
        act=storage.present_to(side),
        otherwise=f"Does the array know all {side} hosts? {AGAIN}",
        after=(
            Check(
                f"the {noun} of {{subject}} are presented to the {side} hosts",
                storage.see_presented(side),
                f"Present them at the array (blackstart storage). {AGAIN}",
            ),
        ),
    )


def replicate(name: str, does: str, side: Side) -> Step:
    """Have each group copied to the array of a site."""
    return Step(
        name,
        does,
        each=sites.tenant_groups,
        act=storage.reverse_to(side),
        otherwise=f"The array says why: both arrays, and the line between them, have to work. {AGAIN}",
        after=(
            Check(
                f"{{subject}} replicates to the {side} site, which has a whole copy",
                storage.see_replicating(side),
                f"Look at the line between the arrays; resynchronising takes its time (waits.copies in the site file). {AGAIN}",
                within="copies",
            ),
        ),
    )


def leave_maintenance(side: Side, does: str, *before: Check) -> Step:
    """Have the hosts of a site used."""
    return Step(
        "leave-maintenance",
        does,
        each=HOSTS[side],
        before=before,
        act=hosts.leave_maintenance,
        otherwise=f"Look at the tasks of {{subject}} in the cluster's vCenter. {AGAIN}",
        after=(checks.IN_USE,),
    )


def reprotect(name: str, does: str, side: Side) -> Step:
    """Have SRM protect what it has recovered to the other site, so that it can recover to this one."""
    return Step(
        name,
        does,
        act=plans.reprotect(OTHER[side]),
        otherwise=f"SRM refuses to reprotect, and says why: mend that. {AGAIN}",
        after=(checks.idle(side), checks.plan_is(side, f"SRM is ready to recover to the {side} site", READY)),
    )


def repoint(side: Side, *before: Check) -> Step:
    """Have the alias lead to the NAS of a site."""
    return Step(
        "repoint-alias",
        f"Have the alias {{subject}} lead to the NAS of the {side} site, by a signed dynamic update of DNS (RFC 2136).",
        each=sites.aliases,
        before=before,
        act=nas.repoint(side),
        otherwise="NXRRSET: somebody else has changed the alias meanwhile. NOTAUTH: look at the key, its secret and the clock; "
        f"REFUSED: may the key change this zone? {AGAIN}",
        after=(
            Check(
                f"DNS has {{subject}} lead to the NAS of the {side} site",
                nas.see_alias(side),
                f"Change the record where the zone is kept. {AGAIN}",
            ),
        ),
    )


RESOLVED = {
    side: Check(
        f"{{subject}} takes the alias for the NAS of the {side} site",
        nas.see_resolved(side),
        "It has asked before, and believes that answer until its time to live has passed (waits.names in the site file); or it "
        f"asks a server that has not got the change. {AGAIN}",
        within="names",
    )
    for side in (PROTECTED, RECOVERY)
}
