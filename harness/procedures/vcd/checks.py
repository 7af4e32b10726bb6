"""The checks that fail-over and fail-back of a cloud have beside those of two sites."""

from __future__ import annotations

from harness.procedures.model import Check
from harness.procedures.two_sites import checks
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.sites import Side
from harness.procedures.vcd import power


def management_runs(side: Side) -> tuple[Check, ...]:
    """The management VMs run at a site, and what they serve answers."""
    return checks.management_runs(side, CLOUD_ANSWERS)


CLOUD_ANSWERS = Check(
    "vCloud Director answers",
    power.see_cloud,
    f"Look at the database VM first, then at /opt/vmware/vcloud-director/logs on the cells. {AGAIN}",
    within="services",
)
EDGES_ON = Check(
    "every VM that ran and is in no vApp is on: the edges",
    power.see_edges(power.ON),
    f"Look at its events in the resource vCenter. {AGAIN}",
    within="restarts",
)
VAPPS_ON = Check(
    "vCloud Director shows what ran as on, and nothing else",
    power.see_vapps_on,
    f"Compare the VM in vCloud Director with the resource vCenter; power it on or off in vCloud Director. {AGAIN}",
    within="restarts",
)
