"""Virtual machines: what they are made of, where they are registered, and whether they run."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, ClassVar

from harness.records import replace
from harness.units import HostName, MachineId, PortKey, SwitchId, VolumeId
from harness.world.events import Event, drop, put
from harness.world.storage import VolumeFile

if TYPE_CHECKING:
    from harness.world.aggregate import World


class Power(StrEnum):
    """A VM's power state, in the API's words."""

    ON = "poweredOn"
    OFF = "poweredOff"
    SUSPENDED = "suspended"


@dataclass(frozen=True)
class DvBacking:
    """A vNIC's place on a distributed switch. ``port`` is None while no port is held (dynamic and ephemeral groups)."""

    switch: SwitchId
    group: str
    port: PortKey | None = None
    cookie: int = 0


@dataclass(frozen=True)
class StandardBacking:
    """A vNIC's place on a standard switch, by the port group's name."""

    network: str


@dataclass(frozen=True)
class Nic:
    """A vNIC; ``key`` is its device key (4000 is ``ethernet0``). ``connected`` is what the running VM has."""

    key: int
    mac: str
    backing: DvBacking | StandardBacking
    model: str = "vmxnet3"
    start_connected: bool = True
    connected: bool = False
    fault: str = ""

    @property
    def index(self) -> int:
        """The number in ``ethernet<n>``."""
        return self.key - 4000


@dataclass(frozen=True)
class Disk:
    """A virtual disk by its device key and its file; ``size`` in bytes. ``parents`` are the files behind a linked clone's."""

    key: int
    file: VolumeFile
    size: int
    parents: tuple[VolumeFile, ...] = ()


@dataclass(frozen=True)
class Machine:
    """One VM. ``host`` is where it is registered; ``world_id`` identifies it there while it runs.

    ``protected`` is what vCenter shows of vSphere HA's protected list; ``clean`` tells how it last stopped. ``serves`` names the
    service that it runs; empty for none.
    """

    id: MachineId
    uuid: str
    name: str
    host: HostName
    vmx: VolumeFile
    nics: tuple[Nic, ...] = ()
    disks: tuple[Disk, ...] = ()
    power: Power = Power.OFF
    clean: bool = True
    world_id: int = 0
    guest: str = "otherGuest"
    memory: int = 1024
    cpus: int = 1
    annotation: str = ""
    priority: str = "medium"
    protected: bool = False
    serves: str = ""

    @property
    def files(self) -> list[VolumeFile]:
        """The files that it has open while it runs: its configuration file, and those of its disks."""
        return [self.vmx, *[disk.file for disk in self.disks]]

    def has_file(self, path: str) -> bool:
        """Whether one of those files has that path, on whichever volume."""
        return self.vmx.path == path or any(disk.file.path == path for disk in self.disks)

    @property
    def volumes(self) -> list[VolumeId]:
        """The volumes that its files are on, sorted."""
        return sorted({file.volume for file in self.files})

    @property
    def needed(self) -> list[VolumeId]:
        """The volumes that it needs to run: those of its files, and of the files behind its disks; sorted."""
        behind = [link for disk in self.disks for link in disk.parents]
        return sorted({file.volume for file in [*self.files, *behind]})

    @property
    def port_groups(self) -> list[str]:
        """The keys of the port groups that its vNICs are on."""
        return [nic.backing.group for nic in self.nics if isinstance(nic.backing, DvBacking)]

    @property
    def running(self) -> bool:
        """Whether it is powered on."""
        return self.power is Power.ON

    def nic(self, key: int) -> Nic:
        """Its vNIC with that device key; KeyError if there is none."""
        return next(n for n in self.nics if n.key == key)

    def with_nic(self, nic: Nic) -> Machine:
        """The VM with ``nic`` in the place of the one with the same key."""
        return replace(self, nics=tuple(nic if n.key == nic.key else n for n in self.nics))


