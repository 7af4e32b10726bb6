"""The distributed switches of a lab: they come as a client's do, so that they exist in the world as well."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from pyVmomi import vim

from harness.blueprints import GroupPlan, SwitchPlan
from harness.protocols.vcenter.console import Managed
from harness.protocols.vcenter.inbound.desk import Desk
from harness.protocols.vcenter.inbound.reception import ROUTES
from harness.protocols.vcenter.link import Arguments, Question, Reference
from harness.protocols.vcenter.values import encode_field
from harness.world.network import Binding


class Furnisher:
    """Builds what a client may build as well, switches and port groups: the world has the same say in each call."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def furnish(self, switches: Iterable[SwitchPlan]) -> None:
        """Create distributed switches with their port groups; all hosts of the vCenter join."""
        for switch in switches:
            self._create_switch(switch)

    def _create_switch(self, plan: SwitchPlan) -> None:
        directory = self._desk.directory
        config = vim.dvs.VmwareDistributedVirtualSwitch.ConfigSpec(name=plan.name)
        spec = vim.DistributedVirtualSwitch.CreateSpec(configSpec=config)
        switch = self._ask(directory.folders["networkFolder"], "CreateDVS_Task", {"spec": spec})
        members = [vim.dvs.HostMember.ConfigSpec(operation="add", host=host) for host in directory.hosts.all().values()]
        self._ask(switch, "ReconfigureDvs_Task", {"spec": vim.DistributedVirtualSwitch.ConfigSpec(host=members)})
        self._ask(switch, "AddDVPortgroup_Task", {"spec": [_group_spec(group) for group in plan.groups]})

    def _ask(self, obj: Managed, method: str, args: Mapping[str, object]) -> Managed:
        """Vcsim's own method, and before and after it what vcsim asks of a client's call; returns the task's result."""
        route, this = ROUTES[method], Reference(obj._wsdlName, obj._moId)
        question = Question(0, "before", method, this, None, encode_field(args), None, "")
        answer = route.handler(self._desk, question) if "before" in route.mode else None
        if isinstance(answer, Arguments):
            question = replace(question, args=dict(answer.args))
        (result,) = self._desk.course.tell((this, method), lambda: self._desk.console.call([(obj, method, question.args)]))
        task = {"state": "success", "result": encode_field(result)}
        route.handler(self._desk, replace(question, phase="after", task=task))
        return result


def _group_spec(plan: GroupPlan) -> Managed:
    vlan = vim.dvs.VmwareDistributedVirtualSwitch.VlanIdSpec(vlanId=plan.vlan, inherited=False)
    setting = vim.dvs.VmwareDistributedVirtualSwitch.VmwarePortConfigPolicy(vlan=vlan)
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(name=plan.name, type=plan.binding.value, defaultPortConfig=setting)
    if plan.ports is not None and plan.binding is not Binding.EPHEMERAL:
        spec.numPorts = plan.ports
    spec.autoExpand = plan.auto_expand
    return spec
