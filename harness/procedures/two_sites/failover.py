"""The steps that fail-overs to the recovery site have in common, whatever runs in the cluster there.

They are those of the documents in their order. Where an array needs no presenting, or makes its copies writable by itself, that
step finds nothing to do.
"""

from __future__ import annotations

from harness.probes.hosts import AGENTS
from harness.procedures.agents_restart import MARK, UNMARKED, remove_mark, restart_agents, see_hostd, see_mark
from harness.procedures.model import Check, Choice, Part, Step
from harness.procedures.two_sites import both_ways, checks, held, hosts, nas, plans, sites, storage, tenants
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.plans import COMPLETE, SHORT
from harness.procedures.two_sites.sites import IGNORED, IS_SILENT, RECOVERY, SILENT

RESTARTED: Choice = ("agents", "restarted")
NEEDS: tuple[Part, ...] = ("srm", "vcenters", "arrays", "hosts", "recovery")
BRANCHES = {"agents": ("left", "restarted"), "protected-site": ("silent", "ignored")}

LOOKS_BEFORE = (
    Step("protected-site", "Make sure that the protected site does not run any more.", (IS_SILENT,), only=SILENT),
    Step(
        "protected-site-ignored",
        "Go on, whatever of the protected site still answers: the branch protected-site=ignored says so, and the log keeps it.",
        (
            Check(
                "the recovery site answers",
                sites.see_anything,
                f"Look at the network between here and the recovery site. {AGAIN}",
            ),
        ),
        only=IGNORED,
    ),
)


def recover_management(*needs: Part) -> Step:
    """The recovery plan is run; ``needs`` are what the procedure needs of a site beside what this does."""
    return Step(
        "recover-management",
        "Run the recovery plan of the management VMs, and wait for its end; a plan that stopped half-way goes on.",
        needs=(*NEEDS, *needs),
        before=(IS_SILENT,),
        act=plans.recover("recovery", planned=False),
        otherwise=f"SRM refuses to run the plan, and says why: mend that. {AGAIN}",
        after=(checks.idle("recovery"), checks.plan_is("recovery", "the plan has recovered the management VMs", SHORT, COMPLETE)),
    )


RECORD_WHAT_RAN = Step(
    tenants.RECORD,
    "Write down which VMs ran when the cluster's vCenter heard their hosts last: that has to run again, as far as the "
    "copies hold it.",
    remember=tenants.note_running,
    otherwise=f"The cluster's vCenter has to show its inventory, with the cluster that the site file names. {AGAIN}",
    after=(checks.HAS_RECORD,),
)
STORAGE = (
    Step(
        "break-replication",
        "Break the replication of {subject}, and make its copies writable; the log keeps which moment they hold.",
        each=sites.tenant_groups,
        before=(
            IS_SILENT,
            Check(
                "the array of the recovery site has the copies of {subject}",
                storage.see_target("recovery"),
                "{subject} replicates the other way, or is another one: look at the site file, and at the array.",
            ),
        ),
        remember=storage.note_moments,
        act=storage.break_group,
        otherwise="The array says why. Copies that hold no whole moment cannot be used: its resynchronisation was cut off.",
        after=(
            Check(
                "{subject} is broken, and hosts may write to its copies",
                storage.see_broken("recovery"),
                f"Break {{subject}} and make its LUNs writable at the array (blackstart storage). {AGAIN}",
            ),
        ),
    ),
    both_ways.present(RECOVERY, ", where the array has not done so beforehand"),
    Step(
        "rescan-adapters",
        "Rescan the adapters of {subject}.",
        each=sites.with_luns(sites.recovery_hosts),
        act=storage.rescan,
        otherwise=f"Run esxcfg-rescan -A on {{subject}} by hand and read what it says. {AGAIN}",
        after=(checks.LISTS_COPIES,),
    ),
    Step(
        "mount-copies",
        "Mount every copy on {subject} with its signature kept, until its next boot.",
        each=sites.with_luns(sites.recovery_hosts),
        before=(checks.LISTS_COPIES,),
        act=storage.mount_copies,
        otherwise=f"Run esxcfg-volume -l on {{subject}}: it says why a volume cannot be mounted. {AGAIN}",
        after=(checks.MOUNTED_LUNS,),
    ),
    both_ways.repoint(RECOVERY, IS_SILENT),
    Step(
        "mount-nfs",
        "Mount the NFS datastores on {subject}, by the same alias and shares as on the protected hosts: so they are the same.",
        each=sites.with_nfs(sites.recovery_hosts),
        before=(both_ways.RESOLVED[RECOVERY],),
        act=nas.mount,
        otherwise=f"Its vmkernel.log says why: does the NAS serve the share, and let {{subject}} mount it? {AGAIN}",
        after=(checks.MOUNTED_NFS[RECOVERY],),
    ),
    Step(
        tenants.HELD,
        "Read from the protected lists of vSphere HA on the copies which VMs ran at the moment that they hold: with asynchronous "
        "replication that is the last completed one. These have to run again.",
        before=(checks.HAS_RECORD,),
        remember=held.note_held,
        otherwise=f"The first recovery host has to read its volumes, and the cluster's vCenter its inventory. {AGAIN}",
        after=(
            Check(
                "something ran at the moment that the copies hold",
                held.see_held,
                "The copies name no VM, and vCenter shows some as on: are these the right copies, and of which moment? "
                "blackstart storage shows it.",
            ),
        ),
    ),
    Step(
        "datastores-in-vcenter",
        "Rescan {subject} in the cluster's vCenter, which then shows its datastores.",
        each=sites.recovery_hosts,
        before=(checks.CONNECTED,),
        act=hosts.rescan_in_vcenter,
        otherwise=f"Rescan {{subject}} in the cluster's vCenter by hand. {AGAIN}",
        after=(checks.in_vcenter("recovery"),),
    ),
    Step(
        "restart-agents",
        "Restart the management agents of {subject}: on builds that lose ports when storage is late, a precaution.",
        each=sites.recovery_hosts,
        only=RESTARTED,
        before=(checks.MOUNTED_COPIES,),
        act=restart_agents,
        otherwise=f"Log in to {{subject}} and run {AGENTS} by hand to see what it says. {AGAIN}",
        after=(
            Check(f"{AGENTS} ended well on {{subject}}", see_mark, f"Run it by hand on {{subject}}. {AGAIN}"),
            Check(
                "hostd answers on {subject}", see_hostd, f"Run /etc/init.d/hostd restart on {{subject}}. {AGAIN}", within="agents"
            ),
            checks.CONNECTED,
        ),
    ),
)
LEAVE_MAINTENANCE = both_ways.leave_maintenance(
    RECOVERY,
    "Take {subject} out of maintenance mode. vSphere HA, where it is on, begins to start VMs.",
    IS_SILENT,
    checks.MOUNTED_COPIES,
)
TIDY_UP = Step(
    "tidy-up",
    "Remove the sign of the restart from {subject}.",
    each=sites.recovery_hosts,
    only=RESTARTED,
    act=remove_mark,
    otherwise=f"Remove {MARK} on {{subject}} by hand; it is gone with the next reboot in any case.",
    after=(UNMARKED,),
)
