"""Which simulator is taken, and what is said of a program that is none, or cannot start."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import blackstart_vcsim
import pytest

from harness.errors import InputError, LabError
from harness.simulators.choice import choose_simulator
from harness.simulators.container import engine_answers
from harness.simulators.process import ProcessSimulator

needs_docker = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers on this machine")


@needs_docker
def test_auto_takes_containers_where_an_engine_answers() -> None:
    assert choose_simulator("auto").kind == "container"


def test_auto_takes_processes_where_none_does(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "unix:///nowhere/docker.sock")
    assert choose_simulator("auto").kind == "process"
    with pytest.raises(LabError, match=r"(?s)no engine answers.*Install and start Docker"):
        choose_simulator("container")


def test_another_word_is_bad_input() -> None:
    with pytest.raises(InputError, match="'cloud' is none of auto, container, process"):
        choose_simulator("cloud")


def test_a_program_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"(?s)ended with status 2.*not defined: -no-such.*pip install ./vcsim"):
        ProcessSimulator(arguments=["-no-such"]).start(tmp_path)


def test_a_program_that_is_being_installed_is_told_as_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    half = Path(shutil.copy(blackstart_vcsim.binary(), tmp_path / "vcsim"))
    monkeypatch.setattr(blackstart_vcsim, "binary", lambda: half)
    half.chmod(0o644)  # as pip leaves it until it is whole
    for kind in ("process", "container") if engine_answers() else ("process",):
        with pytest.raises(LabError, match=rf"{half} is not installed completely.*\n.*pip.*\n.*make vcsim\), start again"):
            choose_simulator(kind).start(tmp_path)
    half.chmod(0o755)
    with half.open("ab"), pytest.raises(LabError, match=rf"(?s){half} cannot be started: .*Text file busy.*start again"):
        choose_simulator("process").start(tmp_path)
    with choose_simulator("process").start(tmp_path) as vcenter:
        vcenter.check()


@pytest.mark.parametrize(
    ("line", "problem"),
    [
        ('{"address": "127.0.0.1:1", "extension": "0"}', "has version 0 of the extension, and 5 is needed"),
        ('{"address": "127.0.0.1:1"}', "is not Blackstart's own: it has no extension"),
        ('{"address": 1}', "it does not say where it listens, so it is not Blackstart's own"),
        ("https://127.0.0.1:1/sdk", "it does not say where it listens, so it is not Blackstart's own"),
    ],
)
def test_another_program_is_refused_by_what_it_says_of_itself(tmp_path: Path, line: str, problem: str) -> None:
    other = tmp_path / "vcsim"
    other.write_text(f"#!/bin/sh\necho '{line}'\nexec sleep 60\n")
    other.chmod(0o755)
    with pytest.raises(LabError, match=f"(?s){problem}.*pip install ./vcsim"):
        ProcessSimulator(other).start(tmp_path)


@needs_docker
def test_a_container_that_cannot_start_shows_its_log(tmp_path: Path) -> None:
    simulator = choose_simulator("container")
    simulator._arguments = ["-no-such"]  # type: ignore[attr-defined]
    with pytest.raises(LabError, match=r"(?s)container is exited.*not defined: -no-such"):
        simulator.start(tmp_path)


def test_a_program_that_is_stock_vcsim_is_refused_with_what_to_install(stock_binary: Path, tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"(?s)the program did not start.*pip install ./vcsim"):
        ProcessSimulator(stock_binary).start(tmp_path)


def test_a_simulator_says_what_it_runs() -> None:
    facts = ProcessSimulator().facts()
    pinned = re.search(r"govmomi (v\S+)", (Path(__file__).parents[2] / "vcsim" / "go.mod").read_text(encoding="utf-8"))
    assert pinned
    assert facts["vcsim"] == f"govmomi {pinned[1]}, extension 5"
    assert re.fullmatch("[0-9a-f]{64}", facts["vcsim SHA-256"])
