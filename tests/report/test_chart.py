"""The chart of a timeline as it looks: nothing in a row covers anything else."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest

from harness.report.chart import LETTER, WIDTH
from tests.report.sample_record import scenario, step
from tests.report.test_timeline import event, lab, picture, spent

BAR = re.compile(r"M(\d+)-9h(\d+)v")


def bars_of(row):
    """The bars of a row, each as where it begins and ends."""
    paths = "".join(each.get("d") for each in row.iter("path") if each.get("class") != "rule")
    return sorted((int(x), int(x) + int(width)) for x, width in BAR.findall(paths))


def rows_of(*entries):
    """The rows of the chart of a scenario in which these happen on one host."""
    found = scenario("it", 3, cleanup=(), steps=(lab(), step("When", "it happens", 3, *entries)))
    return [row for row in picture(found).iter("g") if row.get("transform")]


def words_of(row):
    """Where the words of a row begin and end, without its name and its signs."""
    texts = [each for each in row.iter("text") if each.get("class") in (None, "in") and each.get("x")]
    for text in texts:
        x, length = int(text.get("x")), len(text.text) * LETTER
        yield (x - length, x) if text.get("text-anchor") == "end" else (x, x + length)


LOST = event(60, "HostPowerLost", "esx-b01.lab", "loses its power")
DEAD, SILENT = "ha.dead-with-heartbeat-datastores", "vcenter.not-responding"
BOTH = (spent(DEAD, 60, 78, "esx-b01.lab"), spent(SILENT, 60, 120, "esx-b01.lab"))


def test_bars_of_one_host_at_the_same_time_have_rows_of_their_own_and_all_their_words():
    rows = rows_of(*BOTH)
    assert [len(bars_of(row)) for row in rows if bars_of(row)] == [1, 1]
    assert {text.text for row in rows for text in row.iter("text")} >= {DEAD, SILENT}


def test_bars_one_after_the_other_share_a_row():
    rows = rows_of(spent("host.shutdown", 60, 90, "esx-b01.lab"), spent("host.boot", 90, 390, "esx-b01.lab"))
    assert [len(bars_of(row)) for row in rows if bars_of(row)] == [2]


@pytest.mark.parametrize("entries", [(LOST, *BOTH), (*BOTH, event(78, "HostBooted", "esx-b01.lab", "is up"))])
def test_nothing_in_a_row_covers_anything_else(entries):
    for row in rows_of(*entries):
        bars, words = bars_of(row), sorted(words_of(row))
        assert all(ended <= began for (_, ended), (began, _) in pairwise(bars))
        assert all(ended <= began for (_, ended), (began, _) in pairwise(words))
        assert all(ended <= WIDTH for _, ended in words)
        assert all(w1 <= b0 or w0 >= b1 or (b0 <= w0 and w1 <= b1) for w0, w1 in words for b0, b1 in bars)
