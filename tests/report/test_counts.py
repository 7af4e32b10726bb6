"""A count stands with its noun as one says it, in the terminal and in every form of a report."""

from __future__ import annotations

import re
from io import StringIO

import pytest

from harness.report.session import write_report
from harness.report.terminal import Terminal
from harness.units import number_of

WRONG = re.compile(r"\b(?:0|1) of 1 \w+s\b|(?<!of )\b1 (?:scenarios|steps|files|items|texts|rows|durations|exchanges)\b")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((1, "step"), "1 step"),
        ((2, "step"), "2 steps"),
        ((0, "step"), "0 steps"),
        ((1, "list of hosts", "lists of hosts"), "1 list of hosts"),
        ((3, "list of hosts", "lists of hosts"), "3 lists of hosts"),
    ],
)
def test_a_count_with_its_noun(words, said):
    assert number_of(*words) == said


@pytest.mark.parametrize("last", ["Then it holds", "Then it does not hold"])
def test_a_report_of_one_scenario_speaks_of_one(bench, last):
    bench.scenario("Given a lab", "When a stated text and timing take part", last)
    stream = StringIO()
    terminal = Terminal(stream, colour=False)
    terminal.begin(1, 1)
    record = bench.run()
    terminal.conclude(record)
    directory = write_report(record, bench.root / "reports")
    told = [stream.getvalue(), *((directory / name).read_text() for name in ("index.html", "summary.md", "junit.xml"))]
    assert "1 scenario to run" in told[0]
    assert all(" of 1 scenario passed" in text for text in told[:3])
    assert [WRONG.findall(text) for text in told] == [[], [], [], []]
