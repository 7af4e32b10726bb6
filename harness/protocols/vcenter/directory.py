"""Which managed object of a vCenter is which thing of the world."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from harness.errors import Refusal
from harness.protocols.vcenter.console import Managed
from harness.units import HostName, MachineId, SwitchId, VolumeId

K = TypeVar("K")


class Names(Generic[K]):
    """One kind of thing: its names in the world and its managed objects, each found by the other. For any thread.

    What is bound is never changed, only replaced: so it may be looked at, or kept, without a copy.
    """

    def __init__(self, kind: str) -> None:
        self.kind = kind
        self._lock = threading.Lock()
        self._objects: Mapping[K, Managed] = {}
        self._names: Mapping[str, K] = {}

    def bind(self, name: K, obj: Managed) -> None:
        """From now on ``name`` is ``obj``."""
        with self._lock:
            self._objects = {**self._objects, name: obj}
            self._names = {**self._names, obj._moId: name}

    def forget(self, name: K) -> None:
        """``name`` has no managed object any more; nothing happens where it had none."""
        with self._lock:
            obj = self._objects.get(name)
            if obj is not None:
                self._objects = {known: each for known, each in self._objects.items() if known != name}
                self._names = {moref: known for moref, known in self._names.items() if moref != obj._moId}

    def object(self, name: K) -> Managed:
        """The managed object; KeyError where there is none."""
        return self._objects[name]

    def find(self, name: K) -> Managed | None:
        """The managed object, or None."""
        return self._objects.get(name)

    def name(self, moref: str) -> K:
        """What the managed object with that MoRef value is; refuses ``ManagedObjectNotFound`` for one that is not modelled."""
        known = self._names.get(moref)
        if known is None:
            raise Refusal("ManagedObjectNotFound", moref, f"{self.kind} {moref} is not in the lab's world")
        return known

    def knows(self, moref: str) -> bool:
        """Whether that MoRef value is bound."""
        return moref in self._names

    def all(self) -> Mapping[K, Managed]:
        """Everything that is bound now."""
        return self._objects

    def state(self) -> tuple[Mapping[K, Managed], Mapping[str, K]]:
        """What is bound now, both ways."""
        return self._objects, self._names

    def restore(self, state: tuple[Mapping[K, Managed], Mapping[str, K]]) -> None:
        """From now on that is bound, and nothing else."""
        with self._lock:
            self._objects, self._names = state


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
        return {kind: each.state() if isinstance(each, Names) else _kept(each) for kind, each in vars(self).items()}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Have the same inventory as where the state comes from."""
        for kind, each in state.items():
            own = getattr(self, kind)
            if isinstance(own, Names):
                own.restore(each)
            else:
                setattr(self, kind, _kept(each))


def _kept(each: object) -> object:
    """As it is now, where it may change."""
    return dict(each) if isinstance(each, dict) else each
