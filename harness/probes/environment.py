"""The whole environment of two sites, by all wires: what it is compared with when everything is to be as it was at the start."""

from __future__ import annotations

import re
from collections.abc import Iterator

from harness.probes.failures import Absent, ArrayUnreachable, CloudUnreachable, RecoveryUnreachable, Unmet
from harness.probes.operator import Operator
from harness.probes.snapshot import RUNS, Reading, Snapshot, compare, take_snapshot
from harness.probes.ssh import CommandResult

KEPT = "grep -h forceMountedLvm /etc/vmware/esx.conf /etc/vmware/configstore/current-store-1"
"""Where hosts keep which copies they mount at each boot: in esx.conf, later in the ConfigStore (assumed)."""
VOLUME = re.compile(r"[0-9a-f]{8}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{12}")
Told = Iterator[tuple[Reading, str]]


class Environment:
    """Hosts, VMs, ports and mounts, as every scenario compares them, and arrays, recovery plans and vApps with them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator
        self._before: Snapshot | None = None

    def note(self) -> None:
        """Write everything down."""
        self._before = self._look()

    def check_same(self) -> frozenset[str]:
        """Everything is as it was written down, but for the numbers that hosts give to VMs anew; the names of those that run."""
        now = self._look()
        if found := compare(self._noted(), now):
            raise Unmet("the whole environment", "no difference", [("the comparison", "\n  ".join(map(str, found)))])
        return frozenset(key.subjects[0] for key in now.readings if key.aspect == RUNS)

    def check_differs(self, subject: str, aspect: str) -> None:
        """The comparison names that."""
        found = compare(self._noted(), self._look())
        if not any((each.reading.subjects[0].partition(".")[0], each.reading.aspect) == (subject, aspect) for each in found):
            raise Unmet("the comparison", f"{subject}: {aspect}", [("it", "; ".join(map(str, found)) or "nothing")])

    def _noted(self) -> Snapshot:
        if self._before is None:
            raise Absent("environment", "", "what was written down")
        return self._before

    def _look(self) -> Snapshot:
        seen = take_snapshot(self._operator)
        told = {key: "yes" if key.aspect == RUNS else value for key, value in seen.readings.items()}
        return Snapshot(
            {**told, **dict(self._arrays()), **dict(self._plans()), **dict(self._vapps()), **dict(self._kept())}, seen.silent
        )

    def _arrays(self) -> Told:
        for name in self._operator.place.arrays:
            array = self._operator.array(name)
            try:
                luns, groups = array.luns(), array.groups()
            except ArrayUnreachable:
                continue
            for lun in luns:
                access = f"{'writable' if lun.writable else 'read-only'}, presented to {', '.join(lun.presented) or 'none'}"
                yield Reading((lun.name, name), "LUN", name), f"{lun.role}, {access}"
            for group in groups:
                yield Reading((group.name,), "replication", name), f"{group.state}, {group.source_array} to {group.target_array}"

    def _plans(self) -> Told:
        for name in self._operator.place.srm:
            try:
                plans = self._operator.srm(name).plans()
            except RecoveryUnreachable:
                continue
            for plan in plans:
                yield Reading((plan.name,), "state", name), plan.state

    def _vapps(self) -> Told:
        for name in self._operator.place.vcloud:
            cloud = self._operator.cloud(name)
            try:
                shown = [
                    *((v.name, v.status) for v in cloud.vapps()),
                    *((m.name, f"{m.status} at {m.moref}") for m in cloud.machines()),
                ]
            except CloudUnreachable:
                continue
            for each, status in shown:
                yield Reading((each,), "status", name), status

    def _kept(self) -> Told:
        for host, said in zip(self._operator.hosts, self._operator.run_everywhere(KEPT), strict=True):
            if isinstance(said, CommandResult):
                yield Reading((host,), "persistent mounts", host), ", ".join(sorted(set(VOLUME.findall(said.output)))) or "none"
