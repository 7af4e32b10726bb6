"""The inventory of a lab: what a blueprint describes comes to exist in vcsim."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from pyVmomi import vim

from harness.blueprints import Blueprint, CenterPlan, ClusterPlan, GroupPlan, MachinePlan, PoolPlan, SwitchPlan
from harness.blueprints.model import STANDARD_NETWORK
from harness.physics.vmx import SERVICE
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory, HostParts
from harness.protocols.vcenter.orders import Call, Change
from harness.releases import Product, Release
from harness.units import HostName
from harness.world.aggregate import World
from harness.world.hosts import Host
from harness.world.network import Binding

NORMAL_SHARES = vim.SharesInfo(level="normal", shares=4000)


class Builder:
    """Builds the part of the inventory that the world begins with: datacenter, clusters, hosts, versions.

    ``console`` is a session of the agent: none of this is asked of the world.
    """

    def __init__(self, console: Console, directory: Directory, release: Release) -> None:
        self._console, self._directory, self._release = console, directory, release
        self._clusters: dict[HostName, str] = {}

    def build(self, plan: CenterPlan, blueprint: Blueprint, world: World) -> None:
        """Create everything, and enter it into the directory. What changes later is left to the mirror."""
        self._create_datacenter(plan)
        for cluster in [c for c in blueprint.clusters if c.center == plan.name]:
            self._create_cluster(cluster)
        for pool in [p for p in blueprint.pools if self._directory.clusters.find(p.cluster)]:
            self._create_pool(pool)
        hosts = [h for h in world.hosts.values() if h.center == plan.name]
        product = self._add_hosts(hosts)
        self._console.set([*self._versions(hosts, product), *self._service_systems(hosts)])

    def _create_datacenter(self, plan: CenterPlan) -> None:
        directory = self._directory
        directory.datacenter = self._console.content.rootFolder.CreateDatacenter(plan.datacenter)
        directory.datacenter_name = plan.datacenter
        found = self._console.read(directory.datacenter, "vmFolder", "hostFolder", "networkFolder", "network")
        directory.networks.bind(STANDARD_NETWORK, found.pop("network")[0])
        directory.folders.update(found)

    def _create_cluster(self, plan: ClusterPlan) -> None:
        cluster = self._directory.folders["hostFolder"].CreateClusterEx(plan.name, vim.cluster.ConfigSpecEx())
        self._directory.clusters.bind(plan.name, cluster)
        found = self._console.read(cluster, "resourcePool", "configurationEx")
        self._directory.pools.bind(plan.name, found["resourcePool"])
        if plan.ha:
            das = vim.cluster.DasConfigInfo(enabled=True, hostMonitoring="enabled")
            self._console.set(availability_settings(cluster, found["configurationEx"], das))

    def _create_pool(self, plan: PoolPlan) -> None:
        above = self._directory.pools.object(plan.cluster)
        unlimited = vim.ResourceAllocationInfo(reservation=0, limit=-1, expandableReservation=True, shares=NORMAL_SHARES)
        pool = above.CreateResourcePool(plan.name, vim.ResourceConfigSpec(cpuAllocation=unlimited, memoryAllocation=unlimited))
        self._directory.subpools.bind(plan.name, pool)

    def _add_hosts(self, hosts: list[Host]) -> Any:  # noqa: ANN401 - pyvmomi's classes are made at run time
        """Returns which product vcsim takes them for; None where there are none."""
        self._console.call(self._addition(host) for host in hosts)
        shown = self._added(hosts)
        parts = self._console.read_all(shown, "configManager.storageSystem", "configManager.datastoreSystem", "config.product")
        for host, obj, part in zip(hosts, shown, parts, strict=True):
            self._directory.hosts.bind(host.name, obj)
            self._clusters[host.name] = host.cluster
            services = self._console.object("HostServiceSystem", f"serviceSystem-{obj._moId}")
            self._directory.parts[host.name] = HostParts(
                part["configManager.storageSystem"], part["configManager.datastoreSystem"], services
            )
        return parts[0]["config.product"] if parts else None

    def _addition(self, host: Host) -> Call:
        spec = vim.host.ConnectSpec(hostName=host.name, userName="root", force=True)
        return self._directory.clusters.object(host.cluster), "AddHost_Task", {"spec": spec, "asConnected": True}

    def _added(self, hosts: list[Host]) -> list[Managed]:
        """The hosts as vcsim has them: a cluster has them in the order in which they came."""
        names = list(dict.fromkeys(host.cluster for host in hosts))
        found = self._console.read_all([self._directory.clusters.object(name) for name in names], "host")
        members = {name: iter(part["host"]) for name, part in zip(names, found, strict=True)}
        return [next(members[host.cluster]) for host in hosts]

    def create_machines(self, plans: Iterable[MachinePlan]) -> None:
        """Create VMs without anything in them, in their pools, for the world's VMs of the same names to be shown as.

        Done for all of them at once, as whatever registers a VM in vcsim later takes it 10 ms.
        """
        here = [plan for plan in plans if self._directory.hosts.find(plan.host)]
        self._console.call(self._creation(plan) for plan in here)
        folder = self._directory.folders["vmFolder"]
        found = self._console.read(folder, "childEntity")["childEntity"]  # in the order in which they came
        self._directory.made.update((plan.name, shown) for plan, shown in zip(here, found, strict=True))

    def _creation(self, plan: MachinePlan) -> Call:
        host = self._directory.hosts.object(plan.host)
        files = vim.vm.FileInfo(vmPathName=f"[{plan.datastore}] {plan.name}/{plan.name}.vmx")
        serves = [vim.option.OptionValue(key=SERVICE, value=plan.serves)] if plan.serves else []
        config = vim.vm.ConfigSpec(name=plan.name, guestId="otherGuest", memoryMB=1024, files=files, extraConfig=serves)
        pool = self._directory.subpools.find(plan.pool) or self._directory.pools.object(self._clusters[plan.host])
        return self._directory.folders["vmFolder"], "CreateVM_Task", {"config": config, "pool": pool, "host": host}

    def _service_systems(self, hosts: list[Host]) -> Iterator[Change]:
        for host in hosts:
            parts = self._directory.parts[host.name]
            yield parts.services, "serviceInfo", vim.host.ServiceInfo(service=[])
            yield self._directory.hosts.object(host.name), "configManager.serviceSystem", parts.services

    def _versions(self, hosts: list[Host], template: Any) -> Iterator[Change]:  # noqa: ANN401 - as above
        about = self._console.content.about
        yield self._console.instance, "content.about", versioned(about, self._release.product("vcenter"), self._release)
        if template is None:
            return
        product = versioned(template, self._release.product("esxi"), self._release)
        for host in hosts:
            for path in ("config.product", "summary.config.product"):
                yield self._directory.hosts.object(host.name), path, product


def availability_settings(cluster: Managed, config: Managed, das: Managed) -> list[Change]:
    """What shows ``das`` as the settings of vSphere HA of a cluster, in a new and in an old place; ``config`` is its whole."""
    config.dasConfig = das
    return [(cluster, "configurationEx", config), (cluster, "configuration.dasConfig", das)]


def versioned(about: Managed, product: Product, release: Release) -> Managed:
    """``about`` with the name, version and build of a product; ``apiVersion`` is the vCenter's."""
    about.name = product.name
    about.version = product.version.value
    about.build = str(product.build.value) if product.build else "0"
    about.fullName = product.full_name
    api = release.product("vcenter").api_version
    about.apiVersion = api.value if api else about.apiVersion
    about.licenseProductVersion = product.version.value.rpartition(".")[0]
    return about


