"""A Ctrl-C while ``blackstart`` is still being imported: it ends as it does later, with 2 and one line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from harness.patience import STUCK
from tests.vcsim_lab import until

ROOT = Path(__file__).parents[2]
WAIT = "import time; open({marker!r}, 'w').close(); time.sleep(60)"
MODULES = {
    "plain code": WAIT,
    "a text that is executed": "exec({wait!r})",
    "a class that is made": "class Named:\n    def __set_name__(self, owner, name): {wait}\nclass Owner:\n    named = Named()\n",
}
"""What may be under way in an import. Python has a peculiarity in each of the latter two."""


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
@pytest.mark.parametrize("kind", MODULES)
def test_an_interrupt_during_imports_ends_with_2_and_one_line(tmp_path: Path, kind: str, number: signal.Signals) -> None:
    marker = tmp_path / "reached"
    wait = WAIT.format(marker=str(marker))
    (tmp_path / "argparse.py").write_text(MODULES[kind].format(marker=str(marker), wait=wait))
    process = subprocess.Popen(
        [sys.executable, "-m", "harness.cli", "validate"],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    until(marker.exists)
    process.send_signal(number)
    assert process.communicate(timeout=STUCK) == ("", "blackstart: interrupted\n")
    assert process.returncode == 2


def test_whoever_starts_it_without_ctrl_c_keeps_it_so(tmp_path: Path) -> None:
    reached, sent = tmp_path / "reached", tmp_path / "sent"
    lines = ("import pathlib, time", f"open({str(reached)!r}, 'w').close()", f"sent = pathlib.Path({str(sent)!r})")
    waiting = ("while not sent.exists():", "    time.sleep(0.01)", "raise SystemExit(7)")
    (tmp_path / "argparse.py").write_text("\n".join([*lines, *waiting]))
    process = subprocess.Popen(
        ["sh", "-c", 'trap "" INT; exec "$0" -m harness.cli validate', sys.executable],
        env={**os.environ, "PYTHONPATH": os.pathsep.join([str(tmp_path), str(ROOT)])},
    )
    until(reached.exists)
    process.send_signal(signal.SIGINT)
    sent.touch()
    assert process.wait(STUCK) == 7
