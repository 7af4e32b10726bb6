"""How clients reach what a lab simulates: addresses on loopback, and who may log in there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from harness.probes.trust import ANYBODY
from harness.units import Address, Credentials, HostName


@dataclass(frozen=True)
class CenterAccess:
    """The vSphere API of a vCenter Server: https with a self-signed certificate."""

    name: str
    address: Address
    login: Credentials
    identity: str = ANYBODY

    @property
    def url(self) -> str:
        """Where the API's SDK endpoint is."""
        return f"https://{self.address.host}:{self.address.port}/sdk"


@dataclass(frozen=True)
class HostAccess:
    """The shell of an ESXi host, over SSH; ``vcenter`` names the vCenter that manages it."""

    name: HostName
    vcenter: str
    address: Address
    login: Credentials
    identity: str = ANYBODY


@dataclass(frozen=True)
class ApplianceAccess:
    """The management API of something that stands at a site: https with a self-signed certificate."""

    name: str
    site: str
    address: Address
    login: Credentials
    identity: str = ANYBODY

    @property
    def url(self) -> str:
        """Where the API is, without its path."""
        return f"https://{self.address.host}:{self.address.port}"


class ArrayAccess(ApplianceAccess):
    """A storage array."""


class RecoveryAccess(ApplianceAccess):
    """A server of Site Recovery Manager; the path is ``/api/rest/srm/v1``."""


@dataclass(frozen=True)
class NameAccess:
    """A DNS server, over UDP and TCP. Anybody may ask; ``login`` signs updates: a key's name, and its secret in base64."""

    name: str
    site: str
    address: Address
    login: Credentials

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"dns://{self.address.host}:{self.address.port}"


@dataclass(frozen=True)
class CloudAccess:
    """The vCloud API of a vCloud Director: https with a self-signed certificate.

    ``login`` is a system administrator's, ``tenants`` are those of the organisations' administrators by organisation.
    """

    name: str
    address: Address
    login: Credentials
    tenants: Mapping[str, Credentials] = field(default_factory=dict)
    identity: str = ANYBODY

    @property
    def url(self) -> str:
        """Where the API is, without ``/api``."""
        return f"https://{self.address.host}:{self.address.port}"


@dataclass(frozen=True)
class BrokerAccess:
    """The broker of a View connection server: https with a self-signed certificate.

    ``users`` are the owners of desktops by name, ``login`` is one of them; their names carry the domain (``LAB\\user-01``).
    """

    name: str
    address: Address
    login: Credentials
    users: Mapping[str, Credentials] = field(default_factory=dict)
    identity: str = ANYBODY

    @property
    def url(self) -> str:
        """Where the server is, without ``/broker/xml``."""
        return f"https://{self.address.host}:{self.address.port}"