@dataclass(frozen=True)
class MachineRegistered(Event):
    """A VM is in the inventory of a host: new, or moved from the host that had it."""

    machine: Machine

    def apply(self, world: World) -> World:
        """The host gives it a Vmid of its own; a host that had it forgets it."""
        before = world.machines.get(self.machine.id)
        if before and before.host != self.machine.host:
            old = world.hosts[before.host]
            world = world.with_host(replace(old, vmids=drop(old.vmids, before.id)))
        host = world.hosts[self.machine.host]
        vmid = host.vmids.get(self.machine.id, max(host.vmids.values(), default=0) + 1)
        return world.with_host(replace(host, vmids=put(host.vmids, self.machine.id, vmid))).with_machine(self.machine)

    @property
    def subject(self) -> str:
        """The VM's name."""
        return self.machine.name

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"registered on {self.machine.host}"


@dataclass(frozen=True)
class MachineEvent(Event):
    """An event that replaces one VM. ``name`` and ``said`` are for people."""

    id: MachineId
    name: str
    said: ClassVar[str] = ""

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        return world.with_machine(self.change(world.machines[self.id]))

    def change(self, machine: Machine) -> Machine:
        """The VM in which this event has happened."""
        raise NotImplementedError

    @property
    def subject(self) -> str:
        """The VM's name."""
        return self.name

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return self.said


@dataclass(frozen=True)
class MachineUnregistered(MachineEvent):
    """The VM is in no inventory any more; its files stay."""

    said = "unregistered"

    def apply(self, world: World) -> World:
        """See :class:`Event`."""
        host = world.hosts[world.machines[self.id].host]
        return world.with_host(replace(host, vmids=drop(host.vmids, self.id))).without_machine(self.id)


@dataclass(frozen=True)
class MachineStarted(MachineEvent):
    """The VM is powered on, on the host where it is registered."""

    said = "powered on"

    def apply(self, world: World) -> World:
        """The host gives it a world id that it never gave before."""
        machine = world.machines[self.id]
        host = world.hosts[machine.host]
        world = world.with_host(replace(host, next_world=host.next_world + 11))
        return world.with_machine(replace(machine, power=Power.ON, clean=True, world_id=host.next_world))


@dataclass(frozen=True)
class MachineStopped(MachineEvent):
    """The VM is powered off: cleanly, or because it lost the host under it."""

    clean: bool = True

    def change(self, machine: Machine) -> Machine:
        """See :class:`MachineEvent`."""
        return stopped(machine, clean=self.clean)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "powered off" if self.clean else "stopped without a clean power-off"


@dataclass(frozen=True)
class ProtectionSet(MachineEvent):
    """The VM came onto vSphere HA's protected list, or left it."""

    protected: bool

    def change(self, machine: Machine) -> Machine:
        """See :class:`MachineEvent`."""
        return replace(machine, protected=self.protected)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return "protected by vSphere HA" if self.protected else "not protected by vSphere HA"


@dataclass(frozen=True)
class MachineChanged(MachineEvent):
    """The VM has another configuration or other files."""

    machine: Machine

    said = "reconfigured"

    def change(self, machine: Machine) -> Machine:
        """See :class:`MachineEvent`."""
        return self.machine


@dataclass(frozen=True)
class NicSet(MachineEvent):
    """A vNIC of the VM was connected, disconnected or moved to another port."""

    nic: Nic

    def change(self, machine: Machine) -> Machine:
        """See :class:`MachineEvent`."""
        return machine.with_nic(self.nic)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        state = "connected" if self.nic.connected else f"not connected {self.nic.fault}".rstrip()
        return f"ethernet{self.nic.index} {state}"


def stopped(machine: Machine, *, clean: bool) -> Machine:
    """The VM as it is when it no longer runs."""
    nics = tuple(replace(n, connected=False) for n in machine.nics)
    return replace(machine, power=Power.OFF, clean=clean, world_id=0, nics=nics)
