"""ALL-02: whatever clients ask of the API and of the hosts' shells, both show the same.

Power states, maintenance mode, ports and versions are the same at once while a host is connected; mounts are at its next rescan
or refresh.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyVmomi import vim

from harness.protocols.esxi_shell import wiring
from harness.protocols.esxi_shell.commands import networked_machines, switches, vim_machines
from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.inbound import ports as inbound_ports
from harness.protocols.vcenter.orders import Orders
from harness.releases import Release
from harness.world.hosts import Host
from tests.vcenter.agreement import is_heard
from tests.vcenter.seam_site import Site, name_of
from tests.vcenter.test_any_clients import ACTS, perform, running_site
from tests.vcenter.two_views import VMIDS, Shells, by_api, by_shell, mounts_by_api, mounts_by_shell, open_shells

FIRST_WORLD = "$(esxcli vm process list | grep 'World ID' | head -n 1 | awk '{print $3}')"
SHELL_ACTS = {
    "power on": f"for id in {VMIDS}; do vim-cmd vmsvc/power.on $id; done",
    "power off": f"for id in {VMIDS}; do vim-cmd vmsvc/power.off $id; done",
    "unregister": f"for id in {VMIDS}; do vim-cmd vmsvc/unregister $id; done",
    "register": "for file in /vmfs/volumes/vmfs0*/*/*.vmx; do vim-cmd solo/registervm $file; done",
    "kill": f"esxcli vm process kill -t hard -w {FIRST_WORLD}",
    "enter maintenance": "esxcli system maintenanceMode set -e true -t 30",
    "exit maintenance": "esxcli system maintenanceMode set -e false",
    "mount": "esxcli storage filesystem mount -l vmfs02",
    "unmount": "esxcli storage filesystem unmount -l vmfs02",
    "restart the agents": "services.sh restart",
    "reboot": "reboot",
}
REFRESHES: dict[str, Callable[[Site, Shells, str, int], object]] = {
    "shell refresh": lambda _site, shells, host, _n: shells.run(host, "vim-cmd hostsvc/storage/refresh"),
    "shell rescan": lambda _site, shells, host, _n: shells.run(host, "esxcli storage core adapter rescan --all"),
    "API refresh": lambda site, _shells, _host, n: site.host(n).configManager.storageSystem.RefreshStorageSystem(),
    "API rescan": lambda site, _shells, _host, n: site.host(n).configManager.storageSystem.RescanVmfs(),
}
DEEDS = [*(f"API: {name}" for name in sorted(ACTS)), *(f"shell: {name}" for name in sorted(SHELL_ACTS))]
NUMBERS = st.integers(0, 5)
DEED = st.one_of(*(st.sampled_from([deed for deed in DEEDS if deed.startswith(wire)]) for wire in ("API", "shell")))
HISTORIES = st.lists(st.tuples(DEED, NUMBERS, NUMBERS, st.sampled_from(sorted(REFRESHES))), min_size=8, max_size=14)
MACHINES = [(0, 0), (1, 4), (2, 1)]
"""What is created before a history: a VM on a static port, one on an ephemeral port, and one that is off."""


@contextmanager
def both_wires(release: str) -> Iterator[tuple[Site, Shells]]:
    with running_site(release) as site, open_shells(site) as shells:
        for first, second in MACHINES:
            perform(site, "create", first, second)
        yield site, shells


def do(site: Site, shells: Shells, deed: str, first: int, second: int) -> None:
    wire, _, name = deed.partition(": ")
    if wire == "API":
        perform(site, name, first, second)
    elif site.world.hosts[name_of(first % 3 + 1)].running:
        shells.run(name_of(first % 3 + 1), SHELL_ACTS[name])


def heard(site: Site) -> list[Host]:
    return [host for host in site.world.hosts.values() if is_heard(host)]


def check_wires(site: Site, shells: Shells) -> int:
    """Compare what needs no refresh on all hosts that vCenter hears; gives their number."""
    for host in heard(site):
        assert by_api(site, host.name) == by_shell(site, shells, host.name), host.name
    return len(heard(site))


def check_mounts(site: Site, shells: Shells, number: int, refresh: str) -> None:
    """Refresh one host, if vCenter hears it, and compare its mounts."""
    name = name_of(number)
    if is_heard(site.world.hosts[name]):
        REFRESHES[refresh](site, shells, name, number)
    if is_heard(site.world.hosts[name]):
        assert mounts_by_api(site, name) == mounts_by_shell(shells, name), name


def check_everything(site: Site, shells: Shells) -> None:
    check_wires(site, shells)
    check_mounts(site, shells, 1, "shell refresh")


@pytest.mark.timeout(900)
@settings(max_examples=10, derandomize=True, suppress_health_check=list(HealthCheck))
@given(release=st.sampled_from(["5.0", "6.7"]), history=HISTORIES)
def test_all_02_the_api_and_the_shells_agree_after_any_history(release: str, history: list[tuple[str, int, int, str]]):
    with both_wires(release) as (site, shells):
        assert check_wires(site, shells) == 3
        for deed, first, second, refresh in history:
            do(site, shells, deed, first, second)
            site.seam.check()
            check_wires(site, shells)
            check_mounts(site, shells, second % 3 + 1, refresh)


@pytest.fixture
def wires() -> Iterator[tuple[Site, Shells]]:
    with both_wires("6.7") as both:
        yield both


def test_all_02_there_is_something_to_compare_of_every_kind(wires: tuple[Site, Shells]):
    site, shells = wires
    shells.run(name_of(3), "esxcli system maintenanceMode set -e true")
    shells.run(name_of(3), "esxcli storage filesystem unmount -l vmfs01")
    first, second, third = (by_shell(site, shells, name_of(number)) for number in (1, 2, 3))
    assert (set(first.power.values()), set(third.power.values())) == ({"poweredOn"}, {"poweredOff"})
    assert (len(first.running), len(third.running)) == (1, 0)
    assert (first.maintenance, third.maintenance) == (False, True)
    assert [client for client in (*first.ports.values(), *second.ports.values()) if "eth" in client] == [
        "vm0-0.eth0",
        "vm1-4.eth0",
    ]
    assert first.version == ("VMware ESXi 6.7.0 build-8169922", "6.7.0", "8169922")
    assert (len(mounts_by_shell(shells, name_of(1))), len(mounts_by_shell(shells, name_of(3)))) == (2, 1)


def test_all_02_mounts_are_equal_from_the_next_refresh_on(wires: tuple[Site, Shells]):
    site, shells = wires
    shells.run(name_of(3), "esxcli storage filesystem unmount -l vmfs01")
    assert len(mounts_by_api(site, name_of(3))) == 2
    check_mounts(site, shells, 3, "shell refresh")
    assert len(mounts_by_api(site, name_of(3))) == 1


BROKEN_SHELLS = [
    (vim_machines, "STATES", {"poweredOn": "powered off", "poweredOff": "powered off"}),
    (vim_machines, "is_invalid", lambda _call, _machine: True),
    (networked_machines, "_running", lambda _host: []),
    (switches, "switches_of", lambda world, host: wiring.switches_of(world, host)[:1]),
    (Release, "version_lines", lambda _release: ("VMware ESXi 6.7.0 build-1", "")),
]


@pytest.mark.parametrize(("module", "name", "wrong"), BROKEN_SHELLS, ids=lambda value: value if isinstance(value, str) else "")
def test_all_02_a_shell_that_shows_something_else_is_found(
    wires: tuple[Site, Shells], module: object, name: str, wrong: object, monkeypatch: pytest.MonkeyPatch
):
    check_wires(*wires)
    monkeypatch.setattr(module, name, wrong)
    with pytest.raises(AssertionError, match=r"esx01.lab.example"):
        check_wires(*wires)


def broken_properties(site: Site) -> dict[str, tuple[Managed, str, object]]:
    """What the API shows of a VM and a host, by subject, and something that the host's shell does not show."""
    host, vm = site.host(1), site.vm("vm0-0")
    product = site.operator.read(host, "config.product")["config.product"]
    product.version = "4.1.0"
    return {
        "power": (vm, "runtime.powerState", vim.VirtualMachine.PowerState.poweredOff),
        "reach": (vm, "runtime.connectionState", vim.VirtualMachine.ConnectionState.inaccessible),
        "maintenance": (host, "runtime.inMaintenanceMode", True),
        "version": (host, "config.product", product),
        "mounts": (host, "datastore", [site.all(vim.Datastore)["vmfs01"]]),
    }


@pytest.mark.parametrize("subject", ["power", "reach", "maintenance", "version", "mounts"])
def test_all_02_an_api_that_shows_something_else_is_found(wires: tuple[Site, Shells], subject: str):
    site, shells = wires
    agent = Orders(site.seam.vcenter.address, site.seam.vcenter.agent)
    agent.set([broken_properties(site)[subject]])
    agent.close()
    with pytest.raises(AssertionError, match=r"esx01.lab.example"):
        check_everything(site, shells)


def test_all_02_ports_that_the_api_shows_otherwise_are_found(wires: tuple[Site, Shells], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(inbound_ports, "_linked", lambda _sight, _port: False)
    with pytest.raises(AssertionError, match=r"esx01.lab.example"):
        check_everything(*wires)
