"""Two sites with View: runs of both procedures in their lab, and what the wires show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from harness.blueprints import load_blueprint
from harness.cli.lab_site import site_file
from harness.lab import open_lab
from harness.probes.desktops import Desktops
from harness.procedures.events import Ended
from harness.releases import load
from harness.simulators.process import ProcessSimulator
from tests.procedures.two_sites import TwoSites

FAILOVER, FAILBACK = "view-failover", "view-failback"
DESKTOPS = "vc-desk.lab.example"
NFS = "desktops on NFS"
"""The variation in which they do not lie on VMFS volumes."""
ON = 15
"""Desktops that run at the start."""


class ViewSites(TwoSites):
    """A lab of two sites with View with the folder of its site file."""

    def over(self) -> None:
        self.lab.faults.lose_site("protected")
        assert self.run(FAILOVER) == Ended("finished")

    def back(self) -> None:
        ended = self.run(FAILBACK)
        while ended.ending == "stopped":
            assert self.lend_a_hand(ended), ended
            ended = self.run(FAILBACK, resume=True)
        assert ended == Ended("finished")

    def running(self) -> dict[str, str]:
        """By desktop that runs, its host."""
        with self.operator() as operator:
            machines = operator.at(DESKTOPS).look().machines.values()
            return {machine.name: machine.host for machine in machines if machine.power == "poweredOn"}

    def write(self, user: str, name: str) -> None:
        with self.operator() as operator:
            Desktops(operator).write(user, name)

    def users_find(self) -> dict[str, str]:
        """Who gets which desktop, and how it is."""
        with self.operator() as operator:
            return Desktops(operator).shown()

    def read(self, user: str, name: str) -> str:
        with self.operator() as operator:
            return Desktops(operator).read(user, name)


@contextmanager
def view_sites(folder: Path, release: str = "5.0", *variations: str) -> Iterator[ViewSites]:
    with (
        open_lab(load_blueprint("view-two-sites", *variations), load(release), ProcessSimulator(), 7) as lab,
        site_file(lab, folder / "lab.toml", 120.0),
    ):
        yield ViewSites(lab, folder)
        lab.check()
