"""The laboratory's own session with a vCenter: what construction, the mirror and the answers to questions work with."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, TypeAlias

from pyVmomi import vim, vmodl

from harness.errors import LabError, Refusal
from harness.patience import STUCK
from harness.protocols.vcenter.orders import Call, Change, Orders
from harness.protocols.vcenter.session import open_session, set_options
from harness.units import Address, Credentials
from harness.vmomi.writing import property_spec

Managed: TypeAlias = Any
"""A managed object of pyvmomi, whose classes are made at run time."""


class Console:
    """One logged-in session. Where the login is the agent's, its calls pass by the hooks and it may set properties."""

    def __init__(self, address: Address, login: Credentials) -> None:
        session: tuple[Managed, Managed] = open_session(address, login)
        self.instance, self.content = session
        self._orders = Orders(address, login)

    def object(self, kind: str, value: str) -> Managed:
        """The managed object of that API type (``VirtualMachine``) and MoRef value; it need not exist."""
        return TYPES[kind](value, self.instance._stub)

    def set(self, changes: Iterable[Change], events: Iterable[Managed] = ()) -> None:
        """Assign properties and post events, all in one call; ``LabError`` where vcsim cannot."""
        self._orders.set(changes, events)

    def order(self, encoded: bytes) -> None:
        """The same of changes and events that ``encode_set`` has encoded."""
        self._orders.send(encoded)

    def call(self, calls: Iterable[Call]) -> None:
        """Have vcsim's own methods called, and their tasks end, all in one call; ``LabError`` where one of them fails."""
        self._orders.call(calls)

    def configure(self, options: Mapping[str, str | int | float | bool]) -> None:
        """Set options of vCenter: see :func:`set_options`."""
        set_options(self.content, options)

    def read(self, obj: Managed, *paths: str) -> dict[str, Any]:
        """The values of properties, in one call; a path without a value is left out."""
        return self.read_all([obj], *paths)[0]

    def read_all(self, objects: Sequence[Managed], *paths: str) -> list[dict[str, Any]]:
        """The same of several objects of one type, in their order, in one call."""
        if not objects:
            return []
        spec = property_spec(type(objects[0]), paths)
        targets = [vmodl.query.PropertyCollector.ObjectSpec(obj=obj) for obj in objects]
        filter_spec = vmodl.query.PropertyCollector.FilterSpec(objectSet=targets, propSet=[spec])
        options = vmodl.query.PropertyCollector.RetrieveOptions()
        found = self.content.propertyCollector.RetrievePropertiesEx([filter_spec], options)
        values = {each.obj._moId: {prop.name: prop.val for prop in each.propSet} for each in (found.objects if found else [])}
        missing = next((obj for obj in objects if obj._moId not in values), None)
        if missing is not None:
            raise Refusal("ManagedObjectNotFound", missing._moId, f"no object {missing._moId}", {"obj": missing})
        return [values[obj._moId] for obj in objects]

    def wait(self, task: Managed, limit: float = STUCK) -> Managed:
        """The result of a task once it has ended. Raises the task's fault, or ``LabError`` where it does not end."""
        return self.wait_all([task], limit)[0]

    def wait_all(self, tasks: Sequence[Managed], limit: float = STUCK) -> list[Managed]:
        """The results of several tasks, in their order; the same for all of them."""
        end = time.monotonic() + limit
        infos = self._infos(tasks)
        while late := [info for info in infos if info.state in {"running", "queued"}]:
            if time.monotonic() > end:
                raise LabError("vCenter", f"{late[0].descriptionId} is not done after {limit:g} s")
            time.sleep(0.001)
            infos = self._infos(tasks)
        for info in infos:
            if info.error is not None:
                raise info.error
        return [info.result for info in infos]

    def _infos(self, tasks: Sequence[Managed]) -> list[Managed]:
        if not tasks:
            return []
        if len(tasks) == 1:
            return [tasks[0].info]
        return [found["info"] for found in self.read_all(tasks, "info")]

    def ask(self) -> None:
        """Have vcsim answer something; an ``OSError`` or ``HTTPException`` where it does not."""
        self.instance.RetrieveContent()

    def close(self) -> None:
        """Log out and hang up; a session whose vcsim is gone is just dropped."""
        with suppress(OSError, vmodl.MethodFault):
            self.content.sessionManager.Logout()
        self.drop()

    def drop(self) -> None:
        """Hang up without a word."""
        self._orders.close()
        self.instance._stub.DropConnections()


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
    "Task": vim.Task,
    "VirtualMachine": vim.VirtualMachine,
}
