"""Which port files lie where, and when."""

from __future__ import annotations

from dataclasses import replace

import pytest

from harness.errors import Refusal
from harness.operations import availability, files, hosts, machines, migration, network
from harness.physics.portfiles import PORT_FILE_SIZE, read_port, read_switches
from harness.units import MachineId, minutes
from harness.world.machines import Disk, DvBacking, Nic
from harness.world.network import DVSDATA
from harness.world.storage import VolumeFile, VolumePath
from tests.world.scene import NAMES, SWITCH


def folder(scene, label: str) -> list[str]:
    root = VolumePath(scene.lun(label).device, DVSDATA)
    return scene.gateway.store.entries(root) if scene.gateway.store.is_folder(root) else []


def test_a_volume_has_the_folder_exactly_when_it_holds_the_vmx_of_a_vm_on_a_switch(build):
    scene = build()
    scene.add("web01")
    scene.add("web02", datastore="vmfs02", group="VM Network")
    scene.pass_minutes(6)
    assert folder(scene, "vmfs01") == [SWITCH]
    assert folder(scene, "vmfs02") == []
    web01 = scene.machine("web01")
    disk = Disk(2001, VolumeFile(scene.lun("vmfs02").vmfs.id, "web01/web01.vmdk"), 2**30)
    scene.gateway.perform(machines.reconfigure, replace(web01, disks=(disk,)))
    scene.pass_minutes(6)
    assert folder(scene, "vmfs02") == []


def test_the_folder_goes_with_the_last_vm(build):
    scene = build()
    scene.add("web01")
    scene.pass_minutes(6)
    scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    scene.gateway.perform(migration.move_storage, scene.machine("web01").id, scene.lun("vmfs02").vmfs.id)
    scene.pass_minutes(6)
    assert folder(scene, "vmfs01") == []
    assert folder(scene, "vmfs02") == [SWITCH]


def test_a_port_file_is_refreshed_every_five_minutes_while_its_vm_runs(build):
    scene = build()
    scene.add("web01")
    path = scene.place(scene.port_file("web01"))
    facts = lambda: scene.gateway.world.luns[path.device].facts[path.path]  # noqa: E731
    times = set()
    for _ in range(30):
        scene.pass_minutes(1)
        times.add(facts().modified)
    assert {b - a for a, b in zip(sorted(times)[1:], sorted(times)[2:], strict=False)} == {minutes(5)}
    assert facts().mode == 0o600
    assert len(scene.gateway.store.read(path)) == PORT_FILE_SIZE
    state = read_port(scene.gateway.store.read(path))
    assert state is not None
    assert state["port"] == scene.port("web01")


def test_the_file_of_a_disconnected_vnic_goes_and_comes_back(build):
    scene = build()
    web01 = scene.add("web01")
    path = scene.port_file("web01")
    nic = replace(web01.nics[0], start_connected=False)
    scene.gateway.perform(machines.reconfigure, replace(web01, nics=(nic,)))
    scene.pass_minutes(6)
    assert not scene.has_file(path)
    assert not scene.nic("web01").connected
    port = scene.port("web01")
    scene.gateway.perform(machines.reconfigure, replace(scene.machine("web01"), nics=(replace(nic, start_connected=True),)))
    assert scene.has_file(path)
    assert scene.nic("web01").connected
    assert scene.port("web01") == port


def test_a_full_group_refuses_and_an_elastic_one_grows(build):
    scene = build()
    for key, name, elastic in (("dvportgroup-8", "small", False), ("dvportgroup-9", "elastic", True)):
        scene.gateway.perform(network.add_group, SWITCH, network.GroupSpec(key, name, size=1, auto_expand=elastic))
        scene.add(f"first-{name}", group=name)
    with pytest.raises(Refusal) as refused:
        scene.add("second-small", group="small")
    assert refused.value.reason == "ResourceNotAvailable"
    assert "[small]" in str(refused.value)
    scene.add("second-elastic", group="elastic")
    assert scene.nic("second-elastic").connected
    assert scene.gateway.world.switches[SWITCH].groups["dvportgroup-9"].size == 9


@pytest.mark.parametrize(("release", "elastic"), [("5.0", False), ("5.1", True)])
def test_a_group_of_which_nothing_is_said_is_elastic_where_the_release_has_it_so(build, release, elastic):
    groups = build(release).gateway.world.switches[SWITCH].groups.values()
    assert {group.name: group.auto_expand for group in groups if group.name in {"production", "narrow", "ephemeral"}} == {
        "production": elastic,
        "narrow": False,
        "ephemeral": False,
    }


def test_port_keys_are_unique_in_the_switch_and_kept_while_the_vm_is_off(build):
    scene = build()
    ports = [scene.port(scene.add(f"web{n:02}", host=1 + n % 3).name) for n in range(9)]
    assert len(set(ports)) == 9
    scene.gateway.perform(machines.power_off, scene.machine("web03").id)
    scene.gateway.perform(machines.power_on, scene.machine("web03").id)
    assert scene.port("web03") == ports[3]


