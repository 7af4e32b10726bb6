"""How long the two-site lab takes to open, against the same VMs by plain calls in a simulator without our hooks, in the same run.

Prints both medians and their ratio; five times the plain one or more is too much. The plain one has one vCenter, no network, no
shells and no world behind it, and powers its VMs on.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from pyVmomi import vim

from harness.blueprints import Blueprint, load_blueprint
from harness.lab import open_lab
from harness.protocols.vcenter.orders import Orders
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from tests.soap import open_session

LIMIT = 5.0


def ended(task: Any) -> Any:  # noqa: ANN401 - pyvmomi's classes are made at run time
    """The result of a task, once there is one."""
    while (info := task.info).state in {"running", "queued"}:
        time.sleep(0.001)
    return info.result


def time_plain(simulator: ProcessSimulator, blueprint: Blueprint, volumes: Path) -> float:
    """Seconds for the blueprint's hosts and VMs by one call after the other, of a client that nobody asks about anything."""
    began = time.perf_counter()
    with simulator.start(volumes) as vcenter:
        content, orders = open_session(vcenter.address, vcenter.operator)[1], Orders(vcenter.address, vcenter.agent)
        datacenter = content.rootFolder.CreateDatacenter("plain")
        cluster = datacenter.hostFolder.CreateClusterEx("plain", vim.cluster.ConfigSpecEx())
        hosts = {}
        for plan in blueprint.hosts:
            spec = vim.host.ConnectSpec(hostName=plan.name, userName="root", force=True)
            hosts[plan.name] = ended(cluster.AddHost_Task(spec, True))
        store = next(iter(hosts.values())).configManager.datastoreSystem.CreateLocalDatastore("plain", str(volumes))
        for host in hosts.values():
            orders.set([(host, "datastore", [store])])
        for plan in blueprint.machines:
            config = vim.vm.ConfigSpec(name=plan.name, memoryMB=1024, files=vim.vm.FileInfo(vmPathName="[plain]"))
            machine = ended(datacenter.vmFolder.CreateVM_Task(config, cluster.resourcePool, hosts[plan.host]))
            if plan.on:
                ended(machine.PowerOnVM_Task())
        took = time.perf_counter() - began
        orders.close()
    return took


def time_ours(simulator: ProcessSimulator, blueprint: Blueprint) -> float:
    """Seconds until the lab can be used."""
    began = time.perf_counter()
    with open_lab(blueprint, load("5.0"), simulator, 1):
        return time.perf_counter() - began


def run(rounds: int) -> int:
    """Takes turns, so that both meet the same machine; the first turn warms up."""
    simulator, blueprint, pairs = ProcessSimulator(), load_blueprint("two-sites"), []
    for _ in range(rounds + 1):
        with tempfile.TemporaryDirectory() as name:
            pairs.append((time_plain(simulator, blueprint, Path(name)), time_ours(simulator, blueprint)))
    plain, ours = (statistics.median(column) for column in zip(*pairs[1:], strict=True))
    ratio = ours / plain
    sys.stdout.write(f"two-site lab to open: plain {plain:.2f} s, ours {ours:.2f} s, ratio {ratio:.2f} (limit {LIMIT})\n")
    return 0 if ratio < LIMIT else 1
