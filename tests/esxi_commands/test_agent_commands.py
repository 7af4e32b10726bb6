"""``services.sh`` and the scripts of the agents, as public sessions show them."""

from __future__ import annotations

import re

import pytest

SERVICES_RESTART = """\
Running sfcbd stop
This operation is not supported.
Please use /etc/init.d/sfcbd-watchdog stop
Running wsman stop
Stopping openwsmand
Running sfcbd-watchdog stop
Running vpxa stop
watchdog-vpxa: Terminating watchdog process with PID 3092
vpxa stopped.
Running vobd stop
watchdog-vobd: Terminating watchdog process with PID 3058
vobd stopped
Running cdp stop
watchdog-cdp: Terminating watchdog process with PID 3039
Running dcbd stop
watchdog-dcbd: Terminating watchdog process with PID 3019
Running memscrubd stop
memscrubd is not running
Running slpd stop
Stopping slpd
Running sensord stop
sensord is not running
Running storageRM stop
watchdog-storageRM: Terminating watchdog process with PID 2875
storageRM stopped
Running vprobed stop
watchdog-vprobed: Terminating watchdog process with PID 2804
vprobed stopped
Running hostd stop
watchdog-hostd: Terminating watchdog process with PID 2782
hostd stopped.
Running lbtd stop
watchdog-net-lbt: Terminating watchdog process with PID 2760
net-lbt stopped
Running usbarbitrator stop
Error running operation: No such file or directory: No such file or directory
watchdog-usbarbitrator: Terminating watchdog process with PID 2740
usbarbitrator stopped
Running SSH stop
SSH login disabled
VobUserLib_Init failed with -1
Running ESXShell stop
ESXi shell login disabled
VobUserLib_Init failed with -1
Running DCUI stop
Disabling DCUI logins
VobUserLib_Init failed with -1
Running DCUI restart
Enabling DCUI login: runlevel =
VobUserLib_Init failed with -1
Running ESXShell restart
ESXi shell login enabled
VobUserLib_Init failed with -1
Running SSH restart
SSH login enabled
VobUserLib_Init failed with -1
Running usbarbitrator restart
usbarbitrator started
Running lbtd restart
net-lbt started
Running hostd restart
[5515] Begin 'hostd ++min=0,swap,group=hostd /etc/vmware/hostd/config.xml', min-uptime = 60, max-quick-failures = 1, \
max-total-failures = 1000000, bg_pid_file = ''
hostd started.
Running vprobed restart
vprobed started
Running storageRM restart
storageRM started
Running sensord restart
sensord started
Running slpd restart
Starting slpd
Running memscrubd restart
The checkPages boot option is FALSE, hence memscrubd could not be started.
Running dcbd restart
dcbd started
Running cdp restart
cdp started
Running vobd restart
vobd started
Running vpxa restart
[177860] Begin '/usr/lib/vmware/vpxa/bin/vpxa ++min=0,swap,group=vpxa -D /etc/vmware/vpxa', min-uptime = 60, \
max-quick-failures = 1, max-total-failures = 1000000, bg_pid_file = ''
Running sfcbd-watchdog restart
Running wsman restart
Starting openwsmand
Running sfcbd restart
This operation is not supported.
Please use /etc/init.d/sfcbd-watchdog start
"""
HOSTD_5_0 = """\
watchdog-hostd: Terminating watchdog process with PID 5515
hostd stopped.
[178454] Begin 'hostd ++min=0,swap,group=hostd /etc/vmware/hostd/config.xml', min-uptime = 60, max-quick-failures = 1, \
max-total-failures = 1000000, bg_pid_file = ''
hostd started.
"""
HOSTD_6_7 = """\
watchdog-hostd: Terminating watchdog process with PID 2099465
hostd stopped.
hostd started.
"""
VPXA_5_0 = """\
watchdog-vpxa: Terminating watchdog process with PID 177860
vpxa stopped.
vpxa is running
"""
VPXA_6_7 = """\
watchdog-vpxa: Terminating watchdog process with PID 2099054
vpxa stopped.
vpxa started.
"""


