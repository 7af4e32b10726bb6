"""Chains of virtual disks as the shell of a host tells of them: whether a disk can be opened with all that is behind it."""

from __future__ import annotations

from harness.probes.failures import Unmet
from harness.probes.looks import WITHOUT_HARDWARE
from harness.probes.operator import Operator
from harness.probes.ssh import CommandResult

CHECK = "vmkfstools -e"


class Chains:
    """What an operator sees of the disks of linked clones."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def check_whole(self, machine: str, host: str) -> None:
        """The host can open the VM's OS disk with all that is behind it."""
        said = self._checked(machine, host)
        if said.status:
            raise Unmet(machine, f"disks that {host} can open", [(CHECK, said.errors.strip() or said.output.strip())])

    def check_broken(self, machine: str, host: str, link: str) -> None:
        """It cannot, and says what is missing: a text with ``link``."""
        said = self._checked(machine, host)
        told = (said.output + said.errors).strip()
        if not said.status or link not in told:
            raise Unmet(machine, f"a broken chain: {link}", [(CHECK, told)])

    def _checked(self, machine: str, host: str) -> CommandResult:
        seen = self._operator.around(host).look(WITHOUT_HARDWARE).machine(machine)
        disk = seen.vmx.partition("] ")[2].removesuffix(".vmx")
        return self._operator.shell(host).run(f"{CHECK} /vmfs/volumes/{seen.datastore}/{disk}.vmdk")
