"""Which managed object of a vCenter is which thing of the world."""

from __future__ import annotations

import copy
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harness.errors import Refusal
from harness.protocols.vcenter.console import Managed
from harness.units import HostName, MachineId, SwitchId, VolumeId

K = TypeVar("K")


class Names(Generic[K]):
    """One kind of thing: its names in the world and its managed objects, each found by the other. For any thread."""

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._objects: dict[K, Managed] = {}
        self._names: dict[str, K] = {}

    def bind(self, name: K, obj: Managed) -> None:
        """From now on ``name`` is ``obj``."""
        with self._lock:
            self._objects[name] = obj
            self._names[obj._moId] = name

    def forget(self, name: K) -> None:
        """``name`` has no managed object any more; nothing happens where it had none."""
        with self._lock:
            obj = self._objects.pop(name, None)
            if obj is not None:
                self._names.pop(obj._moId, None)

    def object(self, name: K) -> Managed:
        """The managed object; KeyError where there is none."""
        with self._lock:
            return self._objects[name]

    def find(self, name: K) -> Managed | None:
        """The managed object, or None."""
        with self._lock:
            return self._objects.get(name)

    def name(self, moref: str) -> K:
        """What the managed object with that MoRef value is; refuses ``ManagedObjectNotFound`` for one that is not modelled."""
        with self._lock:
            known = self._names.get(moref)
        if known is None:
            raise Refusal("ManagedObjectNotFound", moref, f"{self.kind} {moref} is not in the lab's world")
        return known

    def knows(self, moref: str) -> bool:
        """Whether that MoRef value is bound."""
        with self._lock:
            return moref in self._names

    def all(self) -> dict[K, Managed]:
        """Everything that is bound now."""
        with self._lock:
            return dict(self._objects)

    def become(self, objects: Mapping[K, Managed]) -> None:
        """From now on these are bound, and nothing else."""
        with self._lock:
            self._objects = dict(objects)
            self._names = {obj._moId: name for name, obj in objects.items()}


@dataclass(frozen=True)
class HostParts:
    """The managed objects that belong to one host."""

    storage: Managed
    datastores: Managed
    services: Managed


class Directory:
    """The inventory of one vCenter. Port group keys equal the MoRef values of their objects.

    ``pools`` are the clusters' own resource pools, by cluster; ``subpools`` those of the blueprint below them, by name.
    """

    def __init__(self, center: str) -> None:
        self.center = center
        self.hosts: Names[HostName] = Names("HostSystem")
        self.machines: Names[MachineId] = Names("VirtualMachine")
        self.datastores: Names[VolumeId] = Names("Datastore")
        self.switches: Names[SwitchId] = Names("DistributedVirtualSwitch")
        self.groups: Names[str] = Names("DistributedVirtualPortgroup")
        self.clusters: Names[str] = Names("ClusterComputeResource")
        self.pools: Names[str] = Names("ResourcePool")
        self.subpools: Names[str] = Names("ResourcePool")
        self.made: dict[str, Managed] = {}
        """By name, VMs that vcsim has and the world does not know yet; whoever takes one in takes its entry out."""
        self.networks: Names[str] = Names("Network")
        self.parts: dict[HostName, HostParts] = {}
        self.switch_configs: dict[SwitchId, Managed] = {}
        self.folders: dict[str, Managed] = {}
        self.datacenter: Managed = None
        self.datacenter_name = ""

    def state(self) -> Mapping[str, Any]:
        """All of it, to be restored in the directory of another vCenter with the same MoRefs."""
        return {kind: each.all() if isinstance(each, Names) else copy.copy(each) for kind, each in vars(self).items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Have the same inventory as where the state comes from."""
        for kind, each in state.items():
            own = getattr(self, kind)
            if isinstance(own, Names):
                own.become(each)
            else:
                setattr(self, kind, copy.copy(each))
