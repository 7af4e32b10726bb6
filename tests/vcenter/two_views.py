"""One host as the vSphere API shows it, and as its own shell does: each read over its own wire, neither from the world."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

import paramiko
from pyVmomi import vim

from harness.patience import STUCK
from harness.probes.listings import read_blocks, read_invalid_vms, read_table, read_vms
from harness.protocols.esxi_shell.product import product_commands
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.simulated_host import SimulatedHost
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.protocols.vcenter.console import Managed
from tests.vcenter.seam_site import Site

PASSWORD = "VMware1!"
FIRST_NIC = 4000
STATES = {"Powered on": "poweredOn", "Powered off": "poweredOff", "Suspended": "suspended"}
USED_PORT = re.compile(r"Client: (.+)\n\s+DVPortgroup ID: .*\n\s+In Use: true\n\s+Port ID: (\S+)")
VM_PATHS = ("name", "config.files.vmPathName", "runtime.powerState", "runtime.connectionState", "runtime.host")
VMIDS = "$(vim-cmd vmsvc/getallvms | awk '{print $1}' | grep '^[0-9]')"
LISTINGS = (
    "vim-cmd vmsvc/getallvms",
    f"for id in {VMIDS}; do echo id $id; vim-cmd vmsvc/power.getstate $id; done",
    "esxcli vm process list",
    "esxcli system maintenanceMode get",
    "esxcli network vswitch dvs vmware list",
    "vmware -v",
    "esxcli system version get",
)


@dataclass(frozen=True)
class View:
    """What one wire shows of one host. VMs are named by ``[datastore] folder/name.vmx``, ports by their keys."""

    power: Mapping[str, str]
    unreadable: int
    running: frozenset[str]
    maintenance: bool
    ports: Mapping[str, str]
    version: tuple[str, str, str]


class Shells:
    """An SSH session on each host of a site."""

    def __init__(self, server: ShellServer, site: Site) -> None:
        self.clients = {name: _log_in(server.serve(SimulatedHost(site.gateway, name, PASSWORD))) for name in site.world.hosts}

    def run(self, host: str, line: str) -> str:
        _, out, errors = self.clients[host].exec_command(line, timeout=STUCK)  # type: ignore[index]
        text = out.read().decode()
        return text + errors.read().decode()

    def answers(self, host: str, *lines: str) -> list[str]:
        """What each line prints, all of them asked for at once."""
        return self.run(host, "; echo ====; ".join(lines)).split("====\n")


def _log_in(port: int) -> paramiko.SSHClient:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    client.connect(
        "127.0.0.1", port, "root", PASSWORD, look_for_keys=False, allow_agent=False, timeout=STUCK, banner_timeout=STUCK
    )
    return client


@contextmanager
def open_shells(site: Site) -> Iterator[Shells]:
    server = ShellServer(standard_registry(product_commands()))
    server.start()
    shells = Shells(server, site)
    try:
        yield shells
    finally:
        for client in shells.clients.values():
            client.close()
        server.stop()


def by_shell(site: Site, shells: Shells, host: str) -> View:
    """The host as its own commands show it; the API only says which datastore a volume's UUID is."""
    inventory, states, processes, mode, switches, product, version = shells.answers(host, *LISTINGS)
    files = {str(vm.vmid): vm.file for vm in read_vms(inventory)}
    told = dict(re.findall(r"id (\d+)\nRetrieved runtime info\n(.+)", states))
    (fields,) = read_blocks(version)
    return View(
        power={files[vmid]: STATES[state] for vmid, state in told.items()},
        unreadable=len(read_invalid_vms(inventory)),
        running=frozenset(_by_label(site, block["Config File"]) for block in read_blocks(processes)),
        maintenance={"Enabled": True, "Disabled": False}[mode.strip()],
        ports={key: client for client, key in USED_PORT.findall(switches)},
        version=(product.strip(), fields["Version"], fields["Build"].removeprefix("Releasebuild-")),
    )


def _by_label(site: Site, path: str) -> str:
    volume, _, rest = path.removeprefix("/vmfs/volumes/").partition("/")
    return f"[{volumes(site)[volume]}] {rest}"


def volumes(site: Site) -> dict[str, str]:
    """The names of datastores by the UUIDs of their volumes, as the API shows them."""
    return {store.info.vmfs.uuid: name for name, store in site.all(vim.Datastore).items()}


def by_api(site: Site, host: str) -> View:
    """The host as the vSphere API shows it."""
    shown = site.all(vim.HostSystem)[host]
    seen = site.operator.read(shown, "runtime.inMaintenanceMode", "config.product", "vm")
    machines = [site.operator.read(vm, *VM_PATHS) for vm in seen["vm"]]
    read = [vm for vm in machines if vm["runtime.connectionState"] == "connected"]
    product = seen["config.product"]
    return View(
        power={vm["config.files.vmPathName"]: vm["runtime.powerState"] for vm in read},
        unreadable=len(machines) - len(read),
        running=frozenset(vm["config.files.vmPathName"] for vm in machines if vm["runtime.powerState"] == "poweredOn"),
        maintenance=seen["runtime.inMaintenanceMode"],
        ports=_used_ports(site, shown),
        version=(product.fullName, product.version, product.build),
    )


def _used_ports(site: Site, host: Managed) -> dict[str, str]:
    criteria = vim.dvs.PortCriteria(connected=True, active=True, host=[host])
    return {port.key: _client(port) for port in site.switch.FetchDVPorts(criteria)}


def _client(port: Managed) -> str:
    """Who uses the port, in the words of a host."""
    holder = port.connectee
    if not isinstance(holder.connectedEntity, vim.VirtualMachine):
        return str(holder.nicKey)
    return f"{holder.connectedEntity.name}.eth{int(holder.nicKey) - FIRST_NIC}"


def mounts_by_shell(shells: Shells, host: str) -> dict[str, bool]:
    """The datastores that the host has mounted, by UUID, and whether each answers."""
    rows = read_table(shells.run(host, "esxcli storage filesystem list"))
    return {row["UUID"]: int(row["Size"]) > 0 for row in rows if row["Mounted"] == "true" and row["Type"].startswith("VMFS")}


def mounts_by_api(site: Site, host: str) -> dict[str, bool]:
    """The datastores that vCenter shows on the host, by UUID, and whether each is accessible there."""
    shown = site.all(vim.HostSystem)[host]
    mine = {store.info.vmfs.uuid: [m.mountInfo for m in store.host if m.key == shown] for store in shown.datastore}
    return {volume: info.accessible for volume, infos in mine.items() for info in infos if info.mounted}
