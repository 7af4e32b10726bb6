"""Which VMs ran as far as the copies know: asynchronous ones are those of the last completed replication (VCD-02).

vSphere HA starts what its protected lists name, and these lie on the copies. What vCenter heard last may be newer: a VM that was
powered on after the copies' moment did not run in them, and one that was powered off after it did.
"""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import cast

from harness.probes.failures import Unmet
from harness.probes.inventory import MachineSeen
from harness.procedures.job import Job
from harness.procedures.model import Notes
from harness.procedures.two_sites import sites
from harness.procedures.two_sites.hosts import ha_is_on
from harness.procedures.two_sites.sites import RECOVERY, array_at, look_at_power
from harness.procedures.two_sites.tenants import HELD, few, heard, ran
from harness.procedures.two_sites.volumes import mounts
from harness.units import number_of

LIST = ".vSphere-HA/*/protectedlist"
ENDING = ".vmx"
SINCE_ON, SINCE_OFF, UNREAD = "on-since", "off-since", "unread"


@dataclass(frozen=True)
class Protected:
    """The protected list on one copy, as paths in vCenter's form, and whether the copy follows its original at once."""

    paths: frozenset[str]
    mirrors: bool

    def holds(self, machine: MachineSeen, *, on: bool) -> bool:
        """Whether the VM ran; ``on`` is what vCenter heard last. A mirror lacks only what vSphere HA did not protect yet."""
        return machine.vmx in self.paths or (self.mirrors and on and not machine.protected)


def note_held(job: Job) -> Notes:
    """The VMs that ran, as the copies hold it; those powered on or off since; datastores without a list that can be read.

    Of VMs there, and of all where vSphere HA of the cluster is off, it counts what vCenter heard.
    """
    lists = _lists(job) if ha_is_on(job) else {}
    machines, on = look_at_power(job).machines, heard(job)
    known = {machine.name: lists[machine.datastore] for machine in machines.values() if machine.datastore in lists}
    held = {name for name in on if name not in known}
    held |= {name for name, listed in known.items() if listed.holds(machines[name], on=name in on)}
    unread = sorted({machine.datastore for name, machine in machines.items() if name not in known})
    places = {name: {"host": machines[name].host, "moref": machines[name].ref._moId} for name in sorted(held) if name in machines}
    return {"vms": places, SINCE_ON: sorted({*on} - held), SINCE_OFF: sorted(held - {*on}), UNREAD: unread}


def _lists(job: Job) -> Mapping[str, Protected]:
    """By datastore, the protected lists on the copies that the first recovery host reads."""
    host, found = sites.recovery_hosts(job.site)[0], {}
    modes = {name: array_at(job, RECOVERY, name).group(name).mode for name in sites.tenant_groups(job.site)}
    for volume in mounts(job, RECOVERY, host).here:
        said = job.operator.shell(host).run(f"cat /vmfs/volumes/{shlex.quote(volume.path)}/{LIST}")
        lines = said.output.splitlines()
        if not said.status and all(line.endswith(ENDING) for line in lines):
            paths = frozenset(f"[{volume.label}] {line}" for line in lines)
            found[volume.label] = Protected(paths, modes.get(volume.group) == "synchronous")
    return found


def see_held(job: Job) -> str:
    """Something ran; what changed after the copies' moment is told."""
    notes = cast("Mapping[str, list[str]]", job.notes.get(HELD, {}))
    if not ran(job):
        raise Unmet("what ran", "at least one VM", [("the protected lists on the copies", "none")])
    told = [number_of(len(ran(job)), "VM")]
    told += [f"powered on since, and not in them: {few(notes[SINCE_ON])}"] if notes[SINCE_ON] else []
    told += [f"powered off since, and on in them: {few(notes[SINCE_OFF])}"] if notes[SINCE_OFF] else []
    told += [f"by what vCenter heard, for want of a list, on {few(notes[UNREAD])}"] if notes[UNREAD] else []
    return "; ".join(told)
