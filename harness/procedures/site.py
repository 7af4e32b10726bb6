"""A real site, or a lab reached like one: what probes need of it, with the wall clock for its time."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from harness.journal import Journal, TimePassed
from harness.patience import Patience
from harness.procedures.logins import Logins
from harness.procedures.model import Part
from harness.procedures.site_file import KIND_OF, Clock, ServiceEntry, SiteFile
from harness.units import Address, Credentials, HostName, Instant, Span

PAUSE = 2.0
"""Seconds of the site's time between two looks."""
SHORTEST_PAUSE = 0.05
"""Wall seconds between two looks in a lab whose time runs fast."""


@dataclass(frozen=True)
class ServiceAccess:
    """An API of the site: vCenter Server, array, SRM server, vCloud Director or View connection server."""

    name: str
    url: str
    address: Address
    identity: str
    login: Credentials
    role: str = ""

    @property
    def users(self) -> Mapping[str, Credentials]:
        """Whose desktops can be looked at, where it is a connection server: the login's own, by the name without a domain."""
        return {self.login.user.rpartition("\\")[2]: self.login}


@dataclass(frozen=True)
class ShellAccess:
    """The SSH service of a host."""

    name: HostName
    vcenter: str
    address: Address
    identity: str
    login: Credentials
    role: str = ""


class Site:
    """See :class:`~harness.probes.place.Place`. Waiting is sleeping; passwords never reach the journal.

    Only ``parts`` of it are reached, so that only their logins have to be known.
    """

    def __init__(self, site: SiteFile, logins: Logins, parts: Collection[Part]) -> None:
        self._site, self._logins, self._parts = site, logins, parts
        self.journal = Journal(self.now, time.monotonic)
        self.patience = Patience()
        self.vcenters = self._services("vcenters")
        self.arrays = self._services("arrays")
        self.srm = self._services("srm")
        self.vcloud = self._services("vcloud")
        self.view = self._services("view")
        self.nameservers = self._services("nameservers")
        self.hosts = {host.name: self._shell(host.name) for host in site.hosts if "hosts" in parts}

    def now(self) -> Instant:
        """What time it is at the site: now, or in a lab what its clock makes of now."""
        return at_lab(self._site.clock, datetime.now(UTC)) if self._site.clock else datetime.now(UTC)

    def wait_for(self, seen: Callable[[], bool], limit: Span, why: str, asked: Collection[str] = ()) -> bool:
        """Look until ``seen`` is true, sleeping between looks; False after ``limit``."""
        began = self.now()
        found = seen()
        while not found and self.now() - began < limit:
            self._sleep(min(PAUSE, (began + limit - self.now()).total_seconds()))
            found = seen()
        self.journal.record(TimePassed(self.now() - began, why), began)
        return found

    def pass_time(self, span: Span, why: str = "") -> None:
        """Sleep that long, in the site's time."""
        began = self.now()
        self._sleep(span.total_seconds())
        self.journal.record(TimePassed(self.now() - began, why), began)

    def _sleep(self, count: float) -> None:
        pace = self._site.clock.pace if self._site.clock else 1.0
        time.sleep(max(count / pace, SHORTEST_PAUSE))

    def _services(self, part: Part) -> Mapping[str, ServiceAccess]:
        entries = self._site.of_kind(KIND_OF[part]) if part in self._parts else ()
        return {entry.name: self._service(entry) for entry in entries}

    def _service(self, entry: ServiceEntry) -> ServiceAccess:
        login = self._login(entry.login, f"{entry.kind} {entry.name}")
        return ServiceAccess(entry.name, entry.url, entry.address, entry.identity, login, entry.role)

    def _shell(self, name: HostName) -> ShellAccess:
        entry = self._site.host(name)
        login = self._login(entry.login, f"host {name}")
        return ShellAccess(name, entry.vcenter, entry.address, entry.identity, login, entry.role)

    def _login(self, name: str, needed_by: str) -> Credentials:
        login = self._logins.of(name, needed_by)
        self.journal.conceal(login.password)
        return login


def at_lab(clock: Clock, wall: Instant) -> Instant:
    """A lab's time at the moment ``wall``."""
    return clock.lab + timedelta(seconds=(wall - clock.wall).total_seconds() * clock.pace)
