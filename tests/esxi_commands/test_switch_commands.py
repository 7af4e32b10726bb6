"""What a host prints about its switches, against public captures."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from harness.operations import files, storage
from harness.units import PortKey
from harness.world.proxies import HostPort, ProxySwitch
from tests.esxi_commands.conftest import words
from tests.esxi_commands.switch_captures import (
    COLUMNS,
    COMPUTE,
    DVS_LIST_5_0,
    NET_DVS_5_0,
    NET_DVS_5_5,
    PERSIST,
    PORT_41_5_5,
    STATISTICS_HEAD,
    STATISTICS_ROW,
    TEST,
    VSWITCHES_5_5,
)
from tests.world.scene import NAMES, SWITCH


def port(key: str, client: str = "", **fields: object) -> HostPort:
    return HostPort(PortKey(key), "dvportgroup-42", 7, client, linked=bool(client), **fields)  # type: ignore[arg-type]


def carry(here, proxy: ProxySwitch, *ports: HostPort) -> None:
    """Let the first host carry this switch instead of its own."""
    full = replace(proxy, ports={p.key: p for p in ports})
    here.plant(lambda world: rewired(world, full))


def rewired(world, proxy: ProxySwitch):
    template = replace(world.switches[SWITCH], id=proxy.id, name=proxy.name)
    return world.with_switch(template).with_host(replace(world.hosts[NAMES[0]], proxies={proxy.id: proxy}))


@pytest.fixture
def compute(place):
    """A host of 5.5 that carries the switch of its capture."""
    here = place("5.5")
    proxy = ProxySwitch(COMPUTE, "Compute_VDS", 1500, "DvsPortset-0", {PortKey("32"): "vmnic0"}, "dvportgroup-40")
    edge = replace(port("41", "NSX l2vpn Edge.eth1", persist=PERSIST), cookie=569802486)
    others = [port("25", "web-sv-04a.eth0"), port("24"), port("16", "router-l-01b.eth0"), port("8", "router-l-01b.eth1")]
    carry(here, proxy, *others, port("33", "NSX l2vpn Edge.eth0"), edge)
    here.scene.add("bridge", group="Standard Switch - L2VPN - Trunk", on=False)
    return here


@pytest.fixture
def test_switch(place):
    """A host of 5.0 that carries the switch of the captures of 5.0."""
    here = place("5.0")
    uplinks = {PortKey(str(number)): "vmnic4" if number == 136 else "" for number in range(136, 140)}
    carry(here, ProxySwitch(TEST, "test", 1500, "DvsPortset-0", uplinks, "dvportgroup-102"))
    return here


def test_esxcfg_vswitch_prints_the_columns_of_5_5(compute):
    answer = compute.run("esxcfg-vswitch -l")
    used = re.sub(r"(Compute_VDS +1536 +)\d+ ", r"\1# ", answer.out)
    assert used == VSWITCHES_5_5
    assert answer.status == 0


def test_net_dvs_prints_the_properties_of_5_5_with_their_indentation(compute):
    out = compute.run("net-dvs -l").out
    assert out.startswith(NET_DVS_5_5)
    counted = re.sub(r"(?m)(?<=cast = )\d+$|(?<=Dropped = )\d+$|(?<=Exception = )\d+$|(?<=portID=)\d+", "#", out)
    assert counted[counted.index("        port 41:") :] == PORT_41_5_5


def test_net_dvs_prints_the_properties_of_5_0(test_switch):
    out = re.sub(r"(?<=connectid = )\d+", "#", test_switch.run("net-dvs -l").out)
    expected = words(NET_DVS_5_0)
    assert words(out)[: len(expected)] == expected


def test_esxcli_lists_the_switch_as_5_0_does(test_switch):
    out = test_switch.run("esxcli network vswitch dvs vmware list").out
    assert words(out) == words(DVS_LIST_5_0)
    lines = out.splitlines()
    assert lines[0] == "test"
    assert lines[1] == "   Name: test"
    assert lines[13:18] == [
        "         Client: vmnic4",
        "         DVPortgroup ID: dvportgroup-102",
        "         In Use: true",
        "         Port ID: 136",
        "",
    ]


def test_the_class_of_the_switch_follows_the_release(place):
    assert "   Class: cswitch\n" in place("8.0").run("esxcli network vswitch dvs vmware list -v dvs-prod").out
    assert place("8.0").run("esxcli network vswitch dvs vmware list -v nope").status != 0


def test_net_stats_prints_the_columns_of_5_5(place):
    here = place("5.1")
    here.scene.add("web01")
    here.scene.add("web02", group="VM Network")
    head, *rows = here.run("net-stats -l").out.splitlines()
    assert head == STATISTICS_HEAD
    sample = [STATISTICS_ROW[column] for column in COLUMNS]
    for row in rows:
        cells = [row[column] for column in COLUMNS]
        assert [(c == c.lstrip(), c == c.rstrip()) for c in cells] == [(c == c.lstrip(), c == c.rstrip()) for c in sample]
    kinds = {row.split()[5]: tuple(row.split()[1:4]) for row in rows}
    assert kinds["vmnic0"] == ("4", "0", "vSwitch0")
    assert kinds["vmk0"] == ("3", "0", "vSwitch0")
    assert kinds["web01.eth0"] == ("5", "9", "DvsPortset-0")
    assert kinds["web02.eth0"] == ("5", "9", "vSwitch0")


def test_one_number_names_a_port_in_every_listing(place):
    here = place("5.0")
    machine = here.scene.add("web01")
    number = here.run("net-stats -l | grep web01 | awk '{print $1}'").out.strip()
    assert f"portID={number} " in here.run("net-dvs -l").out
    assert f"   Port ID: {number}\n" in here.run(f"esxcli network vm port list -w {machine.world_id}").out


def test_net_dvs_of_the_file_shows_what_is_kept(place):
    here = place("5.0")
    here.scene.add("web01")
    kept, running = here.run("net-dvs -f /etc/vmware/dvsdata.db").out, here.run("net-dvs -l").out
    assert kept.splitlines()[0] == running.splitlines()[0] == f"switch {SWITCH} (etherswitch)"
    assert set(kept.splitlines()) < set(running.splitlines())
    assert "RUNTIME" not in kept
    assert "web01" not in kept


@pytest.mark.parametrize("content", [b"", b"garbage", b"DVSDATA\x01{"])
def test_net_dvs_says_which_file_is_damaged(place, content):
    here = place("5.0")
    here.scene.gateway.perform(files.write, NAMES[0], "/etc/vmware/dvsdata.db", content)
    answer = here.run("net-dvs -f /etc/vmware/dvsdata.db")
    assert (answer.out, "/etc/vmware/dvsdata.db" in answer.err, answer.status != 0) == ("", True, True)
    assert here.run("net-dvs -l").status == 0


def test_net_dvs_of_nothing_and_of_an_unknown_switch(place):
    here = place("5.0")
    missing = here.run("net-dvs -f /etc/vmware/nope.db")
    assert "/etc/vmware/nope.db" in missing.err
    assert missing.status != 0
    unknown = here.run("net-dvs -l nope")
    assert (unknown.err, unknown.status != 0) == ("ioctl failed: No such file or directory\n", True)
    assert here.run("net-dvs -l dvs-prod").out == here.run("net-dvs -l").out
    assert here.run("net-dvs").status != 0


def test_a_port_whose_state_the_host_never_read_shows_as_such(place):
    """VDS-06 and VDS-08 as an operator on the host sees them."""
    here = place("5.0")
    machine = here.scene.add("web01", on=False)
    device = here.scene.place(machine.vmx).device
    here.scene.gateway.perform(storage.lose, device)
    here.run("reboot")
    here.scene.pass_minutes(10)
    here.scene.gateway.perform(storage.bring_back, device)
    assert f"port {here.scene.port('web01')}:" in here.run("net-dvs -l").out
    assert "portID=0" in here.run("net-dvs -l").out
    assert here.run("vim-cmd vmsvc/power.on 1").status == 0
    world = here.scene.machine("web01").world_id
    assert here.run(f"esxcli network vm port list -w {world}").out == ""
    assert here.run("esxcli network vm list").words[-1] == [str(world), "web01", "0"]
    here.run("vim-cmd vmsvc/power.off 1; services.sh restart; sleep 15; vim-cmd vmsvc/power.on 1")
    world = here.scene.machine("web01").world_id
    ports = here.run(f"esxcli network vm port list -w {world}").out
    assert f"   DVPort ID: {here.scene.port('web01')}\n" in ports
