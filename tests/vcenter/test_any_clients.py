"""Whatever clients ask and whatever breaks, an API client sees what the world holds (ALL-02)."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyVmomi import vim, vmodl

from harness.blueprints import load_blueprint
from harness.errors import Refusal
from harness.operations import hosts, machines, registration, storage
from harness.units import seconds
from tests.vcenter.agreement import check_agreement
from tests.vcenter.seam_site import Site, name_of, open_site

Act = Callable[[Site, int, int], None]


def shown(site: Site, number: int):
    found = sorted(site.all(vim.VirtualMachine).items())
    return found[number % len(found)][1] if found else None


def asks(method: Callable[..., object]) -> Act:
    """A call to some VM, if there is one."""

    def act(site: Site, first: int, second: int) -> None:
        vm = shown(site, first)
        if vm is not None:
            answer = method(site, vm, second)
            if isinstance(answer, vim.Task):
                site.do(answer)

    return act


def create(site: Site, first: int, second: int) -> None:
    group = ["production", "ephemeral", "VM Network"][second % 3]
    site.create(f"vm{first}-{second}", first % 3 + 1, group, ["vmfs01", "vmfs02"][second % 2], on=second % 2 == 0)


def register(site: Site, first: int, second: int) -> None:
    path = f"[{['vmfs01', 'vmfs02'][second % 2]}] vm{first}-{second}/vm{first}-{second}.vmx"
    folder = site.content.rootFolder.childEntity[0].vmFolder
    site.do(folder.RegisterVM_Task(path, None, False, site.cluster.resourcePool, site.host(first % 3 + 1)))


def register_on_host(site: Site, first: int, second: int) -> None:
    known = sorted(site.world.machines.values(), key=lambda m: m.name)
    if known:
        machine = known[first % len(known)]
        site.gateway.perform(machines.unregister, machine.id)
        site.gateway.perform(registration.register_from_files, name_of(second % 3 + 1), machine.vmx)


def toggle(site: Site, vm, _second: int):
    cards = [d for d in vm.config.hardware.device if isinstance(d, vim.vm.device.VirtualEthernetCard)]
    for card in cards[:1]:
        card.connectable.connected = card.connectable.startConnected = not card.connectable.connected
    changes = [vim.vm.device.VirtualDeviceSpec(operation="edit", device=card) for card in cards[:1]]
    return vm.ReconfigVM_Task(vim.vm.ConfigSpec(deviceChange=changes))


def maintain(site: Site, first: int, second: int) -> None:
    host = site.host(first % 3 + 1)
    if second % 2:
        site.do(host.ExitMaintenanceMode_Task(timeout=0))
    elif not any(m.running for m in site.world.machines_on(name_of(first % 3 + 1))):
        site.do(host.EnterMaintenanceMode_Task(timeout=0))


def kill(site: Site, first: int, second: int) -> None:
    running = [m for m in site.world.machines.values() if m.running]
    if running:
        site.gateway.perform(machines.kill, running[first % len(running)].id, soft=second % 2 == 0)


def storage_fault(site: Site, first: int, second: int) -> None:
    luns = list(site.world.luns)
    site.gateway.perform([storage.lose, storage.bring_back][second % 2], luns[first % len(luns)])


def mount(site: Site, first: int, second: int) -> None:
    system = site.host(first % 3 + 1).configManager.storageSystem
    volume = list(site.world.luns.values())[second % 2].vmfs.id
    [system.UnmountVmfsVolume, system.MountVmfsVolume][second // 2 % 2](volume)


def availability(site: Site, first: int, _second: int) -> None:
    das = vim.cluster.DasConfigInfo(enabled=first % 3 > 0, hostMonitoring="enabled")
    site.do(site.cluster.ReconfigureComputeResource_Task(vim.cluster.ConfigSpecEx(dasConfig=das), True))


def agent(site: Site, first: int, second: int) -> None:
    act = [hosts.stop_agent, hosts.start_agent][second % 2]
    site.gateway.perform(act, name_of(first % 3 + 1), ["hostd", "vpxa"][second // 2 % 2])


ACTS: dict[str, Act] = {
    "create": create,
    "create again": create,
    "register": register,
    "register on a host": register_on_host,
    "power on": asks(lambda _site, vm, _n: vm.PowerOnVM_Task()),
    "power off": asks(lambda _site, vm, _n: vm.PowerOffVM_Task()),
    "unregister": asks(lambda _site, vm, _n: vm.UnregisterVM()),
    "destroy": asks(lambda _site, vm, _n: vm.Destroy_Task()),
    "toggle": asks(toggle),
    "migrate": asks(lambda site, vm, n: vm.MigrateVM_Task(None, site.host(n % 3 + 1), "defaultPriority", None)),
    "relocate": asks(
        lambda site, vm, n: vm.RelocateVM_Task(vim.vm.RelocateSpec(datastore=site.all(vim.Datastore)[f"vmfs0{n % 2 + 1}"]))
    ),
    "maintain": maintain,
    "kill": kill,
    "cut power": lambda site, n, _m: site.gateway.perform(hosts.cut_power, name_of(n % 3 + 1)),
    "give power": lambda site, n, _m: site.gateway.perform(hosts.give_power, name_of(n % 3 + 1)),
    "reboot": lambda site, n, _m: site.do(site.host(n % 3 + 1).RebootHost_Task(force=True)),
    "disconnect": lambda site, n, _m: site.do(site.host(n % 3 + 1).DisconnectHost_Task()),
    "reconnect": lambda site, n, _m: site.do(site.host(n % 3 + 1).ReconnectHost_Task()),
    "storage": storage_fault,
    "mount": mount,
    "rescan": lambda site, n, _m: site.host(n % 3 + 1).configManager.storageSystem.RescanAllHba(),
    "availability": availability,
    "agent": agent,
    "time": lambda site, n, m: site.gateway.pass_time(seconds(30 * (n + 1) * (m + 1))),
}
HISTORIES = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 5), st.integers(0, 5)), min_size=8, max_size=30)


@contextmanager
def running_site(release: str) -> Iterator[Site]:
    with ExitStack() as parts:
        folder = Path(parts.enter_context(tempfile.TemporaryDirectory()))
        yield next(parts.enter_context(closing(open_site(load_blueprint("three-hosts"), release, folder))))


def perform(site: Site, name: str, first: int, second: int) -> None:
    """Act; a refusal is an answer like another, as long as it is not the laboratory's own."""
    with suppress(vmodl.MethodFault, Refusal):
        try:
            ACTS[name](site, first, second)
        except vmodl.fault.SystemError as broken:
            raise AssertionError(broken.msg) from broken


@pytest.mark.timeout(900)
@settings(max_examples=25, derandomize=True, suppress_health_check=list(HealthCheck))
@given(release=st.sampled_from(["5.0", "6.7"]), history=HISTORIES)
def test_a_client_sees_what_the_world_holds(release: str, history: list[tuple[str, int, int]]):
    with running_site(release) as site:
        for name, first, second in history:
            perform(site, name, first, second)
            site.seam.check()
            check_agreement(site)