def test_an_ephemeral_port_is_given_out_by_the_host_itself_without_vcenter(build):
    scene = build()
    scene.add("web01", group="ephemeral", on=False)
    scene.add("web02", group="dynamic", on=False)
    scene.add("web03", group="ephemeral", on=False)
    scene.gateway.perform(availability.switch_center, "vc01.lab.example", on=False)
    for name in ("web01", "web02", "web03"):
        scene.gateway.perform(machines.power_on, scene.machine(name).id)
    assert [scene.port(name) for name in ("web01", "web03")] == ["h-1", "h-2"]
    assert scene.nic("web01").connected
    assert not scene.nic("web02").connected, "a dynamic port comes from vCenter"


def test_a_dynamic_port_is_held_while_its_vm_runs_and_no_longer(build):
    scene = build()
    for name in ("web01", "web02", "web03"):
        scene.add(name, group="dynamic", on=False)
        assert scene.nic(name).backing.port is None
        scene.gateway.perform(machines.power_on, scene.machine(name).id)
    assert [scene.nic(f"web0{n}").connected for n in (1, 2, 3)] == [True, True, False], "the group has two ports"
    freed = scene.port("web01")
    scene.gateway.perform(machines.power_off, scene.machine("web01").id)
    assert scene.nic("web01").backing.port is None
    scene.gateway.perform(machines.power_off, scene.machine("web03").id)
    scene.gateway.perform(machines.power_on, scene.machine("web03").id)
    assert (scene.port("web03"), scene.nic("web03").connected) == (freed, True)


def test_where_one_of_two_vnics_is_refused_the_other_gets_no_port_either(build):
    scene = build()
    scene.add("first", group="narrow")
    web01 = scene.add("web01")
    taken = lambda: [p.key for p in scene.gateway.world.switches[SWITCH].ports.values() if p.connectee]  # noqa: E731
    before = taken()
    cards = [Nic(4000 + n, f"00:50:56:aa:01:0{n}", DvBacking(SWITCH, f"dvportgroup-{key}")) for n, key in ((1, 2), (2, 5))]
    with pytest.raises(Refusal):
        scene.gateway.perform(machines.reconfigure, replace(web01, nics=(*web01.nics, *cards)))
    with pytest.raises(Refusal):
        scene.gateway.perform(
            machines.register, replace(web01, id=MachineId("another"), vmx=web01.vmx.parent / "another.vmx", nics=tuple(cards))
        )
    assert taken() == before
    assert scene.machine("web01") == web01


def test_a_vmotion_carries_the_port(build):
    scene = build()
    scene.add("web01")
    port = scene.port("web01")
    scene.gateway.perform(migration.migrate, scene.machine("web01").id, NAMES[1])
    assert scene.machine("web01").host == NAMES[1]
    assert scene.nic("web01").connected
    assert scene.host_port("web01").linked
    assert scene.port("web01") == port
    assert port not in scene.gateway.world.hosts[NAMES[0]].proxies[SWITCH].ports


def test_a_vm_unregistered_and_registered_again_keeps_its_port_if_it_is_still_free(build):
    scene = build()
    before = scene.add("web01", on=False)
    scene.gateway.perform(machines.unregister, before.id)
    assert not scene.has_file(before.vmx.at(DVSDATA))
    scene.gateway.perform(machines.register, replace(before, host=NAMES[1]))
    after = scene.machine("web01")
    assert isinstance(after.nics[0].backing, DvBacking)
    assert scene.port("web01") == before.nics[0].backing.port


def test_the_switch_database_of_a_host_holds_its_switch_and_uplinks(build):
    scene = build()
    saved = scene.gateway.world.hosts[NAMES[0]].files["/etc/vmware/dvsdata.db"].content
    [proxy] = read_switches(saved) or []
    assert (proxy.id, proxy.name) == (SWITCH, "dvs-prod")
    assert len(proxy.uplinks) == 1
    assert read_switches(b"rubbish") is None


def test_what_was_not_yet_saved_is_lost_in_a_power_cut(build):
    scene = build()
    scene.gateway.perform(files.write, NAMES[0], "/etc/motd", b"new\n")
    scene.gateway.perform(hosts.cut_power, NAMES[0])
    scene.gateway.perform(hosts.give_power, NAMES[0])
    scene.pass_minutes(10)
    assert "/etc/motd" not in scene.gateway.world.hosts[NAMES[0]].files
    scene.gateway.perform(files.write, NAMES[0], "/etc/motd", b"new\n")
    scene.pass_minutes(61)
    scene.gateway.perform(hosts.cut_power, NAMES[0])
    scene.gateway.perform(hosts.give_power, NAMES[0])
    scene.pass_minutes(10)
    assert scene.gateway.world.hosts[NAMES[0]].files["/etc/motd"].content == b"new\n"


def test_a_vm_that_never_was_is_refused(build):
    scene = build()
    with pytest.raises(Refusal) as refused:
        scene.gateway.perform(machines.power_on, MachineId("nobody"))
    assert refused.value.reason == "ManagedObjectNotFound"
