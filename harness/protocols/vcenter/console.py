"""The laboratory's own way to a vCenter: what construction, the mirror and the answers to questions work with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from typing import Any, TypeAlias

from pyVmomi import vim

from harness.errors import Refusal
from harness.protocols.vcenter.orders import Call, Change, Exchange, Orders
from harness.units import Address, Credentials

Managed: TypeAlias = Any
"""A managed object of pyvmomi, whose classes are made at run time; without a session, so nothing can be called on it."""


class Console:
    """Orders of the agent: what they do passes by the hooks. It is dialled with the first of them."""

    def __init__(self, address: Address, agent: Credentials) -> None:
        self._orders = Orders(address, agent)
        self.instance = self.object("ServiceInstance", "ServiceInstance")

    def object(self, kind: str, value: str) -> Managed:
        """The managed object of that API type (``VirtualMachine``) and MoRef value; it need not exist."""
        return TYPES[kind](value)

    def set(self, changes: Iterable[Change], events: Iterable[Managed] = ()) -> None:
        """Assign properties and post events, all in one order; ``LabError`` where vcsim cannot."""
        self._orders.set(changes, events)

    def order(self, encoded: bytes) -> None:
        """The same of changes and events that ``encode_set`` has encoded."""
        self._orders.send(encoded)

    def call(self, calls: Iterable[Call]) -> list[Any]:
        """Have vcsim's own methods called, and their tasks end, all in one order; ``LabError`` where one of them fails.

        Returns what each has returned, of a task the result, or None.
        """
        return self._orders.call(calls)

    def hook(self, phases: Mapping[str, str], deadline: float) -> None:
        """Have clients' calls put to the lab: see :meth:`Orders.hook`."""
        self._orders.hook(phases, deadline)

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

    def look(self, objects: Sequence[Managed], *paths: str) -> list[dict[str, Any] | None]:
        """The same; None for an object that vcsim does not have."""
        return self._orders.read(objects, *paths)

    def repeat(self, encoded: Sequence[bytes]) -> list[bytes]:
        """Give orders that went over before, all at once; returns what vcsim says of each, whatever that is."""
        return self._orders.repeat(encoded)

    def noting(self) -> AbstractContextManager[list[Exchange]]:
        """What goes over in the block, with the answers."""
        return self._orders.noting()

    def ask(self) -> None:
        """Have vcsim answer something; ``LabError`` where it does not."""
        self._orders.ask()

    def close(self) -> None:
        """Hang up."""
        self._orders.close()


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
