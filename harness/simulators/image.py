"""The container image of vcsim: the installed program on an empty base, built when there is none for this program yet."""

from __future__ import annotations

import functools
import hashlib
import io
import platform
import tarfile
from pathlib import Path

import docker
from docker.errors import BuildError, DockerException, ImageNotFound

from harness.errors import LabError
from harness.simulators.program import installed_binary

REPOSITORY = "blackstart-vcsim"


def ensure_image(client: docker.DockerClient) -> str:
    """The name of the image, tagged with a digest of what is in it; built now if the engine lacks it."""
    if platform.system() != "Linux":
        raise LabError("vcsim image", "the installed program is not one for Linux containers", "Use --simulator process.")
    binary, recipe = installed_binary(), installed_recipe()
    name = f"{REPOSITORY}:{digest(binary, recipe)}"
    try:
        client.images.get(name)
    except ImageNotFound:
        build_image(client, name, binary, recipe)
    return name


def build_image(client: docker.DockerClient, name: str, binary: Path, recipe: Path) -> None:
    """Builds the image; ``LabError`` with what the engine said where it cannot."""
    context = io.BytesIO()
    with tarfile.open(fileobj=context, mode="w") as archive:
        archive.add(recipe, "Dockerfile")
        archive.add(binary, "vcsim", filter=executable)
    context.seek(0)
    try:
        client.images.build(fileobj=context, custom_context=True, tag=name, rm=True, labels={"blackstart.image": "vcsim"})
    except BuildError as error:
        said = "".join(str(line.get("stream", line.get("error", ""))) for line in error.build_log)
        raise LabError("vcsim image", f"{name} cannot be built: {error}", said.strip()) from error
    except DockerException as error:
        raise LabError("vcsim image", f"{name} cannot be built: {error}") from error


def executable(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """The program as any uid may run it."""
    entry.mode = 0o755
    return entry


def installed_recipe() -> Path:
    """The Dockerfile that came with the program."""
    import blackstart_vcsim  # noqa: PLC0415 - optional until a simulator is started

    recipe: Path = blackstart_vcsim.dockerfile()
    return recipe


@functools.cache
def digest(*files: Path) -> str:
    """A short digest of the files' contents."""
    total = hashlib.sha256()
    for file in files:
        total.update(hashlib.sha256(file.read_bytes()).digest())
    return total.hexdigest()[:16]
