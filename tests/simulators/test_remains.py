"""The root of a user's runs: who leaves it last removes it, and nobody makes it again."""

from __future__ import annotations

import fcntl
import threading
from pathlib import Path

import pytest

from harness.simulators.remains import CENSUS, counted, leave_root


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
    lock, make, made = fcntl.flock, Path.mkdir, []

    def lock_later(file: object, how: int) -> None:
        waiting.set()
        lock(file, how)  # type: ignore[arg-type]

    def note(path: Path, mode: int = 0o777, parents: bool = False, exist_ok: bool = False) -> None:
        made.append(path)
        make(path, mode, parents, exist_ok)

    with (root / CENSUS).open("w") as census:
        lock(census, fcntl.LOCK_EX)
        monkeypatch.setattr(fcntl, "flock", lock_later)
        monkeypatch.setattr(Path, "mkdir", note)
        leaving = threading.Thread(target=leave_root, args=(root,), daemon=True)
        leaving.start()
        assert waiting.wait(60)
        (root / CENSUS).unlink()
        root.rmdir()
    leaving.join(60)
    assert (leaving.is_alive(), root in made) == (False, False)
    leave_root(root)
    assert root not in made
