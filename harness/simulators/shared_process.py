"""A process of vcsim in which several vCenters run, each started and stopped by a line on its standard input."""

from __future__ import annotations

import json
import os
import select
import shutil
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress

from harness.errors import LabError
from harness.patience import STUCK
from harness.simulators.program import INSTALL, WAIT, accept, announced, environment
from harness.simulators.run import current_run
from harness.units import Address, Credentials

LOG_TAIL = 4000


class SharedProcess:
    """The process. It ends by itself when this one does: it reads a pipe that we hold. May be used from any thread."""

    def __init__(self, command: Sequence[str]) -> None:
        run = current_run()
        self._scratch = run.new_directory("vcsim")
        self._log = self._scratch / "log"
        self._asking = threading.Lock()
        self._process = self._spawn(command)
        run.note_process(self._process.pid)

    @property
    def pid(self) -> int:
        """The process's id."""
        return self._process.pid

    def start_vcenter(self, operator: Credentials, agent: Credentials) -> Address:
        """Starts a vCenter with these users; where it listens. ``LabError`` where it cannot, or is not Blackstart's."""
        try:
            address, extension = announced(self._ask({"start": environment(operator, agent)}))
        except ValueError as error:
            raise self._no_start(str(error)) from error
        # it says as well that it is ours, which spares every start a connection to ask
        accept(f"the program that listens at {address}", extension)
        return address

    def stop_vcenter(self, address: Address) -> None:
        """Stops the vCenter that listens there; there is none where the process has ended."""
        with suppress(LabError):
            self._ask({"stop": str(address)})

    @property
    def is_over(self) -> bool:
        """Whether the process has ended by itself."""
        return self._process.poll() is not None

    def check(self) -> None:
        """Raises ``LabError`` when the process has ended by itself."""
        status = self._process.poll()
        if status is not None:
            raise LabError("vcsim", f"the process has ended with status {status}", tail(self.log()))

    def log(self) -> str:
        """What the process has written to its standard error so far."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    def end(self) -> None:
        """Ends the process, with all vCenters in it, and removes its scratch directory."""
        if self._process.poll() is None:
            self._process.kill()  # it has nothing to lose: what it keeps is in memory, and here
            self._process.wait()
        with self._asking:  # who waited for an answer knows by now that there is none
            for pipe in (self._process.stdin, self._process.stdout):
                if pipe:
                    pipe.close()
        shutil.rmtree(self._scratch, ignore_errors=True)

    def _spawn(self, command: Sequence[str]) -> subprocess.Popen[bytes]:
        with self._log.open("wb") as log:
            try:
                return subprocess.Popen(
                    command,
                    bufsize=0,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=log,
                    cwd=self._scratch,
                    env={"PATH": os.environ.get("PATH", ""), "TMPDIR": str(self._scratch)},
                    start_new_session=True,  # Ctrl-C is ours to handle
                )
            except OSError as error:
                raise LabError("vcsim", f"{command[0]} cannot be started: {error}", WAIT) from error

    def _ask(self, request: Mapping[str, object]) -> bytes:
        """What the process answers; both are one line."""
        with self._asking:
            assert self._process.stdin is not None  # noqa: S101 - asked for
            with suppress(BrokenPipeError):  # it has ended: its log says why
                self._process.stdin.write(json.dumps(request).encode() + b"\n")
            return self._next_line()

    def _next_line(self) -> bytes:
        out = self._process.stdout
        assert out is not None  # noqa: S101 - asked for
        line, end = b"", time.monotonic() + STUCK
        while not line.endswith(b"\n"):
            if not select.select([out], [], [], max(0.0, end - time.monotonic()))[0]:
                self._process.kill()  # what it might still say would be taken for the next answer
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
