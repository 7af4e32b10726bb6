"""What a person reads of durations and of what did not come: one form of both, and nothing of the inside of the harness."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.probes.failures import StillWaiting
from harness.report.causes import describe
from harness.units import shown_span

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("length", "shown"),
    [
        (0, "0 s"),
        (0.0004, "<1 ms"),
        (0.0043, "4 ms"),
        (0.0874, "87 ms"),
        (0.9996, "1 s"),
        (1, "1 s"),
        (3.24, "3.2 s"),
        (9.96, "10 s"),
        (59.7, "1 min"),
        (140, "2 min 20 s"),
        (2212, "36 min 52 s"),
        (7500, "2 h 5 min"),
        (90_000, "25 h"),
    ],
)
def test_a_duration_has_one_readable_form(length, shown):
    assert shown_span(length) == shown


def reason(raised: str, at: str = "steps/hosts.py") -> str:
    """The reason of a step that asks a function in the file ``at``, which raises ``raised``."""
    known: dict[str, object] = {"StillWaiting": StillWaiting}
    exec(compile(f"def ask():\n    raise {raised}", str(ROOT / at), "exec"), known)
    with pytest.raises((StillWaiting, KeyError)) as seen:
        exec(compile("\n\nask()", str(ROOT / "steps/network.py"), "exec"), known)
    return describe(seen.value, ROOT).reason


def test_what_did_not_come_is_told_in_its_own_words_with_the_line_of_the_step():
    raised = "StillWaiting('web01 runs', '2 min 20 s')"
    assert reason(raised) == "web01 runs: not within 2 min 20 s\n  at steps/hosts.py:2"
    assert reason(raised, "harness/probes/operator.py") == "web01 runs: not within 2 min 20 s\n  at steps/network.py:3"


def test_a_defect_of_the_harness_names_where_it_is():
    assert reason("KeyError('port')", "harness/probes/operator.py") == "KeyError: 'port'\n  at harness/probes/operator.py:2"
