"""The checks that fail-over and fail-back have in common, each with what a person does next where it does not hold."""

from __future__ import annotations

from harness.procedures.model import Check
from harness.procedures.two_sites import hosts, plans, returning, storage, tenants, volumes
from harness.procedures.two_sites.sites import PROTECTED, RECOVERY, Side

AGAIN = "Then go on with --resume."


def management_runs(side: Side, *answers: Check) -> tuple[Check, ...]:
    """The management VMs run at a site, and the cluster's vCenter answers, and whatever else ``answers`` asks."""
    return (
        Check(
            f"the management VMs run at the {side} site",
            plans.see_management(side),
            f"Power on what is off in the management vCenter of the {side} site. {AGAIN}",
            within="services",
        ),
        Check(
            "the cluster's vCenter answers",
            plans.see_cluster_vcenter,
            f"Look at the console of its VM: do its services run, and has it its network? {AGAIN}",
            within="services",
        ),
        *answers,
    )


PLAN_IDLE = "SRM does not run the recovery plan any more"
NEEDS_PERSON = (
    "Look at the plan in SRM: where it waits for a person, dismiss the prompt; where it hangs, cancel it. "
    "--resume goes on with a plan that runs, and runs one again that stopped half-way."
)


def idle(side: Side) -> Check:
    """The plan has come to an end."""
    return Check(PLAN_IDLE, plans.see_idle(side), NEEDS_PERSON, within="plans")


def plan_is(side: Side, expects: str, *wanted: str) -> Check:
    """The plan is in one of these states at the server of a site."""
    otherwise = "The history report of the plan in SRM names the step that failed: mend that. --resume runs the plan again."
    return Check(expects, plans.see_status(side, *wanted), otherwise)


def in_vcenter(side: Side, *kinds: volumes.Kind) -> Check:
    """The cluster's vCenter shows what a host has mounted of these kinds, or of all."""
    return Check(
        "the cluster's vCenter shows the datastores of {subject} as accessible",
        volumes.see_in_vcenter(side, *kinds),
        "Rescan the storage of {subject} in vCenter, and compare what it has mounted (esxcfg-scsidevs -m, esxcli storage nfs "
        f"list). {AGAIN}",
        within="connection",
    )


def have_ports(side: Side) -> Check:
    """The hosts of a site have the ports of every VM that ran in use."""
    return Check(
        "every VM that ran has its port in use on its host",
        tenants.see_ports(side),
        "A VM that is connected in vCenter and not on its host has lost its port: restart the host's agents, then power the VM "
        f"off and on (VCD-11). {AGAIN}",
    )


LISTS_COPIES = Check(
    "{subject} lists a copy of every volume that it can mount",
    storage.see_copies,
    "Not listed: is the LUN presented to {subject}, and did it rescan (esxcfg-rescan -A)? Not mountable: esxcfg-volume -l says "
    f"why. A read-only device means that the replication is not broken. {AGAIN}",
)
MOUNTED_COPIES = Check(
    "{subject} has every volume mounted from its copy",
    volumes.see_mounted("recovery"),
    f"Mount it again, as the procedure has done: esxcfg-volume -m, or esxcli storage nfs add by the alias. {AGAIN}",
)
MOUNTED_LUNS = Check(
    "{subject} has every VMFS volume mounted from its copy",
    volumes.see_mounted("recovery", volumes.from_luns),
    "Run esxcfg-volume -l on {subject} and read what keeps it from mounting. Do not resignature: the VMs would lose their files. "
    + AGAIN,
)
MOUNTED_NFS = {
    side: Check(
        f"{{subject}} has every NFS datastore mounted by the alias, from the NAS of the {side} site",
        volumes.see_mounted(side, volumes.from_nas),
        "Compare esxcli storage nfs list and esxcli network ip connection list on {subject} with the site file. What is mounted "
        f"by an address, or another name, is another datastore: remove it there. {AGAIN}",
    )
    for side in (PROTECTED, RECOVERY)
}
CONNECTED = Check(
    "the cluster's vCenter hears {subject}",
    hosts.see_connected,
    f"Run /etc/init.d/vpxa restart on {{subject}}, or reconnect it in vCenter. {AGAIN}",
    within="connection",
)
IN_USE = Check(
    "{subject} is connected and out of maintenance mode",
    hosts.see_in_use,
    f"Look at the tasks of {{subject}} in the cluster's vCenter. {AGAIN}",
    within="connection",
)
IN_MAINTENANCE = Check(
    "{subject} is connected and in maintenance mode",
    hosts.see_in_maintenance,
    f"A VM that runs on {{subject}} keeps it from that: look at its tasks in the cluster's vCenter. {AGAIN}",
    within="connection",
)
HAS_RECORD = Check(
    "something ran",
    tenants.see_record,
    "The cluster's vCenter shows no VM as powered on: is it the right one, and its inventory the last one?",
)
RUN = Check(
    "every VM that ran runs and is connected",
    tenants.see_running,
    "The events of each VM in the cluster's vCenter say what keeps it: storage, a port group, a lock. Mend that, and power it "
    "on. " + AGAIN,
    within="restarts",
)
ARE_PROTECTED = Check(
    "vSphere HA protects every VM that runs",
    tenants.see_protected,
    f"Look at the cluster's vSphere HA in the cluster's vCenter: it needs a master that reaches the datastores. {AGAIN}",
    within="protection",
)
HA_ON = Check(
    "vSphere HA of the cluster is on and has a master",
    hosts.see_ha_on,
    f"Look at the configuration issues of the cluster in the cluster's vCenter. {AGAIN}",
    within="protection",
)
ALL_REPLICATE = Check(
    "every consistency group replicates to the recovery site",
    returning.see_all_replicating,
    f"Look at the array: it says in which state the group is, and why. {AGAIN}",
    within="copies",
)
