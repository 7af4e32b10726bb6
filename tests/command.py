"""The command in the process of the tests, for what it answers at once: a process of its own would start for longer than that."""

from __future__ import annotations

import signal
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from harness.cli import main

Called = tuple[int, str, str]
"""The exit status, standard output and standard error."""


@pytest.fixture
def call(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Iterator[Callable[..., Called]]:
    """``blackstart`` with these arguments, called in ``tmp_path``. What it raises and does not tell a person fails the test."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TMPDIR", tempfile.gettempdir())  # else a run would choose it for all tests after this one

    def called(*arguments: str) -> Called:
        try:
            status = main(arguments)
        except SystemExit as ended:  # of argparse
            status = int(ended.code or 0)
        shown = capsys.readouterr()
        return status, shown.out, shown.err

    kept = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    yield called
    for number, handler in kept.items():
        signal.signal(number, handler)
