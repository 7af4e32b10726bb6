"""What a lab can break and mend. Each fault is written into the journal as injected."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeAlias

from harness.errors import InputError
from harness.gateway import Gateway
from harness.journal import FaultInjected
from harness.operations import availability, faults, files, hosts, replication, storage
from harness.physics.effects import Operation
from harness.physics.laws import Laws
from harness.units import HostName
from harness.world.storage import Medium

P = ParamSpec("P")
Fault: TypeAlias = Callable[Concatenate[Laws, P], Operation[None]]


class Faults:
    """The hand that breaks things: no operator has these buttons."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway

    def cut_power(self, host: HostName) -> None:
        """A host loses its power."""
        self._inject(host, "loses its power", hosts.cut_power, host)

    def give_power(self, *names: HostName) -> None:
        """Hosts get their power back (all of the lab where none is named) and begin to boot."""
        chosen = list(names or self._gateway.world.hosts)
        self._mend(", ".join(chosen), "power is back", faults.give_power_to_all, chosen)

    def black_out(self) -> None:
        """Every host and every array loses its power at once."""
        world = self._gateway.world
        self._inject("the site", "loses its power", faults.black_out, list(world.hosts), [*world.luns, *world.exports])

    def lose_site(self, name: str) -> None:
        """A site is lost: its hosts, its arrays and its vCenters, at one moment."""
        self._inject(self._site(name), "is lost", faults.lose_site, name)

    def restore_site(self, name: str) -> None:
        """A lost site has its power back; its hosts begin to boot."""
        self._mend(self._site(name), "power is back", faults.restore_site, name)

    def lose_storage(self) -> None:
        """Every array is gone: all paths of all hosts are down."""
        for device in (*self._gateway.world.luns, *self._gateway.world.exports):
            self._inject(device, "all paths down", storage.lose, device)

    def return_storage(self) -> None:
        """Every array is back."""
        for device in (*self._gateway.world.luns, *self._gateway.world.exports):
            self._mend(device, "paths are back", storage.bring_back, device)

    def lose_array(self, name: str) -> None:
        """An array loses its power: its LUNs and its management answer nobody."""
        self._inject(name, "loses its power", replication.switch_array, name, on=False)

    def return_array(self, name: str) -> None:
        """An array has its power back, whatever else at its site has none."""
        self._mend(name, "power is back", replication.switch_array, name, on=True)

    def cut_replication(self, group: str) -> None:
        """The line between the arrays of a consistency group is cut."""
        self._inject(group, "the line between its arrays is cut", replication.switch_link, group, up=False)

    def mend_replication(self, group: str) -> None:
        """The line between the arrays of a consistency group works again."""
        self._mend(group, "the line between its arrays works again", replication.switch_link, group, up=True)

    def cut_paths(self, host: HostName, label: str) -> None:
        """One host loses all its paths to the datastore ``label``; the others keep theirs."""
        lun = self._lun(host, label)
        self._inject(host, f"all paths to {label} down", storage.present, lun.device, lun.presented - {host})

    def give_paths(self, host: HostName, label: str) -> None:
        """One host has its paths to the datastore ``label`` again."""
        lun = self._lun(host, label)
        self._mend(host, f"paths to {label} back", storage.present, lun.device, lun.presented | {host})

    def isolate(self, host: HostName) -> None:
        """The management network of a host is cut: nobody reaches it, and its VMs run on."""
        self._inject(host, "its management network is cut", faults.switch_link, host, up=False)

    def end_isolation(self, host: HostName) -> None:
        """The management network of a host works again."""
        self._mend(host, "its management network works again", faults.switch_link, host, up=True)

    def stop_vcenter(self, name: str) -> None:
        """A vCenter Server is off."""
        self._inject(name, "off", availability.switch_center, name, on=False)

    def start_vcenter(self, name: str) -> None:
        """A vCenter Server is on again."""
        self._mend(name, "on again", availability.switch_center, name, on=True)

    def lose_saved_file(self, host: HostName, path: str) -> None:
        """A file of a host's saved configuration is lost: the next boot does not find it."""
        self._inject(host, f"{path} is lost", files.lose_saved, host, path, None)

    def corrupt_saved_file(self, host: HostName, path: str) -> None:
        """A file of a host's saved configuration holds rubbish from the next boot on."""
        self._inject(host, f"{path} is corrupted", files.lose_saved, host, path, b"\xde\xad\xbe\xef" * 16)

    def _inject(self, subject: str, what: str, operation: Fault[P], *args: P.args, **kwargs: P.kwargs) -> None:
        self._gateway.journal.record(FaultInjected(subject, what))
        self._gateway.perform(operation, *args, **kwargs)

    def _mend(self, subject: str, what: str, operation: Fault[P], *args: P.args, **kwargs: P.kwargs) -> None:
        self._gateway.journal.record(FaultInjected(subject, what, mended=True))
        self._gateway.perform(operation, *args, **kwargs)

    def _site(self, name: str) -> str:
        known = self._gateway.world.sites
        if name not in known:
            raise InputError(f"site {name!r}", "not in the lab", f"Known: {', '.join(known)}")
        return name

    def _lun(self, host: HostName, label: str) -> Medium:
        """The LUN or export from which a host has the datastore; where it has not mounted it, the LUN that is no copy."""
        world = self._gateway.world
        mount, luns = world.mounted(host, label), sorted(world.luns.values(), key=lambda lun: not lun.resolved)
        lun = world.medium(mount.device) if mount else next((lun for lun in luns if lun.vmfs.label == label), None)
        if lun is None:
            raise InputError(f"datastore {label!r}", "not in the lab", f"Known: {', '.join(lun.vmfs.label for lun in luns)}")
        return lun
