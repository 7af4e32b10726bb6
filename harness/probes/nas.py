"""NFS datastores as an operator mounts them and hosts list them."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass

from harness.probes.failures import Absent, Unmet
from harness.probes.listings import read_table
from harness.probes.looks import HOSTS_AND_DATASTORES
from harness.probes.operator import Operator

LIST = "esxcli storage nfs list"
TRY_AGAIN = "esxcfg-nas -r"
CONNECTIONS = "esxcli network ip connection list"
NFS_PORT = ":2049"
PINGED = re.compile(r"PING \S+ \(([^)]+)\)")


@dataclass(frozen=True)
class NfsSeen:
    """An NFS datastore as a host lists it."""

    label: str
    server: str
    share: str
    accessible: bool
    mounted: bool

    def __str__(self) -> str:
        state = "accessible" if self.accessible else "mounted, not accessible" if self.mounted else "not mounted"
        return f"{self.label} ({self.share} of {self.server}): {state}"


class NfsDatastores:
    """What an operator does to NFS datastores on hosts, and sees of them."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def listed(self, host: str) -> list[NfsSeen]:
        """The NFS datastores of a host."""
        rows = read_table(self._operator.shell(host).run(LIST).succeeded().output)
        return [
            NfsSeen(row["Volume Name"], row["Host"], row["Share"], row["Accessible"] == "true", row["Mounted"] == "true")
            for row in rows
        ]

    def seen(self, host: str, label: str) -> NfsSeen:
        """One of them; raises ``Absent``."""
        found = self.listed(host)
        for store in found:
            if store.label == label:
                return store
        raise Absent("NFS datastore", label, f"the list of {host}", tuple(store.label for store in found))

    def mount(self, hosts: Iterable[str], server: str, share: str, label: str) -> None:
        """Mount a datastore on each of these hosts: ``server`` is given as it stands here, name, alias or address."""
        for host in hosts:
            line = f"esxcli storage nfs add -H {shlex.quote(server)} -s {shlex.quote(share)} -v {shlex.quote(label)}"
            self._operator.shell(host).run(line).succeeded()

    def note(self, host: str) -> None:
        """Write down which NFS datastores a host has: by which name and share somebody has mounted them there."""
        self._operator.notes.shares.update({store.label: store.share for store in self.listed(host)})

    @property
    def noted(self) -> list[str]:
        """The datastores that were written down; raises ``Absent`` where none was."""
        if not self._operator.notes.shares:
            raise Absent("NFS datastore", "", "what was written down")
        return list(self._operator.notes.shares)

    def mount_noted(self, host: str, server: str) -> None:
        """Mount, on a host, each datastore that was written down, by the same share and label, from ``server`` as given here."""
        for label in self.noted:
            self.mount([host], server, self._operator.notes.shares[label], label)

    def mount_on_each(self, hosts: Iterable[str], server: str) -> None:
        """The same on each of these hosts."""
        for host in hosts:
            self.mount_noted(host, server)

    def check_noted(self, hosts: Iterable[str]) -> list[str]:
        """Each of these hosts lists each datastore that was written down as accessible; their names."""
        names = list(hosts)
        for label in self.noted:
            self.check_accessible(label, names)
        return self.noted

    def check_resolved(self, host: str, name: str, address: str) -> None:
        """The host has that address for a name."""
        found = self.resolved(host, name)
        if found != address:
            raise Unmet(host, f"{name} at {address}", [("ping", found)])

    def check_numbered(self, center: str) -> list[str]:
        """For each datastore that was written down vCenter shows a second one, told apart by a number; their names."""
        shown = self._operator.at(center).look(HOSTS_AND_DATASTORES).datastores
        found = [f"{label} (1)" for label in self.noted]
        if not set(found) <= set(shown):
            raise Unmet(center, ", ".join(found), [("its datastores", ", ".join(shown))])
        return found

    def try_again(self, hosts: Iterable[str]) -> None:
        """Have each of these hosts mount what it is configured to have and has not mounted."""
        for host in hosts:
            self._operator.shell(host).run(TRY_AGAIN).succeeded()

    def remove_noted(self, hosts: Iterable[str]) -> None:
        """Take away, on each of these hosts, each datastore that was written down."""
        names = list(hosts)
        for label in self.noted:
            self.remove(names, label)

    def remove(self, hosts: Iterable[str], label: str) -> None:
        """Take a datastore away on each of these hosts."""
        for host in hosts:
            self._operator.shell(host).run(f"esxcli storage nfs remove -v {shlex.quote(label)}").succeeded()

    def servers(self, host: str) -> set[str]:
        """The addresses of the NAS that a host is connected to."""
        rows = read_table(self._operator.shell(host).run(CONNECTIONS).succeeded().output)
        remote = (row["Foreign Address"] for row in rows)
        return {address.removesuffix(NFS_PORT) for address in remote if address.endswith(NFS_PORT)}

    def resolved(self, host: str, name: str) -> str:
        """The address that a host has for a name, as its ``ping`` shows it: maybe one that it has cached. Raises ``Absent``."""
        result = self._operator.shell(host).run(f"ping -c 1 {shlex.quote(name)}")
        found = PINGED.match(result.output)
        if not found:
            raise Absent("address", name, f"the resolver of {host}", tuple(result.said.splitlines()))
        return found[1]

    def check_accessible(self, label: str, hosts: Iterable[str]) -> None:
        """Each of these hosts lists the datastore as accessible."""
        for host in hosts:
            store = self.seen(host, label)
            if not store.accessible:
                raise Unmet(host, f"{label} accessible", [(LIST, str(store))])

    def check_connected(self, address: str, hosts: Iterable[str]) -> None:
        """Each of these hosts is connected to the NAS at that address, and to no other."""
        for host in hosts:
            found = self.servers(host)
            if found != {address}:
                raise Unmet(host, f"connected to the NAS at {address}", [(CONNECTIONS, ", ".join(sorted(found)) or "none")])
