"""The inventory of a lab: what a blueprint describes comes to exist in vcsim."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator
from typing import Any

from pyVmomi import vim

from harness.blueprints import Blueprint, CenterPlan, ClusterPlan, MachinePlan, PoolPlan
from harness.blueprints.model import STANDARD_NETWORK
from harness.physics.vmx import SERVICE
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory, HostParts
from harness.protocols.vcenter.orders import Call, Change
from harness.releases import Product, Release
from harness.units import HostName
from harness.world.aggregate import World
from harness.world.hosts import Host

ROOT_FOLDER = "group-d1"
"""In vcsim."""
NORMAL_SHARES = vim.SharesInfo(level="normal", shares=4000)


class Builder:
    """Builds the part of the inventory that the world begins with: datacenter, clusters, hosts, versions.

    None of this is asked of the world.
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
        self._console.set([*self._versions(plan, hosts, product), *self._service_systems(hosts)])

    def _create_datacenter(self, plan: CenterPlan) -> None:
        directory = self._directory
        root = self._console.object("Folder", ROOT_FOLDER)
        (directory.datacenter,) = self._console.call([(root, "CreateDatacenter", {"name": plan.datacenter})])
        directory.datacenter_name = plan.datacenter
        found = self._console.read(directory.datacenter, "vmFolder", "hostFolder", "networkFolder", "network")
        directory.networks.bind(STANDARD_NETWORK, found.pop("network")[0])
        directory.folders.update(found)

    def _create_cluster(self, plan: ClusterPlan) -> None:
        args = {"name": plan.name, "spec": vim.cluster.ConfigSpecEx()}
        (cluster,) = self._console.call([(self._directory.folders["hostFolder"], "CreateClusterEx", args)])
        self._directory.clusters.bind(plan.name, cluster)
        found = self._console.read(cluster, "resourcePool", "configurationEx")
        self._directory.pools.bind(plan.name, found["resourcePool"])
        if plan.ha:
            das = vim.cluster.DasConfigInfo(enabled=True, hostMonitoring="enabled")
            self._console.set(availability_settings(cluster, found["configurationEx"], das))

    def _create_pool(self, plan: PoolPlan) -> None:
        above = self._directory.pools.object(plan.cluster)
        unlimited = vim.ResourceAllocationInfo(reservation=0, limit=-1, expandableReservation=True, shares=NORMAL_SHARES)
        spec = vim.ResourceConfigSpec(cpuAllocation=unlimited, memoryAllocation=unlimited)
        (pool,) = self._console.call([(above, "CreateResourcePool", {"name": plan.name, "spec": spec})])
        self._directory.subpools.bind(plan.name, pool)

    def _add_hosts(self, hosts: list[Host]) -> Any:  # noqa: ANN401 - pyvmomi's classes are made at run time
        """Returns which product vcsim takes them for; None where there are none."""
        shown = self._console.call(self._addition(host) for host in hosts)
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

    def create_machines(self, plans: Iterable[MachinePlan]) -> None:
        """Create VMs without anything in them, in their pools, for the world's VMs of the same names to be shown as.

        Done for all of them at once, as whatever registers a VM in vcsim later takes it 10 ms.
        """
        here = [plan for plan in plans if self._directory.hosts.find(plan.host)]
        found = self._console.call(self._creation(plan) for plan in here)
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

    def _versions(self, plan: CenterPlan, hosts: list[Host], template: Any) -> Iterator[Change]:  # noqa: ANN401 - as above
        about = self._console.read(self._console.instance, "content.about")["content.about"]
        about.instanceUuid = str(uuid.uuid5(uuid.NAMESPACE_DNS, plan.name))  # a vCenter has its own
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
