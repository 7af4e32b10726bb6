"""Fail-over of a cloud to the recovery site, after the loss of the protected one (D2 and D3; VCD-01, VCD-06, VCD-09, VCD-12).

The steps are those of the document in its order. Where an array needs no presenting, or makes its copies writable by itself,
that step finds nothing to do.
"""

from __future__ import annotations

from harness.procedures.model import Check, Choice, Procedure, Step
from harness.procedures.two_sites import checks, hosts, tenants
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
from harness.procedures.two_sites.sites import IS_SILENT
from harness.procedures.vcd import checks as cloud_checks
from harness.procedures.vcd import power

BY_HA: Choice = ("power-on", "ha")
BY_CLOUD: Choice = ("power-on", "vcloud")

MANAGEMENT = (
    recover_management("vcloud"),
    Step(
        "management-runs",
        "Wait until the management VMs run, and the resource vCenter and vCloud Director answer.",
        cloud_checks.management_runs("recovery"),
    ),
    RECORD_WHAT_RAN,
)
TENANTS = (
    Step(
        "switch-ha-off",
        "Switch vSphere HA of the cluster off: vCloud Director powers on, and nobody else.",
        only=BY_CLOUD,
        before=(IS_SILENT,),
        act=hosts.switch_off_ha,
        otherwise=f"Switch it off in the resource vCenter. {AGAIN}",
        after=(Check("vSphere HA of the cluster is off", hosts.see_ha_off, f"Switch it off in the resource vCenter. {AGAIN}"),),
    ),
    LEAVE_MAINTENANCE,
    Step(
        "register-vms",
        "Register on the recovery hosts the VMs that ran.",
        only=BY_CLOUD,
        act=tenants.register,
        otherwise=f"Register it with vim-cmd solo/registervm on a recovery host and read what that says. {AGAIN}",
        after=(
            Check(
                "every VM that ran is registered at the recovery site",
                tenants.see_registered("recovery"),
                "Register it on a recovery host. Do not add it in vCenter: it would get another id, which vCloud Director does "
                f"not know. {AGAIN}",
                within="connection",
            ),
        ),
    ),
    Step(
        "start-edges",
        "Power the edges on.",
        only=BY_CLOUD,
        act=power.start_edges,
        otherwise=f"Its events in the resource vCenter say why. {AGAIN}",
        after=(cloud_checks.EDGES_ON,),
    ),
    Step(
        "start-vapps",
        "Power on by vCloud Director what ran, in the start order of each vApp.",
        only=BY_CLOUD,
        act=power.start_vapps,
        otherwise=f"The task in vCloud Director says why. {AGAIN}",
        after=(cloud_checks.VAPPS_ON,),
    ),
    Step(
        "switch-ha-on",
        "Switch vSphere HA of the cluster on again.",
        only=BY_CLOUD,
        act=hosts.switch_on_ha,
        otherwise=f"Switch it on in the resource vCenter. {AGAIN}",
        after=(checks.HA_ON,),
    ),
    Step(
        "validate",
        "Wait until all that ran runs, from the copies, with its networks, and vCloud Director shows it.",
        (
            checks.RUN,
            checks.have_ports("recovery"),
            Check(
                "every VM that ran has its files on the copies",
                tenants.see_volumes("recovery"),
                "A VM with files elsewhere runs on what is not replicated: look where its host has mounted its volume from.",
            ),
            checks.ARE_PROTECTED,
            cloud_checks.VAPPS_ON,
        ),
    ),
    TIDY_UP,
)

VCD_FAILOVER = Procedure(
    "vcd-failover",
    "Fail a vCloud Director environment over to the recovery site, after the loss of the protected one (VCD-01, VCD-09).",
    (*LOOKS_BEFORE, *MANAGEMENT, *STORAGE, *TENANTS),
    branches={"power-on": ("ha", "vcloud"), **BRANCHES},
)
