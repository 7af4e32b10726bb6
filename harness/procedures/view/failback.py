"""Fail-back of View to the protected site, when that returns: the fail-over in reverse, as planned (D5; VIEW-08).

Desktops are shut down by their guests, so that what users wrote is on their disks, and vSphere HA does not start them: the
procedure powers on what ran.
"""

from __future__ import annotations

from harness.procedures.model import Check, Procedure, Step
from harness.procedures.two_sites import checks, returning, sites
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.failback import (
    CLEAN_UP,
    COPY_BACK,
    MANAGEMENT_BACK,
    ON_ORIGINALS,
    ORIGINALS,
    RECORD_WHAT_RUNS,
    REPROTECT_AGAIN,
    RETURN,
    failed_over,
)
from harness.procedures.view import checks as view_checks
from harness.procedures.view import desktops, standby

STOP = (
    RECORD_WHAT_RUNS,
    Step(
        "stop-desktops",
        "Have all desktops shut themselves down.",
        act=desktops.stop,
        otherwise=f"Its events in the desktop vCenter say why. {AGAIN}",
        after=(
            Check(
                "no desktop runs", returning.see_nothing_runs, f"Shut it down in the desktop vCenter. {AGAIN}", within="restarts"
            ),
        ),
    ),
    MANAGEMENT_BACK,
    Step(
        "management-runs",
        "Wait until the management VMs run, the desktop vCenter answers, and the connection servers broker.",
        view_checks.management_runs("protected"),
    ),
)
START = (
    Step(
        "leave-cluster",
        "Move {subject} out of the cluster of the desktops, where it waited outside of it before the fail-over.",
        each=sites.recovery_hosts,
        act=standby.leave,
        otherwise=f"Its task in the desktop vCenter says why: it has to be in maintenance mode. {AGAIN}",
        after=(Check("{subject} is where it waited", standby.see_left, f"Move it there in the desktop vCenter. {AGAIN}"),),
    ),
    Step(
        "start-desktops",
        "Power on the desktops that ran.",
        act=desktops.start,
        otherwise=f"Its events in the desktop vCenter say why. {AGAIN}",
        after=(
            Check(
                "every desktop that ran is on",
                desktops.see_on,
                f"Power it on in the desktop vCenter. {AGAIN}",
                within="restarts",
            ),
        ),
    ),
    REPROTECT_AGAIN,
    Step(
        "validate",
        "Make sure that everything is as it was at the start.",
        (
            checks.RUN,
            checks.have_ports("protected"),
            ON_ORIGINALS,
            checks.ARE_PROTECTED,
            view_checks.AVAILABLE,
            checks.ALL_REPLICATE,
        ),
    ),
)

FAILED_OVER = failed_over("view-failover", view_checks.management_runs("recovery"), "view")
VIEW_FAILBACK = Procedure(
    "view-failback",
    "Fail View back to the protected site when that returns, up to the state of the start (VIEW-08).",
    (FAILED_OVER, *RETURN, *COPY_BACK, *STOP, *ORIGINALS, *CLEAN_UP, *START),
    branches={},
)
