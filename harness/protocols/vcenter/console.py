"""The laboratory's own way to a vCenter: what construction, the mirror and the answers to questions work with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from pyVmomi import vim

from harness.errors import Refusal
from harness.protocols.vcenter.orders import Orders
from harness.units import Address, Credentials

Managed: TypeAlias = Any
"""A managed object of pyvmomi, whose classes are made at run time; without a session, so nothing can be called on it."""


class Console(Orders):
    """Orders of the agent, which pass by the hooks, and the managed objects that they are about."""

    def __init__(self, address: Address, agent: Credentials) -> None:
        super().__init__(address, agent)
        self.instance = self.object("ServiceInstance", "ServiceInstance")

    def object(self, kind: str, value: str) -> Managed:
        """The managed object of that API type (``VirtualMachine``) and MoRef value; it need not exist."""
        return TYPES[kind](value)

    def read(self, obj: Managed, *paths: str) -> dict[str, Any]:
        """The values of properties, in one order; a path without a value is left out."""
        return self.read_all([obj], *paths)[0]

    def read_all(self, objects: Sequence[Managed], *paths: str) -> list[dict[str, Any]]:
        """The same of several objects, in their order; refuses ``ManagedObjectNotFound`` where vcsim lacks one of them."""
        found = self.look(objects, *paths)
        for obj, each in zip(objects, found, strict=True):
            if each is None:
                raise Refusal("ManagedObjectNotFound", obj._moId, f"no object {obj._moId}", {"obj": obj})
        return [each for each in found if each is not None]


TYPES: Mapping[str, Managed] = {
    "ClusterComputeResource": vim.ClusterComputeResource,
    "Datacenter": vim.Datacenter,
    "Datastore": vim.Datastore,
    "DistributedVirtualPortgroup": vim.dvs.DistributedVirtualPortgroup,
    "DistributedVirtualSwitch": vim.DistributedVirtualSwitch,
    "Folder": vim.Folder,
    "HostDatastoreSystem": vim.host.DatastoreSystem,
    "HostServiceSystem": vim.host.ServiceSystem,
    "HostStorageSystem": vim.host.StorageSystem,
    "HostSystem": vim.HostSystem,
    "Network": vim.Network,
    "ResourcePool": vim.ResourcePool,
    "ServiceInstance": vim.ServiceInstance,
    "Task": vim.Task,
    "VirtualMachine": vim.VirtualMachine,
}
