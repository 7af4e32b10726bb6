"""What ``pip install .`` brings: the command, and all the data that it reads."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from harness.patience import STUCK

ROOT = Path(__file__).parents[2]
PACKAGES = ("harness", "steps", "features")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=STUCK)
    (found,) = folder.glob("*.whl")
    return zipfile.ZipFile(found)


def tracked_files() -> set[str]:
    listed = subprocess.run(["git", "ls-files", "-z", *PACKAGES], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode:
        pytest.skip("this is not a clone")
    return {name for name in listed.stdout.split("\0") if name and (ROOT / name).exists()}


def test_the_wheel_has_every_file_of_its_packages(wheel):
    tracked = tracked_files()
    assert tracked - set(wheel.namelist()) == set()
    for kind in (".feature", ".toml", ".json", ".html", ".css", ".md"):
        assert any(name.endswith(kind) for name in tracked), kind


def test_the_wheel_has_the_command_and_nothing_beside_its_packages(wheel):
    (entry,) = (name for name in wheel.namelist() if name.endswith("/entry_points.txt"))
    assert "blackstart = harness.cli:main" in wheel.read(entry).decode()
    assert {name.split("/")[0] for name in wheel.namelist()} == {*PACKAGES, entry.split("/")[0]}
