"""vCloud Director over its resource vCenter: one shows what the other shows, by MoRef, and works while all under it works."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from harness.journal import ApiCall
from harness.lab import Lab
from harness.probes.cloud import CloudClient, TaskView
from harness.probes.failures import Absent, CloudRefusal, CloudUnreachable
from harness.probes.limits import limits_of
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.units import minutes
from tests.vcloud_api.private_cloud import opened

POWER = {"poweredOn": "POWERED_ON", "poweredOff": "POWERED_OFF"}
RESOURCE = "vc-res.example"


@pytest.fixture
def lab(tmp_path) -> Iterator[Lab]:
    with opened(tmp_path) as lab:
        yield lab


@pytest.fixture
def operator(lab: Lab) -> Iterator[Operator]:
    operator = Operator(lab, limits_of(lab.release))
    yield operator
    operator.close()


@pytest.fixture
def client(operator: Operator) -> CloudClient:
    return operator.cloud()


def finish(operator: Operator, client: CloudClient, task: TaskView) -> TaskView:
    operator.wait(lambda: client.task(task).ended, minutes(10), task.operation)
    return client.task(task)


def power_off(operator: Operator, *names: str) -> None:
    for name in names:
        Machines(operator.at("vc-mgmt.example")).power_off(name)


def power_on(operator: Operator, *names: str) -> None:
    for name in names:
        Machines(operator.at("vc-mgmt.example")).power_on(name)


def agree(operator: Operator, client: CloudClient) -> None:
    """Each VM that vCloud Director knows has the state that vCenter shows at its MoRef."""
    shown = {machine.ref._moId: machine for machine in operator.at(RESOURCE).look().machines.values()}
    for machine in client.machines():
        there = shown.get(machine.moref)
        heard = there is not None and there.connection == "connected"
        assert machine.status == (POWER[there.power] if heard else "UNKNOWN"), machine
        assert machine.host == (there.host if there else ""), machine


def test_states_morefs_and_hosts_are_those_of_vcenter(lab, operator, client):
    agree(operator, client)
    assert {vapp.name: vapp.status for vapp in client.vapps()} == {"shop": "POWERED_ON", "mail": "MIXED"}
    finish(operator, client, client.power(client.vapp("shop"), "shutdown"))
    finish(operator, client, client.power(client.vapp("mail"), "powerOn"))
    agree(operator, client)
    assert {vapp.name: vapp.status for vapp in client.vapps()} == {"shop": "POWERED_OFF", "mail": "POWERED_ON"}
    Machines(operator.at(RESOURCE)).power_on("web-2")
    agree(operator, client)
    assert client.vapp("shop").status == "MIXED"


def test_vdcs_are_resource_pools_of_vcenter(lab, operator, client):
    pools = {vdc.name: vdc.pool for vdc in client.vdcs()}
    assert list(pools) == ["vdc-a", "vdc-b"]
    for machine in operator.at(RESOURCE).look().machines.values():
        pool = operator.center(RESOURCE).content and machine.ref.resourcePool
        assert pool._moId == pools["vdc-b" if machine.name.startswith("mail") else "vdc-a"]


def test_a_host_that_fails_takes_its_vms_out_of_sight_until_vsphere_ha_has_restarted_them(lab, operator, client):
    before = {machine.name: machine.moref for machine in client.machines()}
    lab.faults.cut_power("esx-1.example")
    operator.wait(lambda: "UNKNOWN" in {m.status for m in client.machines()}, minutes(3), "vCenter misses the host")
    agree(operator, client)
    operator.wait(lambda: client.vapp("shop").status == "POWERED_ON", minutes(10), "vSphere HA restarts the vApp")
    agree(operator, client)
    assert {machine.host for machine in client.machines("shop")} == {"esx-2.example"}
    assert {machine.name: machine.moref for machine in client.machines()} == before


def test_a_vm_that_was_registered_again_is_unknown_to_vcloud_director(lab, operator, client):
    finish(operator, client, client.power(client.vapp("shop"), "powerOff"))
    seen = operator.at(RESOURCE).look()
    gone = seen.machine("web-1")
    operator.call(gone.ref, "UnregisterVM")
    folder, host = seen.datacenter.values["vmFolder"], seen.host(gone.host)
    pool = next(row for row in seen.clusters.values()).values["resourcePool"]
    operator.call(folder, "RegisterVM_Task", gone.vmx, "web-1", False, pool, host.ref)
    there = operator.at(RESOURCE).look().machine("web-1")
    assert there.ref._moId != gone.ref._moId
    agree(operator, client)
    lost = next(machine for machine in client.machines() if machine.name == "web-1")
    assert (lost.status, lost.moref, lost.host) == ("UNKNOWN", gone.ref._moId, "")
    assert client.vapp("shop").status == "MIXED"
    with pytest.raises(CloudRefusal) as caught:
        client.power(client.vapp("shop"), "powerOn")
    assert caught.value.fault == "ManagedObjectNotFound"
    assert f"web-1 ({gone.ref._moId})" in str(caught.value)
    Machines(operator.at(RESOURCE)).power_on("web-1")
    agree(operator, client)


def test_without_a_cell_nobody_listens_and_each_cell_will_do(lab, operator, client):
    client.organisations()
    power_off(operator, "cell01")
    assert client.answers()
    power_off(operator, "cell02")
    with pytest.raises(CloudUnreachable) as caught:
        client.vapps()
    assert caught.value.silence == "refused"
    power_on(operator, "cell02")
    assert not client.answers()
    lab.pass_time(lab.release.duration("service.vcd-cell-start"), "a cell starts")
    agree(operator, client)


@pytest.mark.parametrize("machine, part, starts", [("db", "records", "database"), ("vc-res", RESOURCE, "vcenter")])
def test_without_database_or_vcenter_the_cells_say_so_until_it_is_back(lab, operator, client, machine, part, starts):
    before = client.machines()
    power_off(operator, machine)
    for ask in (client.vapps, client.organisations):
        with pytest.raises(CloudRefusal, match=f"{part} does not answer") as caught:
            ask()
        assert caught.value.code == "SERVICE_UNAVAILABLE"
    assert not client.answers()
    power_on(operator, machine)
    assert not client.answers()
    lab.pass_time(lab.release.duration(f"service.{starts}-start"), "it starts")
    assert client.machines() == before


def test_a_site_takes_its_cloud_with_it(lab, client):
    assert client.answers()
    lab.faults.lose_site("the site")
    with pytest.raises(CloudUnreachable):
        client.vapps()


def test_a_task_that_fails_tells_why(lab, operator, client):
    finish(operator, client, client.power(client.vapp("shop"), "powerOff"))
    web = operator.at(RESOURCE).look().machine("web-2")
    label = web.vmx[1:].partition("]")[0]
    lab.faults.cut_paths(web.host, label)
    task = finish(operator, client, client.power(client.vapp("shop"), "powerOn"))
    assert (task.status, task.fault) == ("error", "InvalidDatastore")
    assert label in task.error
    with pytest.raises(CloudRefusal, match="InvalidDatastore"):
        client.check(task)
    agree(operator, client)
    started = {machine.name for machine in client.machines("shop") if machine.status == "POWERED_ON"}
    assert {"store-1"} <= started <= {"store-1", "web-1"}


def test_what_a_cell_does_when_vcenter_goes_is_over_as_an_error(lab, operator, client):
    finish(operator, client, client.power(client.vapp("shop"), "powerOff"))
    task = client.power(client.vapp("shop"), "powerOn")
    lab.faults.stop_vcenter(RESOURCE)
    lab.pass_time(minutes(1))
    lab.faults.start_vcenter(RESOURCE)
    failed = client.task(task)
    assert failed.status == "error"
    assert f"{RESOURCE} does not answer" in failed.error
    with pytest.raises(CloudRefusal, match="does not answer"):
        client.check(failed)
    assert {m.name: m.status for m in client.machines("shop")} == {
        "store-1": "POWERED_ON",
        "web-1": "POWERED_OFF",
        "web-2": "POWERED_OFF",
    }


def test_every_call_is_in_the_journal_without_a_secret(lab, operator, client):
    since = len(lab.journal)
    client.stop(client.vapp("mail"))
    with pytest.raises(Absent, match="there are: mail, shop"):
        client.vapp("no")
    calls = [e.record for e in lab.journal.entries(since) if isinstance(e.record, ApiCall)]
    assert {call.server for call in calls} == {"vcloud.example"}
    assert [(call.method, call.answer.partition(":")[0]) for call in calls] == [
        ("GET", "QueryResultRecords"),
        ("POST", "Task"),
        ("GET", "QueryResultRecords"),
    ]
    secrets: list[Callable[[], str]] = [lambda: client._token, lambda: client._access.login.password]
    assert not any(secret() in str(call) for call in calls for secret in secrets)


def test_a_release_without_vcloud_director_serves_none(tmp_path):
    with opened(tmp_path, "9.0") as lab:
        assert lab.vcloud == {}
        operator = Operator(lab, limits_of(lab.release))
        with pytest.raises(Absent, match="vCloud Director"):
            operator.cloud()
        operator.close()
