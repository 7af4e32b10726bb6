"""Choosing how vcsim runs on this machine."""

from __future__ import annotations

from typing import Literal, TypeAlias

from harness.errors import InputError
from harness.simulators.interface import Simulator
from harness.simulators.process import ProcessSimulator

Choice: TypeAlias = Literal["auto", "container", "process"]


def settle(choice: str) -> str:
    """What ``choice`` comes to on this machine: ``auto`` is ``container`` where a Docker engine answers, else ``process``."""
    if choice != "auto":
        return choice
    from harness.simulators.container import engine_answers  # noqa: PLC0415 - Docker is slow to import

    return "container" if engine_answers() else "process"


def choose_simulator(choice: Choice | str = "auto") -> Simulator:
    """The simulator asked for; ``auto`` means containers where a Docker engine answers, else processes.

    Raises ``LabError``, which says what to install, where it cannot run here; ``InputError`` for any other word.
    """
    settled = settle(choice)
    if settled == "process":
        return ProcessSimulator()
    if settled != "container":
        raise InputError("--simulator", f"{choice!r} is none of auto, container, process")
    from harness.simulators.container import ContainerSimulator  # noqa: PLC0415 - Docker is slow to import

    return ContainerSimulator()
