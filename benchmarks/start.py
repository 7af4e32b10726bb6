"""How long our vcsim takes from start to the first login, against the bare simulator library, in the same run.

Prints both medians and their ratio; 1.3 times the bare one or more is too much. Needs Go, to build the bare one.
"""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness.simulators.process import ProcessSimulator
from harness.units import Address, Credentials
from tests.soap import open_session

LIMIT = 1.3
SOURCE = Path(__file__).parents[1] / "vcsim"


def build_bare(directory: Path) -> Path:
    """The simulator library behind a main of its own, built as ours is."""
    go = shutil.which("go")
    if go is None:
        raise SystemExit("bench: there is no Go on PATH to build the bare simulator with")
    binary = directory / "stock"
    flags = ["-trimpath", "-buildvcs=false", "-ldflags", "-s -w"]
    environment = {**os.environ, "CGO_ENABLED": "0"}
    subprocess.run([go, "build", *flags, "-o", str(binary), "./stock"], cwd=SOURCE, env=environment, check=True)
    return binary


def time_bare(binary: Path) -> float:
    """Seconds from the start of the bare simulator to a session with it."""
    began = time.perf_counter()
    with subprocess.Popen([str(binary), "-dc", "0"], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        port = int(process.stdout.readline().rpartition(":")[2].partition("/")[0])
        open_session(Address("127.0.0.1", port), Credentials("user", "pass"))
        took = time.perf_counter() - began
        process.terminate()
    return took


def time_ours(simulator: ProcessSimulator, volumes: Path) -> float:
    """Seconds from the start of our simulator, with all that the lab does around it, to a session with it."""
    began = time.perf_counter()
    with simulator.start(volumes) as vcenter:
        open_session(vcenter.address, vcenter.operator)
        return time.perf_counter() - began


def run(rounds: int) -> int:
    """Takes turns, so that both meet the same machine; the first turn warms up."""
    simulator = ProcessSimulator()
    with tempfile.TemporaryDirectory() as name:
        directory = Path(name)
        binary = build_bare(directory)
        pairs = [(time_bare(binary), time_ours(simulator, directory)) for _ in range(rounds + 1)][1:]
    bare, ours = (statistics.median(column) * 1000 for column in zip(*pairs, strict=True))
    ratio = ours / bare
    sys.stdout.write(f"start to first login: bare {bare:.1f} ms, ours {ours:.1f} ms, ratio {ratio:.2f} (limit {LIMIT})\n")
    return 0 if ratio < LIMIT else 1
