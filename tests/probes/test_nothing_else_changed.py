"""ALL-03: whatever somebody else changes in a lab, over whichever wire, the comparison names it; no change leaves it empty."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from pyVmomi import vim

from harness.blueprints import load_blueprint
from harness.errors import LabError
from harness.lab import Lab, open_lab
from harness.probes.availability import Availability
from harness.probes.failures import ApiFault, Unmet
from harness.probes.hosts import Hosts
from harness.probes.limits import limits_of
from harness.probes.machines import Machines, NewMachine
from harness.probes.network import Network
from harness.probes.operator import Operator
from harness.probes.snapshot import Difference, Explanation, Reading, Snapshot, compare, take_snapshot, unexplained
from harness.probes.story import Story
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from harness.units import minutes

OWN = {"web01", "esx01", "vmfs01"}
"""What a scenario names: a VM, its host and its datastore."""
LOST = "esx02.lab.example"


@dataclass
class Somebody:
    """Another operator, who changes what the scenario does not speak of, with sessions of their own."""

    operator: Operator
    lab: Lab

    @property
    def machines(self) -> Machines:
        return Machines(self.operator)

    @property
    def hosts(self) -> Hosts:
        return Hosts(self.operator)

    @property
    def network(self) -> Network:
        return Network(self.operator, self.machines)

    def run(self, line: str) -> None:
        self.operator.shell("esx02").run(line).succeeded()

    def rename(self, target: object, name: str) -> None:
        self.operator.vcenter.call(target, "Rename_Task", name, about=name)


@pytest.fixture
def somebody() -> Iterator[Somebody]:
    release = load("6.7")
    with open_lab(load_blueprint("three-hosts"), release, ProcessSimulator(), 7) as lab:
        operator = Operator(lab, limits_of(release))
        machines = Machines(operator)
        machines.create(NewMachine("web01", "esx01", "vmfs01", "production"), running=True)
        machines.create(NewMachine("web02", "esx02", "vmfs02", "production"), running=True)
        machines.create(NewMachine("web03", "esx03", "vmfs02", "ephemeral"), running=False)
        yield Somebody(operator, lab)
        operator.close()


def extra_group(who: Somebody) -> None:
    who.network.create_group("dvs-prod", "stray")


def auto_expand(who: Somebody) -> None:
    group = who.operator.look().group("production").ref
    spec = vim.dvs.DistributedVirtualPortgroup.ConfigSpec(configVersion=group.config.configVersion, autoExpand=False)
    who.operator.vcenter.call(group, "ReconfigureDVPortgroup_Task", spec)


def unmount(who: Somebody) -> None:
    who.operator.shell("esx03").run("vim-cmd vmsvc/unregister $(vim-cmd vmsvc/getallvms | awk '{print $1}' | tail -n 1)")
    who.operator.shell("esx03").run("esxcli storage filesystem unmount -l vmfs02").succeeded()


def cut_paths(who: Somebody) -> None:
    who.lab.faults.cut_paths(who.operator.host_name("esx03"), "vmfs02")


def stop_host(who: Somebody) -> None:
    who.lab.faults.cut_power(who.operator.host_name("esx03"))
    who.lab.pass_time(minutes(5))


CHANGES: dict[str, tuple[Callable[[Somebody], object], str, str]] = {
    "a VM is powered off by the API": (lambda who: who.machines.power_off("web02"), "web02", "power (vCenter): poweredOn before"),
    "a VM is killed on its host": (
        lambda who: who.run("esxcli vm process kill -t hard -w $(esxcli vm process list | grep 'World ID' | awk '{print $3}')"),
        f"web02 on {LOST}",
        "runs in world",
    ),
    "a VM is renamed": (lambda who: who.rename(who.machines.seen("web03").ref, "other"), "other", "not there before"),
    "a VM gets a disk": (lambda who: who.machines.add_disk("web02", "vmfs01"), "web02", "disks (vCenter)"),
    "a VM moves to another datastore": (lambda who: who.machines.move("web02", "vmfs01"), "web02", "files (vCenter)"),
    "a vNIC is disconnected": (lambda who: who.network.disconnect("web02"), "web02", "not connected now"),
    "a volume is unmounted": (unmount, "vmfs02 on esx03.lab.example", "mounted (esx03.lab.example): true before, false now"),
    "paths are lost": (cut_paths, "vmfs02 on esx03.lab.example", "accessible (vCenter): yes before, no now"),
    "a host enters maintenance mode": (
        lambda who: who.hosts.enter_maintenance("esx03"),
        "esx03.lab.example",
        "no before, yes now",
    ),
    "a host loses its power": (stop_host, "esx03.lab.example", "answers (SSH): yes before, no now"),
    "a port group is made": (extra_group, "stray", "ports (vCenter): not there before, 8 now"),
    "a port group is changed": (auto_expand, "production", "auto-expand (vCenter): yes before, no now"),
    "vSphere HA is switched": (lambda who: Availability(who.operator).switch(on=True), "cluster01", "vSphere HA (vCenter)"),
    "vCenter is off": (
        lambda who: who.lab.faults.stop_vcenter("vc01.lab.example"),
        "vCenter",
        "answers (API): yes before, no now",
    ),
}


def told(before: Snapshot, who: Somebody) -> list[str]:
    return [str(each) for each in unexplained(compare(before, take_snapshot(who.operator)), OWN)]


@pytest.mark.parametrize("name", CHANGES)
def test_all_03_a_change_that_the_scenario_does_not_name_is_named(somebody: Somebody, name: str) -> None:
    change, subject, words = CHANGES[name]
    before = take_snapshot(somebody.operator)
    change(somebody)
    lines = told(before, somebody)
    assert [line for line in lines if line.startswith(f"{subject}: ") and words in line], "\n".join(lines)


def test_all_03_without_a_change_the_comparison_is_empty_whatever_time_passes(somebody: Somebody) -> None:
    before = take_snapshot(somebody.operator)
    assert compare(before, take_snapshot(somebody.operator)) == []
    somebody.lab.pass_time(minutes(60))
    assert compare(before, take_snapshot(somebody.operator)) == []


def test_all_03_a_change_that_vcenter_refuses_leaves_the_comparison_empty(somebody: Somebody) -> None:
    before = take_snapshot(somebody.operator)
    with pytest.raises(ApiFault, match="MethodNotFound"):  # vcsim renames no datastore; when it does, that belongs above
        somebody.rename(somebody.operator.look().datastore("vmfs02").ref, "gold")
    assert compare(before, take_snapshot(somebody.operator)) == []


def test_all_03_a_change_to_what_the_scenario_names_is_its_own(somebody: Somebody) -> None:
    before = take_snapshot(somebody.operator)
    somebody.machines.power_off("web01")
    assert compare(before, take_snapshot(somebody.operator))
    assert told(before, somebody) == []


def test_all_03_a_scenario_fails_by_the_name_of_what_else_changed(somebody: Somebody) -> None:
    story = Story(somebody.operator, Availability(somebody.operator))
    story.begin()
    story.speak('"web01" runs on "esx01"')
    story.check_nothing_else()
    somebody.machines.power_off("web02")
    with pytest.raises(Unmet, match=r"web02: power \(vCenter\): poweredOn before, poweredOff now"):
        story.check_nothing_else()


def test_events_since_the_act_are_those_after_the_ones_that_were_noted_before_it(somebody: Somebody) -> None:
    availability = Availability(somebody.operator)
    noting, unaware = Story(somebody.operator, availability), Story(somebody.operator, availability)
    assert noting.last_event == {}
    noting.begin(events=True)
    unaware.begin()
    assert noting.last_event == availability.last_event() != {}
    with pytest.raises(LabError, match="nobody noted those before it"):
        assert unaware.last_event


MODE, MOUNT, PLACE, NIC = (
    Difference(Reading(subjects, aspect, "vCenter"), "one", "another")
    for subjects, aspect in (
        (("esx01.lab.example",), "maintenance mode"),
        (("vmfs01", "esx01.lab.example"), "mounted"),
        (("web01", "esx01.lab.example"), "port 17 of dvs-prod"),
        (("web01",), "Network adapter 1"),
    )
)


def test_what_a_host_has_of_something_else_is_not_the_hosts() -> None:
    assert unexplained([MODE, MOUNT, PLACE], {"esx01"}) == [MOUNT, PLACE]
    assert unexplained([MODE, MOUNT, PLACE], {"vmfs01", "web01"}) == [MODE]


def test_an_outcome_accounts_for_what_it_has_looked_at_alone() -> None:
    everything = [MODE, MOUNT, PLACE, NIC]
    assert unexplained(everything, (), [Explanation(frozenset({"esx01"}), "maintenance mode")]) == [MOUNT, PLACE, NIC]
    assert unexplained(everything, (), [Explanation(frozenset({"vmfs01", "esx01.lab.example"}), "mounted")]) == [MODE, PLACE, NIC]
    assert unexplained(everything, (), [Explanation(frozenset({"vmfs01", "esx02.lab.example"}), "mounted")]) == everything
    assert unexplained(everything, (), [Explanation(frozenset({"web01"}), "port ")]) == [MODE, MOUNT, NIC]
