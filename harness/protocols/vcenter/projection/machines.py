"""How VMs are shown."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from operator import attrgetter

from msgspec import Raw

from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.projection.devices import Devices, Shelf, datastore_path, network_name, network_of
from harness.protocols.vcenter.projection.facts import Fact, Plain, Showing, of_runtime
from harness.protocols.vcenter.projection.sight import Sight
from harness.protocols.vcenter.values import ready
from harness.world.hosts import Connection
from harness.world.machines import Machine

CONNECTION = ("runtime.connectionState", "summary.runtime.connectionState")
POWER = (
    *("runtime.powerState", "summary.runtime.powerState"),
    *("guest.guestState", "guest.toolsRunningStatus", "guest.toolsStatus"),
)
CONFIGURATION: Mapping[str, tuple[str, ...]] = {
    "name": ("name", "config.name", "summary.config.name"),
    "annotation": ("config.annotation", "summary.config.annotation"),
    "guest": ("config.guestId", "summary.config.guestId"),
    "memory": ("config.hardware.memoryMB", "summary.config.memorySizeMB"),
    "cpus": ("config.hardware.numCPU", "summary.config.numCpu"),
    "uuid": ("config.uuid", "summary.config.uuid"),
    "id": ("config.instanceUuid", "summary.config.instanceUuid"),
}
"""Where the API has what a VM has as a field."""
CONFIGURED = tuple(path for paths in CONFIGURATION.values() for path in paths)
OF_CONFIGURATION = attrgetter(*(field for field, paths in CONFIGURATION.items() for _ in paths))
COUNTS = ("summary.config.numEthernetCards", "summary.config.numVirtualDisks")
FILES = (
    *("config.files.vmPathName", "summary.config.vmPathName"),
    *(f"config.files.{kind}Directory" for kind in ("snapshot", "suspend", "log")),
)


def show_machine(sight: Sight, directory: Directory, shelf: Shelf, machine: Machine) -> Iterator[Showing]:
    """All that is shown of a VM; of one on a silent host only what vCenter itself knows."""
    shown = directory.machines.object(machine.id)
    yield show_connection(sight, directory, machine)
    yield Fact(shown, "runtime.dasVmProtection", machine.protected, partial(_protection, machine.protected))
    if machine.host in sight.silent:
        return
    host = directory.hosts.object(machine.host)
    yield of_runtime(shown, "host", machine.host, lambda: host)
    yield from _power(shown, sight, machine)
    yield from _files(shown, sight, directory, machine)
    yield Plain(shown, CONFIGURED, OF_CONFIGURATION(machine))
    yield Plain(shown, COUNTS, (len(machine.nics), len(machine.disks)))
    yield Devices(shown, sight, directory, shelf, machine)
    networks = [found for nic in machine.nics if (found := network_of(directory, nic)) is not None]
    yield Fact(shown, "network", tuple(n._moId for n in networks), lambda: networks)


def show_connection(sight: Sight, directory: Directory, machine: Machine) -> Plain:
    """Whether vCenter has a VM at hand: of all that is shown of it what its host decides."""
    state = connection_state(sight, machine)
    return Plain(directory.machines.object(machine.id), CONNECTION, (state, state))


@cache
def _protection(protected: bool) -> Raw:
    return ready({"_typeName": "VirtualMachineRuntimeInfoDasProtectionState", "dasProtected": protected})


def connection_state(sight: Sight, machine: Machine) -> str:
    """The connection state of a VM in the API's words."""
    if sight.hosts[machine.host].connection is not Connection.CONNECTED:
        return "disconnected"
    if not machine.running and not sight.readable(machine):
        return "inaccessible"
    return "connected"


def _power(shown: Managed, sight: Sight, machine: Machine) -> Iterator[Showing]:
    """Whether it runs, and what that means for its guest."""
    running, power = machine.running, machine.power.value
    guest = ("running", "guestToolsRunning", "toolsOk") if running else ("notRunning", "guestToolsNotRunning", "toolsNotRunning")
    yield Plain(shown, POWER, (power, power, *guest))
    nics = tuple((nic.key, nic.mac, nic.connected, network_name(sight, nic)) for nic in machine.nics) if running else ()
    yield Fact(shown, "guest.net", nics, partial(_guest_nics, nics))


def _guest_nics(nics: tuple[tuple[int, str, bool, str], ...]) -> Raw:
    return ready(
        [
            {"_typeName": "GuestNicInfo", "network": network, "macAddress": mac, "connected": connected, "deviceConfigId": key}
            for key, mac, connected, network in nics
        ]
    )


def _files(shown: Managed, sight: Sight, directory: Directory, machine: Machine) -> Iterator[Showing]:
    path = datastore_path(sight, machine.vmx)
    folder = path.rpartition("/")[0]
    yield Plain(shown, FILES, (path, path, folder, folder, folder))
    volumes = sorted(machine.needed, key=lambda volume: volume != machine.vmx.volume)
    stores = [found for volume in volumes if (found := directory.datastores.find(volume))]
    yield Fact(shown, "datastore", tuple(s._moId for s in stores), lambda: stores)
