"""Two sites with a cloud: runs of both procedures in their lab, what an operator does beside them, and what the wires show."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from harness.blueprints import load_blueprint
from harness.cli.lab_site import site_file
from harness.lab import Lab, open_lab
from harness.probes.limits import limits_of
from harness.probes.operator import Operator
from harness.probes.place import Place
from harness.probes.snapshot import RUNS, take_snapshot
from harness.procedures.catalogue import PROCEDURES
from harness.procedures.conduct import Request, Surroundings, carry_out
from harness.procedures.events import Ended
from harness.procedures.state import read_state
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from tests.procedures.logs import read_log

ROOT = Path(__file__).parents[2]
FAILOVER, FAILBACK = "vcd-failover", "vcd-failback"
RESOURCE, PLAN = "vc-res.lab.example", "management"
ALIAS = "nas.lab.example"
TARGETS = ("esx-b01", "esx-b02", "esx-b03", "esx-b04")


@dataclass
class TwoSites:
    """A lab of two sites with the folder of its site file."""

    lab: Lab
    folder: Path

    @property
    def site(self) -> Path:
        return self.folder / "lab.toml"

    def begun(self, name: str) -> bool:
        return (self.folder / f"lab.{name}.state.json").exists()

    def done(self, name: str) -> set[str]:
        """The steps that are done."""
        return set(read_state(self.folder / f"lab.{name}.state.json").done)

    def run_to(self, step: str, **asked: Any) -> None:  # noqa: ANN401
        """A fail-over that a person interrupts after that step."""
        ended = self.run(FAILOVER, unwanted=lambda: step in self.done(FAILOVER), **asked)
        assert ended.ending == "interrupted"
        assert step in self.done(FAILOVER)

    def run(self, name: str, reach: Place | None = None, *, unwanted: Callable[[], bool] = lambda: False, **asked: Any) -> Ended:  # noqa: ANN401
        """One run in this process, over the lab's wires."""
        request = Request(PROCEDURES[name], self.site, **asked)
        return carry_out(request, Surroundings(io.StringIO(), unwanted, reach=lambda _site, _parts: reach or self.lab))

    def command(self, name: str, *arguments: str) -> subprocess.Popen[str]:
        """One run in a process of its own."""
        return command(self.folder, name, *arguments)

    def log(self, name: str, kind: str) -> list[dict[str, Any]]:
        return [event for event in read_log(self.folder / f"lab.{name}.log.jsonl") if event["kind"] == kind]

    def fail_over(self, power_on: str = "ha") -> None:
        self.lab.faults.lose_site("protected")
        assert self.run(FAILOVER, given={"power-on": power_on}) == Ended("finished")

    def fail_back(self) -> None:
        """With a person who gives power back when the procedure asks for it."""
        ended = self.run(FAILBACK)
        while ended.ending == "stopped":
            assert self.lend_a_hand(ended), ended
            ended = self.run(FAILBACK, resume=True)
        assert ended == Ended("finished")

    def lend_a_hand(self, ended: Ended) -> bool:
        """Do what a stop of the fail-back asks a person for; False where it asks for something else."""
        if ended.otherwise.startswith("Give that array its power, and nothing else of its site."):
            self.lab.faults.return_array(ended.found.partition(" ")[0])
        elif ended.otherwise.startswith("Give the protected site its power back now"):
            self.lab.faults.restore_site("protected")
        else:
            return False
        return True

    @contextmanager
    def operator(self) -> Iterator[Operator]:
        operator = Operator(self.lab, limits_of(self.lab.release))
        yield operator
        operator.close()

    def shown(self) -> dict[str, object]:
        """What all wires show, but for the numbers that each power-on of a VM gives anew."""
        with self.operator() as operator:
            readings = take_snapshot(operator).readings
            everything: dict[str, object] = {str(key): value for key, value in readings.items() if key.aspect != RUNS}
            everything |= {f"runs on {key.subjects}": True for key in readings if key.aspect == RUNS}
            for array in [operator.array(name) for name in operator.place.arrays]:
                everything |= {f"{array.name} {lun.device}": (lun.name, lun.writable, lun.presented) for lun in array.luns()}
                for group in array.groups():
                    everything[group.name] = (group.state, group.source_array, group.target_array)
            for name in operator.place.nameservers:
                everything[name] = operator.nameserver(name).alias(ALIAS).value
            for name in ("srm-a", "srm-b"):
                everything[name] = operator.srm(name).plan(PLAN).state
            for name in operator.place.vcloud:
                everything |= {vapp.name: vapp.status for vapp in operator.cloud(name).vapps()}
            return everything

    def tenants(self) -> dict[str, object]:
        """How each VM of the tenants stands, on whichever host of its site."""
        with self.operator() as operator:
            seen = operator.at(RESOURCE).look()
            return {
                m.name: (m.power, m.connection, m.host[:5], m.protected, m.vmx, m.ref._moId, [str(nic) for nic in m.nics])
                for m in seen.machines.values()
            } | {host.name: (host.connection, host.maintenance) for host in seen.hosts.values()}


def command(folder: Path, name: str, *arguments: str) -> subprocess.Popen[str]:
    """``blackstart procedure`` in a folder, by its ``lab.toml`` unless another site file is named."""
    line = [sys.executable, "-m", "harness.cli", "procedure", name, "--site", "lab.toml", *arguments]
    environment, pipe = {**os.environ, "PYTHONPATH": str(ROOT)}, subprocess.PIPE
    return subprocess.Popen(line, cwd=folder, env=environment, stdout=pipe, stderr=pipe, text=True)


@contextmanager
def two_sites(folder: Path, release: str = "5.0", *variations: str) -> Iterator[TwoSites]:
    with (
        open_lab(load_blueprint("two-sites", *variations), load(release), ProcessSimulator(), 7) as lab,
        site_file(lab, folder / "lab.toml", 120.0),
    ):
        yield TwoSites(lab, folder)
        lab.check()
