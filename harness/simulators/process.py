"""vcsim as a process of this machine."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from harness.errors import LabError
from harness.patience import STUCK
from harness.simulators.interface import OPERATOR, Kind
from harness.simulators.program import INSTALL, accept, environment, identity, installed_binary, new_agent
from harness.simulators.run import current_run
from harness.units import Address, Credentials

LOG_TAIL = 4000


class ProcessSimulator:
    """Starts vcsim as processes. ``arguments`` go to the program as they are."""

    kind: Kind = "process"

    def __init__(self, binary: Path | None = None, arguments: Sequence[str] = ()) -> None:
        self._binary = binary or installed_binary()
        self._arguments = list(arguments)

    def facts(self) -> Mapping[str, str]:
        """See ``interface.Simulator``."""
        return identity(self._binary)

    def start(self, volumes: Path, operator: Credentials = OPERATOR) -> ProcessVcenter:
        """See ``interface.Simulator``."""
        return ProcessVcenter([str(self._binary), "-watch-stdin", *self._arguments], volumes, operator)


class ProcessVcenter:
    """See ``interface.Vcenter``. The process ends by itself when this one does: it reads a pipe that we hold."""

    kind: Kind = "process"

    def __init__(self, command: Sequence[str], volumes: Path, operator: Credentials) -> None:
        self.operator = operator
        self.agent = new_agent()
        self.volumes = volumes
        run = current_run()
        self._scratch = run.new_directory("vcsim")
        self._log = self._scratch / "log"
        self._process = self._spawn(command)
        run.note_process(self._process.pid)
        try:
            self.address = self._announced_address()
        except BaseException:
            self.close()
            raise

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def check(self) -> None:
        """Raises ``LabError`` when vcsim has stopped by itself."""
        status = self._process.poll()
        if status is not None:
            raise LabError("vcsim", f"the process has ended with status {status}", tail(self.log()))

    def log(self) -> str:
        """What vcsim has written to its standard error so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def close(self) -> None:
        """Ends the process and removes its scratch directory."""
        if self._process.poll() is None:
            self._process.kill()  # it has nothing to lose: what it keeps is in memory, and here
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe:
                pipe.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        secrets = environment(self.operator, self.agent)
        with self._log.open("wb") as log:
            try:
                return subprocess.Popen(
                    command,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=self._scratch,
                    env={"PATH": os.environ.get("PATH", ""), "TMPDIR": str(self._scratch), **secrets},
                    start_new_session=True,  # Ctrl-C is ours to handle
                )
            except OSError as error:
                raise LabError("vcsim", f"{command[0]} cannot be started: {error}", INSTALL) from error

    def _announced_address(self) -> Address:
        """Where it says that it listens; it says as well that it is ours, which spares every start a connection to ask."""
        line = self._first_line()
        try:
            told = json.loads(line)
            host, _, port = told["address"].rpartition(":")
            address = Address(host, int(port))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise self._no_start("it does not say where it listens, so it is not Blackstart's own") from error
        accept(f"the program that listens at {address}", told.get("extension"))
        return address

    def _first_line(self) -> bytes:
        out = self._process.stdout
        assert out is not None  # noqa: S101 - asked for
        line, end = b"", time.monotonic() + STUCK
        while not line.endswith(b"\n"):
            if not select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
                raise self._no_start(f"it said nothing for {STUCK:g} s")
            if not (got := os.read(out.fileno(), 4096)):
                raise self._no_start(f"it ended with status {self._process.wait()}")
            line += got
        return line

    def _no_start(self, why: str) -> LabError:
        return LabError("vcsim", f"the program did not start: {why}\n{tail(self.log())}".rstrip(), INSTALL)


def tail(log: str) -> str:
    """The end of a log, for an error."""
    return log[-LOG_TAIL:].rstrip()
