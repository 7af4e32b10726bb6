"""What a vCenter knows stays the very same where nothing has changed that it shows, and is another where something has."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from harness.blueprints import initial_world, load_blueprint
from harness.physics.chance import Chance
from harness.protocols.vcenter.projection.sight import Sight, look
from harness.records import replace
from harness.releases import load
from harness.units import DeviceId, HostName, MachineId, SwitchId
from harness.world.agents import AgentStopped
from harness.world.aggregate import World
from harness.world.availability import AvailabilityConfigured, Restart, RestartNoted
from harness.world.events import Event
from harness.world.host_files import ConfigurationSaved, HostFileRemoved, HostFileWritten, HostLogged, SavedFileReplaced
from harness.world.hosts import HOSTD, Connection, ConnectionChanged, HostFile, MaintenanceEntered, ManagementLinkSwitched
from harness.world.machines import Machine, MachineRegistered, MachineStarted, MachineUnregistered
from harness.world.mounts import DevicesFound, VolumeUnmounted
from harness.world.proxies import ProxyLoaded, ProxySwitch
from harness.world.storage import LunAccessSet, LunLost, LunPresented, VolumeFile, VolumeRenamed
from harness.world.volume_files import FileMoved, FileRemoved, FileWritten, FolderMade, ModeChanged

RELEASE = load("6.7")
NOW = RELEASE.epoch.value
HOST = HostName("esx01.lab.example")
VM = MachineId("5000")


@pytest.fixture
def world() -> World:
    begun = initial_world(load_blueprint("three-hosts"), RELEASE, Chance(7))
    volume = next(iter(begun.luns.values())).vmfs.id
    return MachineRegistered(Machine(VM, "4200", "web01", HOST, VolumeFile(volume, "web01/web01.vmx"))).apply(begun)


@pytest.fixture
def device(world: World) -> DeviceId:
    return next(iter(world.luns))


UNTOLD: dict[str, Callable[[DeviceId], Event]] = {
    "a file of a volume": lambda device: FileWritten(device, "web01/vmware.log", b"", NOW),
    "a folder of a volume": lambda device: FolderMade(device, "web02", NOW),
    "the mode of one": lambda device: ModeChanged(device, "web01", 0o700, NOW),
    "the name of one": lambda device: FileMoved(device, "web01/vmware.log", "web01/vmware-0.log"),
    "one that is gone": lambda device: FileRemoved(device, "web01/vmware.log"),
    "a file of a host": lambda _: HostFileWritten(HOST, "/etc/hosts", HostFile(b"", NOW)),
    "one of a host that is gone": lambda _: HostFileRemoved(HOST, "/etc/vmware/esx.conf"),
    "a log of a host": lambda _: HostLogged(HOST, "/var/log/vmkernel.log", "booted", NOW),
    "a saved configuration": lambda _: ConfigurationSaved(HOST),
    "one that is lost": lambda _: SavedFileReplaced(HOST, "/etc/vmware/esx.conf", None),
    "a LUN that takes no writes": lambda device: LunAccessSet(device, writable=False),
    "a switch of a host's own": lambda _: ProxyLoaded(
        HOST, ProxySwitch(SwitchId("50 1d"), "dvs01", 1500, "DvsPortset-0", {}, "")
    ),
    "a restart to come": lambda _: RestartNoted("cluster01", VM, Restart(attempts=1)),
}
NEWS: dict[str, Callable[[DeviceId], Event]] = {
    "a VM that runs": lambda _: MachineStarted(VM, "web01"),
    "maintenance mode": lambda _: MaintenanceEntered(HOST),
    "a lost connection": lambda _: ConnectionChanged(HOST, Connection.NOT_RESPONDING),
    "an agent that stopped": lambda _: AgentStopped(HOST, HOSTD),
    "devices of a host": lambda _: DevicesFound(HOST, frozenset()),
    "a cluster's vSphere HA": lambda _: AvailabilityConfigured("cluster01", enabled=True),
    "a LUN that is lost": LunLost,
    "a LUN that is masked": lambda device: LunPresented(device, frozenset()),
    "the name of a volume": lambda device: VolumeRenamed(device, "vmfs01-old"),
}


def known(world: World) -> Sight:
    return look(Sight("vc01.lab.example"), world)


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in UNTOLD.items()])
def test_what_it_does_not_show_is_no_news(world: World, device: DeviceId, change: Callable[[DeviceId], Event]) -> None:
    written = FileWritten(device, "web01/vmware.log", b"", NOW).apply(world)
    written = HostFileWritten(HOST, "/etc/motd", HostFile(b"", NOW)).apply(written)
    before, after = known(written), change(device).apply(written)

    assert after != written
    assert look(before, after) is before
    assert known(after).datastores.keys() == before.datastores.keys()


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in NEWS.items()])
@pytest.mark.parametrize("meanwhile", [pytest.param(False, id="at once"), pytest.param(True, id="after files")])
def test_anything_else_is(world: World, device: DeviceId, change: Callable[[DeviceId], Event], *, meanwhile: bool) -> None:
    before = known(world)
    if meanwhile:
        world = FileWritten(device, "web01/vmware.log", b"", NOW).apply(world)
        assert look(before, world) is before
    after = change(device).apply(world)

    seen = look(before, after, world)

    assert seen != before
    assert seen == look(known(world), after)


ELSEWHERE: dict[str, Callable[[World], Event]] = {
    "a VM that runs": lambda world: MachineStarted(VM, "web01"),
    "a VM that is gone": lambda world: MachineUnregistered(VM, "web01"),
    "a new VM": lambda world: MachineRegistered(replace(world.machines[VM], id=MachineId("5001"))),
    "maintenance mode": lambda world: MaintenanceEntered(world.machines[VM].host),
    "a cluster's vSphere HA": lambda world: AvailabilityConfigured(world.hosts[world.machines[VM].host].cluster, enabled=True),
}
"""What happens to a VM and around it."""


def with_a_vm(begun: World, host: HostName) -> World:
    volume = next(iter(begun.luns.values())).vmfs.id
    return MachineRegistered(Machine(VM, "4200", "web01", host, VolumeFile(volume, "web01/web01.vmx"))).apply(begun)


@pytest.mark.parametrize("change", [pytest.param(change, id=name) for name, change in ELSEWHERE.items()])
def test_what_happens_is_news_to_the_vcenter_of_the_host_and_to_no_other(change: Callable[[World], Event]) -> None:
    begun = initial_world(load_blueprint("two-sites"), RELEASE, Chance(7))
    host = next(iter(begun.hosts.values()))
    others = {name for name in begun.centers if name != host.center}
    world = with_a_vm(begun, host.name)
    after = change(world).apply(world)

    told = {center for center in begun.centers if look(known := look(Sight(center), world), after) is not known}

    assert others
    assert told == {host.center}


def test_of_a_host_that_is_not_heard_its_connection_alone_is_news(world: World) -> None:
    before = known(ManagementLinkSwitched(HOST, up=False).apply(world))
    silent = ManagementLinkSwitched(HOST, up=False).apply(world)

    assert look(before, MaintenanceEntered(HOST).apply(silent)) is before
    assert look(before, MachineStarted(VM, "web01").apply(silent)) is before
    lost = look(before, ConnectionChanged(HOST, Connection.NOT_RESPONDING).apply(silent))
    assert lost.hosts[HOST].connection is Connection.NOT_RESPONDING
    heard = look(before, MaintenanceEntered(HOST).apply(world))
    assert heard.hosts[HOST].maintenance


def test_a_lun_comes_and_goes_for_the_hosts_that_it_is_presented_to(world: World, device: DeviceId) -> None:
    elsewhere = LunPresented(device, frozenset({HostName("esx09.lab.example")})).apply(world)
    before = known(elsewhere)

    assert look(before, LunLost(device).apply(elsewhere)) is before
    assert look(before, LunPresented(device, frozenset({HOST})).apply(elsewhere)) is not before


def test_a_volume_that_a_host_lets_go_of_is_not_reached_any_more(world: World) -> None:
    before, volume = known(world), next(iter(world.luns.values())).vmfs.id

    after = look(before, VolumeUnmounted(HOST, volume).apply(world))

    assert volume in before.reach[HOST]
    assert volume not in after.reach[HOST]
