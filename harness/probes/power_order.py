"""In which order the VMs of a cloud were powered on, by the events of their vCenter Server."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

from pyVmomi import vim

from harness.probes.availability import MOST_EVENTS, EventKeys
from harness.probes.failures import Unmet
from harness.probes.operator import Operator
from harness.units import Instant

POWERED_ON = "VmPoweredOnEvent"


class PowerOrder:
    """Looks at what vCenter Servers posted of power-ons."""

    def __init__(self, operator: Operator) -> None:
        self._operator = operator

    def check_cloud(self, since: EventKeys) -> None:
        """What is in no vApp was on before all vApps, and of each vApp the VMs of one place in its start order before the next.

        One of the vApps at least has VMs in several places.
        """
        moments, cloud = self._moments(since), self._operator.cloud()
        inside = {machine.moref for machine in cloud.machines()}
        edges, others = ({m: at for m, at in moments.items() if (m in inside) is vapp} for vapp in (False, True))
        if not edges or not others or max(edges.values()) >= min(others.values()):
            raise Unmet("the power-ons", "what is in no vApp before all vApps", [("the events", f"{edges}, then {others}")])
        places = 0
        for vapp in cloud.vapps():
            order = {step.machine: step.order for step in cloud.start_order(vapp)}
            came = sorted((order[m.name], others[m.moref], m.name) for m in cloud.machines(vapp.name) if m.moref in others)
            if any(one[0] < two[0] and one[1] >= two[1] for one, two in pairwise(came)):
                told = ", ".join(f"{name} at {at:%H:%M:%S}" for _, at, name in came)
                raise Unmet(vapp.name, f"by its start order {order}", [("the events", told)])
            places = max(places, len({place for place, _, _ in came}))
        if places < 2:
            raise Unmet("the power-ons", "a vApp with a start order", [("the events", "none of several places in one")])

    def _moments(self, since: EventKeys) -> Mapping[str, Instant]:
        """By MoRef, when each VM was powered on last."""
        found: dict[str, Instant] = {}
        for session in self._operator.centers:
            if not session.answers():
                continue
            spec = vim.event.EventFilterSpec(eventTypeId=[POWERED_ON], maxCount=MOST_EVENTS)
            events = session.call(session.manager("eventManager"), "QueryEvents", spec, about=POWERED_ON) or ()
            for event in sorted(events, key=lambda each: int(each.key)):
                if event.key > since.get(session.name, 0):
                    found[event.vm.vm._moId] = event.createdTime
        return found
