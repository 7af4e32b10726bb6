"""A run that is killed with SIGKILL, at whatever point and however often, ends as one that was not."""

from __future__ import annotations

import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harness.procedures.state import sole_use
from tests.procedures.logs import read_log
from tests.procedures.toy import SITE

ROOT = Path(__file__).parents[2]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}
KILLED = -9
WAIT = "Wait for its end, or stop it first."
STATE = "toy.toy.state.json"


@contextmanager
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as name:
        (Path(name) / "toy.toml").write_text(SITE)
        (Path(name) / "supply").touch()
        yield Path(name)


class Nursery:
    """Runs of the toy procedure, each in a process of its own; resumed where a run has left a state."""

    def __init__(self) -> None:
        pipe = subprocess.PIPE
        command = [sys.executable, "-m", "tests.procedures.toy"]
        self._process = subprocess.Popen(command, cwd=ROOT, env=ENVIRONMENT, stdin=pipe, stdout=pipe, text=True)

    def run(self, place: Path, kill_at: int = 0, *, kill_after: float = 0, slow: float = 0) -> tuple[int, str]:
        """The exit status of a run, and what it wrote."""
        assert self._process.stdin
        assert self._process.stdout
        wanted = {"place": str(place), "resume": (place / STATE).exists(), "kill_at": kill_at, "slow": str(slow)}
        self._process.stdin.write(json.dumps(wanted | {"kill_after": kill_after}) + "\n")
        self._process.stdin.flush()
        status, said = json.loads(self._process.stdout.readline())
        return status, said

    def close(self) -> None:
        self._process.communicate()


@pytest.fixture(scope="module")
def nursery() -> Iterator[Nursery]:
    nursery = Nursery()
    yield nursery
    nursery.close()


def made(place: Path) -> dict[str, str]:
    return {file.name: file.read_text() for file in (place / "out").iterdir()}


def check_end(place: Path) -> None:
    rows = "first\nsecond\nthird\n"
    assert made(place) == {"sealed": rows, "size": f"3 rows, {len(rows)} bytes", "ended-quietly": ""}
    assert {file.name for file in place.iterdir()} == {"toy.toml", "supply", "out", STATE, "toy.toy.log.jsonl"}
    events = read_log(place / "toy.toy.log.jsonl")
    done = [event["step"] for event in events if event["kind"] == "done"]
    assert len(done) == len(set(done))
    assert len({event["run"] for event in events if event["kind"] == "begin"}) == 1
    assert events[-1]["ending"] == "finished"


@pytest.fixture(scope="module")
def moments(nursery: Nursery) -> int:
    """How many moments an unbroken run has."""
    with folder() as place:
        status, said = nursery.run(place)
        assert status == 0
        check_end(place)
    return int(said)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(data=st.data())
def test_killed_at_any_moments_it_resumes_to_the_same_end(nursery: Nursery, moments: int, data: st.DataObject) -> None:
    kills = data.draw(st.lists(st.integers(1, moments), min_size=1, max_size=4), label="kills")
    with folder() as place:
        for moment in kills:
            status, said = nursery.run(place, moment)
            assert status in {KILLED, 0}, said
        status, said = nursery.run(place)
        assert status == 0, said
        check_end(place)


def test_killed_once_anywhere_it_resumes_to_the_same_end(nursery: Nursery, moments: int) -> None:
    """Every fifth moment, from one of the first: each save of the state has more of them than that."""
    for moment in range(random.randrange(1, 6), moments + 1, 5):
        with folder() as place:
            assert nursery.run(place, moment)[0] == KILLED
            assert nursery.run(place)[0] == 0, moment
            check_end(place)


def test_killed_from_outside_at_random_times_it_resumes_to_the_same_end(nursery: Nursery) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    with folder() as place:
        for _ in range(20):
            status, said = nursery.run(place, kill_after=0.001 + chance.random() * 0.15, slow=0.02)
            assert status in {KILLED, 0}, (seed, said)
        assert nursery.run(place)[0] == 0, seed
        check_end(place)


def test_two_runs_at_a_time_do_not_share_a_state(nursery: Nursery) -> None:
    with folder() as place:
        with sole_use(place / STATE):
            assert nursery.run(place) == (2, f"{place / STATE}.lock: state: another run is at work with it\n  {WAIT}\n")
        assert nursery.run(place)[0] == 0
        check_end(place)
