"""Distributed switches as vCenter keeps them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING

from harness.records import replace
from harness.units import HostName, MachineId, PortKey, SwitchId
from harness.world.events import Event, drop, put

if TYPE_CHECKING:
    from harness.world.aggregate import World

DVSDATA = ".dvsData"
FIRST_HOST_PORT = "h-"


class Binding(StrEnum):
    """When a port of a port group is given to a vNIC, in the API's words."""

    STATIC = "earlyBinding"
    DYNAMIC = "lateBinding"
    EPHEMERAL = "ephemeral"


@dataclass(frozen=True)
class PortGroup:
    """A distributed port group. ``size`` counts its ports; ephemeral groups have none of their own."""

    key: str
    name: str
    switch: SwitchId
    binding: Binding
    size: int
    auto_expand: bool = False
    vlan: int = 0
    uplink: bool = False


@dataclass(frozen=True)
class Connectee:
    """The vNIC that holds a port."""

    machine: MachineId
    nic: int


@dataclass(frozen=True)
class Port:
    """A dvPort as vCenter keeps it. ``cookie`` is the connection id that vNIC and port must share."""

    key: PortKey
    group: str
    cookie: int = 0
    connectee: Connectee | None = None
    uplink_of: HostName | None = None

    @property
    def free(self) -> bool:
        """Whether a vNIC may take it."""
        return self.connectee is None and self.uplink_of is None


@dataclass(frozen=True)
class Switch:
    """A distributed switch as vCenter keeps it; port keys are unique in it."""

    id: SwitchId
    name: str
    center: str
    mtu: int = 1500
    groups: Mapping[str, PortGroup] = field(default_factory=dict)
    ports: Mapping[PortKey, Port] = field(default_factory=dict)
    members: frozenset[HostName] = frozenset()
    next_port: int = 0

    def ports_of(self, group: str) -> list[Port]:
        """The ports of one port group, in key order."""
        return [p for p in self.ports.values() if p.group == group]


@dataclass(frozen=True)
class SwitchEvent(Event):
    """An event that replaces one distributed switch."""

    switch: SwitchId

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_switch(self.change(world.switches[self.switch]))

    def change(self, switch: Switch) -> Switch:
        """The switch in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The switch's identifier."""
        return self.switch


@dataclass(frozen=True)
class SwitchCreated(Event):
    """vCenter has a new distributed switch."""

    created: Switch

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_switch(self.created)

    @property
    def subject(self) -> str:
        """The switch's name."""
        return self.created.name

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"distributed switch {self.created.id} created"


@dataclass(frozen=True)
class SwitchChanged(SwitchEvent):
    """The switch has another name or another MTU."""

    name: str
    mtu: int

    def change(self, switch: Switch) -> Switch:
        """See :class:`SwitchEvent`."""
        return replace(switch, name=self.name, mtu=self.mtu)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"is {self.name}, MTU {self.mtu}"


@dataclass(frozen=True)
class PortGroupSet(SwitchEvent):
    """A port group was created or reconfigured, with ``ports`` added to the switch."""

    group: PortGroup
    ports: tuple[Port, ...] = ()

    def change(self, switch: Switch) -> Switch:
        """See :class:`SwitchEvent`."""
        ports = {**switch.ports, **{p.key: p for p in self.ports}}
        return replace(
            switch,
            groups=put(switch.groups, self.group.key, self.group),
            ports=ports,
            next_port=switch.next_port + len(self.ports),
        )

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"port group {self.group.name} has {self.group.size} port(s)"


@dataclass(frozen=True)
class PortGroupRemoved(SwitchEvent):
    """A port group and its ports are gone."""

    group: str

    def change(self, switch: Switch) -> Switch:
        """See :class:`SwitchEvent`."""
        ports = {k: p for k, p in switch.ports.items() if p.group != self.group}
        return replace(switch, groups=drop(switch.groups, self.group), ports=ports)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"port group {self.group} removed"


@dataclass(frozen=True)
class MemberJoined(SwitchEvent):
    """A host became a member of the switch, with its uplink ports."""

    host: HostName
    uplinks: tuple[Port, ...]

    def change(self, switch: Switch) -> Switch:
        """See :class:`SwitchEvent`."""
        ports = {**switch.ports, **{p.key: p for p in self.uplinks}}
        return replace(switch, members=switch.members | {self.host}, ports=ports, next_port=switch.next_port + len(self.uplinks))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.host} joined"


@dataclass(frozen=True)
class PortTaken(SwitchEvent):
    """A vNIC holds a port. A key that the switch did not have (ephemeral ports) comes into being."""

    port: Port

    def change(self, switch: Switch) -> Switch:
        """See :class:`SwitchEvent`."""
        new = self.port.key not in switch.ports and self.port.key.isdigit()
        return replace(switch, ports=put(switch.ports, self.port.key, self.port), next_port=switch.next_port + new)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"port {self.port.key} taken"


@dataclass(frozen=True)
class PortFreed(SwitchEvent):
    """A port has no connectee any more; ``ephemeral`` ports cease to exist."""

    key: PortKey
    ephemeral: bool = False

    def change(self, switch: Switch) -> Switch:
        """See :class:`SwitchEvent`."""
        if self.ephemeral:
            return replace(switch, ports=drop(switch.ports, self.key))
        return replace(switch, ports=put(switch.ports, self.key, Port(self.key, switch.ports[self.key].group)))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"port {self.key} freed"
