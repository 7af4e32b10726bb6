# ruff: noqa: ANN401 - pyvmomi's classes are made at run time
"""The two-site lab over its wires: three vCenters and twelve hosts, one vCenter of them in a VM, and the loss of a site."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from pyVmomi import vim

from harness.blueprints import load_blueprint
from harness.errors import InputError
from harness.journal import CommandRun
from harness.lab import Lab, open_lab
from harness.probes.availability import Availability
from harness.probes.failures import Absent, Ambiguous, CenterUnreachable, HostUnreachable
from harness.probes.hosts import Hosts
from harness.probes.limits import limits_of
from harness.probes.listings import read_blocks
from harness.probes.machines import Machines, NewMachine
from harness.probes.network import Network
from harness.probes.operator import Operator
from harness.probes.snapshot import compare, take_snapshot
from harness.probes.ssh import CommandResult
from harness.probes.storage import Datastores
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from harness.units import minutes

MANAGEMENT_A, MANAGEMENT_B, RESOURCE = "vc-mgmt-a.lab.example", "vc-mgmt-b.lab.example", "vc-res.lab.example"
KINDS = (
    vim.VirtualMachine,
    vim.HostSystem,
    vim.ClusterComputeResource,
    vim.ResourcePool,
    vim.Folder,
    vim.Datastore,
    vim.Network,
    vim.DistributedVirtualSwitch,
)


@contextmanager
def opened(seed: int = 3) -> Iterator[tuple[Lab, Operator]]:
    release = load("5.0")
    with open_lab(load_blueprint("two-sites"), release, ProcessSimulator(), seed) as lab:
        operator = Operator(lab, limits_of(release))
        yield lab, operator
        lab.check()
        operator.close()


@pytest.fixture(scope="module")
def untouched() -> Iterator[tuple[Lab, Operator]]:
    """A lab that tests only look at."""
    with opened() as found:
        yield found


@pytest.fixture
def own() -> Iterator[tuple[Lab, Operator]]:
    with opened() as found:
        yield found


def everything(operator: Operator, center: str) -> dict[str, list[Any]]:
    content = operator.center(center).content
    view = content.viewManager.CreateContainerView(content.rootFolder, list(KINDS), True)
    try:
        return {kind.__name__: [found for found in view.view if isinstance(found, kind)] for kind in KINDS}
    finally:
        view.Destroy()


def identities(operator: Operator, center: str) -> dict[str, dict[str, str]]:
    """The MoRef of everything in a vCenter, by kind and name."""
    return {kind: {each.name: each._moId for each in found} for kind, found in everything(operator, center).items()}


def short(names: Any) -> list[str]:
    return sorted(name.partition(".")[0] for name in names)


def test_each_vcenter_shows_what_is_its_own(untouched):
    _, operator = untouched
    seen = {center.name: operator.at(center.name).look() for center in operator.centers}
    assert {name: len(inventory.machines) for name, inventory in seen.items()} == {MANAGEMENT_A: 5, MANAGEMENT_B: 5, RESOURCE: 62}
    assert {name: list(inventory.clusters) for name, inventory in seen.items()} == {
        MANAGEMENT_A: ["mgmt-a"],
        MANAGEMENT_B: ["mgmt-b"],
        RESOURCE: ["resource"],
    }
    assert short(seen[RESOURCE].hosts) == [f"esx-{site}0{n}" for site in "ab" for n in (1, 2, 3, 4)]
    assert short(seen[MANAGEMENT_B].hosts) == ["mgmt-b01", "mgmt-b02"]
    assert sorted(seen[RESOURCE].datastores) == [f"tenant-vmfs0{n}" for n in (1, 2, 3, 4)]
    assert (list(seen[MANAGEMENT_A].datastores), list(seen[MANAGEMENT_B].datastores)) == (
        ["mgmt-vmfs01", "placeholder-a"],
        ["placeholder-b"],
    )
    assert {name: list(inventory.switches) for name, inventory in seen.items() if inventory.switches} == {RESOURCE: ["dvs-cloud"]}


def test_recovery_hosts_wait_in_maintenance_mode_and_see_no_production_storage(untouched):
    _, operator = untouched
    seen = operator.at(RESOURCE).look()
    for number in range(1, 5):
        Hosts(operator).check_maintenance(f"esx-b0{number}", True)
        Hosts(operator).check_maintenance(f"esx-a0{number}", False)
        assert "tenant" not in operator.shell(f"esx-b0{number}").run("esxcli storage filesystem list").output
    on = {name for store in seen.datastores.values() for name in store.accessible}
    assert short(on) == ["esx-a01", "esx-a02", "esx-a03", "esx-a04"]


def test_vcenter_and_the_hosts_agree_on_what_runs(untouched):
    _, operator = untouched
    running: dict[str, str] = {}
    for host in operator.hosts:
        blocks = read_blocks(operator.shell(host).run("esxcli vm process list").succeeded().output)
        running.update({block[""]: host for block in blocks})
    shown = {vm.name: vm.host for vm in operator.look().machines.values() if vm.power == "poweredOn"}
    assert shown == running
    assert len(running) == 55


def test_vms_are_in_the_pools_of_their_organisations_and_hold_their_ports(untouched):
    _, operator = untouched
    found = everything(operator, RESOURCE)
    (cluster,) = found["vim.ClusterComputeResource"]
    pools = {vm.name: vm.resourcePool.name for vm in found["vim.VirtualMachine"]}
    assert {name: pool for name, pool in pools.items() if pool != f"{name.removeprefix('edge-').partition('-')[0]}-vdc"} == {}
    assert {pool.name for pool in cluster.resourcePool.resourcePool} == {"acme-vdc", "globex-vdc"}
    network = Network(operator, Machines(operator))
    for name in ("acme-shop-web-01", "globex-mail-08"):
        network.check_connection(name, connected=True)
        label = operator.look().machine(name).datastore
        Datastores(operator).check_port_file(label, name, present=True)


def test_the_files_of_a_vm_are_there_as_on_a_host(untouched):
    _, operator = untouched
    shell = operator.shell("mgmt-a01")
    listed = shell.run("ls /vmfs/volumes/mgmt-vmfs01/vc-res").succeeded().output.split()
    assert sorted(listed) == ["vc-res-flat.vmdk", "vc-res.nvram", "vc-res.vmdk", "vc-res.vmx", "vmware.log"]
    assert f'guestinfo.service = "{RESOURCE}"' in shell.run("cat /vmfs/volumes/mgmt-vmfs01/vc-res/vc-res.vmx").output
    (vm,) = [vm for vm in everything(operator, MANAGEMENT_A)["vim.VirtualMachine"] if vm.name == "vc-res"]
    assert {option.key: option.value for option in vm.config.extraConfig}["guestinfo.service"] == RESOURCE


def test_a_lab_is_the_same_again_from_the_same_seed(untouched):
    _, first = untouched
    with opened() as (_, second):
        for center in (MANAGEMENT_A, MANAGEMENT_B, RESOURCE):
            assert identities(first, center) == identities(second, center)
            ids = [{vm.name: vm.config.uuid for vm in everything(o, center)["vim.VirtualMachine"]} for o in (first, second)]
            assert ids[0] == ids[1]


def test_one_look_is_at_all_vcenters_and_a_call_goes_where_its_object_came_from(untouched):
    _, operator = untouched
    assert operator.center_of("esx-a01").name == RESOURCE
    assert operator.center("vc-mgmt-b").name == MANAGEMENT_B
    assert len(operator.look().machines) == 67
    assert compare(take_snapshot(operator), take_snapshot(operator)) == []
    with pytest.raises(Absent, match=r"no single vCenter Server '' in this place"):
        _ = operator.vcenter
    with pytest.raises(Absent, match=r"no vCenter Server 'vc-c'"):
        operator.center("vc-c")


def test_probes_work_where_there_are_several_vcenters(own):
    _, operator = own
    before = take_snapshot(operator)
    machines, events = Machines(operator), Availability(operator)
    since = events.last_event()
    machines.create(NewMachine("new01", "esx-a02", "tenant-vmfs03", "acme-internal"), running=True)
    machines.check_runs_on("new01", "esx-a02")
    Network(operator, machines).check_connection("new01", connected=True)
    events.check_event("new01", "VmPoweredOnEvent", since)
    events.check_no_event("edge-acme", "VmPoweredOnEvent", since)
    machines.create(NewMachine("new02", "mgmt-b01", "placeholder-b", "VM Network"), running=False)
    Hosts(operator).exit_maintenance("esx-b01")
    Hosts(operator).check_maintenance("esx-b01", False)
    machines.create(NewMachine("new02", "mgmt-a01", "mgmt-vmfs01", "VM Network"), running=False)
    with pytest.raises(Ambiguous, match=rf"the VM 'new02' is in {MANAGEMENT_A} and in {MANAGEMENT_B}"):
        machines.power_on("new02")
    Machines(operator.at("vc-mgmt-a")).power_on("new02")
    Machines(operator.at("vc-mgmt-a")).check_runs_on("new02", "mgmt-a01")
    changed = {each.reading.subjects[0] for each in compare(before, take_snapshot(operator))}
    assert changed == {"new01", "new02", "esx-b01.lab.example"}


def test_the_resource_vcenter_answers_while_its_vm_runs_and_with_the_same_moref(own):
    lab, operator = own
    machines, before = Machines(operator.at(MANAGEMENT_A)), identities(operator, RESOURCE)
    address = lab.vcenters[RESOURCE].address
    machines.power_off("vc-res")
    assert not operator.center(RESOURCE).answers()
    with pytest.raises(CenterUnreachable):
        operator.at(RESOURCE).look()
    assert "vc-res" in operator.look().machines
    with pytest.raises(Absent, match=rf"no VM 'acme-mail-01' in {MANAGEMENT_A}, {MANAGEMENT_B} \({RESOURCE} does not answer\)"):
        operator.look().machine("acme-mail-01")
    lab.pass_time(minutes(60))
    assert not operator.center(RESOURCE).answers()
    machines.power_on("vc-res")
    lab.pass_time(minutes(4))
    assert not operator.center(RESOURCE).answers(), "it takes its time to start"
    lab.pass_time(minutes(2))
    assert operator.center(RESOURCE).answers()
    assert lab.vcenters[RESOURCE].address == address
    assert identities(operator, RESOURCE) == before
    assert operator.at(RESOURCE).look().machine("acme-mail-01").power == "poweredOn", "tenants never noticed"


def test_the_loss_of_a_site_as_its_clients_see_it(own):
    lab, operator = own
    lab.faults.lose_site("protected")
    assert [center.name for center in operator.centers if center.answers()] == [MANAGEMENT_B]
    assert short(shell.name for shell in operator.answering()) == [
        "esx-b01",
        "esx-b02",
        "esx-b03",
        "esx-b04",
        "mgmt-b01",
        "mgmt-b02",
    ]
    lab.pass_time(minutes(30))
    assert not operator.center(MANAGEMENT_A).answers()
    lab.faults.restore_site("protected")
    lab.pass_time(minutes(20))
    Hosts(operator).check_connected()
    assert all(center.answers() for center in operator.centers)
    assert sum(vm.power == "poweredOn" for vm in operator.look().machines.values()) == 55


def test_a_site_that_the_lab_has_not_is_an_error_that_lists_those_it_has(untouched):
    lab, _ = untouched
    for act in (lab.faults.lose_site, lab.faults.restore_site):
        with pytest.raises(InputError, match=r"site 'elsewhere': not in the lab\n  Known: protected, recovery"):
            act("elsewhere")


def test_a_line_runs_on_all_hosts_at_a_time(own):
    lab, operator = own
    lab.faults.lose_site("protected")
    written = len(lab.journal)
    said = dict(zip(operator.hosts, operator.run_everywhere("hostname -s"), strict=True))
    answers = {name: each.output.strip() for name, each in said.items() if isinstance(each, CommandResult)}
    assert answers == {name: name.partition(".")[0] for name in operator.hosts if "-b0" in name}
    assert {each.silence for each in said.values() if isinstance(each, HostUnreachable)} == {"refused"}
    records = [entry.record for entry in lab.journal.entries(written)]
    assert [each.host for each in records if isinstance(each, CommandRun)] == list(answers), "in the order of the hosts"


def test_hosts_of_a_lost_site_come_to_be_missed_by_a_vcenter_that_survives(own):
    lab, operator = own
    lab.faults.lose_site("recovery")
    assert operator.at(RESOURCE).look().host("esx-b01").connection == "connected"
    Hosts(operator).check_silent("esx-b01")
    assert operator.at(RESOURCE).look().host("esx-a01").connection == "connected"
    assert sum(vm.power == "poweredOn" for vm in operator.look().machines.values()) == 55
