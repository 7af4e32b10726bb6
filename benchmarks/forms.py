"""How long the forms of a report of 10,000 synthetic scenario results take, in CPU seconds: five or more for one is too much.

Beside each stands its ratio to what Python's own json takes for the same record, which any form has to look at as a whole.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, replace

from harness.report.model import Record
from harness.report.session import WRITERS
from tests.report.sample_record import sample, scenario, step

SCENARIOS = 10_000
LIMIT = 5.0


def synthetic() -> Record:
    """A record of scenarios of three steps, with the text of their feature."""
    steps = (("Given", "a lab"), ("When", "it acts"), ("Then", "it holds"))
    lines = "".join(f"    {keyword} {text}\n" for keyword, text in steps)
    made = sample(
        scenarios=tuple(
            scenario(f"s{number}", 2 + 4 * number, steps=tuple(step(keyword, text, number) for keyword, text in steps))
            for number in range(SCENARIOS)
        )
    )
    text = "Feature: one\n" + "".join(f"  Scenario: s{number}\n{lines}" for number in range(SCENARIOS))
    return replace(made, features=tuple(replace(feature, source=text) for feature in made.features))


def measure(work: Callable[[], object]) -> float:
    """CPU seconds of ``work``."""
    began = time.process_time()
    work()
    return time.process_time() - began


def run() -> int:
    """Write each form once; 1 where one takes too long."""
    record = synthetic()
    plain = measure(lambda: json.dumps(asdict(record), indent=1))
    took = {name: measure(lambda writer=writer: writer(record)) for name, writer in WRITERS.items()}  # type: ignore[misc]
    for name, seconds in took.items():
        sys.stdout.write(f"{SCENARIOS} results as {name}: {seconds:.2f} s of CPU, ratio to json {seconds / plain:.2f}\n")
    sys.stdout.write(f"{SCENARIOS} results in all forms: {sum(took.values()):.2f} s of CPU (limit {LIMIT} for each form)\n")
    return 0 if max(took.values()) < LIMIT else 1
