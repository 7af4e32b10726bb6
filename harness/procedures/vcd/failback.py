"""Fail-back of a cloud to the protected site, when that returns: a planned migration in reverse (D2; VCD-08).

The originals would mount by themselves, and vSphere HA there start VMs from them: they are masked while only the array of the
returning site has power. VMs are shut down cleanly, so that HA does not start them: the procedure powers on what ran.
"""

from __future__ import annotations

from harness.procedures.model import Check, Procedure, Step
from harness.procedures.two_sites import checks
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
from harness.procedures.vcd import checks as cloud_checks
from harness.procedures.vcd import power

STOP = (
    RECORD_WHAT_RUNS,
    Step(
        "stop-vapps",
        "Stop every vApp by vCloud Director, in the reverse of its start order.",
        act=power.stop_vapps,
        otherwise=f"The task in vCloud Director says why. {AGAIN}",
        after=(Check("no VM of a vApp runs", power.see_vapps_off, f"Stop it in vCloud Director. {AGAIN}", within="restarts"),),
    ),
    Step(
        "stop-edges",
        "Shut the edges down.",
        act=power.stop_edges,
        otherwise=f"Its events in the resource vCenter say why. {AGAIN}",
        after=(
            Check(
                "the edges are off",
                power.see_edges(power.OFF),
                f"Shut it down in the resource vCenter. {AGAIN}",
                within="restarts",
            ),
        ),
    ),
    MANAGEMENT_BACK,
    Step(
        "management-runs",
        "Wait until the management VMs run, and the resource vCenter and vCloud Director answer.",
        cloud_checks.management_runs("protected"),
    ),
)
START = (
    Step(
        "start-edges",
        "Power the edges on.",
        act=power.start_edges,
        otherwise=f"Its events in vCenter say why. {AGAIN}",
        after=(cloud_checks.EDGES_ON,),
    ),
    Step(
        "start-vapps",
        "Power on by vCloud Director what ran, in the start order of each vApp.",
        act=power.start_vapps,
        otherwise=f"The task in vCloud Director says why. {AGAIN}",
        after=(cloud_checks.VAPPS_ON,),
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
            cloud_checks.VAPPS_ON,
            checks.ALL_REPLICATE,
        ),
    ),
)

FAILED_OVER = failed_over("vcd-failover", cloud_checks.management_runs("recovery"), "vcloud")
VCD_FAILBACK = Procedure(
    "vcd-failback",
    "Fail a vCloud Director environment back to the protected site when that returns, up to the state of the start (VCD-08).",
    (FAILED_OVER, *RETURN, *COPY_BACK, *STOP, *ORIGINALS, *CLEAN_UP, *START),
    branches={},
)
