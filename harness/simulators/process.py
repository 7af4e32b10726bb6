"""vcsim as a process of this machine."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.simulators.interface import OPERATOR, Kind
from harness.simulators.program import identity, installed_binary
from harness.simulators.shared_process import SharedProcess
from harness.simulators.started import StartedVcenter
from harness.units import Address, Credentials


class ProcessSimulator:
    """Starts vcsim as a process. ``arguments`` go to the program as they are.

    vCenters that run at the same time, as those of a lab do, are in one process, which ends with the last of them or, in a
    ``with`` block, with the block: most of what a vCenter takes to start, and a third of what it takes to fill, the program
    spends on what it learns but once.
    """

    kind: Kind = "process"

    def __init__(self, binary: Path | None = None, arguments: Sequence[str] = ()) -> None:
        self._binary = binary or installed_binary()
        self._arguments = list(arguments)
        self._changing = threading.Lock()
        self._process: SharedProcess | None = None
        self._vcenters = 0
        self._kept = False

    def facts(self) -> Mapping[str, str]:
        """See ``interface.Simulator``."""
        return identity(self._binary)

    def start(self, volumes: Path, operator: Credentials = OPERATOR) -> ProcessVcenter:
        """See ``interface.Simulator``."""
        process = self._enter()
        try:
            return ProcessVcenter(process, volumes, operator, self._leave)
        except BaseException:
            self._leave()
            raise

    def __enter__(self) -> Self:
        self._kept = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changing:
            self._kept = False
            self._end_if_empty()

    def _enter(self) -> SharedProcess:
        """One vCenter more, in the process that is returned."""
        with self._changing:
            if self._process and self._process.is_over:
                self._end_if_empty()
            if self._process is None:
                self._process = SharedProcess([str(self._binary), "-several", *self._arguments])
            self._vcenters += 1
            return self._process

    def _leave(self, address: Address | None = None) -> None:
        """One vCenter less: the one that listens there, where it does."""
        with self._changing:
            self._vcenters -= 1
            if address and self._process and (self._vcenters or self._kept):
                self._process.stop_vcenter(address)
            if not self._kept:
                self._end_if_empty()

    def _end_if_empty(self) -> None:
        if self._process and not self._vcenters:
            self._process.end()
            self._process = None


class ProcessVcenter(StartedVcenter[SharedProcess]):
    """See ``interface.Vcenter``."""

    kind: Kind = "process"

    @property
    def pid(self) -> int:
        """The id of the process that it is in."""
        return self._program.pid
