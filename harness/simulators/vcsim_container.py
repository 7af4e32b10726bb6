"""A container in which vcsim runs, and one vCenter after the other."""

from __future__ import annotations

import json
import os
import select
import struct
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from docker.errors import DockerException, NotFound
from requests import RequestException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from harness.errors import LabError
from harness.patience import STUCK
from harness.simulators.program import accept, announced, answers_about, environment
from harness.simulators.remains import RUN_LABEL
from harness.simulators.run import current_run
from harness.simulators.shared_process import tail
from harness.units import Address, Credentials

PORT = "8989/tcp"
LISTENING = ["-several", "-listen", "0.0.0.0:8989"]
LOOPBACK_ONLY: Any = ("127.0.0.1", None)  # what the Docker SDK takes; with_bind_ports of testcontainers takes no address
POLL = 0.02
LOOK = 1.0
"""Seconds of silence after which one looks whether the container still runs: who attaches to one that has ended hears no end."""
ENGINE_TROUBLE = (DockerException, RequestException)
"""What the Docker SDK raises: errors of its own for what the engine says, those of ``requests`` where the engine is gone."""
FRAME = struct.Struct(">BxxxL")
"""The engine's head of what a container says: on which of its outputs, and how many bytes."""


class VcsimContainer:
    """The container; a vCenter is started and stopped by a line on its standard input, as in a process.

    Published on loopback only, and run with our uid: it makes directories in ``shared``, which is the same inside.
    """

    def __init__(self, image: str, arguments: Sequence[str], shared: Path) -> None:
        self.shared = shared
        self._address: Address | None = None
        current_run().note_containers()
        self._container = self._described(image, arguments)
        self._inside: Address | None = None
        try:
            self._container.start()
            self._line = self._wrapped.attach_socket(params={"stdin": 1, "stdout": 1, "stream": 1})
        except BaseException as error:
            told = self._no_start(error)
            with suppress(LabError):  # it is told below why there is none
                self.remove()
            if isinstance(error, ENGINE_TROUBLE):
                raise told from error
            raise

    @property
    def id(self) -> str:
        """The container's full id."""
        return str(self._container.get_container_id())

    @property
    def is_over(self) -> bool:
        """Whether it cannot be used any more."""
        try:
            self.check()
        except LabError:
            return True
        return False

    def start_vcenter(self, operator: Credentials, agent: Credentials) -> Address:
        """Starts a vCenter with these users; where it listens. ``LabError`` where it cannot, or is not Blackstart's."""
        try:
            self._inside, extension = announced(self._ask({"start": environment(operator, agent)}))
            accept("the program in the container", extension)
            self._address = self._address or self._ready_address()
        except (ValueError, *ENGINE_TROUBLE) as error:
            raise self._no_start(error) from error
        return self._address

    def stop_vcenter(self) -> None:
        """Stops the vCenter that is in it; there is none where vcsim has ended."""
        with suppress(LabError):
            self._ask({"stop": str(self._inside)})

    def check(self) -> None:
        """Raises ``LabError`` when vcsim has stopped by itself."""
        try:
            self._container.reload()
        except NotFound as error:
            raise LabError("vcsim", f"the container is gone: {error}") from error
        except ENGINE_TROUBLE as error:
            raise LabError("Docker", f"the engine no longer answers: {error}") from error
        if self._container.status != "running":
            raise LabError("vcsim", f"the container is {self._container.status}", tail(self.log()))

    def log(self) -> str:
        """What vcsim has written to its standard error so far."""
        try:
            _, err = self._container.get_logs()
        except Exception:  # noqa: BLE001 - testcontainers and the engine each have errors of their own: there is no log
            return ""
        return bytes(err).decode(errors="replace")

    def remove(self) -> None:
        """Removes the container, whatever is in it."""
        with suppress(AttributeError, OSError):  # it may not have come so far
            self._line.close()
        try:
            self._container.stop()
        except NotFound:
            pass
        except ENGINE_TROUBLE as error:
            raise LabError("vcsim", f"the container cannot be removed: {error}", "The next run tries again.") from error

    def _described(self, image: str, arguments: Sequence[str]) -> DockerContainer:
        testcontainers_config.ryuk_disabled = True  # its image would be pulled; clearing up is ours
        container = DockerContainer(image)
        container.image = image  # without the prefix that a user may have set for pulled ones
        container.ports.update({PORT: LOOPBACK_ONLY})
        container.with_command([*LISTENING, *arguments])
        container.with_volume_mapping(self.shared, str(self.shared), "rw")
        container.with_tmpfs_mount("/tmp", "mode=1777")  # noqa: S108 - inside the container
        return container.with_kwargs(
            user=f"{os.getuid()}:{os.getgid()}",
            labels={RUN_LABEL: str(current_run().directory)},
            stdin_open=True,
        )

    def _ask(self, request: Mapping[str, object]) -> bytes:
        """What vcsim answers; both are one line."""
        line, end = b"", time.monotonic() + STUCK
        with suppress(BrokenPipeError, ConnectionResetError):  # it has ended: its log says why
            os.write(self._line.fileno(), json.dumps(request).encode() + b"\n")
        while not line.endswith(b"\n"):
            _, length = FRAME.unpack(self._read(FRAME.size, end))
            line += self._read(length, end)
        return line

    def _read(self, size: int, end: float) -> bytes:
        got = b""
        while len(got) < size:
            heard = select.select([self._line], [], [], LOOK)[0]
            if more := os.read(self._line.fileno(), size - len(got)) if heard else b"":
                got += more
                continue
            self.check()
            if time.monotonic() > end:
                raise self._no_start(f"it said nothing for {STUCK:g} s")
            time.sleep(POLL)
        return got

    def _ready_address(self) -> Address:
        """Where the engine has published it, once it answers there: for all vCenters that will be in it."""
        end = time.monotonic() + STUCK
        while time.monotonic() < end:
            address = self._published
            if address and answers_about(address):
                return address
            self.check()
            time.sleep(POLL)
        raise self._no_start(f"it did not answer /about within {STUCK:g} s")

    @property
    def _published(self) -> Address | None:
        ports = self._wrapped.ports.get(PORT)
        return Address(ports[0]["HostIp"], int(ports[0]["HostPort"])) if ports else None

    @property
    def _wrapped(self) -> Any:  # noqa: ANN401 - the SDK is not typed
        return self._container.get_wrapped_container()

    def _no_start(self, why: object) -> LabError:
        return LabError("vcsim", f"the container did not start: {why}\n{tail(self.log())}".rstrip())
