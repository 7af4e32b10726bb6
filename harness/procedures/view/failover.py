"""Fail-over of View to the recovery site, after the loss of the protected one (D5; VIEW-01, VIEW-02, VIEW-04, VIEW-06).

Site Recovery Manager recovers the management block, and the volumes of the desktops are mounted on the recovery hosts.
"""

from __future__ import annotations

from harness.procedures.model import Check, Procedure, Step
from harness.procedures.two_sites import checks, sites, tenants
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.failover import (
    BRANCHES,
    LEAVE_MAINTENANCE,
    LOOKS_BEFORE,
    RECORD_WHAT_RAN,
    STORAGE,
    TIDY_UP,
    recover_management,
)
from harness.procedures.view import checks as view_checks
from harness.procedures.view import standby

MANAGEMENT = (
    recover_management("view"),
    Step(
        "management-runs",
        "Wait until the management VMs run, the desktop vCenter answers, and the connection servers broker.",
        view_checks.management_runs("recovery"),
    ),
    RECORD_WHAT_RAN,
)
DESKTOPS = (
    Step(
        standby.JOIN,
        "Move {subject} into the cluster of the desktops, where it waits outside of it.",
        each=sites.recovery_hosts,
        remember=standby.note_cluster,
        act=standby.join,
        otherwise=f"Its task in the desktop vCenter says why: it has to be in maintenance mode. {AGAIN}",
        after=(
            Check(
                "{subject} is in the cluster of the desktops",
                standby.see_joined,
                f"Move it there in the desktop vCenter. {AGAIN}",
            ),
        ),
    ),
    LEAVE_MAINTENANCE,
    Step(
        "validate",
        "Wait until all desktops that ran run, from the copies, with their networks, and View has them available for users.",
        (
            checks.RUN,
            checks.have_ports("recovery"),
            Check(
                "every desktop that ran has its files on the copies",
                tenants.see_volumes("recovery"),
                "A desktop with files elsewhere runs on what is not replicated: look where its host has mounted its volume from.",
            ),
            checks.ARE_PROTECTED,
            view_checks.AVAILABLE,
        ),
    ),
    TIDY_UP,
)

VIEW_FAILOVER = Procedure(
    "view-failover",
    "Fail View with persistent linked clones over to the recovery site, after the loss of the protected one (VIEW-01, VIEW-02).",
    (*LOOKS_BEFORE, *MANAGEMENT, *STORAGE, *DESKTOPS),
    branches=BRANCHES,
)
