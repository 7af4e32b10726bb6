"""Procedures carried out in a lab, by its own site file: in its time, and told to whoever looks at what became of them."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from harness.cli.lab_site import site_file
from harness.errors import LabError
from harness.probes.failures import Unmet
from harness.procedures.catalogue import find_procedure
from harness.procedures.conduct import Request, Surroundings, carry_out
from harness.procedures.events import Ended
from harness.units import number_of

if TYPE_CHECKING:
    from harness.lab import Lab

PACE = 1.0
"""Of the lab's clock in its site file; a run in the lab itself never sleeps."""


class Rehearsal:
    """Runs of procedures; each name has one run, which goes on where it was stopped."""

    def __init__(self, lab: Lab, site: Path) -> None:
        self._lab, self._site = lab, site
        self._ended: dict[str, Ended] = {}
        self._stops: dict[str, list[str]] = {}

    @property
    def folder(self) -> Path:
        """Where the logs of the procedures are."""
        return self._site.parent

    def run(self, name: str, branch: str = "") -> None:
        """Carry a procedure out, with a branch (``power-on=vcloud``) or as the site file says; how it ends is kept.

        Raises ``LabError`` where it ends broken, which says nothing about it: a lab that died, a login that is refused.
        """
        self._ended[name] = self._carried_out(self._request(name, branch))

    def run_in_pieces(self, name: str, branch: str) -> None:
        """The same, stopped by a person after each step that is done, and resumed."""
        request = self._request(name, branch)
        stops = self._stops[name] = []
        ended = self._carried_out(request, stop_after=1)
        while ended.ending == "interrupted" and len(done := _done(request.state_file)) > len(stops):
            stops.append(done[-1])
            ended = self._carried_out(Request(request.procedure, self._site, resume=True), stop_after=len(done) + 1)
        self._ended[name] = ended

    def check_finished(self, name: str) -> None:
        """Every step of it is done."""
        if self._ended.get(name) != Ended("finished"):
            raise Unmet(f"the procedure {name}", "every step done", [("it", self._told(name))])

    def check_pieces(self, name: str) -> None:
        """It was stopped after each of its steps but the last, as its log tells, and went on after the one before each time."""
        begun = [event["done"] for event in self._log(name) if event["kind"] == "begin"]
        stops, steps = self._stops.get(name, []), self._steps(name)
        if begun != [steps[:count] for count in range(len(steps))] or stops != steps[:-1]:
            raise Unmet(
                f"the log of {name}",
                "a stop after each step",
                [("it", f"{number_of(len(stops), 'stop')}, {number_of(len(steps), 'step')}")],
            )

    def check_stopped(self, name: str, step: str, reason: str) -> None:
        """It stopped at that step, and told ``reason``: what was found, or what a person does next."""
        ended = self._ended.get(name)
        told = f"{ended.found} {ended.otherwise}" if ended else ""
        if ended is None or (ended.ending, ended.step.partition(" ")[0]) != ("stopped", step) or reason not in told:
            raise Unmet(f"the procedure {name}", f"a stop at {step}: {reason}", [("it", self._told(name))])

    def check_seen(self, name: str, text: str) -> None:
        """What one of its checks saw, by its log, holds ``text``."""
        seen = [event["seen"] for event in self._log(name) if event["kind"] == "check"]
        if not any(text in each for each in seen):
            raise Unmet(f"the log of {name}", text, [("it", f"{number_of(len(seen), 'check')}, none with that")])

    def _request(self, name: str, branch: str) -> Request:
        return Request(find_procedure(name), self._site, dict([branch.split("=")]) if branch else {})

    def _carried_out(self, request: Request, stop_after: int = 0) -> Ended:
        def unwanted() -> bool:
            return bool(stop_after) and len(_done(request.state_file)) >= stop_after

        ended = carry_out(request, Surroundings(io.StringIO(), unwanted, reach=lambda _site, _parts: self._lab))
        if ended.ending == "broken":
            raise LabError(f"the procedure {request.procedure.name}", f"broken at {ended.step}: {ended.found}")
        return ended

    def _told(self, name: str) -> str:
        ended = self._ended.get(name)
        return f"{ended.ending} at {ended.step}: {ended.failed}: {ended.found}" if ended else "it has not been carried out"

    def _steps(self, name: str) -> Sequence[str]:
        return next((event["steps"] for event in self._log(name) if event["kind"] == "begin"), ())

    def _log(self, name: str) -> list[dict[str, Any]]:
        file = Request(find_procedure(name), self._site).log_file
        return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()] if file.exists() else []


def _done(state: Path) -> list[str]:
    """The steps that are done, by the state of a run: looked at again and again, so that nobody checks its form here."""
    found = state.stat()
    return _read_done(state, found.st_ino, found.st_mtime_ns)


@lru_cache(maxsize=1)
def _read_done(state: Path, _file: int, _written: int) -> list[str]:
    """Each change of a state is a file of its own in the place of the one before."""
    return list(json.loads(state.read_text(encoding="utf-8"))["done"])


@contextmanager
def rehearse(lab: Lab) -> Iterator[Rehearsal]:
    """Have procedures carried out in a lab meanwhile; their files are gone afterwards."""
    with TemporaryDirectory(prefix="blackstart-procedures-") as folder:
        site = Path(folder) / f"{lab.blueprint.name}.toml"
        with site_file(lab, site, PACE):
            yield Rehearsal(lab, site)
