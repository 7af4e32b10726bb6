"""vCloud Director as an operator sees it: its vApps and their VMs, at moments that were noted and now."""

from __future__ import annotations

from typing import TypeAlias

from harness.probes.cloud import CloudClient
from harness.probes.failures import CloudUnreachable, Unmet
from harness.probes.operator import Operator
from harness.units import number_of

Shown: TypeAlias = dict[str, str]
"""By vApp, and by VM with its vApp, what vCloud Director says of it: state, and for a VM the MoRef it is looked for at."""

OFF, UNKNOWN = "POWERED_OFF at", "UNKNOWN at"


class Clouds:
    """What an operator sees of a place's vCloud Director."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def note(self, moment: str) -> None:
        """Write down, under the name of this moment, what is shown of vApps and VMs; nothing where there is no cloud."""
        self._operator.notes.clouds[moment] = self._shown() if self._operator.place.vcloud else {}

    def await_answer(self) -> None:
        """Wait until it answers."""
        client = self._client
        self._operator.wait(client.answers, self._operator.limits.services, f"{client.name} answers")

    def check_as_at(self, moment: str) -> None:
        """It answers, and comes to show of each vApp and VM what it showed then.

        A VM that was off may be ``UNKNOWN``: its host may be gone, and nobody has registered it elsewhere.
        """
        self.await_answer()
        before, limit = self._operator.notes.clouds.get(moment, {}), self._operator.limits.connection
        now = self._operator.see(self._shown, lambda shown: not _changed(before, shown), limit, "its vApps are shown as before")
        if not before or (changed := _changed(before, now)):
            views = [(f"it at {moment}", _some(before, changed)), ("it now", _some(now, changed))] if before else [("it", "none")]
            raise Unmet(self._client.name, "all vApps and VMs as before", views)

    def check_silent(self) -> str:
        """Nobody gets an answer; its name."""
        try:
            shown = self._client.vapps()
        except CloudUnreachable:
            return self._client.name
        raise Unmet(self._client.name, "no answer", [("it", number_of(len(shown), "vApp"))])

    @property
    def _client(self) -> CloudClient:
        return self._operator.cloud()

    def _shown(self) -> Shown:
        vapps = {vapp.name: f"{vapp.status}, {number_of(vapp.count, 'VM')}" for vapp in self._client.vapps()}
        return {**vapps, **{f"{vm.vapp}/{vm.name}": f"{vm.status} at {vm.moref}" for vm in self._client.machines()}}


def _changed(before: Shown, now: Shown) -> list[str]:
    """What is not as it was; of a VM that was off only its state may be unknown now."""
    same = {name: {shown, shown.replace(OFF, UNKNOWN)} for name, shown in before.items()}
    return [name for name in {**before, **now} if now.get(name) not in same.get(name, set())]


def _some(shown: Shown, names: list[str]) -> str:
    return ", ".join(f"{name}: {shown.get(name, 'not there')}" for name in sorted(names)[:10])
