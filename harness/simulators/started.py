"""A vCenter that a program of vcsim has started, wherever that runs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Generic, Protocol, Self, TypeVar

from harness.simulators.program import new_agent
from harness.units import Address, Credentials


class Program(Protocol):
    """What starts vCenters, and has them in it."""

    def start_vcenter(self, operator: Credentials, agent: Credentials) -> Address:
        """Starts a vCenter with these users; where it listens. ``LabError`` where it cannot, or is not Blackstart's."""

    def check(self) -> None:
        """Raises ``LabError`` when vcsim has stopped by itself."""

    def log(self) -> str:
        """What vcsim has written to its standard error so far."""


P = TypeVar("P", bound=Program)


class StartedVcenter(Generic[P]):
    """See ``interface.Vcenter``. ``leave`` is called once, with its address, when it is closed."""

    def __init__(self, program: P, volumes: Path, operator: Credentials, leave: Callable[[Address], None]) -> None:
        self.operator = operator
        self.agent = new_agent()
        self.volumes = volumes
        self.address = program.start_vcenter(operator, self.agent)
        self._program = program
        self._leave: Callable[[Address], None] | None = leave

    def check(self) -> None:
        """Raises ``LabError`` when vcsim has stopped by itself."""
        self._program.check()

    def log(self) -> str:
        """What vcsim has written to its standard error so far, for all vCenters that are in it or were."""
        return self._program.log()

    def close(self) -> None:
        """Stops the vCenter; what it runs in ends, or waits for the next one."""
        leave, self._leave = self._leave, None
        if leave:
            leave(self.address)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()
