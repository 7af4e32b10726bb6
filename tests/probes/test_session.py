"""The session probe against a real vcsim, through a front door."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim, vmodl

from harness.journal import ApiCall, Journal
from harness.patience import Patience
from harness.probes import session as probe
from harness.probes.diary import Diary
from harness.probes.failures import Absent, ApiFault, CenterUnreachable
from harness.probes.glances import read_connections, read_running
from harness.probes.looks import USUAL_HARDWARE, WITHOUT_HARDWARE, read_inventory
from harness.probes.session import Session
from harness.probes.trust import ANYBODY
from harness.probes.versions import KNOWN_VERSIONS, OLDEST_VERSION, Spoken
from harness.simulators.front_door import FrontDoor
from harness.simulators.process import ProcessSimulator
from harness.units import EPOCH, Address, Credentials, Instant, Span


@dataclass(frozen=True)
class Access:
    name: str
    address: Address
    login: Credentials
    identity: str = ANYBODY


class Spot:
    """A place with nothing but a journal."""

    def __init__(self) -> None:
        self.journal = Journal(self.now, lambda: 0.0)
        self.patience = Patience()
        self.hosts: dict = {}
        self.vcenters: dict = {}

    def now(self) -> Instant:
        return EPOCH

    def wait_for(self, seen, limit: Span, why: str, asked: Collection[str] = ()) -> bool:
        return bool(seen())

    def pass_time(self, span: Span, why: str = "") -> None:
        """Stands still."""


@pytest.fixture(scope="module")
def vcenter(tmp_path_factory) -> Iterator:
    volumes: Path = tmp_path_factory.mktemp("volumes")
    with ProcessSimulator(arguments=["-default-inventory"]).start(volumes) as running:
        yield running


@pytest.fixture
def door(vcenter) -> Iterator[FrontDoor]:
    door = FrontDoor(vcenter.address)
    door.open()
    yield door
    door.discard()


@pytest.fixture
def spot() -> Spot:
    return Spot()


@pytest.fixture
def session(door, vcenter, spot) -> Iterator[Session]:
    session = Session(Access("vc01", door.address, vcenter.operator), Diary(spot))
    yield session
    session.close()


def calls(spot: Spot) -> list[ApiCall]:
    return [entry.record for entry in spot.journal.entries() if isinstance(entry.record, ApiCall)]


def test_an_inventory_is_one_call(session, spot):
    seen = read_inventory(session)
    assert seen.hosts
    assert set(seen.clusters) == {"DC0_C0"}
    host = next(iter(seen.hosts.values()))
    assert (host.connection, host.maintenance) == ("connected", False)
    assert [(call.server, call.method, call.fault) for call in calls(spot)] == [("vc01", "RetrieveContents", "")]


def as_seen(seen):
    return {vm.name: (list(map(str, vm.nics)), [nic.label for nic in vm.nics], vm.disks) for vm in seen.machines.values()}


def test_vnics_and_disks_are_the_same_whole_or_by_their_keys(session, spot):
    whole = read_inventory(session)
    assert as_seen(read_inventory(session, USUAL_HARDWARE)) == as_seen(whole)
    assert all(nics and disks for nics, _, disks in as_seen(whole).values())
    assert not any(machine.partial for machine in whole.machines.values())
    assert all(machine.partial for machine in read_inventory(session, WITHOUT_HARDWARE).machines.values())


def test_a_vm_with_more_vnics_than_one_is_read_whole(session, spot):
    machine = next(iter(read_inventory(session).machines.values()))
    card = vim.vm.device.VirtualE1000(key=-1, backing=machine.nic.device.backing)
    added = vim.vm.device.VirtualDeviceSpec(operation="add", device=card)
    session.call(machine.ref, "ReconfigVM_Task", vim.vm.ConfigSpec(deviceChange=[added]))
    seen = read_inventory(session, USUAL_HARDWARE)
    assert len(seen.machine(machine.name).nics) == 2
    assert as_seen(seen) == as_seen(read_inventory(session))
    assert not any(each.partial for each in seen.machines.values())


def test_what_runs_is_told_only_where_all_hosts_are_connected(session):
    seen = read_inventory(session)
    running = {machine.name: machine.host for machine in seen.machines.values() if machine.power == "poweredOn"}
    assert running
    assert read_running(session) == running
    host = next(iter(seen.hosts.values()))
    session.call(host.ref, "DisconnectHost_Task")
    assert read_running(session) is None
    session.call(host.ref, "ReconnectHost_Task")
    assert read_running(session) == running


def test_what_is_not_there_is_said_with_what_is(session):
    with pytest.raises(Absent, match="no cluster 'other' in vCenter; there are: DC0_C0"):
        read_inventory(session).cluster("other")


def test_a_task_is_waited_for_and_summed_up(session, spot):
    host = next(iter(read_inventory(session).hosts.values()))
    session.call(host.ref, "EnterMaintenanceMode_Task", 0, about=host.name)
    assert read_inventory(session).host(host.name).maintenance
    session.call(host.ref, "ExitMaintenanceMode_Task", 0)
    assert not read_inventory(session).host(host.name).maintenance
    call = calls(spot)[1]
    assert (call.method, call.arguments, call.fault) == ("EnterMaintenanceMode_Task", host.name, "")
    assert call.target == f"HostSystem:{host.ref._moId}"


def test_the_newest_event_can_be_asked_for_alone(session):
    manager = session.content.eventManager
    for count in range(2):
        keys = [event.key for event in session.call(manager, "QueryEvents", vim.event.EventFilterSpec(maxCount=1000))]
        newest = session.call(manager, "QueryEvents", vim.event.EventFilterSpec(maxCount=1))
        assert [event.key for event in newest] == [max(keys)]
        assert len(keys) > 1
        host = next(iter(read_inventory(session).hosts.values()))
        session.call(host.ref, f"{('Enter', 'Exit')[count]}MaintenanceMode_Task", 0)


def test_a_refusal_has_the_name_of_its_fault(session, spot):
    cluster = read_inventory(session).cluster("DC0_C0")
    with pytest.raises(ApiFault) as caught:
        session.call(session.content.rootFolder, "CreateFolder", cluster.ref.parent.parent.name)
    assert caught.value.name == "DuplicateName"
    assert calls(spot)[-1].fault == "DuplicateName"


def test_a_failed_task_has_the_name_of_its_fault(session):
    machine = next(iter(read_inventory(session).machines.values()))
    with pytest.raises(ApiFault) as caught:
        session.call(machine.ref, "PowerOnVM_Task")
    assert caught.value.name == "InvalidPowerState"


def test_a_vcenter_that_is_off_refuses_and_is_logged_in_to_again(session, door, spot):
    read_inventory(session)
    door.close()
    assert not session.answers()
    with pytest.raises(CenterUnreachable) as caught:
        read_inventory(session)
    assert caught.value.silence == "refused"
    door.open()
    assert session.answers()
    assert read_inventory(session).hosts


def test_references_outlive_a_broken_connection(session, door):
    host = next(iter(read_inventory(session).hosts.values()))
    door.close()
    assert not session.answers()
    door.open()
    session.call(host.ref, "EnterMaintenanceMode_Task", 0)
    session.call(host.ref, "ExitMaintenanceMode_Task", 0)


def test_a_session_that_follows_reads_only_what_is_new(door, vcenter, spot):
    access = Access("vc01", door.address, vcenter.operator)
    first, second = Session(access, Diary(spot)), Session(access, Diary(spot))
    assert read_connections(first) == read_connections(second)  # first looks ask for the version of the server as well
    seen, other = read_inventory(first), read_inventory(second)
    assert seen == read_inventory(first) != other
    host = next(iter(seen.hosts.values()))
    assert (first.owns(host.ref), second.owns(host.ref)) == (True, False)
    first.close()
    assert not first.owns(host.ref)
    third = Session(access, Diary(spot))
    assert read_connections(third)
    again = read_inventory(third)
    assert again is seen
    assert third.owns(host.ref)
    third.call(host.ref, "EnterMaintenanceMode_Task", 0)
    assert read_inventory(third).host(host.name).maintenance
    third.call(host.ref, "ExitMaintenanceMode_Task", 0)
    assert read_inventory(third).host(host.name) == host
    assert read_inventory(second).host(host.name).ref is other.host(host.name).ref
    second.close()
    third.close()


def test_nothing_of_a_session_that_is_over_leads_anywhere(session):
    host = next(iter(read_inventory(session).hosts.values()))
    session.close()
    with pytest.raises(AttributeError):
        session.call(host.ref, "EnterMaintenanceMode_Task", 0)


def said(version: str) -> Any:  # noqa: ANN401 - pyVmomi makes its types at run time
    """What a server of that version may have said of itself."""
    return vim.ServiceInstanceContent(
        about=vim.AboutInfo(apiVersion=version),
        propertyCollector=vmodl.query.PropertyCollector("propertyCollector"),
        rootFolder=vim.Folder("group-d1"),
        sessionManager=vim.SessionManager("SessionManager"),
        viewManager=vim.view.ViewManager("ViewManager"),
    )


def test_who_is_still_of_the_version_of_last_time_is_not_asked_which_it_knows(door, vcenter, spot, monkeypatch):
    asked, own = [], probe.newest_version
    monkeypatch.setattr(probe, "newest_version", lambda *given: asked.append(given) or own(*given))
    monkeypatch.setattr(probe, "_spoken", {})

    def version(name: str) -> str:
        session = Session(Access(name, door.address, vcenter.operator), Diary(spot))
        assert read_inventory(session).hosts
        spoken = session._line.version
        session.close()
        return spoken

    newest = version("vc01")
    assert [version("vc01"), len(asked)] == [newest, 1]
    assert [version("vc02"), len(asked)] == [newest, 2]
    told = probe._spoken["vc01"].told
    for before in (Spoken(said("4.0"), OLDEST_VERSION), Spoken(said("9.9"), KNOWN_VERSIONS[0])):
        probe._spoken["vc01"] = before
        asked.clear()
        assert [version("vc01"), len(asked)] == [newest, 1]
        assert (probe._spoken["vc01"].told, probe._spoken["vc01"].version) == (told, newest)


def test_who_refuses_the_version_of_last_time_is_asked_which_it_knows(door, vcenter, spot, monkeypatch):
    session, refusing = Session(Access("vc01", door.address, vcenter.operator), Diary(spot)), [vmodl.fault.InvalidRequest()]
    monkeypatch.setattr(probe, "_spoken", {"vc01": Spoken(said("9.9"), KNOWN_VERSIONS[0])})
    own = session._log_in

    def log_in(adapter, known):
        if refusing:
            raise refusing.pop()
        own(adapter, known)

    monkeypatch.setattr(session, "_log_in", log_in)
    assert read_inventory(session).hosts
    assert session._line.version != KNOWN_VERSIONS[0]
    session.close()


def test_a_silent_vcenter_does_not_hang_a_login(door, vcenter, spot):
    spot.patience = Patience(dial=0.3)
    door.silence()
    session = Session(Access("vc01", door.address, vcenter.operator), Diary(spot))
    assert not session.answers()
    with pytest.raises(CenterUnreachable) as caught:
        read_inventory(session)
    assert caught.value.silence == "timed out"


def test_a_silent_vcenter_does_not_hang_a_session(door, vcenter, spot):
    spot.patience = Patience(call=3)
    session = Session(Access("vc01", door.address, vcenter.operator), Diary(spot))
    read_inventory(session)
    door.silence()
    with pytest.raises(CenterUnreachable) as caught:
        read_inventory(session)
    assert caught.value.silence == "timed out"