def masked(text: str) -> str:
    """``text`` without its process ids."""
    return re.sub(r"(?<=PID )\d+|(?<=\[)\d+(?=\] Begin)", "#", text)


def test_services_restart_prints_the_listing_of_5_0(place):
    here = place("5.0")
    before = here.scene.add("web01").world_id
    began = here.scene.gateway.now
    answer = here.run("services.sh restart")
    assert (masked(answer.out), answer.err, answer.status) == (masked(SERVICES_RESTART), "", 0)
    assert here.scene.gateway.now - began == here.scene.gateway.release.duration("agents.services-restart")
    assert here.run("localcli vm process list | grep World; sleep 15").out == f"   World ID: {before}\n"
    assert here.run("esxcli vm process list | grep World").out == f"   World ID: {before}\n"
    assert here.host().agents >= {"hostd", "vpxa"}


def test_the_agents_are_down_while_services_restart_and_answer_some_time_after(place):
    here = place("5.0")
    here.run("services.sh restart; sleep 15")
    happened = [e.record.text for e in here.scene.gateway.journal.entries() if type(e.record).__name__ == "Happened"]
    words = {f"{agent} {word}" for agent in ("hostd", "vpxa") for word in ("launched", "started", "stopped")}
    order = [text for text in happened if text in words]
    assert order == [
        "vpxa stopped", "hostd stopped", "hostd launched", "vpxa launched", "vpxa started", "hostd started"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "line", ["/etc/init.d/hostd restart", "/etc/init.d/hostd stop; /etc/init.d/hostd start", "services.sh restart"]
)
@pytest.mark.parametrize("release", ["5.0", "5.1", "6.7", "8.0"])
def test_started_means_launched_and_not_that_esxcli_answers(place, release, line):
    here = place(release)
    here.scene.add("web01")
    here.run(line)
    assert here.run("/etc/init.d/hostd status").out == "hostd is running.\n"
    for needs in ("esxcli vm process list", "vim-cmd vmsvc/getallvms"):
        answer = here.run(needs)
        assert (answer.status, answer.out, answer.err) == (1, "", "Connect to localhost failed: Connection failure\n")
    assert here.run("df -h").status == 1
    assert here.run("localcli vm process list | head -n 1; sleep 14").out == "web01\n"
    assert here.run("esxcli vm process list").status == 1
    here.run("sleep 1")
    assert here.run("esxcli vm process list | head -n 1").out == "web01\n"


def test_an_agent_that_is_stopped_while_it_starts_does_not_answer_later(place):
    here = place("6.7")
    here.run("/etc/init.d/hostd restart; sleep 10; /etc/init.d/hostd stop; sleep 60")
    assert here.run("/etc/init.d/hostd status").status == 3
    here.run("/etc/init.d/hostd start; sleep 10; /etc/init.d/hostd restart; sleep 10")
    assert here.run("esxcli system version get").status == 1
    assert here.run("sleep 5; esxcli system version get").status == 0
    here.run("/etc/init.d/hostd restart; reboot")
    here.scene.pass_minutes(10)
    assert here.host().launched == {}
    assert "hostd" in here.host().agents


def test_the_numbers_of_processes_hang_together_and_can_be_repeated(place):
    here, again = place("5.0"), place("5.0")
    first = here.run("services.sh restart").out
    began = re.search(r"\[(\d+)\] Begin 'hostd", first)
    assert began
    second = here.run("/etc/init.d/hostd restart").out
    assert second.startswith(f"watchdog-hostd: Terminating watchdog process with PID {began[1]}\n")
    assert again.run("services.sh restart").out == first


