"""Runs of the toy procedure in this process, and what they leave behind."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path

from harness.procedures.conduct import Request, Surroundings, carry_out
from harness.procedures.events import Ended
from harness.procedures.model import Procedure
from tests.procedures.logs import read_log
from tests.procedures.toy import TOY

STATE, LOG = "toy.toy.state.json", "toy.toy.log.jsonl"


def run(place: Path, procedure: Procedure = TOY, *, unwanted: Callable[[], bool] = lambda: False, **asked) -> tuple[Ended, str]:
    out = io.StringIO()
    ended = carry_out(Request(procedure, place / "toy.toml", **asked), Surroundings(out, unwanted))
    return ended, out.getvalue()


def made(place: Path) -> set[str]:
    return {file.name for file in (place / "out").iterdir()} if (place / "out").exists() else set()


def kinds(place: Path, kind: str) -> list[dict]:
    return [event for event in read_log(place / LOG) if event["kind"] == kind]


def stopped(place: Path) -> dict:
    (place / "supply").unlink()
    run(place)
    return json.loads((place / STATE).read_text())
