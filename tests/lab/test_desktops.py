"""View over its desktop vCenter: users get their desktops while all that brokers works, and those run while their chains do."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pyVmomi import vim

from harness.journal import ApiCall
from harness.lab import Lab
from harness.probes.desktops import Desktops
from harness.probes.failures import Absent, ApiFault, BrokerRefusal, BrokerUnreachable, Unmet
from harness.probes.hosts import Hosts
from harness.probes.inventory import MachineSeen
from harness.probes.limits import limits_of
from harness.probes.machines import Machines
from harness.probes.operator import Operator
from harness.probes.snapshot import compare, take_snapshot
from harness.units import minutes
from tests.view_api.desktop_block import opened

MANAGEMENT, DESKTOPS = "vc-mgmt.example", "vc-desk.example"
CS01, CS02 = "view-cs01.example", "view-cs02.example"


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
def desktops(operator: Operator) -> Desktops:
    return Desktops(operator)


def power(operator: Operator, center: str, name: str, *, on: bool) -> None:
    machines = Machines(operator.at(center))
    machines.power_on(name) if on else machines.power_off(name)


def test_each_connection_server_brokers_by_itself_until_vsphere_ha_has_restarted_the_other(lab, operator, desktops):
    lab.pass_time(minutes(2), "vSphere HA protects the management")
    desktops.note("start")
    assert desktops.brokering() == [CS01, CS02]
    host = operator.at(MANAGEMENT).look().machine("cs02").host
    lab.faults.cut_power(host)
    assert desktops.brokering() == []
    with pytest.raises(BrokerUnreachable) as caught:
        operator.broker("view-cs02").desktops()
    assert caught.value.silence == "refused"
    with pytest.raises(BrokerRefusal, match="the database view-database does not answer") as refused:
        operator.broker(CS01).desktops()
    assert refused.value.code == "BROKER_UNAVAILABLE"
    operator.wait(lambda: desktops.brokering() == [CS01], minutes(10), "the database is restarted")
    operator.wait(lambda: desktops.brokering() == [CS01, CS02], minutes(15), "the other server is restarted")
    assert operator.at(MANAGEMENT).look().machine("cs02").host != host
    desktops.check_as_at("start")


def test_one_server_keeps_brokering_and_without_both_nobody_does(lab, operator, desktops):
    desktops.note("start")
    power(operator, MANAGEMENT, "cs01", on=False)
    assert desktops.brokering() == [CS02]
    desktops.check_as_at("start")
    power(operator, MANAGEMENT, "composer", on=False)
    assert desktops.brokering() == [CS02], "the composer makes desktops, and brokers none"
    power(operator, MANAGEMENT, "cs02", on=False)
    assert desktops.check_silent() == {CS01: "refused", CS02: "refused"}
    with pytest.raises(Unmet, match="a connection server that brokers"):
        desktops.shown()
    power(operator, MANAGEMENT, "cs01", on=True)
    desktops.check_as_at("start")
    with pytest.raises(Unmet, match="expected nobody who brokers"):
        desktops.check_silent()


@pytest.mark.parametrize("machine, part", [("view-db", "view-database"), ("vc-desk", DESKTOPS)])
def test_without_database_or_desktop_vcenter_the_servers_say_so_until_it_is_back(lab, operator, desktops, machine, part):
    desktops.note("start")
    power(operator, MANAGEMENT, machine, on=False)
    silence = desktops.check_silent()
    assert [f"{part} does not answer" in said for said in silence.values()] == [True, True]
    power(operator, MANAGEMENT, machine, on=True)
    desktops.check_as_at("start")


def test_what_view_brokers_is_compared_with_before(lab, operator):
    before = take_snapshot(operator)
    power(operator, DESKTOPS, "desk-01", on=False)
    power(operator, MANAGEMENT, "cs01", on=False)
    after = take_snapshot(operator)
    named = [str(each) for each in compare(before, after)]
    assert f"{CS01}: brokers (XML): yes before, no now" in named
    assert "desk-01: desktop of user-01 in office (View): available before, powered off now" in named
    assert not [each for each in named if "user-02" in each]
    power(operator, MANAGEMENT, "cs02", on=False)
    assert "View" in take_snapshot(operator).silent


def test_a_desktop_is_as_vcenter_shows_it_at_its_moref(lab, operator, desktops):
    states = lambda: {name: shown.partition(" ")[2] for name, shown in desktops.shown().items()}  # noqa: E731
    assert set(states().values()) == {"available"}
    power(operator, DESKTOPS, "desk-01", on=False)
    assert states()["user-01 in office"] == "powered off"
    with pytest.raises(BrokerRefusal, match="desk-01 is not available: powered off"):
        desktops.broker().connect("user-01")
    with pytest.raises(BrokerRefusal, match="desk-01 is not available"):
        desktops.read("user-01", "notes.txt")
    power(operator, DESKTOPS, "desk-01", on=True)
    assert states()["user-01 in office"] == "agent unreachable"
    desktops.check_up("user-01")
    assert desktops.broker().connect("user-01").machine == "desk-01"
    power(operator, DESKTOPS, "desk-02", on=False)
    seen = operator.at(DESKTOPS).look()
    gone = seen.machine("desk-02")
    operator.call(gone.ref, "UnregisterVM")
    folder, pool = seen.datacenter.values["vmFolder"], next(row for row in seen.clusters.values()).values["resourcePool"]
    operator.call(folder, "RegisterVM_Task", gone.vmx, "desk-02", False, pool, seen.host(gone.host).ref)
    power(operator, DESKTOPS, "desk-02", on=True)
    lab.pass_time(minutes(5), "the agent starts")
    assert states()["user-02 in office"] == "unknown", "View knows it by its MoRef alone"
    with pytest.raises(Unmet, match="available desktops"):
        desktops.check_up()


def test_a_desktop_on_a_host_that_vcenter_does_not_hear_is_unknown_until_it_does(lab, operator, desktops):
    host, hosts = operator.at(DESKTOPS).look().machine("desk-01").host, Hosts(operator)
    lab.faults.isolate(host)
    hosts.check_silent(host)
    assert desktops.shown()["user-01 in office"] == "desk-01 unknown"
    lab.faults.end_isolation(host)
    hosts.await_boot(host)
    assert desktops.shown()["user-01 in office"] == "desk-01 available"


def check_devices(desk: MachineSeen) -> None:
    """The disks of a desktop, the replica behind the first of them, and the datastores of all."""
    devices = desk.ref.config.hardware.device
    os, configuration, persistent = (each for each in devices if isinstance(each, vim.vm.device.VirtualDisk))
    assert os.backing.parent.fileName == "[replica] replica-office/replica-office.vmdk"
    assert os.backing.parent.datastore.name == "replica"
    assert (configuration.backing.parent, persistent.backing.parent) == (None, None)
    assert persistent.backing.fileName == "[persistent] desk-03/desk-03-vdm-user-disk-D.vmdk"
    assert sorted(store.name for store in desk.ref.datastore) == ["os-2", "persistent", "replica"]


def test_vcenter_shows_what_is_behind_the_disks_of_a_desktop_and_a_broken_chain_is_told_on_every_wire(operator):
    desk = operator.at(DESKTOPS).look().machine("desk-03")
    check_devices(desk)
    power(operator, DESKTOPS, "desk-03", on=False)
    shell = operator.shell(desk.host)
    disk = "/vmfs/volumes/os-2/desk-03/desk-03.vmdk"
    whole = shell.run(f"vmkfstools -e {disk}")
    assert (whole.status, whole.output) == (0, "Disk chain is consistent.\n")
    link = "/vmfs/volumes/replica/replica-office/replica-office-flat.vmdk"
    assert shell.run(f"rm {link}").status == 0
    broken = shell.run(f"vmkfstools -e {disk}")
    assert broken.status == 1
    assert "replica-office-flat.vmdk was not found" in broken.errors
    assert "is not on a VMFS volume" in shell.run("vmkfstools -e /tmp/none.vmdk").errors
    with pytest.raises(ApiFault, match="or one of the snapshot disks it depends on") as caught:
        power(operator, DESKTOPS, "desk-03", on=True)
    assert caught.value.name == "FileNotFound"
    listing = shell.run("vim-cmd vmsvc/getallvms").output
    vmid = next(line.split()[0] for line in listing.splitlines() if " desk-03 " in line)
    told = shell.run(f"vim-cmd vmsvc/power.on {vmid}")
    assert told.status == 1
    assert "(vim.fault.FileNotFound)" in told.output
    assert "replica-office-flat.vmdk was not found" in told.output
    log = shell.run("cat /vmfs/volumes/os-2/desk-03/vmware.log").output
    assert log.count("DISKLIB-LINK") == 2


def test_what_users_keep_is_on_the_persistent_disk_of_their_desktops_and_in_no_secret_of_the_journal(lab, operator, desktops):
    since = len(lab.journal)
    desktops.keep("user-02", "notes.txt", "remember this")
    assert desktops.read("user-02", "notes.txt") == "remember this"
    with pytest.raises(Absent, match=r"no file 'notes\.txt' in the desktop of user-01"):
        desktops.read("user-01", "notes.txt")
    with pytest.raises(Absent, match="there are: user-01, user-02, user-03"):
        desktops.read("user-09", "notes.txt")
    power(operator, DESKTOPS, "desk-02", on=False)
    host = operator.at(DESKTOPS).look().machine("desk-02").host
    content = operator.shell(host).run("cat /vmfs/volumes/persistent/desk-02/desk-02-vdm-user-disk-D-flat.vmdk").output
    assert '"notes.txt": "remember this"' in content
    calls = [e.record for e in lab.journal.entries(since) if isinstance(e.record, ApiCall) and e.record.server == CS01]
    assert {(call.method, call.fault) for call in calls} >= {("get-desktops", ""), ("PUT", ""), ("GET", ""), ("GET", "NOT_FOUND")}
    assert "Desktop1!" not in str(calls)


def test_a_release_without_view_composer_serves_none(tmp_path):
    with opened(tmp_path, "8.0") as lab:
        assert lab.view == {}
        operator = Operator(lab, limits_of(lab.release))
        with pytest.raises(Absent, match="connection server"):
            operator.broker(CS01)
        with pytest.raises(Absent, match="connection server"):
            Desktops(operator).brokering()
        operator.close()
