"""A procedure on real files, and a program that runs it in processes of their own: ``python -m tests.procedures.toy``.

It forks one for each line of JSON on its standard input: the packages are read once. A process can be told to kill itself with
SIGKILL at the Nth moment before or after something in it, be it the engine, its state, its log or a step, opens, writes, renames,
makes or removes a file.
"""

from __future__ import annotations

import gc
import io
import json
import os
import signal
import sys
import tempfile
import time
from pathlib import Path
from types import FrameType
from typing import Any

from harness.errors import InputError
from harness.probes.failures import Unmet
from harness.procedures.conduct import Request, Surroundings, carry_out
from harness.procedures.engine import EXIT_STATUS
from harness.procedures.job import Job
from harness.procedures.model import Check, Notes, Procedure, Step

SITE = 'name = "toy"\nrelease = "5.0"\n'
WATCHED = {"open", "write", "fsync", "rename", "mkdir", "unlink", "ftruncate"}
ROWS = ("first", "second", "third")


def folder(job: Job) -> Path:
    return job.site.path.parent


def ledger(job: Job) -> list[str]:
    """The rows written so far, wherever the ledger is."""
    found = [path for name in ("ledger", "sealed") if (path := folder(job) / "out" / name).exists()]
    return found[0].read_text().splitlines() if found else []


def make_folder(job: Job) -> None:
    (folder(job) / "out").mkdir()


def see_folder(job: Job) -> str:
    if not (folder(job) / "out").is_dir():
        raise Unmet("out", "a folder", [("stat", "none")])
    return "a folder"


def add_row(job: Job) -> None:
    """Twice would be wrong: only the check keeps it from that."""
    with (folder(job) / "out" / "ledger").open("a") as file:
        file.write(job.subject + "\n")
    time.sleep(float(os.environ.get("TOY_SLOW", "0")))


def see_row(job: Job) -> str:
    if ledger(job).count(job.subject) != 1:
        raise Unmet("ledger", f"one row {job.subject}", [("the file", ", ".join(ledger(job)) or "empty")])
    return ", ".join(ledger(job))


def see_supply(job: Job) -> str:
    """What an operator has to bring; a test takes it away."""
    if not (folder(job) / "supply").exists():
        raise Unmet("supply", "there", [("stat", "none")])
    return "there"


def note_size(job: Job) -> Notes:
    unsealed = folder(job) / "out" / "ledger"
    if not unsealed.exists():
        raise Unmet("ledger", "unsealed", [("stat", "none")])
    return {"rows": len(ledger(job)), "bytes": unsealed.stat().st_size}


def seal(job: Job) -> None:
    """In two moves: whoever measures between them finds no ledger."""
    out = folder(job) / "out"
    if (out / "ledger").exists():
        (out / "ledger").rename(out / "sealed")
    time.sleep(float(os.environ.get("TOY_SLOW", "0")))
    (out / "size").write_text(f"{job.noted['rows']} rows, {job.noted['bytes']} bytes")


def see_seal(job: Job) -> str:
    size = folder(job) / "out" / "size"
    said, noted = size.read_text() if size.exists() else "nothing", f"{job.noted['rows']} rows, {job.noted['bytes']} bytes"
    if said != noted:
        raise Unmet("size", noted, [("the file", said)])
    return said


def write_ending(job: Job) -> None:
    (folder(job) / "out" / f"ended-{job.chosen['ending']}").touch()


def see_ending(job: Job) -> str:
    path = folder(job) / "out" / f"ended-{job.chosen['ending']}"
    if not path.exists():
        raise Unmet("the ending", path.name, [("stat", "none")])
    return path.name


def ending(kind: str) -> Step:
    after = (Check("the ending is written", see_ending, "Write it by hand."),)
    return Step(f"end-{kind}", f"End {kind}.", after, write_ending, "Look at the folder.", only=("ending", kind))


TOY = Procedure(
    "toy",
    "Fill a ledger and seal it.",
    (
        Step("open", "Make the folder.", (Check("there is a folder", see_folder, "Make it."),), make_folder, "Is the disk full?"),
        Step(
            "add",
            "Add {subject} to the ledger.",
            (Check("the ledger has {subject} once", see_row, "Look at the row {subject}."),),
            add_row,
            "Is {subject} too long?",
            before=(Check("there is a supply for {subject}", see_supply, "Bring the supply for {subject}."),),
            each=lambda _site: ROWS,
        ),
        Step(
            "seal",
            "Seal the ledger.",
            (Check("the size is right", see_seal, "Measure again."),),
            seal,
            "Look at the seal.",
            remember=note_size,
        ),
        ending("quietly"),
        ending("loudly"),
    ),
    branches={"ending": ("quietly", "loudly")},
)


class Killer:
    """A profiler that counts the calls that touch files, before and after each, and kills the process at the one asked for."""

    def __init__(self, moment: int) -> None:
        self.count, self._moment = 0, moment

    def __call__(self, _frame: FrameType, event: str, called: object) -> None:
        if event in {"c_call", "c_return"} and getattr(called, "__name__", "") in WATCHED:
            self.count += 1
            if self.count == self._moment:
                os.kill(os.getpid(), signal.SIGKILL)


def carry_out_toy(place: Path, *, resume: bool, kill_at: int, slow: str) -> int:
    """The exit status of a run, if it comes to its end. The number of moments that it had is written to stderr."""
    os.environ["TOY_SLOW"] = slow
    killer = Killer(kill_at)
    sys.setprofile(killer)
    ended = carry_out(Request(TOY, place / "toy.toml", resume=resume), Surroundings(sys.stdout))
    sys.setprofile(None)
    sys.stderr.write(f"{killer.count}\n")
    sys.stderr.flush()
    return EXIT_STATUS[ended.ending]


def rehearse() -> None:
    """A run here: what a first one loads need not be loaded by each process."""
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "toy.toml").write_text(SITE)
        (Path(name) / "supply").touch()
        carry_out(Request(TOY, Path(name) / "toy.toml"), Surroundings(io.StringIO()))


def nurse() -> None:
    """Fork a process for each line of JSON, kill it where it has taken too long, and answer with its status and what it wrote."""
    rehearse()
    gc.freeze()  # else the collector of each process goes through, and thus copies, all that this one has loaded
    for line in sys.stdin:
        wanted = json.loads(line)
        reading, writing = os.pipe()
        child = os.fork()
        if not child:
            live(wanted, writing)
        os.close(writing)
        if wanted["kill_after"]:
            time.sleep(wanted["kill_after"])
            os.kill(child, signal.SIGKILL)  # nobody has waited for it: it is there, if only as a zombie
        _, status = os.waitpid(child, 0)
        with os.fdopen(reading) as said:
            sys.stdout.write(json.dumps([os.waitstatus_to_exitcode(status), said.read()]) + "\n")
            sys.stdout.flush()


def live(wanted: dict[str, Any], errors: int) -> None:
    """The life of a forked process."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    os.dup2(errors, 2)
    try:
        status = carry_out_toy(Path(wanted["place"]), **{key: wanted[key] for key in ("resume", "kill_at", "slow")})
    except InputError as error:
        sys.stderr.write(f"{error}\n")
        status = 2
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    nurse()