class Furnisher:
    """Builds what comes by calls that a client may make as well: switches and port groups.

    ``console`` is an operator's session, so that the world is asked about each of them.
    """

    def __init__(self, console: Console, directory: Directory) -> None:
        self._console, self._directory = console, directory

    def furnish(self, switches: Iterable[SwitchPlan]) -> None:
        """Create distributed switches with their port groups; all hosts of the vCenter join."""
        for switch in switches:
            self._create_switch(switch)

    def _mine(self, obj: Managed) -> Managed:
        return self._console.object(obj._wsdlName, obj._moId)

    def _create_switch(self, plan: SwitchPlan) -> None:
        folder = self._mine(self._directory.folders["networkFolder"])
        config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name=plan.name)
        switch = self._console.wait(folder.CreateDVS_Task(vim.DistributedVirtualSwitch.CreateSpec(configSpec=config)))
        members = [vim.dvs.HostMember.ConfigSpec(operation="add", host=host) for host in self._directory.hosts.all().values()]
        self._console.wait(switch.ReconfigureDvs_Task(vim.DistributedVirtualSwitch.ConfigSpec(host=members)))
        self._console.wait(switch.AddDVPortgroup_Task([_group_spec(group) for group in plan.groups]))


def _group_spec(plan: GroupPlan) -> Managed:
    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=plan.vlan, inherited=False)
    setting = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=vlan)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=plan.name, type=plan.binding.value, defaultPortConfig=setting)
    if plan.ports is not None and plan.binding is not Binding.EPHEMERAL:
        spec.numPorts = plan.ports
    spec.autoExpand = plan.auto_expand
    return spec
