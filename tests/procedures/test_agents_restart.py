"""The restart of the agents after a black start, by the command, against a lab reached by SSH and the vSphere API (VDS-08)."""

from __future__ import annotations

import io
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from harness.blueprints import load_blueprint
from harness.cli.lab_site import site_file
from harness.lab import Lab, open_lab
from harness.patience import STUCK
from harness.probes.hosts import Hosts
from harness.probes.limits import limits_of
from harness.probes.listings import read_blocks
from harness.probes.machines import Machines, NewMachine
from harness.probes.network import Network
from harness.probes.operator import Operator
from harness.probes.storage import Datastores
from harness.procedures.agents_restart import AGENTS_RESTART, MARK
from harness.procedures.conduct import Request, Surroundings, carry_out
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from harness.units import HostName
from tests.procedures.logs import read_log
from tests.procedures.running_time import running_time

ROOT = Path(__file__).parents[2]
PACE = 60.0
WAITS = "\n[waits]\nboot = 36000\nagents = 36000\n"
"""A loaded machine may take longer for what these wait for than the time of a lab, which runs on, allows."""
STATE, LOG = "lab.agents-restart.state.json", "lab.agents-restart.log.jsonl"
BLACK_START = (HostName("esx01.lab.example"), HostName("esx02.lab.example"))
"""Two hosts lose their power; the third, which runs a VM, does not."""


@dataclass
class Site:
    """A lab with the operator who prepares and judges it, and the folder of its site file."""

    lab: Lab
    operator: Operator
    folder: Path

    @property
    def machines(self) -> Machines:
        return Machines(self.operator)

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "harness.cli", "procedure", "agents-restart", "--site", "lab.toml", *arguments]

    def spawn(self, *arguments: str) -> subprocess.Popen[str]:
        environment, pipe = {**os.environ, "PYTHONPATH": str(ROOT)}, subprocess.PIPE
        return subprocess.Popen(self.command(*arguments), cwd=self.folder, env=environment, stdout=pipe, stderr=pipe, text=True)

    def run(self, *arguments: str) -> tuple[int, str, str]:
        process = self.spawn(*arguments)
        out, errors = process.communicate(timeout=STUCK)
        return process.returncode, out, errors

    def black_out(self) -> None:
        """Two hosts come up again before their storage."""
        for host in BLACK_START:
            self.lab.faults.cut_power(host)
            for label in ("vmfs01", "vmfs02"):
                self.lab.faults.cut_paths(host, label)
        self.lab.faults.give_power(*BLACK_START)
        Hosts(self.operator).await_boot(*BLACK_START)
        assert "volatile.status = invalid" in self.operator.shell(BLACK_START[0]).run("net-dvs -l").output

    def return_storage(self) -> None:
        for host in BLACK_START:
            for label in ("vmfs01", "vmfs02"):
                self.lab.faults.give_paths(host, label)
        Datastores(self.operator).rescan()

    def resuming(self) -> list[str]:
        return ["--resume"] if (self.folder / STATE).exists() else []

    def restarts(self) -> dict[str, int]:
        """How often each host's hostd was stopped, as the lab's own journal has it."""
        told = [entry.record for entry in self.lab.journal.entries()]
        stops = [event for event in told if getattr(event, "kind", "") == "AgentStopped" and "hostd" in event.text]
        return {host: sum(event.subject == host for event in stops) for host in self.lab.hosts}

    def marks(self) -> list[str]:
        return [host for host in self.operator.hosts if not self.operator.shell(host).run(f"ls {MARK}").status]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    release = load("5.0")
    with (
        open_lab(load_blueprint("three-hosts"), release, ProcessSimulator(), 7) as lab,
        site_file(lab, tmp_path / "lab.toml", PACE),
    ):
        (tmp_path / "lab.toml").write_text((tmp_path / "lab.toml").read_text() + WAITS)
        operator = Operator(lab, limits_of(release))
        found = Site(lab, operator, tmp_path)
        for name, host in (("web01", "esx01"), ("web02", "esx02"), ("web03", "esx03")):
            found.machines.create(NewMachine(name, host, "vmfs01", "production"), running=True)
        with running_time(lab, PACE):
            yield found
        operator.close()


def check_cured(site: Site) -> None:
    """What was powered on after the restart has a network connection, and what ran has kept running."""
    for name in ("web01", "web02"):
        site.machines.power_on(name)
        Network(site.operator, site.machines).check_connection(name, connected=True)
    assert site.marks() == []


def test_a_plan_is_printed_and_nothing_is_touched(site):
    before = len(site.lab.journal)
    status, said, errors = site.run("--plan")
    assert (status, errors) == (0, "")
    assert "[2/7] restart-agents esx01.lab.example: Restart the management agents of esx01.lab.example" in said
    assert "  before  esx03.lab.example has its datastores mounted\n" in said
    assert not [entry for entry in site.lab.journal.entries(before) if type(entry.record).__name__ in {"CommandRun", "ApiCall"}]
    assert {file.name for file in site.folder.iterdir()} == {"lab.toml", "lab.credentials.toml"}


