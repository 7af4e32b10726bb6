"""What a vCenter shows of VMs, for whoever works with it as a client does: by MoRef, and as it shows them now."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from harness.protocols.vcenter.console import Console
from harness.protocols.vcenter.directory import Directory
from harness.units import MachineId

PATHS = ("runtime.powerState", "runtime.connectionState", "runtime.host")


@dataclass(frozen=True)
class ShownMachine:
    """A VM in vCenter's words: ``power`` is ``poweredOn``, ``connection`` is ``connected`` ...; ``host`` is its host's MoRef."""

    power: str
    connection: str
    host: str
    host_name: str


class Reader:
    """Reads one vCenter's VMs as its own laboratory; for any thread."""

    def __init__(self, console: Console, directory: Directory) -> None:
        self._console, self._directory = console, directory

    def machines(self, morefs: Iterable[str]) -> Mapping[str, ShownMachine]:
        """Those VMs by their MoRefs, without any that vCenter does not have."""
        asked = list(morefs)
        found = self._console.look([self._console.object("VirtualMachine", moref) for moref in asked], *PATHS)
        names = {obj._moId: name for name, obj in self._directory.hosts.all().items()}
        return {moref: _shown(each, names) for moref, each in zip(asked, found, strict=True) if each is not None}

    def locate(self, moref: str) -> MachineId | None:
        """Which VM of the world a MoRef is; None where there is nothing at it."""
        machines = self._directory.machines
        return machines.name(moref) if machines.knows(moref) else None


def _shown(values: Mapping[str, Any], names: Mapping[str, str]) -> ShownMachine:
    """A VM by its properties; ``names`` are those of hosts, by MoRef."""
    host = values["runtime.host"]._moId if values.get("runtime.host") else ""
    return ShownMachine(str(values["runtime.powerState"]), str(values["runtime.connectionState"]), host, names.get(host, ""))
