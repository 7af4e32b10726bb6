"""The checks that fail-over and fail-back of View have beside those of two sites."""

from __future__ import annotations

from harness.procedures.model import Check
from harness.procedures.two_sites import checks
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.sites import Side
from harness.procedures.view import desktops


def management_runs(side: Side) -> tuple[Check, ...]:
    """The management VMs run at a site, and what they serve answers."""
    return checks.management_runs(side, BROKERS)


BROKERS = Check(
    "the connection servers of View broker",
    desktops.see_brokers,
    f"Look at the database VM first, then at the desktop vCenter and the services of the connection servers. {AGAIN}",
    within="services",
)
AVAILABLE = Check(
    "every user has the desktop that was assigned, and those that ran are available",
    desktops.see_desktops,
    "Look at the desktop's events and its vmware.log: where a disk cannot be opened, vmkfstools -e names the link of its chain "
    f"that is missing. {AGAIN}",
    within="services",
)
