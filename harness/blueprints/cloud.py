"""What a vCloud Director knows when a lab starts: VMs, VDCs and networks by the MoRefs that the resource vCenter gave them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from harness.blueprints.model import Blueprint, MachinePlan
from harness.blueprints.products import CloudPlan
from harness.world.cloud import Cloud, CloudMachine, OrgNetwork, VApp, Vdc


@dataclass(frozen=True)
class References:
    """The MoRefs of one vCenter by name: of its VMs, its resource pools and its distributed port groups."""

    machines: Mapping[str, str]
    pools: Mapping[str, str]
    groups: Mapping[str, str]


def imported(blueprint: Blueprint, plan: CloudPlan, references: References) -> Cloud:
    """The vCloud Director of ``blueprint`` after it has imported all VMs of its vApps from the resource vCenter."""
    return Cloud(
        plan.name,
        plan.center,
        plan.cells,
        plan.database,
        plan.organisations,
        tuple(Vdc(vdc.name, vdc.organisation, references.pools[vdc.pool]) for vdc in plan.vdcs),
        tuple(
            OrgNetwork(net.name, net.organisation, references.groups[net.name], references.machines.get(net.edge, ""))
            for net in plan.networks
        ),
        tuple(_vapps(blueprint, plan, references)),
    )


def _vapps(blueprint: Blueprint, plan: CloudPlan, references: References) -> Iterator[VApp]:
    members: dict[str, list[MachinePlan]] = {}
    for machine in blueprint.machines:
        if machine.vapp:
            members.setdefault(machine.vapp, []).append(machine)
    vdcs = {vdc.pool: vdc.name for vdc in plan.vdcs}
    for name, machines in members.items():
        yield VApp(
            name,
            vdcs[machines[0].pool],
            tuple(CloudMachine(m.name, references.machines[m.name], m.order, m.stop) for m in machines),
        )
