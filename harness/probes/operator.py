"""The operator: all wires of a place in one hand, and what was noted on the way."""

from __future__ import annotations

import copy
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from harness.probes.diary import Diary
from harness.probes.failures import CenterUnreachable, HostUnreachable, StillWaiting, Unknown
from harness.probes.inventory import Inventory
from harness.probes.limits import Limits
from harness.probes.looks import WANTED, read_inventory
from harness.probes.merging import merge
from harness.probes.place import Place
from harness.probes.session import Session, Wanted
from harness.probes.ssh import CommandResult, HostShell, SshWire
from harness.units import HostName, Instant, Span, shown_span

if TYPE_CHECKING:
    from harness.probes.arrays import ArrayClient
    from harness.probes.brokers import BrokerClient
    from harness.probes.cloud import CloudClient
    from harness.probes.names import NameClient
    from harness.probes.recovery import RecoveryClient

T = TypeVar("T")


@dataclass
class Notes:
    """What an operator has written down: what was seen first, and what came of what was tried last."""

    switches: dict[str, str] = field(default_factory=dict)
    """Identifiers by switch name, as vCenter showed them at first."""
    ports: dict[str, str] = field(default_factory=dict)
    """By VM, the port that its vNIC had at first."""
    connections: dict[str, list[bool]] = field(default_factory=dict)
    """By VM, whether each counted power-on brought a connection."""
    cures: dict[str, Instant] = field(default_factory=dict)
    """By host, when its last cure began."""
    restored: dict[str, Instant] = field(default_factory=dict)
    """By VM, when its last power-on was over."""
    command: CommandResult | None = None
    fault: str = ""
    ran: dict[str, frozenset[str]] = field(default_factory=dict)
    """By the name of a moment, the VMs that ran then, as vCenter showed them, or their hosts where it did not know."""
    homes: dict[str, str] = field(default_factory=dict)
    """By VM, the host on which it ran when that was noted last."""
    clouds: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the name of a moment, what vCloud Director showed of vApps and VMs then."""
    desktops: dict[str, dict[str, str]] = field(default_factory=dict)
    """By the name of a moment, what View showed then of each user's desktops."""
    shares: dict[str, str] = field(default_factory=dict)
    """By NFS datastore, the share that a host had mounted it from."""
    kept: dict[str, Instant] = field(default_factory=dict)
    """By user or VM, and file, when that was written on the user's desktop, or beside the VM."""
    completed: dict[str, Instant] = field(default_factory=dict)
    """By consistency group, of which moment the data of its replicas were when that was noted."""
    keepers: dict[str, str] = field(default_factory=dict)
    """By consistency group, the array that held its replicas when that was asked last."""
    findings: list[str] = field(default_factory=list)
    """What the checking steps of a procedure found amiss, of as many as ``validations``."""
    validations: int = 0
    attempts: list[str] = field(default_factory=list)
    """How each thing ended that was tried."""
    ids: dict[str, dict[str, str]] = field(default_factory=dict)
    """By vCenter Server, the managed object ids that it had at first, by the kinds and names of the objects."""


