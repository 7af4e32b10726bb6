"""Hosts of a small simulated world, reached over SSH."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import paramiko
import pytest

from harness.journal import TextShown
from harness.patience import STUCK
from harness.protocols.esxi_shell.product import product_commands
from harness.protocols.esxi_shell.server import ShellServer
from harness.protocols.esxi_shell.simulated_host import SimulatedHost
from harness.protocols.esxi_shell.toolbox import standard_registry
from harness.world.aggregate import World
from harness.world.hosts import Host
from tests.world.planting import plant
from tests.world.scene import NAMES, Scene, make_scene

PASSWORD = "VMware1!"


@dataclass(frozen=True)
class Answer:
    """What came back from one command line."""

    status: int
    out: str
    err: str

    @property
    def words(self) -> list[list[str]]:
        """The lines of the output as words: for samples whose blanks were collapsed."""
        return words(self.out)


def words(text: str) -> list[list[str]]:
    """The lines that are not empty, as words."""
    return [line.split() for line in text.splitlines() if line.split()]


class Remote:
    """One SSH connection to one host of a scene."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.client = paramiko.SSHClient()
        self.client.set_missing_host_key_policy(paramiko.AutoAddPolicy())
        self.client.connect(
            "127.0.0.1", port, "root", PASSWORD, look_for_keys=False, allow_agent=False, timeout=STUCK, banner_timeout=STUCK
        )

    def __call__(self, line: str, stdin: str = "") -> Answer:
        writer, reader, errors = self.client.exec_command(line, timeout=STUCK)
        writer.write(stdin)
        writer.channel.shutdown_write()
        out, err = reader.read().decode(), errors.read().decode()
        return Answer(reader.channel.recv_exit_status(), out, err)


@dataclass
class Place:
    """A scene whose hosts can be reached."""

    scene: Scene
    server: ShellServer
    remotes: dict[int, Remote]
    programs: frozenset[str] = frozenset()
    keys: str = ""

    def on(self, host: int = 1) -> Remote:
        """A connection to the host with that number."""
        if host not in self.remotes:
            view = SimulatedHost(self.scene.gateway, NAMES[host - 1], PASSWORD, self.keys, self.programs)
            self.remotes[host] = Remote(self.server.serve(view))
        return self.remotes[host]

    def run(self, line: str, host: int = 1) -> Answer:
        """A command line on a host."""
        return self.on(host)(line)

    def plant(self, change: Callable[[World], World]) -> None:
        """Put the world into another state."""
        plant(self.scene.gateway, change)

    @property
    def world(self) -> World:
        return self.scene.gateway.world

    def host(self, number: int = 1) -> Host:
        return self.world.hosts[NAMES[number - 1]]

    def shown(self) -> list[TextShown]:
        """The texts that the journal knows of, with their provenance."""
        return [e.record for e in self.scene.gateway.journal.entries() if isinstance(e.record, TextShown)]


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Callable[..., Place]]:
    """Makes places: ``place(release="5.0", ha=False)``."""
    count, servers, places = itertools.count(), [], []

    def build(release: str = "5.0", make: Callable[..., Scene] = make_scene, **wishes: bool) -> Place:
        registry = standard_registry(product_commands())
        server = ShellServer(registry)
        server.start()
        servers.append(server)
        scene = make(tmp_path / str(next(count)), release, **wishes)
        places.append(Place(scene, server, {}, registry.programs()))
        return places[-1]

    yield build
    for known in places:
        for remote in known.remotes.values():
            remote.client.close()
    for server in servers:
        server.stop()
