"""How VMs are shown."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial

from pyVmomi import vim

from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.devices import Devices, Shelf, datastore_path, network_name, network_of
from harness.protocols.vcenter.projection.facts import Fact, Showing, doubled
from harness.protocols.vcenter.projection.sight import Sight
from harness.world.hosts import Connection
from harness.world.machines import Machine, Power


def show_machine(sight: Sight, directory: Directory, shelf: Shelf, machine: Machine) -> Iterator[Showing]:
    """All that is shown of a VM; of one on a silent host only what vCenter itself knows."""
    shown = directory.machines.object(machine.id)
    state = connection_state(sight, machine)
    yield from doubled(shown, "connectionState", state)
    yield Fact(shown, "runtime.dasVmProtection", machine.protected, partial(_protection, machine.protected))
    if machine.host in sight.silent:
        return
    host = directory.hosts.object(machine.host)
    yield from doubled(shown, "host", machine.host, lambda: host)
    yield from doubled(shown, "powerState", machine.power.value)
    yield from _guest(sight, directory, machine)
    yield from _files(sight, directory, machine)
    yield from _configuration(directory, machine)
    yield from _hardware(sight, directory, shelf, machine)


@cache
def _protection(protected: bool) -> object:
    return vim.vm.RuntimeInfo.DasProtectionState(dasProtected=protected)


def _hardware(sight: Sight, directory: Directory, shelf: Shelf, machine: Machine) -> Iterator[Showing]:
    shown = directory.machines.object(machine.id)
    yield Devices(shown, sight, directory, shelf, machine)
    networks = [found for nic in machine.nics if (found := network_of(directory, nic)) is not None]
    yield Fact(shown, "network", tuple(n._moId for n in networks), lambda: networks)
    yield Fact(shown, "summary.config.numEthernetCards", len(machine.nics))
    yield Fact(shown, "summary.config.numVirtualDisks", len(machine.disks))


def connection_state(sight: Sight, machine: Machine) -> str:
    """The connection state of a VM in the API's words."""
    if sight.hosts[machine.host].connection is not Connection.CONNECTED:
        return "disconnected"
    if not machine.running and not sight.readable(machine):
        return "inaccessible"
    return "connected"


def _guest(sight: Sight, directory: Directory, machine: Machine) -> Iterator[Fact]:
    shown = directory.machines.object(machine.id)
    running = machine.power is Power.ON
    nics = tuple((nic.key, nic.mac, nic.connected, network_name(sight, nic)) for nic in machine.nics) if running else ()
    yield Fact(shown, "guest.net", nics, partial(_guest_nics, nics))
    yield Fact(shown, "guest.guestState", "running" if running else "notRunning")
    yield Fact(shown, "guest.toolsRunningStatus", "guestToolsRunning" if running else "guestToolsNotRunning")
    yield Fact(shown, "guest.toolsStatus", "toolsOk" if running else "toolsNotRunning")


def _guest_nics(nics: tuple[tuple[int, str, bool, str], ...]) -> object:
    return [
        vim.vm.GuestInfo.NicInfo(network=network, macAddress=mac, connected=connected, deviceConfigId=key)
        for key, mac, connected, network in nics
    ]


def _configuration(directory: Directory, machine: Machine) -> Iterator[Fact]:
    shown = directory.machines.object(machine.id)
    for path in ("name", "config.name", "summary.config.name"):
        yield Fact(shown, path, machine.name)
    for path in ("config.annotation", "summary.config.annotation"):
        yield Fact(shown, path, machine.annotation)
    for path in ("config.guestId", "summary.config.guestId"):
        yield Fact(shown, path, machine.guest)
    for path in ("config.hardware.memoryMB", "summary.config.memorySizeMB"):
        yield Fact(shown, path, machine.memory)
    for path in ("config.hardware.numCPU", "summary.config.numCpu"):
        yield Fact(shown, path, machine.cpus)
    for path in ("config.uuid", "summary.config.uuid"):
        yield Fact(shown, path, machine.uuid)
    for path in ("config.instanceUuid", "summary.config.instanceUuid"):
        yield Fact(shown, path, str(machine.id))


def _files(sight: Sight, directory: Directory, machine: Machine) -> Iterator[Fact]:
    shown = directory.machines.object(machine.id)
    path = datastore_path(sight, machine.vmx)
    folder = path.rpartition("/")[0]
    yield Fact(shown, "config.files.vmPathName", path)
    yield Fact(shown, "summary.config.vmPathName", path)
    for kind in ("snapshotDirectory", "suspendDirectory", "logDirectory"):
        yield Fact(shown, f"config.files.{kind}", folder)
    volumes = sorted(machine.needed, key=lambda volume: volume != machine.vmx.volume)
    stores = [found for volume in volumes if (found := directory.datastores.find(volume))]
    yield Fact(shown, "datastore", tuple(s._moId for s in stores), lambda: stores)
