"""The managed object ids by which clients of a vCenter Server know what is in it."""

from __future__ import annotations

from pyVmomi import vim

from harness.probes.failures import Absent, Unmet
from harness.probes.operator import Operator
from harness.probes.session import Wanted
from harness.vmomi.lines import Row

KINDS = (
    vim.ClusterComputeResource,
    vim.Datacenter,
    vim.Datastore,
    vim.DistributedVirtualSwitch,
    vim.Folder,
    vim.HostSystem,
    vim.Network,
    vim.ResourcePool,
    vim.VirtualMachine,
)
WANTED: Wanted = dict.fromkeys(KINDS, ("name",))
MACHINE = "VirtualMachine"


class Identities:
    """What an operator writes down of managed object ids, and compares."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def now(self, center: str) -> dict[str, str]:
        """The id of everything in a vCenter Server's inventory, by kind and name."""
        return self._operator.center(center).read(WANTED, _by_name)

    def note(self, center: str) -> None:
        """Write the ids down, as those that the objects had at first."""
        self._operator.notes.ids[self._operator.center(center).name] = self.now(center)

    def check_same(self, center: str) -> None:
        """Everything that was noted is there, with its id, and there is nothing else."""
        first, now = self._operator.notes.ids.get(self._operator.center(center).name, {}), self.now(center)
        if first != now or not first:
            wrong = {name for name in first.keys() | now.keys() if first.get(name) != now.get(name)}
            views = [("at first", _told(first, wrong)), (center, _told(now, wrong))]
            raise Unmet(f"the objects of {center}", "the ids that they had", views)

    def check_other(self, machine: str, original: str) -> None:
        """A VM is registered, and not by the id that ``original`` had; that one, where it is still known, has kept its own."""
        key, wanted = f"{MACHINE} {machine}", f"{MACHINE} {original}"
        for center, first in self._operator.notes.ids.items():
            if wanted not in first:
                continue
            now = self.now(center)
            if key not in now or now[key] == first[wanted]:
                raise Unmet(machine, f"another id than {first[wanted]}", [(center, now.get(key, "not registered"))])
            return
        raise Absent("id", original, "what was noted", tuple(self._operator.notes.ids))


def _by_name(rows: list[Row]) -> dict[str, str]:
    return {f"{row.ref._wsdlName} {row.values['name']}": str(row.ref._moId) for row in rows}


def _told(ids: dict[str, str], names: set[str]) -> str:
    return ", ".join(f"{name}: {ids.get(name, 'not there')}" for name in sorted(names))
