"""What is particular to containers: the image, what starts beside it, how long it is waited for, an engine that goes away."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

import docker
import pytest
from testcontainers.core.container import DockerContainer

from harness.errors import LabError
from harness.simulators import vcsim_container
from harness.simulators.container import ContainerSimulator, engine_answers
from harness.simulators.image import REPOSITORY, build_image, installed_recipe
from harness.simulators.program import answers_about
from harness.simulators.remains import RUN_LABEL, remove_containers
from harness.simulators.run import current_run
from harness.simulators.vcsim_container import VcsimContainer
from tests.soap import open_session
from tests.vcsim_lab import Lab

pytestmark = pytest.mark.skipif(not engine_answers(), reason="no Docker engine answers on this machine")


@pytest.fixture
def client() -> Iterator[docker.DockerClient]:
    made = docker.from_env()
    yield made
    made.close()


def ours(client: docker.DockerClient) -> set[str]:
    mine = {"label": f"{RUN_LABEL}={current_run().directory}"}
    return {found.id for found in client.containers.list(all=True, filters=mine, ignore_removed=True)}


def tags(client: docker.DockerClient) -> set[str]:
    """In one answer of the engine: an image may go while others are asked for."""
    return {tag for image in client.api.images() for tag in image["RepoTags"] or [] if not tag.startswith("<none>")}


def test_the_image_holds_the_program_alone_and_needs_no_other(client: docker.DockerClient, tmp_path: Path) -> None:
    before, name = tags(client), f"{REPOSITORY}:test-{os.getpid()}"
    program = tmp_path / "vcsim"
    program.write_text(name)  # nobody else's: the engine cannot remove an image that another one is just being built from
    build_image(client, name, program, installed_recipe())
    try:
        assert len(client.images.get(name).attrs["RootFS"]["Layers"]) == 1
        new = tags(client) - before
        assert name in new
        assert all(tag.startswith(REPOSITORY) for tag in new)
    finally:
        client.images.remove(name)


def test_it_says_which_image_it_runs(client: docker.DockerClient) -> None:
    facts = ContainerSimulator().facts()
    assert facts["image"].startswith(f"{REPOSITORY}:")
    assert facts["image digest"] == client.images.get(facts["image"]).id
    assert facts["vcsim"].startswith("govmomi v")


def test_nothing_is_started_beside_it(client: docker.DockerClient, tmp_path: Path) -> None:
    with ContainerSimulator().start(tmp_path) as vcenter:
        assert ours(client) == {vcenter.container_id}
        images = [found.attrs["Config"]["Image"] for found in client.containers.list(all=True, ignore_removed=True)]
        assert not any("ryuk" in image for image in images)
    assert ours(client) == set()


def test_one_that_is_kept_serves_a_vcenter_of_one_time_and_the_next(client: docker.DockerClient, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    with ContainerSimulator() as simulator:
        with simulator.start(tmp_path) as vcenter, simulator.start(tmp_path) as beside:
            assert beside.container_id != vcenter.container_id
            open_session(vcenter.address, vcenter.operator)[1].rootFolder.CreateDatacenter("dc")
        with simulator.start(tmp_path / "elsewhere") as elsewhere:
            assert elsewhere.container_id not in {vcenter.container_id, beside.container_id}
        with simulator.start(tmp_path) as following, simulator.start(tmp_path) as another:
            assert {following.container_id, another.container_id} == {vcenter.container_id, beside.container_id}
            for each in (following, another):
                assert list(open_session(each.address, each.operator)[1].rootFolder.childEntity) == []
                with pytest.raises(LabError, match="refuses the login"):
                    open_session(each.address, vcenter.agent)
            client.containers.get(following.container_id).kill()
            with pytest.raises(LabError, match="the container is exited"):
                following.check()
        assert ours(client) == {another.container_id, elsewhere.container_id}
        with simulator.start(tmp_path) as fresh:
            fresh.check()
    assert ours(client) == set()


def test_what_runs_in_it_is_told_its_users_where_the_engine_shows_nobody(client: docker.DockerClient, tmp_path: Path) -> None:
    with ContainerSimulator().start(tmp_path) as vcenter:
        shown = str(client.containers.get(vcenter.container_id).attrs) + vcenter.log()
        assert vcenter.agent.password not in shown
        assert vcenter.operator.password not in shown


def test_it_is_ready_once_about_is_answered(tmp_path: Path) -> None:
    with ContainerSimulator().start(tmp_path) as vcenter:
        assert answers_about(vcenter.address, deadline=60)


def test_one_that_never_answers_is_given_up_and_removed(
    client: docker.DockerClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask = VcsimContainer._ask

    def ask_and_lose_patience(container: VcsimContainer, request: Mapping[str, object]) -> bytes:
        answer = ask(container, request)
        monkeypatch.setattr(vcsim_container, "STUCK", 1.0)
        return answer

    monkeypatch.setattr(VcsimContainer, "_ask", ask_and_lose_patience)
    inside_alone = ContainerSimulator(arguments=["-listen", "127.0.0.1:8989"])
    with pytest.raises(LabError, match="did not answer /about within 1 s"):
        inside_alone.start(tmp_path)
    assert ours(client) == set()


def test_one_that_has_ended_before_anybody_listens_to_it_is_known_to_have(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = DockerContainer.start

    def start_and_see_it_end(container: DockerContainer) -> DockerContainer:
        start(container).get_wrapped_container().wait()
        return container

    monkeypatch.setattr(DockerContainer, "start", start_and_see_it_end)
    with pytest.raises(LabError, match=r"(?s)container is exited.*not defined: -no-such"):
        ContainerSimulator(arguments=["-no-such"]).start(tmp_path)


def test_what_answers_otherwise_is_not_ready(empty_lab: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    assert answers_about(empty_lab.vcenter.address, deadline=60)
    monkeypatch.setattr("harness.simulators.program.ABOUT", "/vcsim/no-such-page")
    assert not answers_about(empty_lab.vcenter.address)


class Passage:
    """A Docker engine at an address of its own, which can be taken away."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._sockets = [socket.socket(socket.AF_UNIX)]
        self._sockets[0].bind(str(path))
        self._sockets[0].listen()
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                caller, _ = self._sockets[0].accept()
                engine = socket.socket(socket.AF_UNIX)
                engine.connect("/var/run/docker.sock")
                self._sockets += [caller, engine]
                for ends in ((caller, engine), (engine, caller)):
                    threading.Thread(target=self._pass_on, args=ends, daemon=True).start()

    def _pass_on(self, source: socket.socket, target: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                target.sendall(data)
            target.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        self.path.unlink(missing_ok=True)
        for end in self._sockets:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()


@pytest.mark.skipif("DOCKER_HOST" in os.environ, reason="the engine is not at its usual place")
def test_an_engine_that_goes_away_is_a_clear_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    passage = Passage(tmp_path / "docker.sock")
    monkeypatch.setenv("DOCKER_HOST", f"unix://{passage.path}")
    try:
        vcenter = ContainerSimulator().start(tmp_path)
        vcenter.check()
        passage.close()
        with pytest.raises(LabError, match="Docker: the engine no longer answers"):
            vcenter.check()
        with pytest.raises(LabError, match=r"(?s)cannot be removed.*The next run tries again"):
            vcenter.close()
        assert vcenter.log() == ""
        with pytest.raises(LabError, match=r"(?s)no engine answers.*--simulator process"):
            ContainerSimulator()
    finally:
        passage.close()
        monkeypatch.undo()
        remove_containers(current_run().directory)