def test_later_releases_answer_in_our_own_words(place):
    here = place("6.7")
    answer = here.run("services.sh restart")
    assert answer.status == 0
    assert "hostd started." in answer.out
    shown = {text.name: text.provenance for text in here.shown()}
    assert shown["services.sh.own-words"] == "assumed"
    assert place("8.0").run("services.sh").status != 0


@pytest.mark.parametrize(
    ("release", "agent", "sample"),
    [("5.0", "hostd", HOSTD_5_0), ("5.1", "hostd", HOSTD_6_7), ("6.7", "hostd", HOSTD_6_7), ("8.0", "hostd", HOSTD_6_7),
     ("5.0", "vpxa", VPXA_5_0), ("5.1", "vpxa", VPXA_6_7), ("6.7", "vpxa", VPXA_6_7)],
)  # fmt: skip
def test_restart_of_an_agent(place, release, agent, sample):
    here = place(release)
    answer = here.run(f"/etc/init.d/{agent} restart")
    assert (masked(answer.out), answer.status) == (masked(sample), 0)
    assert agent not in here.host().agents
    here.run("sleep 15")
    assert agent in here.host().agents


def test_status_of_the_agents(place):
    here = place("6.7")
    assert here.run("/etc/init.d/hostd status").out == "hostd is running.\n"
    assert here.run("/etc/init.d/vpxa status").out == "vpxa is running\n"
    here.run("/etc/init.d/hostd stop; /etc/init.d/vpxa stop")
    down = here.run("/etc/init.d/hostd status")
    assert (down.out, down.status != 0) == ("hostd is not running.\n", True)
    assert here.run("/etc/init.d/hostd start; /etc/init.d/hostd status").out == "hostd started.\nhostd is running.\n"
    assert here.run("/etc/init.d/usbarbitrator status").out == "usbarbitrator is running\n"


def test_without_hostd_only_localcli_answers_and_vms_run_on(place):
    here = place("5.1")
    here.scene.add("web01")
    here.run("/etc/init.d/hostd stop")
    for line in ("esxcli network", "esxcli vm process list", "vim-cmd vmsvc/getallvms"):
        answer = here.run(line)
        assert (answer.out, answer.err) == ("", "Connect to localhost failed: Connection failure\n")
        assert answer.status != 0
    assert here.run("df -h").status != 0
    assert here.run("localcli vm process list | head -1").out == "web01\n"
    assert ("format.hostd-down", "quoted") in [(text.name, text.provenance) for text in here.shown()]
    here.run("/etc/init.d/hostd start; sleep 15")
    assert here.run("esxcli vm process list | head -1").out == "web01\n"


def test_the_ssh_service_is_switched_and_the_session_survives(place):
    here = place("8.0")
    assert here.run("/etc/init.d/SSH stop; /etc/init.d/SSH status").out == "SSH login disabled\nSSH login is stopped\n"
    assert not here.host().ssh
    assert here.run("/etc/init.d/SSH start").out == "SSH login enabled\n"
    assert here.run("/etc/init.d/SSH restart").out == "SSH login disabled\nSSH login enabled\n"
    assert here.host().ssh


def test_a_service_that_does_not_exist_and_an_action_that_does_not(place):
    here = place("5.0")
    missing = here.run("/etc/init.d/networking restart")
    assert (missing.err, missing.status) == ("-sh: /etc/init.d/networking: not found\n", 127)
    assert here.run("/etc/init.d/hostd explode").status != 0
    assert here.run("services.sh explode").status != 0
    assert "hostd" in here.host().agents


def test_each_text_is_noted_once_for_a_host(place):
    here = place("6.7")
    for _ in range(3):
        here.run("/etc/init.d/hostd status", host=1)
        here.run("/etc/init.d/hostd status", host=2)
    noted = [text for text in here.shown() if text.name == "initd.hostd-running"]
    assert [(text.provenance, text.source) for text in noted] == [("assumed", "as in public transcript of ESXi 7.0")] * 2
