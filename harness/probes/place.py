"""What probes need of the place they are used in: where things answer, who logs in, a journal, and a way to wait."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from typing import Protocol

from harness.journal import Journal
from harness.patience import Patience
from harness.units import Address, Credentials, HostName, Instant, Span


class Access(Protocol):
    """Something that answers at an address for those who log in."""

    @property
    def address(self) -> Address:
        """Where it listens."""

    @property
    def login(self) -> Credentials:
        """Who may log in."""


class HostAccess(Access, Protocol):
    """The SSH service of an ESXi host."""

    @property
    def name(self) -> HostName:
        """The host as vCenter's inventory names it."""

    @property
    def vcenter(self) -> str:
        """The vCenter Server that manages it."""

    @property
    def identity(self) -> str:
        """The fingerprint of its host key (``SHA256:...``), or ``KNOWN`` or ``ANYBODY`` of ``probes.trust``."""


class CenterAccess(Access, Protocol):
    """The vSphere API of a vCenter Server."""

    @property
    def name(self) -> str:
        """The vCenter Server's name."""

    @property
    def identity(self) -> str:
        """The thumbprint of its certificate, or ``KNOWN`` or ``ANYBODY`` of ``probes.trust``."""


class ArrayAccess(Access, Protocol):
    """The management API of a storage array."""

    @property
    def name(self) -> str:
        """The array's name."""

    @property
    def url(self) -> str:
        """Where the API is, without ``/api/v1``."""

    @property
    def identity(self) -> str:
        """The thumbprint of its certificate, or ``KNOWN`` or ``ANYBODY`` of ``probes.trust``."""


class CloudAccess(Access, Protocol):
    """The vCloud API of a vCloud Director; ``login`` is a system administrator's (``administrator@System``)."""

    @property
    def name(self) -> str:
        """The vCloud Director's name."""

    @property
    def url(self) -> str:
        """Where the API is, without ``/api``."""

    @property
    def identity(self) -> str:
        """The thumbprint of its certificate, or ``KNOWN`` or ``ANYBODY`` of ``probes.trust``."""


class RecoveryAccess(Access, Protocol):
    """The REST API of a server of Site Recovery Manager."""

    @property
    def name(self) -> str:
        """The server's name."""

    @property
    def url(self) -> str:
        """Where the API is, without ``/api/rest/srm/v1``."""

    @property
    def identity(self) -> str:
        """The thumbprint of its certificate, or ``KNOWN`` or ``ANYBODY`` of ``probes.trust``."""


class NameAccess(Access, Protocol):
    """A DNS server, over TCP; ``login`` is the key that signs updates: its name, and its secret in base64."""

    @property
    def name(self) -> str:
        """The server's name."""


class BrokerAccess(Access, Protocol):
    """The broker of a View connection server; ``login`` is a user of a desktop, with the domain (``LAB\\user-01``)."""

    @property
    def name(self) -> str:
        """The connection server's name."""

    @property
    def url(self) -> str:
        """Where it is, without ``/broker/xml``."""

    @property
    def identity(self) -> str:
        """The thumbprint of its certificate, or ``KNOWN`` or ``ANYBODY`` of ``probes.trust``."""

    @property
    def users(self) -> Mapping[str, Credentials]:
        """The users whose desktops can be looked at, by name; ``login`` is one of them."""


class Place(Protocol):
    """A lab, or a real site. Its time is simulated time in a lab."""

    @property
    def journal(self) -> Journal:
        """Where probes write down what they asked."""

    @property
    def patience(self) -> Patience:
        """How long clients wait for what answers there, in wall time."""

    @property
    def hosts(self) -> Mapping[HostName, HostAccess]:
        """The hosts by name."""

    @property
    def vcenters(self) -> Mapping[str, CenterAccess]:
        """The vCenter Servers by name."""

    @property
    def arrays(self) -> Mapping[str, ArrayAccess]:
        """The storage arrays by name."""

    @property
    def srm(self) -> Mapping[str, RecoveryAccess]:
        """The servers of Site Recovery Manager by name."""

    @property
    def vcloud(self) -> Mapping[str, CloudAccess]:
        """The vCloud Directors by name."""

    @property
    def view(self) -> Mapping[str, BrokerAccess]:
        """The connection servers of View by name."""

    @property
    def nameservers(self) -> Mapping[str, NameAccess]:
        """The DNS servers by name."""

    def now(self) -> Instant:
        """What time it is there."""

    def wait_for(self, seen: Callable[[], bool], limit: Span, why: str, asked: Collection[str] = ()) -> bool:
        """Look until ``seen`` is true; False where it is not after ``limit``.

        ``asked`` names what the look asks, where it asks nothing else: shells of hosts, or servers of Site Recovery Manager for
        states of plans. A place may know when these have news.
        """

    def pass_time(self, span: Span, why: str = "") -> None:
        """Let that much time pass."""
