# ruff: noqa: ANN401 - pyvmomi's classes are made at run time
"""The ``lab`` command as a person and a script use it: a process of its own, reached by ordinary clients."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import paramiko
import pytest
from pyVim.connect import Disconnect, SmartConnect
from pyVim.task import WaitForTask
from pyVmomi import vim

from harness.cli.lab import HINT
from harness.patience import STUCK
from harness.probes.operator import Operator
from harness.procedures.logins import Logins
from harness.procedures.site import Site
from harness.procedures.site_file import RecoveryEntry, load_site
from harness.simulators.remains import process_start
from tests.cli.started_lab import TWO_SITES, StartedLab, spawn, started
from tests.sockets import listeners
from tests.vcsim_lab import until

HOSTS_OF_CENTER = {"vc-a.example": ["esx-a1.example", "esx-a2.example"], "vc-b.example": ["esx-b1.example"]}


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StartedLab]:
    folder = tmp_path_factory.mktemp("lab")
    (folder / "ours.toml").write_text(TWO_SITES)
    with started(folder, "--blueprint", "ours.toml", "--json") as running:
        yield running


@contextmanager
def vcenter(told: dict[str, str]) -> Iterator[Any]:
    url = urlsplit(told["url"])
    session = SmartConnect(
        host=url.hostname, port=url.port, user=told["user"], pwd=told["password"], disableSslCertValidation=True
    )
    yield session.content
    Disconnect(session)


def named(content: Any, kind: type) -> dict[str, Any]:
    view = content.viewManager.CreateContainerView(content.rootFolder, [kind], True)
    return {found.name: found for found in view.view}


@contextmanager
def shell(told: dict[str, Any]) -> Iterator[paramiko.SSHClient]:
    client = paramiko.SSHClient()
    client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
    login = {"username": told["user"], "password": told["password"], "allow_agent": False, "look_for_keys": False}
    client.connect(told["host"], told["port"], timeout=STUCK, **login)
    with closing(client):
        yield client


def run(client: paramiko.SSHClient, command: str) -> str:
    _, out, err = client.exec_command(command, timeout=STUCK)
    shown = out.read().decode()
    assert (out.channel.recv_exit_status(), err.read()) == (0, b"")
    return shown


def test_the_first_line_has_all_that_a_script_needs(lab):
    assert lab.told.keys() == {"release", "vcenters", "hosts"}
    assert lab.told["release"] == "5.0"
    assert [center["name"] for center in lab.told["vcenters"]] == list(HOSTS_OF_CENTER)
    for center in lab.told["vcenters"]:
        assert center.keys() == {"name", "url", "user", "password"}
    for host in lab.told["hosts"]:
        assert host.keys() == {"name", "vcenter", "ssh"}
        assert host["ssh"].keys() == {"host", "port", "user", "password"}
    assert len({*lab.addresses}) == 5
    assert {host for host, _ in lab.addresses} == {"127.0.0.1"}


def test_pyvmomi_finds_the_hosts_by_the_names_in_the_first_line(lab):
    for center in lab.told["vcenters"]:
        with vcenter(center) as content:
            inventory = sorted(named(content, vim.HostSystem))
        assert inventory == HOSTS_OF_CENTER[center["name"]]
        assert inventory == [host["name"] for host in lab.told["hosts"] if host["vcenter"] == center["name"]]


def test_each_port_leads_to_the_host_it_is_told_for(lab):
    for host in lab.told["hosts"]:
        with shell(host["ssh"]) as client:
            assert run(client, "hostname") == host["name"] + "\n"


def test_a_vm_powered_on_over_the_api_shows_up_in_the_shell_of_its_host(lab):
    with shell(lab.told["hosts"][0]["ssh"]) as client, vcenter(lab.told["vcenters"][0]) as content:
        assert "app01" not in run(client, "esxcli vm process list")
        machine = named(content, vim.VirtualMachine)["app01"]
        WaitForTask(machine.PowerOn())
        assert re.search(r"^app01\n.*Display Name: app01\n", run(client, "esxcli vm process list"), re.DOTALL)
        WaitForTask(machine.PowerOff())
        assert "app01" not in run(client, "esxcli vm process list")


@pytest.mark.skipif(shutil.which("ssh") is None, reason="this machine has no OpenSSH client")
def test_the_printed_lines_are_ones_that_a_person_can_type(tmp_path):
    ask = tmp_path / "ask"
    with started(tmp_path, "--release", "8.0") as lab:
        assert lab.first_line.startswith("Lab 'three-hosts', ")
        shown = list(iter(lab.process.stdout.readline, f"{HINT}\n"))
        password = next(line.split()[1] for line in shown if line.startswith("  password "))
        ask.write_text(f"#!/bin/sh\necho '{password}'\n")
        ask.chmod(0o755)
        lines = [line.split(maxsplit=1) for line in shown if " ssh -p " in line]
        assert [name for name, _ in lines] == ["esx01.lab.example", "esx02.lab.example", "esx03.lab.example"]
        for name, line in lines:
            assert typed(line, "hostname; vmware -v", ask).startswith(f"{name}\nVMware ESXi 8.0")
        address, user = re.search(r"^  (https://\S+)\n  user (\S+), password (\S+)$", "".join(shown), re.M).group(1, 2)
        with vcenter({"url": address, "user": user, "password": password}) as content:
            assert content.about.version.startswith("8.0")
            assert sorted(named(content, vim.HostSystem)) == [name for name, _ in lines]


def typed(line: str, command: str, ask: Path) -> str:
    """What a printed ``ssh`` line answers with a command behind it, where ``ask`` types the password."""
    unasked = ["-F", "none", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-o", "LogLevel=ERROR"]
    environment = {**os.environ, "SSH_ASKPASS": str(ask), "SSH_ASKPASS_REQUIRE": "force", "DISPLAY": ":0"}
    program, *words = shlex.split(line)
    done = subprocess.run(
        [program, *unasked, "-o", "PubkeyAuthentication=no", *words, command], env=environment, stdin=subprocess.DEVNULL,
        capture_output=True, text=True, timeout=STUCK, start_new_session=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


@pytest.mark.parametrize(
    ("number", "status", "said"),
    [
        (signal.SIGINT, 0, "\nThe lab is gone.\n"),
        (signal.SIGTERM, 0, "\nThe lab is gone.\n"),
        (signal.SIGKILL, -signal.SIGKILL, ""),
    ],
)
def test_a_lab_that_ends_leaves_nothing_even_with_clients_at_work(tmp_path, number, status, said):
    with started(tmp_path, "--json") as lab:
        simulators, addresses = lab.simulators, lab.addresses
        assert len(simulators) == 1
        ports = [port for _, port in addresses]
        assert len(serving := listeners(ports)) == len(ports)
        with vcenter_left_open(lab.told["vcenters"][0]), shell(lab.told["hosts"][0]["ssh"]) as client:
            client.exec_command("while true; do sleep 1; done")
            assert lab.end(number) == status
            if status:
                until(lambda: not lab.remains() and not any(map(process_start, simulators)))
            assert not serving & listeners(ports)
            assert not any(map(process_start, simulators))
        until(lambda: not lab.remains())
        assert lab.process.communicate() == ("", said)


@contextmanager
def vcenter_left_open(told: dict[str, str]) -> Iterator[None]:
    """A session whose server goes away before it could be closed."""
    url = urlsplit(told["url"])
    SmartConnect(host=url.hostname, port=url.port, user=told["user"], pwd=told["password"], disableSslCertValidation=True)
    yield


def test_a_lab_whose_simulator_dies_ends_with_2_and_says_so(tmp_path):
    with started(tmp_path, "--json") as lab:
        os.kill(lab.simulators[0], signal.SIGKILL)
        assert lab.process.wait(timeout=STUCK) == 2
        out, err = lab.process.communicate()
        assert out == ""
        assert re.match(r"blackstart: vcsim: ", err)
        assert "Traceback" not in err
        until(lambda: not lab.remains())


def test_a_lab_interrupted_while_it_starts_leaves_nothing(tmp_path):
    lab = StartedLab(spawn(tmp_path), "", tmp_path)
    until(lambda: any(tmp_path.glob("*/run-*")))
    status = lab.end(signal.SIGINT)
    out, err = lab.process.communicate()
    assert (status, out, err) == (2, "", "blackstart: interrupted\n")
    until(lambda: not lab.remains())


def test_a_site_file_is_there_while_the_lab_runs_and_leads_to_it(tmp_path):
    with started(tmp_path, "--json", "--pace", "600", "--site-file", "lab.toml") as lab:
        logins = tmp_path / "lab.credentials.toml"
        assert logins.stat().st_mode & 0o777 == 0o600
        assert lab.told["hosts"][0]["ssh"]["password"] not in (tmp_path / "lab.toml").read_text()
        site = load_site(tmp_path / "lab.toml")
        assert (site.name, site.release) == ("three-hosts", "5.0")
        place = Site(site, Logins(site.credentials, {}), ("hosts", "vcenters"))
        operator = Operator(place, site.limits)
        assert list(operator.look().hosts) == operator.hosts == [host["name"] for host in lab.told["hosts"]]
        date = operator.shell("esx02").run("date +%s; hostname").succeeded().lines
        assert abs(int(date[0]) - place.now().timestamp()) < 3600
        assert (date[1], site.host("esx02.lab.example").datastores) == ("esx02.lab.example", ("vmfs01", "vmfs02"))
        operator.close()
        assert lab.end(signal.SIGINT) == 0
        assert not list(tmp_path.glob("*.toml"))


RECOVERY = RecoveryEntry(
    plan="management",
    management=("vcd-db", "vc-res", "vsm01", "vcd-cell01", "vcd-cell02"),
    groups=("cg-tenants",),
    cluster="resource",
    vcenter="vc-res.lab.example",
    management_groups=("cg-management",),
)


def test_the_site_file_of_two_sites_says_where_everything_is(tmp_path):
    with started(tmp_path, "--json", "--blueprint", "two-sites", "--site-file", "lab.toml") as lab:
        assert [center["name"] for center in lab.told["vcenters"]]
        site = load_site(tmp_path / "lab.toml")
        assert {entry.name: entry.role for entry in site.of_kind("vcenter")} == {
            "vc-mgmt-a.lab.example": "protected",
            "vc-mgmt-b.lab.example": "recovery",
            "vc-res.lab.example": "",
        }
        assert [entry.name for entry in site.of_kind("array")] == ["array-a", "array-b"]
        assert [(entry.name, entry.role) for entry in site.of_kind("vcloud")] == [("vcloud.lab.example", "")]
        assert len(site.host_names("protected")) == len(site.host_names("recovery")) == 6
        assert site.host("esx-a01.lab.example").datastores == tuple(f"tenant-vmfs0{number}" for number in range(1, 5))
        assert site.host("esx-b01.lab.example").datastores == ()
        assert site.host("esx-b01.lab.example").vcenter == "vc-res.lab.example"
        assert [(entry.name, entry.role) for entry in site.of_kind("srm")] == [
            ("srm-a.lab.example", "protected"),
            ("srm-b.lab.example", "recovery"),
        ]
        assert site.recovery == RECOVERY
        assert site.branches == {"agents": "restarted"}


def test_a_site_file_of_somebody_else_is_not_overwritten(tmp_path):
    (tmp_path / "ours.credentials.toml").write_text("[host]\n")
    with started(tmp_path, "--site-file", "ours.toml") as lab:
        _, errors = lab.process.communicate(timeout=120)
    assert lab.process.returncode == 2
    assert re.search(
        r"^blackstart: ours\.credentials\.toml: --site-file: there is a file that no lab has written\n  Give", errors, re.M
    )
    assert [path.name for path in tmp_path.glob("*.toml")] == ["ours.credentials.toml"]


def test_a_site_file_that_a_killed_lab_has_left_is_written_anew(tmp_path):
    with started(tmp_path, "--site-file", "lab.toml") as lab:
        lab.end(signal.SIGKILL)
    with started(tmp_path, "--site-file", "lab.toml") as lab:
        assert lab.first_line.startswith("Lab 'three-hosts'")
        assert load_site(tmp_path / "lab.toml").host_names()
        lab.end(signal.SIGINT)
    assert not list(tmp_path.glob("*.toml"))


def test_simulated_time_runs_beside_wall_time_at_the_pace_asked_for(tmp_path):
    with started(tmp_path, "--json", "--pace", "7200") as lab, shell(lab.told["hosts"][0]["ssh"]) as client:
        began = int(run(client, "date +%s"))
        until(lambda: int(run(client, "date +%s")) - began > 3600)
