"""Distributed switches as each member host carries its own copy of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import HostName, MachineId, PortKey, SwitchId
from harness.world.events import Event, drop, put

if TYPE_CHECKING:
    from harness.world.aggregate import World


@dataclass(frozen=True)
class HostPort:
    """A dvPort in a host's own table.

    ``valid`` says whether the host has the port's state; ``linked`` whether a running vNIC uses it; ``persist`` is the absolute
    path (``/vmfs/volumes/...``) of its port file, empty where it has none.
    """

    key: PortKey
    group: str
    cookie: int
    client: str = ""
    machine: MachineId | None = None
    nic: int = 0
    valid: bool = True
    linked: bool = False
    persist: str = ""


@dataclass(frozen=True)
class ProxySwitch:
    """A distributed switch as a member host carries it; ``groups`` are the keys of the port groups that it knows of it."""

    id: SwitchId
    name: str
    mtu: int
    portset: str
    uplinks: Mapping[PortKey, str]
    uplink_group: str
    groups: frozenset[str] = frozenset()
    ports: Mapping[PortKey, HostPort] = field(default_factory=dict)


@dataclass(frozen=True)
class ProxyEvent(Event):
    """An event that replaces one host's copy of a switch."""

    host: HostName
    switch: SwitchId

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        host = world.hosts[self.host]
        return world.with_host(replace(host, proxies=put(host.proxies, self.switch, self.change(host.proxies[self.switch]))))

    def change(self, proxy: ProxySwitch) -> ProxySwitch:
        """The host's copy in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The host's name."""
        return self.host


@dataclass(frozen=True)
class ProxyLoaded(Event):
    """A host has its own copy of a switch: pushed by vCenter, or rebuilt from ``dvsdata.db``."""

    host: HostName
    proxy: ProxySwitch

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        host = world.hosts[self.host]
        return world.with_host(replace(host, proxies=put(host.proxies, self.proxy.id, self.proxy)))

    @property
    def subject(self) -> str:
        """The host's name."""
        return self.host

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"has the distributed switch {self.proxy.name}"


@dataclass(frozen=True)
class HostPortSet(ProxyEvent):
    """A port of the host's own table was added or replaced."""

    port: HostPort
    routine = True

    def change(self, proxy: ProxySwitch) -> ProxySwitch:
        """See :class:`ProxyEvent`."""
        return replace(proxy, ports=put(proxy.ports, self.port.key, self.port))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        state = "linked" if self.port.linked else "valid" if self.port.valid else "invalid"
        return f"port {self.port.key} of {self.switch}: {state}"


@dataclass(frozen=True)
class HostPortDropped(ProxyEvent):
    """A port is no longer in the host's own table."""

    key: PortKey

    def change(self, proxy: ProxySwitch) -> ProxySwitch:
        """See :class:`ProxyEvent`."""
        return replace(proxy, ports=drop(proxy.ports, self.key))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"port {self.key} of {self.switch}: dropped"
