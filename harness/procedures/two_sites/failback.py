"""The steps that fail-backs to the protected site have in common, up to the state of the start."""

from __future__ import annotations

from harness.procedures.model import Check, Part, Step
from harness.procedures.two_sites import both_ways, checks, hosts, nas, plans, returning, sites, storage, tenants, volumes
from harness.procedures.two_sites.checks import AGAIN
from harness.procedures.two_sites.failover import NEEDS
from harness.procedures.two_sites.plans import COMPLETE, PROTECTING, SHORT
from harness.procedures.two_sites.sites import PROTECTED, RECOVERY


def failed_over(failover: str, runs: tuple[Check, ...], *needs: Part) -> Step:
    """What ``failover`` leaves is there, ``runs`` at the recovery site included; ``needs`` as in a fail-over."""
    return Step(
        "failed-over",
        "Make sure that everything runs at the recovery site.",
        (
            Check(
                "SRM has recovered the management VMs to the recovery site, or protects them from there",
                plans.see_status("recovery", SHORT, COMPLETE, PROTECTING),
                f"There is nothing to fail back; or the fail-over is not complete: blackstart procedure {failover} --resume.",
            ),
            *runs,
        ),
        needs=(*NEEDS, *needs),
    )


RETURN = (
    Step(
        storage.MASKED,
        "Mask the originals of {subject}, before the hosts of the returning site have power.",
        each=sites.all_groups,
        before=(
            Check(
                "the array of the protected site answers, and has the originals of {subject}",
                returning.see_originals,
                f"Give that array its power, and nothing else of its site. {AGAIN}",
                within="boot",
            ),
            Check(
                "no host of the protected site answers yet",
                returning.see_no_host,
                "Its hosts came before the originals were masked: they mount them, and may run VMs from them. Power them off "
                f"again. {AGAIN}",
            ),
        ),
        remember=storage.note_presented,
        act=storage.mask_originals,
        otherwise=f"Mask them at the array (blackstart storage). {AGAIN}",
        after=(
            Check("the originals of {subject} are masked from all hosts", storage.see_masked, f"Mask them at the array. {AGAIN}"),
        ),
    ),
    Step(
        "site-returns",
        "Wait until somebody has given the protected site its power back.",
        (
            Check(
                "the hosts, vCenter Servers and SRM servers of the protected site answer",
                returning.see_site,
                f"Give the protected site its power back now: its originals are masked. {AGAIN}",
                within="boot",
            ),
            Check(
                "no management VM runs there",
                plans.see_no_management("protected"),
                "It runs at both sites: power it off there at once, in the management vCenter of the protected site, and switch "
                f"vSphere HA of its cluster off until SRM protects again. {AGAIN}",
            ),
        ),
    ),
    Step(
        "originals-left-alone",
        "Make sure that {subject} has not mounted the originals, and runs nothing.",
        (
            checks.CONNECTED,
            Check(
                "{subject} has nothing mounted from the array of the protected site",
                volumes.see_unmounted("protected"),
                "Somebody has presented them again. Mask them, and reboot {subject}: what it has written there is lost when the "
                f"copies come back. {AGAIN}",
            ),
            Check(
                "no VM runs on {subject}", hosts.see_no_running_vm, f"Find out from which volume it runs, and stop it. {AGAIN}"
            ),
        ),
        each=sites.protected_hosts,
    ),
    Step(
        "rest-protected-host",
        "Put {subject} into maintenance mode until its storage is back.",
        each=sites.protected_hosts,
        act=hosts.enter_maintenance,
        otherwise=f"Look at the tasks of {{subject}} in the cluster's vCenter. {AGAIN}",
        after=(checks.IN_MAINTENANCE,),
    ),
)
COPY_BACK = (
    Step(
        "complete-recovery",
        "Run the recovery plan again: SRM does at the protected site what it could not do there before.",
        act=plans.recover("recovery", planned=False),
        otherwise=f"SRM refuses to run the plan, and says why: mend that. {AGAIN}",
        after=(
            checks.idle("recovery"),
            checks.plan_is("recovery", "the recovery is complete at both sites", COMPLETE, PROTECTING),
        ),
    ),
    both_ways.reprotect("reprotect-management", "Have SRM protect the management VMs in the other direction.", PROTECTED),
    both_ways.replicate(
        "copy-back", "Reverse the replication of {subject}, and wait until the protected site has a whole copy.", PROTECTED
    ),
)
ORIGINALS = (
    Step(
        "separate-originals",
        "Bring the last changes of {subject} to the originals, and break the replication.",
        each=sites.tenant_groups,
        before=(Check("nothing in the cluster runs", returning.see_nothing_runs, f"Shut it down. {AGAIN}"),),
        act=storage.separate_originals,
        otherwise=f"The array says why. {AGAIN}",
        after=(
            Check(
                "{subject} is broken, and hosts may write to its originals",
                storage.see_broken("protected"),
                f"Synchronise and break {{subject}} at the array (blackstart storage). {AGAIN}",
            ),
        ),
    ),
    both_ways.present(PROTECTED, " again"),
    Step(
        "mount-originals",
        "Rescan {subject}, which mounts the originals by itself.",
        each=sites.with_luns(sites.protected_hosts),
        act=storage.rescan,
        otherwise=f"Run esxcfg-rescan -A on {{subject}} by hand and read what it says. {AGAIN}",
        after=(
            Check(
                "{subject} has every volume mounted from its original",
                volumes.see_mounted("protected", volumes.from_luns),
                f"Run esxcfg-volume -l on {{subject}}: does it see a copy beside the original? {AGAIN}",
            ),
            checks.in_vcenter("protected", volumes.from_luns),
        ),
    ),
    both_ways.repoint(PROTECTED),
    Step(
        "mount-nfs-originals",
        "Have {subject} mount its NFS datastores again, which the alias leads back to the originals.",
        each=sites.with_nfs(sites.protected_hosts),
        before=(both_ways.RESOLVED[PROTECTED],),
        act=nas.mount_again,
        otherwise=f"Its vmkernel.log says why: does the NAS serve the share, and let {{subject}} mount it? {AGAIN}",
        after=(checks.MOUNTED_NFS[PROTECTED], checks.in_vcenter("protected", volumes.from_nas)),
    ),
    both_ways.leave_maintenance(PROTECTED, "Take {subject} out of maintenance mode."),
    Step(
        "move-vms",
        "Move the VMs, which are off, to the protected hosts.",
        act=tenants.move_home,
        otherwise=f"The task in the cluster's vCenter says why. {AGAIN}",
        after=(
            Check(
                "no VM is registered at the recovery site",
                tenants.see_home,
                f"Migrate it in the cluster's vCenter; do not register it anew: it would get another id. {AGAIN}",
                within="connection",
            ),
        ),
    ),
)
CLEAN_UP = (
    Step(
        "unmount-copies",
        "Unmount the copies on {subject}, for good.",
        each=sites.with_luns(sites.recovery_hosts),
        act=storage.unmount_copies,
        otherwise=f"A VM that is registered on {{subject}} keeps it from that: move it away. {AGAIN}",
        after=(
            Check(
                "{subject} has no copy mounted, even after a rescan",
                volumes.see_unmounted("recovery", volumes.from_luns),
                f"Unmount it with esxcfg-volume -u on {{subject}}, which also forgets a persistent mount. {AGAIN}",
            ),
        ),
    ),
    Step(
        "remove-nfs",
        "Take the NFS datastores away from {subject}, for good.",
        each=sites.with_nfs(sites.recovery_hosts),
        act=nas.remove,
        otherwise=f"A VM that runs on {{subject}} keeps it from that: move it away. {AGAIN}",
        after=(
            Check(
                "{subject} has none of the NFS datastores",
                nas.see_removed,
                f"Remove it with esxcli storage nfs remove on {{subject}}. {AGAIN}",
            ),
        ),
    ),
    both_ways.replicate(
        "replicate-again",
        "Have {subject} replicated to the recovery site again, and wait until that has a whole copy.",
        RECOVERY,
    ),
    Step(
        "withdraw-copies",
        "Mask the copies of {subject} from the recovery hosts, where the array does not present them beforehand.",
        each=sites.tenant_groups,
        act=storage.withdraw_copies,
        otherwise=f"Mask them at the array (blackstart storage). {AGAIN}",
        after=(
            Check(
                "the copies of {subject} are as before the fail-over", storage.see_withdrawn, f"Mask them at the array. {AGAIN}"
            ),
        ),
    ),
    Step(
        "forget-copies",
        "Rescan {subject}, and put it into maintenance mode.",
        each=sites.recovery_hosts,
        act=returning.rest_recovery_host,
        otherwise=f"Look at the tasks of {{subject}} in the cluster's vCenter. {AGAIN}",
        after=(
            checks.IN_MAINTENANCE,
            Check(
                "{subject} has no copy mounted",
                volumes.see_unmounted("recovery"),
                f"Unmount it on {{subject}}: esxcfg-volume -u, or esxcli storage nfs remove. {AGAIN}",
            ),
        ),
    ),
)
ON_ORIGINALS = Check(
    "every VM that ran has its files on the originals",
    tenants.see_volumes("protected"),
    "Look where its host has mounted its volume from.",
)
RECORD_WHAT_RUNS = Step(
    tenants.RECORD,
    "Write down which VMs run: that is what is powered on again in the end.",
    remember=tenants.note_running,
    otherwise=f"The cluster's vCenter has to show its inventory, with the cluster that the site file names. {AGAIN}",
    after=(checks.HAS_RECORD,),
)
MANAGEMENT_BACK = Step(
    "management-back",
    "Have SRM migrate the management VMs to the protected site as planned.",
    act=plans.recover("protected", planned=True),
    otherwise=f"SRM refuses to run the plan, and says why: mend that. {AGAIN}",
    after=(
        checks.idle("protected"),
        checks.plan_is("protected", "the plan has recovered the management VMs", COMPLETE, PROTECTING),
    ),
)
REPROTECT_AGAIN = both_ways.reprotect(
    "reprotect-again", "Have SRM protect the management VMs in the first direction again.", RECOVERY
)