class Operator:
    """Acts on hosts by their shells, and on a place's vCenter Servers by their API."""

    def __init__(self, place: Place, limits: Limits) -> None:
        self.place, self.limits = place, limits
        self.notes = Notes()
        self._wire = SshWire()
        self._diary = Diary(place)
        self._shells = {name: HostShell(access, self._wire, self._diary) for name, access in place.hosts.items()}
        self._centers = {name: Session(access, self._diary) for name, access in place.vcenters.items()}
        self._arrays: dict[str, ArrayClient] = {}
        self._brokers: dict[str, BrokerClient] = {}
        self._clouds: dict[str, CloudClient] = {}
        self._recoveries: dict[str, RecoveryClient] = {}

    @property
    def centers(self) -> list[Session]:
        """The sessions with all vCenter Servers."""
        return list(self._centers.values())

    @property
    def vcenter(self) -> Session:
        """The session with the one vCenter Server; raises ``Unknown`` where there are several: see :meth:`at`."""
        if len(self._centers) != 1:
            raise Unknown("single vCenter Server", "", self._centers)
        return self.centers[0]

    def center(self, name: str) -> Session:
        """The session with that vCenter Server; a short name will do. Raises ``Unknown`` for one that the place has not."""
        for full, session in self._centers.items():
            if name in {full, full.partition(".")[0]}:
                return session
        raise Unknown("vCenter Server", name, self._centers)

    def center_of(self, host: str) -> Session:
        """The session with the vCenter Server that manages a host."""
        return self.center(self.place.hosts[self.host_name(host)].vcenter)

    def at(self, center: str) -> Operator:
        """The same operator, who looks at one vCenter Server and its hosts alone; notes are shared."""
        session = self.center(center)
        if self.centers == [session]:
            return self
        alone = copy.copy(self)
        alone._centers = {session.name: session}
        alone._shells = {name: shell for name, shell in self._shells.items() if self.place.hosts[name].vcenter == session.name}
        return alone

    def around(self, host: str) -> Operator:
        """The same operator, who looks at the vCenter Server of a host alone."""
        return self.at(self.center_of(host).name)

    def array(self, name: str) -> ArrayClient:
        """The management of a storage array; raises ``Unknown`` for one that the place has not."""
        from harness.probes.arrays import ArrayClient  # noqa: PLC0415 - slow to import, and most places have no arrays

        if name not in self.place.arrays:
            raise Unknown("array", name, self.place.arrays)
        if name not in self._arrays:
            self._arrays[name] = ArrayClient(self.place.arrays[name], self._diary)
        return self._arrays[name]

    def srm(self, name: str) -> RecoveryClient:
        """A server of Site Recovery Manager; a short name will do. Raises ``Unknown`` for one that the place has not."""
        from harness.probes.recovery import RecoveryClient  # noqa: PLC0415 - see array

        for full, access in self.place.srm.items():
            if name in {full, full.partition(".")[0]}:
                if full not in self._recoveries:
                    self._recoveries[full] = RecoveryClient(access, self._diary)
                return self._recoveries[full]
        raise Unknown("server of Site Recovery Manager", name, self.place.srm)

    def cloud(self, name: str = "") -> CloudClient:
        """A vCloud Director, the one that there is where none is named; raises ``Unknown`` for one that the place has not."""
        from harness.probes.cloud import CloudClient  # noqa: PLC0415 - see array

        known = self.place.vcloud
        name = name or (next(iter(known)) if len(known) == 1 else "")
        if name not in known:
            raise Unknown("vCloud Director", name, known)
        if name not in self._clouds:
            self._clouds[name] = CloudClient(known[name], self._diary)
        return self._clouds[name]

    def nameserver(self, name: str) -> NameClient:
        """A DNS server; a short name will do. Raises ``Unknown`` for one that the place has not."""
        from harness.probes.names import NameClient  # noqa: PLC0415 - see array

        for full, access in self.place.nameservers.items():
            if name in {full, full.partition(".")[0]}:
                return NameClient(access, self._diary)
        raise Unknown("DNS server", name, self.place.nameservers)

    def broker(self, name: str) -> BrokerClient:
        """A connection server of View; a short name will do. Raises ``Unknown`` for one that the place has not."""
        from harness.probes.brokers import BrokerClient  # noqa: PLC0415 - see array

        for full, access in self.place.view.items():
            if name in {full, full.partition(".")[0]}:
                if full not in self._brokers:
                    self._brokers[full] = BrokerClient(access, self._diary)
                return self._brokers[full]
        raise Unknown("connection server", name, self.place.view)

    def call(self, ref: Any, method: str, *args: object, about: str = "") -> Any:  # noqa: ANN401
        """Call a method of a managed object, on the vCenter Server that it came from: see ``Session.call``."""
        session = next((each for each in self.centers if each.owns(ref)), None) or self.vcenter
        return session.call(ref, method, *args, about=about)

    @property
    def hosts(self) -> list[HostName]:
        """All hosts of the place."""
        return list(self._shells)

    def host_name(self, name: str) -> HostName:
        """The host's full name; raises ``Unknown`` for one that the place has not."""
        for full in self._shells:
            if name in {full, full.partition(".")[0]}:
                return full
        raise Unknown("host", name, self._shells)

    def shell(self, name: str) -> HostShell:
        """The shell of a host."""
        return self._shells[self.host_name(name)]

    def run_everywhere(self, line: str) -> list[CommandResult | HostUnreachable]:
        """Run a line on all hosts at a time; what came of it, in the order of :attr:`hosts`."""
        return HostShell.run_on_all(list(self._shells.values()), line)

    def ask_all(self, hosts: Iterable[str], line: str) -> list[CommandResult]:
        """What a line does on each of these hosts, at a time, in their order; raises ``HostUnreachable`` where one is silent."""
        found = []
        for said in HostShell.run_on_all([self.shell(host) for host in hosts], line):
            if isinstance(said, HostUnreachable):
                raise said
            found.append(said)
        return found

    def answering(self) -> Iterator[HostShell]:
        """The shells that can be logged in to when it is their turn."""
        return (shell for shell in self._shells.values() if shell.answers())

    def look(self, wanted: Wanted = WANTED) -> Inventory:
        """The inventory as vCenter shows it now, or a part of it, which is quicker; the other parts are empty then.

        Of several vCenter Servers all that answer; ``CenterUnreachable`` where none does.
        """
        if len(self._centers) == 1:
            return read_inventory(self.vcenter, wanted)
        seen, silent = {}, {}
        for name, session in self._centers.items():
            try:
                seen[name] = read_inventory(session, wanted)
            except CenterUnreachable as error:
                silent[name] = error.with_traceback(None)  # which leads to this frame, and so to itself
        if not seen:
            raise next(iter(silent.values()))
        return merge(seen, tuple(silent))

    def wait(self, seen: Callable[[], bool], limit: Span, why: str, asked: Collection[str] = ()) -> None:
        """Wait until ``seen``, in the place's own time; raises ``StillWaiting`` where it does not come.

        Of all the looks only the last one is written down. ``asked`` is of ``Place.wait_for``.
        """
        with self._diary.last_look(seen) as look:
            came = self.place.wait_for(look, limit, why, asked)
        if not came:
            raise StillWaiting(why, shown_span(limit.total_seconds()))

    def see(self, look: Callable[[], T], fits: Callable[[T], bool], limit: Span, why: str) -> T:
        """What a look sees once it fits; where it does not come to that within ``limit``, what the last one saw."""
        seen: list[T] = []

        def fitting() -> bool:
            seen[:] = [look()]
            return fits(seen[0])

        self.place.wait_for(fitting, limit, why)
        return seen[0]

    def close(self, *, farewell: bool = True) -> None:
        """Log out and hang up; without ``farewell``, from a place that goes away with all its sessions, just hang up."""
        HostShell.close_all(list(self._shells.values()))
        for session in self.centers:
            session.close(farewell=farewell)
        for array in self._arrays.values():
            array.close()
        for server in self._recoveries.values():
            server.close(farewell=farewell)
        for cloud in self._clouds.values():
            cloud.close(farewell=farewell)
        for broker in self._brokers.values():
            broker.close()
        self._wire.close()
