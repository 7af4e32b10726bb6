"""A ``blackstart lab`` in a process of its own, for the tests of the command."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from harness.patience import STUCK

ROOT = Path(__file__).parents[2]
TWO_SITES = """
name = "two-sites"
vcenter = [{name = "vc-a.example", datacenter = "a"}, {name = "vc-b.example", datacenter = "b"}]
cluster = [{name = "cluster-a", vcenter = "vc-a.example"}, {name = "cluster-b", vcenter = "vc-b.example"}]
host = [
    {name = "esx-a1.example", cluster = "cluster-a", address = "192.0.2.11"},
    {name = "esx-a2.example", cluster = "cluster-a", address = "192.0.2.12"},
    {name = "esx-b1.example", cluster = "cluster-b", address = "192.0.2.21"},
]
volume = [{label = "vmfs01", array = "array01", size = 100, hosts = ["esx-a1.example", "esx-a2.example"]}]
vm = [{name = "app01", host = "esx-a1.example", datastore = "vmfs01", network = "VM Network", on = false}]
"""


@dataclass
class StartedLab:
    """A ``blackstart lab`` that runs, and the first line that it printed. Its runs have their directories below ``folder``."""

    process: subprocess.Popen[str]
    first_line: str
    folder: Path

    @property
    def told(self) -> dict[str, Any]:
        return dict(json.loads(self.first_line))

    def shown(self) -> list[str]:
        """What a person reads until the lab waits, line by line."""
        assert self.process.stdout
        lines = [self.first_line]
        while lines[-1] and not lines[-1].endswith("Ctrl-C ends the lab.\n"):
            lines.append(self.process.stdout.readline())
        return lines

    @property
    def addresses(self) -> list[tuple[str, int]]:
        urls = [urlsplit(center["url"]) for center in self.told["vcenters"]]
        shells = [(host["ssh"]["host"], host["ssh"]["port"]) for host in self.told["hosts"]]
        return [(str(url.hostname), url.port or 443) for url in urls] + shells

    @property
    def simulators(self) -> list[int]:
        (record,) = self.folder.glob("*/run-*/processes")
        return [int(line.split()[0]) for line in record.read_text().splitlines()]

    def say(self, line: str) -> dict[str, Any]:
        """Type a line; the answer of a lab with ``--json``."""
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(f"{line}\n")
        self.process.stdin.flush()
        return dict(json.loads(self.process.stdout.readline()))

    def end(self, number: signal.Signals) -> int:
        """Signal the process as a terminal would, with all of its group, and wait; its exit status."""
        os.killpg(self.process.pid, number)
        return self.process.wait(timeout=STUCK)

    def remains(self) -> list[str]:
        """What is left of the lab on this machine besides its simulators."""
        shown = subprocess.run(["ps", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        processes = [line for line in shown.splitlines() if str(self.folder) in line]
        return processes + [str(path) for path in self.folder.glob("*/run-*")]


def spawn(folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "harness.cli", "lab", "--simulator", "process", *arguments]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(folder)}
    pipe = subprocess.PIPE
    return subprocess.Popen(
        command, cwd=folder, env=variables, stdin=stdin, stdout=pipe, stderr=pipe, text=True, start_new_session=True
    )


@contextmanager
def started(folder: Path, *arguments: str, stdin: int = subprocess.DEVNULL) -> Iterator[StartedLab]:
    process = spawn(folder, *arguments, stdin=stdin)
    try:
        assert process.stdout
        yield StartedLab(process, process.stdout.readline(), folder)
    finally:
        process.kill()
        process.communicate()
