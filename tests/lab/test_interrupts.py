"""A Ctrl-C at the moment in which a lab starts a thread for a vCenter: the lab is cleared, and the process ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from harness.patience import STUCK

ROOT = Path(__file__).parents[2]
LAB = """
import os, signal, sys, threading
start = threading.Thread.start
def interrupted(thread):
    start(thread)
    if thread.name.startswith("vcenters"):
        os.kill(os.getpid(), signal.SIGINT)
threading.Thread.start = interrupted
from harness.cli import main
sys.exit(main(["lab", "--simulator", "process"]))
"""


def test_a_ctrl_c_while_a_thread_of_a_vcenter_starts_ends_the_lab(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(tmp_path)}
    command = [sys.executable, "-c", LAB]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=STUCK, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (2, "", "blackstart: interrupted\n")
    assert list(tmp_path.iterdir()) == []
