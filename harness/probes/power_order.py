"""In which order the VMs of a cloud were powered on, by the events of their vCenter Server."""

from __future__ import annotations

from collections.abc import Mapping

from pyVmomi import vim

from harness.probes.availability import MOST_EVENTS, EventKeys
from harness.probes.failures import Unmet
from harness.probes.operator import Operator

POWERED_ON = "VmPoweredOnEvent"


class PowerOrder:
    """Looks at what vCenter Servers posted of power-ons."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def check_cloud(self, since: EventKeys) -> None:
        """What is in no vApp was powered on before all vApps, and the VMs of each vApp in the order of its startup section."""
        keys, cloud = self._keys(since), self._operator.cloud()
        inside = {machine.moref for machine in cloud.machines()}
        edges, others = {m: k for m, k in keys.items() if m not in inside}, {m: k for m, k in keys.items() if m in inside}
        if not edges or not others or max(edges.values()) > min(others.values()):
            raise Unmet("the power-ons", "what is in no vApp before all vApps", [("the events", f"{edges}, then {others}")])
        places = 0
        for vapp in cloud.vapps():
            order = {step.machine: step.order for step in cloud.start_order(vapp)}
            came = sorted((others[m.moref], m.name) for m in cloud.machines(vapp.name) if m.moref in others)
            if came != sorted(came, key=lambda each: order[each[1]]):
                raise Unmet(vapp.name, f"by its start order {order}", [("the events", ", ".join(name for _, name in came))])
            places = max(places, len({order[name] for _, name in came}))
        if places < 2:
            raise Unmet("the power-ons", "a vApp with a start order", [("the events", "none of several places in one")])

    def _keys(self, since: EventKeys) -> Mapping[str, int]:
        """By MoRef, the key of the newest power-on of each VM."""
        found: dict[str, int] = {}
        for session in self._operator.centers:
            if not session.answers():
                continue
            spec = vim.event.EventFilterSpec(eventTypeId=[POWERED_ON], maxCount=MOST_EVENTS)
            for event in session.call(session.manager("eventManager"), "QueryEvents", spec, about=POWERED_ON) or ():
                if event.key > since.get(session.name, 0):
                    found[event.vm.vm._moId] = int(event.key)
        return found
