"""Whether what an API client sees is what the world holds, as far as its hosts can tell vCenter."""

from __future__ import annotations

from pyVmomi import vim

from harness.protocols.vcenter.console import Managed
from harness.world.hosts import Connection, Host
from harness.world.machines import DvBacking, Machine, StandardBacking
from tests.vcenter.seam_site import Site

HOST_PATHS = ("name", "runtime.connectionState", "runtime.inMaintenanceMode", "runtime.powerState", "vm", "datastore")
VM_PATHS = (
    "name",
    "config.instanceUuid",
    "config.files.vmPathName",
    "config.hardware.device",
    "runtime.host",
    "runtime.powerState",
    "runtime.connectionState",
    "datastore",
)


def is_heard(host: Host) -> bool:
    return host.connection is Connection.CONNECTED and host.speaks


def check_agreement(site: Site) -> None:
    """Compare every host, VM, datastore and port group."""
    hosts = {found["name"]: found for found in read_all(site, vim.HostSystem, HOST_PATHS)}
    machines = {found["config.instanceUuid"]: found for found in read_all(site, vim.VirtualMachine, VM_PATHS)}
    names = {found["obj"]._moId: name for name, found in hosts.items()}
    for host in site.world.hosts.values():
        check_host(site, host, hosts[host.name])
    for machine in site.world.machines.values():
        if is_heard(site.world.hosts[machine.host]):
            check_machine(site, machine, machines.pop(machine.id), names)
    for shown in machines.values():
        host = site.world.hosts[names[shown["runtime.host"]._moId]]
        assert not is_heard(host), f"{shown['name']} is shown on {host.name}, which does not have it"
    check_datastores(site)
    check_groups(site)


def read_all(site: Site, kind: type, paths: tuple[str, ...]) -> list[dict[str, Managed]]:
    view = site.content.viewManager.CreateContainerView(site.content.rootFolder, [kind], True)
    objects = view.view
    view.Destroy()
    return [{"obj": obj, **read} for obj, read in zip(objects, site.operator.read_each(objects, *paths), strict=True)]


def check_host(site: Site, host: Host, shown: dict[str, Managed]) -> None:
    assert shown["runtime.connectionState"] == host.connection.value, host.name
    if is_heard(host):
        assert shown["runtime.powerState"] == "poweredOn", host.name
        assert shown["runtime.inMaintenanceMode"] == host.maintenance, host.name
        assert len(shown["vm"]) == len(site.world.machines_on(host.name)), host.name
        assert len(shown["datastore"]) == len(host.reported), host.name


def check_machine(site: Site, machine: Machine, shown: dict[str, Managed], names: dict[str, str]) -> None:
    label = site.world.label(machine.host, machine.vmx.volume)
    assert names[shown["runtime.host"]._moId] == machine.host
    assert (shown["name"], shown["config.files.vmPathName"]) == (machine.name, f"[{label}] {machine.vmx.path}")
    assert shown["runtime.powerState"] == machine.power.value, machine.name
    reached = machine.running or site.world.usable(machine.host, machine.vmx.volume)
    assert shown["runtime.connectionState"] == ("connected" if reached else "inaccessible"), machine.name
    cards = [d for d in shown["config.hardware.device"] if isinstance(d, vim.vm.device.VirtualEthernetCard)]
    assert [c.key for c in cards] == [n.key for n in machine.nics]
    for card, nic in zip(cards, machine.nics, strict=True):
        assert (card.connectable.connected, card.macAddress) == (nic.connected, nic.mac), machine.name
        if isinstance(nic.backing, DvBacking):
            port = card.backing.port
            assert (port.switchUuid, port.portgroupKey, port.portKey) == (nic.backing.switch, nic.backing.group, nic.backing.port)
        if isinstance(nic.backing, StandardBacking):
            assert card.backing.deviceName == nic.backing.network


def check_datastores(site: Site) -> None:
    stores = {found["name"]: found for found in read_all(site, vim.Datastore, ("name", "host", "summary.accessible"))}
    names = {found["obj"]._moId: found["name"] for found in read_all(site, vim.HostSystem, ("name",))}
    for lun in site.world.luns.values():
        shown = {names[m.key._moId]: m.mountInfo.accessible for m in stores[lun.vmfs.label]["host"]}
        known = {h.name for h in site.world.hosts.values() if lun.vmfs.id in h.reported}
        assert shown.keys() == known, lun.vmfs.label
        for name, accessible in shown.items():
            if is_heard(site.world.hosts[name]):
                assert accessible == site.world.usable(name, lun.vmfs.id), (lun.vmfs.label, name)


def check_groups(site: Site) -> None:
    for switch in site.world.switches.values():
        for found in read_all(site, vim.dvs.DistributedVirtualPortgroup, ("key", "portKeys", "config.numPorts")):
            group = switch.groups[found["key"]]
            assert sorted(found.get("portKeys", [])) == sorted(p.key for p in switch.ports_of(group.key)), group.name
