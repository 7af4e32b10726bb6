"""The root of a user's runs: who leaves it last removes it, and nobody makes it again."""

from __future__ import annotations

import fcntl
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from harness.patience import STUCK
from harness.simulators.remains import CENSUS, LOCK, counted, leave_root

ROOT = Path(__file__).parents[2]
RUN = """
import os, signal, sys
from harness.simulators.run import current_run
run = current_run()
if sys.argv[1] == "killed":
    os.kill(run._watchdog.pid, signal.SIGKILL)
    os.rmdir = lambda *_, **__: os.killpg(0, signal.SIGKILL)
    run.end()
print(run.directory, flush=True)
sys.stdin.readline()
"""
"""A run that waits, or one whose processes are all killed at the moment when it has removed all files of its directory."""


def test_whoever_leaves_last_removes_the_root(tmp_path: Path) -> None:
    root = tmp_path / "root"
    with counted(root):
        (root / "run-1").mkdir()
    leave_root(root)
    assert (root / "run-1").exists()
    (root / "run-1").rmdir()
    leave_root(root)
    assert not root.exists()


def test_whoever_leaves_while_it_is_removed_does_not_make_it_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root, waiting = tmp_path / "root", threading.Event()
    root.mkdir()
    lock = fcntl.flock

    def lock_later(file: object, how: int) -> None:
        waiting.set()
        lock(file, how)  # type: ignore[arg-type]

    with (root / CENSUS).open("w") as census:
        lock(census, fcntl.LOCK_EX)
        monkeypatch.setattr(fcntl, "flock", lock_later)
        made = made_from_now_on(monkeypatch)
        leaving = threading.Thread(target=leave_root, args=(root,), daemon=True)
        leaving.start()
        assert waiting.wait(STUCK)
        (root / CENSUS).unlink()
        root.rmdir()
    leaving.join(STUCK)
    assert (leaving.is_alive(), root in made) == (False, False)
    leave_root(root)
    assert root not in made


def made_from_now_on(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The directories that somebody makes, or tries to."""
    make, made = Path.mkdir, []

    def note(path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        made.append(path)
        make(path, mode, parents, exist_ok)

    monkeypatch.setattr(Path, "mkdir", note)
    return made


def start_run(kind: str, temporary: Path) -> subprocess.Popen[str]:
    command, environment = [sys.executable, "-c", RUN, kind], {**os.environ, "TMPDIR": str(temporary), "PYTHONPATH": str(ROOT)}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, text=True, start_new_session=True)


def test_the_next_run_clears_one_that_was_killed_while_it_was_cleared_and_none_that_lives(tmp_path: Path) -> None:
    killed = start_run("killed", tmp_path)
    killed.communicate(timeout=STUCK)
    assert killed.returncode == -signal.SIGKILL
    (left,) = tmp_path.glob("blackstart-*/run-*")
    assert not (left / LOCK).exists()
    living = {}
    try:
        for _ in range(3):
            run = start_run("waiting", tmp_path)
            assert run.stdout
            living[Path(run.stdout.readline().strip())] = run
            assert set(tmp_path.glob("blackstart-*/run-*")) == living.keys()
            if len(living) == 1:
                (next(iter(living)) / LOCK).unlink()  # somebody tidies up
    finally:
        for run in living.values():
            run.communicate("\n", timeout=STUCK)
    assert list(tmp_path.iterdir()) == []
