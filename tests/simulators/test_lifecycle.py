"""Starting vcsim both ways, and that nothing outlives its run: not a process, not a container, not a directory."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import docker
import pytest
from pyVmomi import vim

from harness.errors import LabError
from harness.patience import STUCK
from harness.protocols.vcenter.link import Link, Results
from harness.protocols.vcenter.orders import Orders
from harness.simulators.choice import choose_simulator
from harness.simulators.container import engine_answers
from harness.simulators.process import ProcessSimulator
from harness.simulators.remains import process_start
from harness.units import EPOCH, Credentials
from tests.soap import open_session
from tests.sockets import listeners
from tests.vcsim_lab import freeze, until, wait_for

ROOT = Path(__file__).parents[2]
needs_docker = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers on this machine")
KINDS = ["process", pytest.param("container", marks=needs_docker)]

RUNNER = """
import json, sys, pathlib
from harness.simulators.choice import choose_simulator
from harness.simulators.run import current_run
vcenter = choose_simulator(sys.argv[1]).start(pathlib.Path(sys.argv[2]))
run = current_run()
told = {"run": str(run.directory), "watchdog": run._watchdog.pid, "port": vcenter.address.port}
told |= {"pid": vcenter.pid} if sys.argv[1] == "process" else {"container": vcenter.container_id}
print(json.dumps(told), flush=True)
sys.stdin.readline()
"""


@dataclass
class Runner:
    """Another Python that has started a vcsim and waits."""

    process: subprocess.Popen[str]
    told: dict[str, Any]

    @property
    def run(self) -> Path:
        return Path(self.told["run"])

    def everything_is_gone(self) -> bool:
        left = [self.run.exists(), bool(process_start(self.told["watchdog"]))]
        if "pid" in self.told:
            left.append(bool(process_start(self.told["pid"])))
        if "container" in self.told:
            left.append(container_exists(self.told["container"]))
        return not any(left)


def container_exists(container: str) -> bool:
    client = docker.from_env()
    try:
        client.containers.get(container)
    except docker.errors.NotFound:
        return False
    else:
        return True
    finally:
        client.close()


def start_runner(kind: str, directory: Path) -> Runner:
    volumes = directory / "volumes"
    volumes.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-c", RUNNER, kind, str(volumes)],
        cwd=ROOT,
        env={**os.environ, "TMPDIR": str(directory), "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    return Runner(process, json.loads(process.stdout.readline()))


@pytest.fixture
def runner(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Runner]:
    started = start_runner(request.param, tmp_path)
    yield started
    with contextlib.suppress(ProcessLookupError):
        started.process.kill()
    started.process.communicate()
    until(started.everything_is_gone)


@pytest.mark.parametrize("kind", KINDS)
def test_one_interface_for_both(kind: str, tmp_path: Path) -> None:
    operator = Credentials("root", "vmware")
    with choose_simulator(kind).start(tmp_path, operator) as vcenter:
        assert (vcenter.kind, vcenter.operator, vcenter.volumes) == (kind, operator, tmp_path)
        assert vcenter.address.host == "127.0.0.1"
        vcenter.check()
        content = open_session(vcenter.address, operator)[1]
        assert list(content.rootFolder.childEntity) == []
        link = Link(vcenter.address, vcenter.agent, lambda _: Results(EPOCH))
        orders = Orders(vcenter.address, vcenter.agent)
        orders.hook({"CurrentTime": "before"})
        assert open_session(vcenter.address, operator)[0].CurrentTime() == EPOCH
        link.close()
        orders.close()
        serving = listeners([vcenter.address.port])
        assert len(serving) == 1
    assert not serving & listeners([vcenter.address.port])
    vcenter.close()  # twice does no harm


@pytest.mark.parametrize("kind", KINDS)
def test_datastores_are_directories_of_ours(kind: str, tmp_path: Path) -> None:
    volume = tmp_path / "volume"
    volume.mkdir()
    with choose_simulator(kind).start(tmp_path) as vcenter:
        content = open_session(vcenter.address, vcenter.operator)[1]
        datacenter = content.rootFolder.CreateDatacenter("dc")
        spec = vim.host.ConnectSpec(hostName="esx01", userName="root", password="x", force=True)
        host = wait_for(datacenter.hostFolder.AddStandaloneHost_Task(spec, None, True)).result  # vcsim answers with the host
        host.configManager.datastoreSystem.CreateLocalDatastore("volume", str(volume))
        files = vim.vm.FileInfo(vmPathName="[volume]")
        machine = vim.vm.ConfigSpec(name="vm1", files=files)
        created = datacenter.vmFolder.CreateVM_Task(machine, host.parent.resourcePool, host)
        assert wait_for(created).state == "success"
        vmx = volume / "vm1" / "vm1.vmx"
        assert vmx.exists()
        assert (vmx.stat().st_uid, vmx.parent.stat().st_uid) == (os.getuid(), os.getuid())


@needs_docker
def test_a_container_is_published_on_loopback_only_and_runs_as_we_do(tmp_path: Path) -> None:
    with choose_simulator("container").start(tmp_path) as vcenter:
        client = docker.from_env()
        seen = client.containers.get(vcenter.container_id).attrs  # type: ignore[attr-defined]
        client.close()
        published = seen["NetworkSettings"]["Ports"]["8989/tcp"]
        assert [port["HostIp"] for port in published] == ["127.0.0.1"]
        assert seen["Config"]["User"] == f"{os.getuid()}:{os.getgid()}"
        assert vcenter.agent.password not in json.dumps(seen["Config"]["Cmd"])


def test_a_process_that_is_stopped_is_closed_all_the_same(tmp_path: Path) -> None:
    with ProcessSimulator().start(tmp_path) as vcenter:
        freeze(vcenter.pid)
    assert not process_start(vcenter.pid)


def test_vcenters_of_one_simulator_share_a_process_and_end_by_themselves(tmp_path: Path) -> None:
    simulator = ProcessSimulator()
    with simulator.start(tmp_path) as first:
        with simulator.start(tmp_path) as other:
            assert (other.pid, other.agent == first.agent) == (first.pid, False)
            with pytest.raises(LabError, match="refuses the login"):
                open_session(other.address, first.agent)
            serving = listeners([other.address.port])
            assert len(serving) == 1
        assert not serving & listeners([other.address.port])
        assert open_session(first.address, first.agent)[1].about.name
    assert not process_start(first.pid)
    with simulator.start(tmp_path) as next_one:
        assert next_one.pid != first.pid


def test_a_simulator_that_is_kept_has_one_process_for_vcenters_of_one_time_and_the_next(tmp_path: Path) -> None:
    with ProcessSimulator() as simulator:
        with simulator.start(tmp_path) as vcenter:
            open_session(vcenter.address, vcenter.operator)[1].rootFolder.CreateDatacenter("dc")
            serving = listeners([vcenter.address.port])
            assert len(serving) == 1
        assert not serving & listeners([vcenter.address.port])
        with simulator.start(tmp_path) as following:
            assert following.pid == vcenter.pid
            assert list(open_session(following.address, following.operator)[1].rootFolder.childEntity) == []
            os.kill(following.pid, signal.SIGKILL)
            until(lambda: simulator._process is not None and simulator._process.is_over)
        with simulator.start(tmp_path) as fresh:
            assert fresh.pid != following.pid
    assert not process_start(fresh.pid)


def test_a_vcenter_that_cannot_start_leaves_no_process(tmp_path: Path) -> None:
    simulator = ProcessSimulator()
    with simulator.start(tmp_path) as vcenter:
        os.kill(vcenter.pid, signal.SIGKILL)
        with pytest.raises(LabError, match="ended with status -9"):
            simulator.start(tmp_path)
    with simulator.start(tmp_path) as vcenter:
        vcenter.check()


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL, None])
@pytest.mark.parametrize("runner", KINDS, indirect=True)
def test_all_is_gone_however_the_runner_ends(runner: Runner, how: signal.Signals | None) -> None:
    assert not runner.everything_is_gone()
    if how is None:
        runner.process.communicate("\n")  # an end without close
    else:
        runner.process.send_signal(how)
        runner.process.wait(STUCK)
    until(runner.everything_is_gone)
    until(lambda: not runner.run.parent.exists())


@pytest.mark.parametrize("runner", ["process"], indirect=True)
def test_a_stopped_vcsim_of_a_killed_runner_is_gone_too(runner: Runner) -> None:
    freeze(runner.told["pid"])
    runner.process.kill()
    until(runner.everything_is_gone)


@pytest.mark.parametrize("runner", KINDS, indirect=True)
def test_the_next_run_clears_what_a_killed_watchdog_could_not(runner: Runner, tmp_path: Path) -> None:
    if "pid" in runner.told:
        freeze(runner.told["pid"])  # else it would notice by itself
    os.kill(runner.told["watchdog"], signal.SIGKILL)
    runner.process.kill()
    runner.process.wait()
    assert runner.run.exists()
    following = start_runner("process", tmp_path)
    until(runner.everything_is_gone)
    assert following.run.exists(), "a run that lives must be left alone"
    following.process.communicate("\n")
    until(following.everything_is_gone)
    until(lambda: not following.run.parent.exists())
