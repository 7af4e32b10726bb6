"""What the answers to a vCenter's questions work with."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from harness.errors import Refusal
from harness.gateway import Gateway
from harness.protocols.vcenter.album import Course
from harness.protocols.vcenter.console import Console, Managed
from harness.protocols.vcenter.directory import Directory
from harness.protocols.vcenter.intake import Intake
from harness.protocols.vcenter.link import Answer, Question
from harness.protocols.vcenter.mirror import Mirror
from harness.protocols.vcenter.projection.devices import Shelf
from harness.units import HostName, MachineId, VolumeId
from harness.world.hosts import Connection, Host
from harness.world.machines import Machine
from harness.world.storage import VolumeFile


@dataclass
class Desk:
    """One vCenter's side of the laboratory. ``expected`` are VMs that vcsim is about to make or change.

    On the ``course`` of a start, what was asked in another lab that began alike is known.
    """

    gateway: Gateway
    console: Console
    directory: Directory
    shelf: Shelf
    mirror: Mirror
    intake: Intake
    course: Course
    expected: dict[str, Machine] = field(default_factory=dict)

    def read(self, obj: Managed, *paths: str) -> Mapping[str, Any]:
        """What vcsim has at properties of an object; nobody may change it."""
        return self.read_all([obj], *paths)[0]

    def read_all(self, objects: Sequence[Managed], *paths: str) -> Sequence[Mapping[str, Any]]:
        """The same of several objects, in their order."""
        asked = [obj._moId for obj in objects], paths
        return self.course.recall(asked, lambda: self.console.read_all(objects, *paths))

    def asked_host(self, question: Question) -> HostName:
        """The host that a question concerns."""
        if question.host is None:
            raise Refusal("ManagedObjectNotFound", question.this.value, f"{question.this.value} belongs to no one host")
        return self.directory.hosts.name(question.host)

    def asked_machine(self, question: Question) -> Machine:
        """The VM that a question is put to; its host is heard."""
        identity = self.directory.machines.name(question.this.value)
        shown = self.mirror.sight.machines.get(identity)
        if shown is not None:
            self.heard(shown.host)  # where vCenter thinks that it is; it may have gone from there
        machine = self.machine(identity)
        self.heard(machine.host)
        return machine

    def machine(self, machine: MachineId) -> Machine:
        """The VM; refuses ``ManagedObjectNotFound`` where the world has none."""
        known = self.gateway.world.machines.get(machine)
        if known is None:
            raise Refusal("ManagedObjectNotFound", machine, f"no VM {machine}")
        return known

    def heard(self, name: HostName) -> Host:
        """A host that vCenter can ask something of; refuses as a vCenter does where it cannot."""
        host = self.gateway.world.hosts[name]
        if host.connection is not Connection.CONNECTED:
            raise Refusal("HostNotConnected", name, f"{name} is {host.connection.value}")
        if not host.speaks:
            raise Refusal("HostNotReachable", name, f"{name} does not answer")
        return host

    def cluster_of(self, pool: str) -> str:
        """The cluster that a resource pool divides; refuses ``ManagedObjectNotFound`` for one that is not modelled."""
        if self.directory.pools.knows(pool):
            return self.directory.pools.name(pool)
        owner = self.console.read(self.console.object("ResourcePool", pool), "owner")["owner"]
        return self.directory.clusters.name(owner._moId)

    def place(self, path: str) -> VolumeFile:
        """The file that a datastore path names (``[vmfs01] vm1/vm1.vmx``). Refuses one that is none."""
        label, closed, rest = path.strip().removeprefix("[").partition("]")
        if not path.strip().startswith("[") or not closed:
            raise Refusal("InvalidDatastorePath", path, f"{path!r} is no datastore path")
        return VolumeFile(self.volume(label.strip()), rest.strip().strip("/"))

    def volume(self, label: str) -> VolumeId:
        """The volume of the datastore of that name; refuses ``InvalidDatastore`` where this vCenter has none."""
        volume = self.mirror.sight.volume(label)
        if volume is None:
            raise Refusal("InvalidDatastore", label, f"no datastore {label} of the lab's world", {"name": label})
        return volume

    def must_reach(self, name: HostName, volume: VolumeId) -> None:
        """Refuses ``InvalidDatastore`` unless a host can write to a volume, vCenter knows that it has it, and has it from the
        same LUN: vcsim would write to another copy.
        """
        host, sight = self.heard(name), self.mirror.sight
        label, place = sight.label(volume), self.gateway.world.writable(name, VolumeFile(volume, ""))
        if volume not in host.reported or place is None:
            raise Refusal("InvalidDatastore", label, f"{name} cannot write to datastore {label}", {"name": label})
        if place.device != sight.datastores[volume].medium.device:
            raise Refusal("InvalidDatastore", label, f"{name} has another copy of datastore {label}", {"name": label})

    def check_files(self, host: HostName, spec: Mapping[str, Any]) -> None:
        """Refuses a configuration that names a datastore which ``host`` does not reach: vcsim would not survive it."""
        named = [str(path) for name, path in (spec.get("files") or {}).items() if not name.startswith("_")]
        for change in spec.get("deviceChange") or []:
            named.append(str((change["device"].get("backing") or {}).get("fileName") or ""))
        for path in filter(None, named):
            if path.strip().startswith("["):
                self.must_reach(host, self.place(path).volume)


Handler: TypeAlias = Callable[[Desk, Question], Answer]
Mode: TypeAlias = Literal["call", "before", "after", "before,after"]


@dataclass(frozen=True)
class Route:
    """Who answers the questions about one method. ``call``: the world answers in place of vcsim's own method."""

    mode: Mode
    handler: Handler
    """For ``before,after`` it is asked in both phases: ``question.phase`` says which."""


Routes: TypeAlias = Mapping[str, Route]
Arguments: TypeAlias = Mapping[str, Any]


def moref(payload: Mapping[str, Any] | None) -> str:
    """The MoRef value of a reference among the arguments; empty for none."""
    return str(payload["value"]) if payload else ""
