"""vcsim as a container, run by testcontainers."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import docker
from docker.errors import DockerException, NotFound
from requests import RequestException
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer

from harness.errors import LabError
from harness.patience import STUCK
from harness.simulators.image import ensure_image
from harness.simulators.interface import OPERATOR, Kind
from harness.simulators.program import answers_about, environment, identity, installed_binary, new_agent, probe
from harness.simulators.remains import RUN_LABEL
from harness.simulators.run import current_run
from harness.simulators.shared_process import tail
from harness.units import Address, Credentials

PORT = "8989/tcp"
LOOPBACK_ONLY: Any = ("127.0.0.1", None)  # what the Docker SDK takes; with_bind_ports of testcontainers takes no address
POLL = 0.02
ENGINE_TROUBLE = (DockerException, RequestException)
"""What the Docker SDK raises: errors of its own for what the engine says, those of ``requests`` where the engine is gone."""


class ContainerSimulator:
    """Starts vcsim as containers. ``arguments`` go to the program as they are. ``LabError`` where no engine answers."""

    kind: Kind = "container"

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        client = engine()
        try:
            self._image = ensure_image(client)
            self._image_id = str(client.images.get(self._image).id)
        finally:
            client.close()
        self._arguments = list(arguments)

    def facts(self) -> Mapping[str, str]:
        """See ``interface.Simulator``."""
        return {**identity(installed_binary()), "image": self._image, "image digest": self._image_id}

    def start(self, volumes: Path, operator: Credentials = OPERATOR) -> ContainerVcenter:
        """See ``interface.Simulator``."""
        return ContainerVcenter(self._image, self._arguments, volumes, operator)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        """Nothing stays: each vCenter has a container of its own."""


class ContainerVcenter:
    """See ``interface.Vcenter``. Published on loopback only, and run with our uid: it makes directories in ``volumes``."""

    kind: Kind = "container"

    def __init__(self, image: str, arguments: Sequence[str], volumes: Path, operator: Credentials) -> None:
        self.operator = operator
        self.agent = new_agent()
        self.volumes = volumes
        current_run().note_containers()
        self._container = self._described(image, arguments)
        try:
            self._container.start()
            self.address = self._ready_address()
            probe(self.address)
        except BaseException as error:
            log = self.log()
            with suppress(LabError):  # it is told below why there is none
                self.close()
            if isinstance(error, ENGINE_TROUBLE):
                raise LabError("vcsim", f"the container did not start: {error}\n{tail(log)}".rstrip()) from error
            raise

    @property
    def container_id(self) -> str:
        """The container's full id."""
        return str(self._container.get_container_id())

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
        """What vcsim has written so far."""
        try:
            out, err = self._container.get_logs()
        except Exception:  # noqa: BLE001 - testcontainers and the engine each have errors of their own: there is no log
            return ""
        return bytes(out + err).decode(errors="replace")

    def close(self) -> None:
        """Removes the container."""
        try:
            self._container.stop()
        except NotFound:
            pass
        except ENGINE_TROUBLE as error:
            raise LabError("vcsim", f"the container cannot be removed: {error}", "The next run tries again.") from error

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.close()

    def _described(self, image: str, arguments: Sequence[str]) -> DockerContainer:
        testcontainers_config.ryuk_disabled = True  # its image would be pulled; clearing up is ours
        container = DockerContainer(image)
        container.image = image  # without the prefix that a user may have set for pulled ones
        container.ports.update({PORT: LOOPBACK_ONLY})
        container.env.update(environment(self.operator, self.agent))
        container.with_command(["-listen", "0.0.0.0:8989", *arguments])
        container.with_volume_mapping(self.volumes, str(self.volumes), "rw")
        container.with_tmpfs_mount("/tmp", "mode=1777")  # noqa: S108 - inside the container
        return container.with_kwargs(
            user=f"{os.getuid()}:{os.getgid()}",
            labels={RUN_LABEL: str(current_run().directory)},
        )

    def _ready_address(self) -> Address:
        end = time.monotonic() + STUCK
        while time.monotonic() < end:
            self.check()
            address = self._published()
            if address and answers_about(address):
                return address
            time.sleep(POLL)
        raise LabError("vcsim", f"the container did not answer /about within {STUCK:g} s", tail(self.log()))

    def _published(self) -> Address | None:
        ports = self._container.get_wrapped_container().ports.get(PORT)
        return Address(ports[0]["HostIp"], int(ports[0]["HostPort"])) if ports else None


def engine(deadline: float = STUCK) -> docker.DockerClient:
    """The machine's Docker engine. ``LabError`` says what to install where none answers."""
    remedy = "Install and start Docker (on Debian: apt-get install docker.io), or use --simulator process."
    try:
        client = docker.from_env(timeout=int(deadline))
        client.ping()
    except ENGINE_TROUBLE as error:
        raise LabError("Docker", f"no engine answers: {error}", remedy) from error
    return client


def engine_answers() -> bool:
    """Whether containers can be run here."""
    try:
        engine(deadline=5).close()
    except LabError:
        return False
    return True
