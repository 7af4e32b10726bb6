"""The way back to a site that returns, as an operator goes it: originals masked, copied back, and VMs moved home."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from harness.probes.failures import Absent, Unmet
from harness.probes.inventory import MachineSeen
from harness.probes.listings import VolumeMapped, read_mappings
from harness.probes.looks import WITHOUT_HARDWARE, read_inventory
from harness.probes.operator import Operator
from harness.probes.replicas import Replicas

if TYPE_CHECKING:
    from harness.probes.arrays import ArrayClient

MAPPED = "esxcfg-scsidevs -m"
ON = "poweredOn"
STOPPED = "the shutdown"
"""The moment under which it is noted what ran."""


class FailBack:
    """What an operator does to the originals, the copies and the VMs of a consistency group."""

    def __init__(self, operator: Operator) -> None:
        self._operator, self._replicas = operator, Replicas(operator)

    def mask_originals(self, group: str) -> None:
        """Keep all hosts from the sources of a group, at the array that holds them."""
        shown = self._replicas.group(group)
        for source, _ in shown.pairs:
            self._operator.array(shown.source_array).mask(source)

    def mask_copies(self, group: str, hosts: Sequence[str]) -> None:
        """Keep these hosts from the targets of a group."""
        shown, names = self._replicas.group(group), [self._operator.host_name(host) for host in hosts]
        for _, target in shown.pairs:
            self._operator.array(shown.target_array).mask(target, names)

    def await_copies(self, group: str) -> None:
        """Wait until the targets of a group are whole, and follow their sources."""
        limit = self._operator.limits.copies
        self._operator.wait(lambda: self._replicas.group(group).state == "replicating", limit, f"{group} is copied to its end")

    def unmount_copies(self, group: str, hosts: Sequence[str]) -> None:
        """Unmount the volumes of a group on these hosts, which also forgets a persistent mount."""
        labels = self._replicas.labels(group)
        for host in hosts:
            for volume in self._mapped(host):
                if volume.label in labels:
                    self._operator.shell(host).run(f"esxcfg-volume -u {volume.volume}").succeeded()

    def stop(self, center: str) -> None:
        """Have the guests of all VMs that run under a vCenter Server shut down, and note which ran and where they are at home."""
        running = [machine for machine in self._machines(center) if machine.power == ON]
        self._operator.notes.ran[STOPPED] = frozenset(machine.name for machine in running)
        for machine in running:
            self._operator.call(machine.ref, "ShutdownGuest", about=machine.name)
        limit = self._operator.limits.services
        self._operator.wait(lambda: self._all_off(center), limit, f"all VMs of {center} are off")

    def start(self, center: str) -> None:
        """Power on what ran before that: what is in no vApp first."""
        clouds = [self._operator.cloud(name) for name in self._operator.place.vcloud]
        inside = {machine.moref for cloud in clouds for machine in cloud.machines()}
        ran = [machine for machine in self._machines(center) if machine.name in self._operator.notes.ran[STOPPED]]
        for machine in sorted(ran, key=lambda each: (each.ref._moId in inside, each.name)):
            self._operator.call(machine.ref, "PowerOnVM_Task", about=machine.name)

    def move_home(self, hosts: Sequence[str]) -> None:
        """Move each VM that is registered on these hosts, and is off, to the host that it ran on when the site was lost."""
        there = self._operator.around(hosts[0])
        seen, names = read_inventory(there.vcenter, WITHOUT_HARDWARE), {there.host_name(host) for host in hosts}
        for machine in seen.machines.values():
            if machine.host in names:
                target = self._home(machine.name)
                arguments = (None, seen.host(target).ref, "defaultPriority")
                self._operator.call(machine.ref, "MigrateVM_Task", *arguments, about=f"{machine.name} to {target}")

    def check_original(self, label: str, host: str) -> None:
        """The host has mounted the datastore from its original, by the device."""
        devices = dict(self._originals(label))
        mounts = [volume for volume in self._mapped(host) if volume.label == label]
        if not any(volume.device in devices for volume in mounts):
            shown = ", ".join(f"{volume.label} from {volume.device}" for volume in mounts) or "no such volume"
            raise Unmet(host, f"{label} from one of {', '.join(devices)}", [(MAPPED, shown)])

    def _originals(self, label: str) -> Iterator[tuple[str, str]]:
        for name in self._operator.place.arrays:
            array: ArrayClient = self._operator.array(name)
            sources = {source for group in array.groups() if group.source_array == name for source, _ in group.pairs}
            yield from ((lun.device, lun.name) for lun in array.luns() if lun.name == label and lun.device in sources)

    def _home(self, name: str) -> str:
        homes = self._operator.notes.homes
        if name not in homes:
            raise Absent("home of a VM", name, "what was noted", tuple(homes))
        return homes[name]

    def _mapped(self, host: str) -> list[VolumeMapped]:
        return read_mappings(self._operator.shell(host).run(MAPPED).succeeded().output)

    def _machines(self, center: str) -> list[MachineSeen]:
        return list(read_inventory(self._operator.center(center), WITHOUT_HARDWARE).machines.values())

    def _all_off(self, center: str) -> bool:
        return all(machine.power == "poweredOff" for machine in self._machines(center))
