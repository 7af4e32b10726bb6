"""What a vCenter shows of its VMs, for whoever works with it as a client does: by MoRef, and as it shows them now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pyVmomi import vim, vmodl

from harness.protocols.vcenter.console import Console
from harness.protocols.vcenter.directory import Directory
from harness.units import MachineId

PATHS = ("name", "runtime.powerState", "runtime.connectionState", "runtime.host")


@dataclass(frozen=True)
class ShownMachine:
    """A VM in vCenter's words: ``power`` is ``poweredOn``, ``connection`` is ``connected`` ...; ``host`` is its host's MoRef."""

    moref: str
    name: str
    power: str
    connection: str
    host: str
    host_name: str


class Reader:
    """Reads one vCenter's VMs over a session of its own laboratory; for any thread."""

    def __init__(self, console: Console, directory: Directory) -> None:
        self._console, self._directory = console, directory
        content = console.content
        self._view = content.viewManager.CreateContainerView(content.rootFolder, [vim.VirtualMachine], True)

    def machines(self) -> Mapping[str, ShownMachine]:
        """All VMs by their MoRefs."""
        collector = vmodl.query.PropertyCollector
        path = collector.TraversalSpec(name="view", path="view", skip=False, type=vim.view.ContainerView)
        spec = collector.FilterSpec(
            objectSet=[collector.ObjectSpec(obj=self._view, skip=True, selectSet=[path])],
            propSet=[collector.PropertySpec(type=vim.VirtualMachine, pathSet=list(PATHS))],
        )
        names = {obj._moId: name for name, obj in self._directory.hosts.all().items()}
        shown = {}
        for found in self._console.content.propertyCollector.RetrieveContents([spec]):
            values = {each.name: each.val for each in found.propSet}
            host = values["runtime.host"]._moId if values.get("runtime.host") else ""
            states = str(values["runtime.powerState"]), str(values["runtime.connectionState"])
            shown[found.obj._moId] = ShownMachine(found.obj._moId, values["name"], *states, host, names.get(host, ""))
        return shown

    def locate(self, moref: str) -> MachineId | None:
        """Which VM of the world a MoRef is; None where there is nothing at it."""
        machines = self._directory.machines
        return machines.name(moref) if machines.knows(moref) else None
