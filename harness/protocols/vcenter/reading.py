"""What a vCenter shows of VMs, for whoever works with it as a client does: by MoRef, and as it shows them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from pyVmomi import vim, vmodl

from harness.protocols.vcenter.console import Console
from harness.protocols.vcenter.directory import Directory
from harness.units import MachineId
from harness.vmomi.writing import property_spec

PATHS = ("runtime.powerState", "runtime.connectionState", "runtime.host")


@dataclass(frozen=True)
class ShownMachine:
    """A VM in vCenter's words: ``power`` is ``poweredOn``, ``connection`` is ``connected`` ...; ``host`` is its host's MoRef."""

    power: str
    connection: str
    host: str
    host_name: str


class Reader:
    """Reads one vCenter's VMs over a session of its own laboratory; for any thread."""

    def __init__(self, console: Console, directory: Directory) -> None:
        self._console, self._directory = console, directory

    def machines(self, morefs: Iterable[str]) -> Mapping[str, ShownMachine]:
        """Those VMs by their MoRefs, without any that vCenter does not have."""
        collector, stub = vmodl.query.PropertyCollector, self._console.instance._stub
        targets = [collector.ObjectSpec(obj=vim.VirtualMachine(moref, stub)) for moref in morefs]
        if not targets:
            return {}
        spec = collector.FilterSpec(
            objectSet=targets,
            propSet=[property_spec(vim.VirtualMachine, PATHS)],
            reportMissingObjectsInResults=True,
        )
        found = self._console.content.propertyCollector.RetrieveContents([spec])
        names = {obj._moId: name for name, obj in self._directory.hosts.all().items()}
        return {each.obj._moId: _shown({prop.name: prop.val for prop in each.propSet}, names) for each in found}

    def locate(self, moref: str) -> MachineId | None:
        """Which VM of the world a MoRef is; None where there is nothing at it."""
        machines = self._directory.machines
        return machines.name(moref) if machines.knows(moref) else None


def _shown(values: Mapping[str, Any], names: Mapping[str, str]) -> ShownMachine:
    """A VM by its properties; ``names`` are those of hosts, by MoRef."""
    host = values["runtime.host"]._moId if values.get("runtime.host") else ""
    return ShownMachine(str(values["runtime.powerState"]), str(values["runtime.connectionState"]), host, names.get(host, ""))