def test_it_stops_while_the_storage_is_absent_and_goes_on_when_it_is_back(site):
    site.black_out()
    worlds = site.machines.worlds("esx03")
    status, said, errors = site.run()
    assert (status, errors) == (1, "")
    assert re.search(
        r"Stopped at the step restart-agents esx01\.lab\.example, before it: esx01\.lab\.example has its datastores", said
    )
    assert re.search(
        r"found: esx01\.lab\.example: expected vmfs01, vmfs02 mounted, but ls shows no vmfs01 \(.*\), no vmfs02", said
    )
    assert re.search(r"next:  Bring the storage back, then run esxcfg-rescan -A on esx01\.lab\.example\.", said)
    assert "  then:  blackstart procedure agents-restart --site lab.toml --resume\n" in said
    assert set(site.restarts().values()) == {0}

    site.return_storage()
    status, said, errors = site.run("--resume")
    assert (status, errors) == (0, ""), said
    assert said.endswith(f"\nFinished: every step is done.\nLog: {LOG}\n")
    assert site.machines.worlds("esx03") == worlds
    assert "have kept running: web03 in world " + worlds["web03"] in said
    assert set(site.restarts().values()) == {1}
    check_cured(site)


def test_the_log_has_what_was_done_over_the_wires_and_no_password(site):
    assert site.run()[0] == 0
    events = read_log(site.folder / LOG)
    commands = [event["data"] for event in events if event["kind"] == "wire" and event["form"] == "command"]
    restarts = [command for command in commands if command["line"].startswith("services.sh restart")]
    assert [(command["host"], command["status"]) for command in restarts] == [(host, 0) for host in site.operator.hosts]
    assert {event["kind"] for event in events} >= {"begin", "step", "check", "note", "act", "wire", "done", "end"}
    passwords = {access.login.password for access in (*site.lab.hosts.values(), *site.lab.vcenters.values())}
    for file in (STATE, LOG):
        assert not any(password in (site.folder / file).read_text() for password in passwords)


def test_a_scenario_gives_the_engine_its_lab_and_nothing_sleeps(site):
    surroundings = Surroundings(io.StringIO(), reach=lambda _site, _parts: site.lab)
    site.lab.faults.stop_vcenter("vc01.lab.example")
    request = Request(AGENTS_RESTART, site.folder / "lab.toml")
    began = time.monotonic()
    assert carry_out(request, surroundings).ending == "stopped"
    assert time.monotonic() - began < limits_of(load("5.0")).connection.total_seconds() / 2
    site.lab.faults.start_vcenter("vc01.lab.example")
    assert carry_out(replace(request, resume=True), surroundings).ending == "finished"
    events = read_log(site.folder / LOG)
    assert all(event["at"].startswith("2012-02-09T") for event in events)
    assert {event["form"] for event in events if event["kind"] == "wire"} == {"command", "call"}


def test_killed_at_random_times_and_resumed_it_cures_every_host(site):
    site.black_out()
    site.return_storage()
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    for _ in range(5):
        process = site.spawn(*site.resuming())
        time.sleep(0.4 + chance.random() * 2)
        process.kill()
        process.communicate()
    status, said, errors = site.run(*site.resuming())
    assert (status, errors) == (0, ""), (seed, said)
    check_cured(site)
    assert min(site.restarts().values()) >= 1  # a command line that was cut off before its mark is run again


def test_a_vcenter_that_does_not_answer_stops_it_and_is_left_out_on_the_other_branch(site):
    (site.folder / "lab.toml").write_text((site.folder / "lab.toml").read_text() + "connection = 30\n")
    site.lab.faults.stop_vcenter("vc01.lab.example")
    status, said, _ = site.run()
    assert status == 1
    assert "Stopped at the step vcenter-answers vc01.lab.example, after it: vc01.lab.example answers\n" in said
    assert "vc01.lab.example does not answer" in said
    (site.folder / STATE).unlink()
    status, said, errors = site.run("--branch", "vcenter=down")
    assert (status, errors) == (0, ""), said
    assert "agents-restart at three-hosts, vcenter=down: 6 steps." in said


def test_vms_that_did_not_keep_running_are_named(site):
    def meddle() -> bool:
        if site.restarts()["esx03.lab.example"]:
            listed = read_blocks(site.operator.shell("esx03").run("localcli vm process list").succeeded().output)
            for machine in listed:
                site.operator.shell("esx03").run(f"localcli vm process kill -t hard -w {machine['World ID']}").succeeded()
        return False

    site.lab.faults.cut_power(BLACK_START[0])
    site.lab.faults.give_power(BLACK_START[0])
    Hosts(site.operator).await_boot(BLACK_START[0])
    ended = carry_out(Request(AGENTS_RESTART, site.folder / "lab.toml"), Surroundings(io.StringIO(), meddle))
    assert (ended.ending, ended.step) == ("stopped", "restart-agents esx03.lab.example")
    assert re.fullmatch(r"esx03\.lab\.example: expected running on: web03 in world \d+, but localcli .* shows no VM", ended.found)


def test_a_host_without_a_list_of_datastores_is_input_to_mend(site):
    text = (site.folder / "lab.toml").read_text()
    (site.folder / "lab.toml").write_text(text.replace('datastores = ["vmfs01", "vmfs02"]\n', ""))
    status, _, errors = site.run("--branch", "vcenter=down")
    assert status == 2
    assert "host esx01.lab.example: nothing says which datastores it needs\n  Name them in its [[host]] table: " in errors


def test_a_wrong_password_is_input_to_mend(site):
    file = site.folder / "lab.credentials.toml"
    file.write_text(file.read_text().replace("VMware1!", "wrong"))
    status, said, errors = site.run()
    assert status == 2
    assert "InvalidLogin" in errors
    assert "Broken off at the step vcenter-answers" in said
