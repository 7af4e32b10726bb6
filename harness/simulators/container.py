"""vcsim as containers, run by testcontainers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Self

import docker

from harness.errors import LabError
from harness.patience import STUCK
from harness.simulators.image import ensure_image
from harness.simulators.interface import OPERATOR, Kind
from harness.simulators.program import identity, installed_binary
from harness.simulators.run import current_run
from harness.simulators.started import StartedVcenter
from harness.simulators.vcsim_container import ENGINE_TROUBLE, VcsimContainer
from harness.units import Address, Credentials


class ContainerSimulator:
    """Starts vcsim as containers. ``arguments`` go to the program as they are. ``LabError`` where no engine answers.

    Each vCenter has a container of its own. In a ``with`` block that goes on to the next vCenter when the first one is closed:
    to make a container takes many times as long as to start a vCenter in it.
    """

    kind: Kind = "container"

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        client = engine()
        try:
            self._image = ensure_image(client)
            self._image_id = str(client.images.get(self._image).id)
        finally:
            client.close()
        self._arguments = list(arguments)
        self._changing = threading.Lock()
        self._idle: list[VcsimContainer] = []
        self._kept = False

    def facts(self) -> Mapping[str, str]:
        """See ``interface.Simulator``."""
        return {**identity(installed_binary()), "image": self._image, "image digest": self._image_id}

    def start(self, volumes: Path, operator: Credentials = OPERATOR) -> ContainerVcenter:
        """See ``interface.Simulator``."""
        run = current_run().directory
        shared = run if volumes.is_relative_to(run) else volumes
        container = self._idle_one(shared) or VcsimContainer(self._image, self._arguments, shared)
        try:
            return ContainerVcenter(container, volumes, operator, partial(self._leave, container))
        except BaseException:
            with suppress(LabError):  # it is told why there is no vCenter
                container.remove()
            raise

    def __enter__(self) -> Self:
        self._kept = True
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        with self._changing:
            self._kept, idle, self._idle = False, self._idle, []
        with ExitStack() as containers:
            for container in idle:
                containers.callback(container.remove)

    def _idle_one(self, shared: Path) -> VcsimContainer | None:
        with self._changing:
            found = next((each for each in reversed(self._idle) if each.shared == shared), None)
            if found:
                self._idle.remove(found)
            return found

    def _leave(self, container: VcsimContainer, _address: Address) -> None:
        """Stops the vCenter in a container, which holds no other."""
        container.stop_vcenter()
        usable = self._kept and not container.is_over
        with self._changing:
            if usable and self._kept:
                self._idle.append(container)
                return
        container.remove()


class ContainerVcenter(StartedVcenter[VcsimContainer]):
    """See ``interface.Vcenter``."""

    kind: Kind = "container"

    @property
    def container_id(self) -> str:
        """The container's full id."""
        return self._program.id


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
        engine(deadline=30).close()
    except LabError:
        return False
    return True
