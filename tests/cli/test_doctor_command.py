"""The ``doctor`` command, on this machine and on it with something taken away."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from harness.patience import STUCK
from harness.simulators.program import installed_binary

ROOT = Path(__file__).parents[2]
NO_ENGINE = {"DOCKER_HOST": "unix:///nowhere/docker.sock"}
DEPENDENCIES = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]


def blackstart(*arguments: str, python: tuple[str, ...] = (), **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *python, "-m", "harness.cli", *arguments]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, timeout=STUCK, check=False)


def test_a_machine_that_has_what_a_run_needs_is_told_so(tmp_path):
    done = blackstart("doctor", TMPDIR=str(tmp_path), **NO_ENGINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert "MISSING" not in done.stdout
    assert done.stdout.endswith("\nA run is possible here: --simulator process.\n")
    assert f"found    vcsim with Blackstart's extension: {installed_binary()}, and it starts\n" in done.stdout
    for dependency in DEPENDENCIES:
        assert re.search(rf"^found    Python package {dependency.partition('>=')[0]}: \d+\.\d", done.stdout, re.MULTILINE)
    assert not list(tmp_path.glob("*/run-*"))


def test_without_an_engine_it_says_what_to_install_and_what_works_all_the_same():
    done = blackstart("doctor", **NO_ENGINE)
    assert re.search(r"^absent   Docker engine: no engine answers: .*\n +Install and start Docker ", done.stdout, re.MULTILINE)


def test_where_no_package_is_installed_each_is_named_with_its_remedy():
    done = blackstart("doctor", python=("-S",), PYTHONPATH="", **NO_ENGINE)
    assert (done.returncode, done.stderr) == (2, "")
    assert done.stdout.endswith("\nNo run is possible here yet.\n")
    for dependency in DEPENDENCIES:
        name = dependency.partition(">=")[0]
        assert f"MISSING  Python package {name}: pip install '{dependency}'\n" in done.stdout
    assert re.search(
        r"^MISSING  vcsim .*: the simulator is not installed\n +Install .*: pip install \./vcsim$", done.stdout, re.M
    )
    assert "absent   Docker engine: " in done.stdout


@pytest.mark.parametrize(("version", "problem"), [("6.7.3", "too old"), ("99.1", "newer than any that has been tried")])
def test_a_package_of_another_version_is_missing(tmp_path, version, problem):
    (tmp_path / f"pyvmomi-{version}.dist-info").mkdir()
    metadata = f"Metadata-Version: 2.1\nName: pyvmomi\nVersion: {version}\n"
    (tmp_path / f"pyvmomi-{version}.dist-info" / "METADATA").write_text(metadata)
    done = blackstart("doctor", PYTHONPATH=str(tmp_path), **NO_ENGINE)
    assert done.returncode == 2
    (needed,) = [line for line in DEPENDENCIES if line.startswith("pyvmomi")]
    assert f"MISSING  Python package pyvmomi: version {version} is {problem}: pip install '{needed}'\n" in done.stdout


@pytest.mark.parametrize(
    ("program", "problem"),
    [
        ("#!/bin/sh\necho cannot map >&2\nexit 3\n", r"the program did not start: it ended with status 3\ncannot map\n"),
        ("not a program", r".*/vcsim cannot be started: .*Exec format error"),
        (None, r".*/vcsim is missing\n"),
    ],
)
def test_a_simulator_that_cannot_start_is_missing(tmp_path, program, problem):
    (tmp_path / "blackstart_vcsim").mkdir()
    found = tmp_path / "vcsim"
    (tmp_path / "blackstart_vcsim" / "__init__.py").write_text(
        f"from pathlib import Path\ndef binary(): return Path({str(found)!r})\n"
    )
    if program:
        found.write_text(program)
        found.chmod(0o755)
    done = blackstart("doctor", PYTHONPATH=str(tmp_path), **NO_ENGINE)
    assert (done.returncode, done.stderr) == (2, "")
    assert re.search(rf"^MISSING  vcsim with Blackstart's extension: {problem}", done.stdout, re.MULTILINE), done.stdout
    assert "pip install ./vcsim\n" in done.stdout
    assert done.stdout.endswith("\nNo run is possible here yet.\n")


def test_a_program_that_says_nothing_about_its_version_is_found_all_the_same(tmp_path):
    (tmp_path / "go").write_text("#!/bin/sh\n")
    (tmp_path / "go").chmod(0o755)
    done = blackstart("doctor", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}", **NO_ENGINE)
    assert (done.returncode, done.stderr) == (0, "")
    assert f"found    Go: {tmp_path / 'go'}\n" in done.stdout


@pytest.mark.parametrize("command", ["validate", "lab"])
def test_a_run_without_its_packages_points_to_doctor(command):
    done = blackstart(command, python=("-S",), PYTHONPATH="")
    assert (done.returncode, done.stdout) == (2, "")
    assert re.fullmatch(
        r"blackstart: Python package \w+: not installed\n  blackstart doctor says what a run needs\.\n", done.stderr
    )


def test_a_flag_it_does_not_know_is_one_error_and_2(call):
    status, out, errors = call("doctor", "--cure")
    assert (status, out) == (2, "")
    assert errors == "usage: blackstart doctor [-h]\nblackstart doctor: error: unrecognized arguments: --cure\n"
