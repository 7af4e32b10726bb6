"""How much a page holds: a whole suite under five megabytes, what it leaves out named, and a line in the terminal above that."""

import io
from dataclasses import replace

import pytest

from harness.report.page import LIMIT, to_page
from harness.report.terminal import Terminal
from harness.report.transcript import DETAILS, fitting, transcript
from tests.report.sample_record import call, command, event, sample, scenario, step

SCENARIOS, STEPS, EXCHANGES, LINES = 134, 12, 5, 20
"""The shape of our own suite, with more exchanges in every step."""


def looks(number, place):
    """The exchanges of one step: no two of them alike, as nothing is to be saved by saying it once."""
    for each in range(EXCHANGES):
        told = "\n".join(f"{number} {place} {each} {line} 4f28ff10-aa14afe3-1239-005056743b66" for line in range(LINES))
        yield command(each, f"esx-a{each:02}.lab.example", f"esxcli storage filesystem list {number} {place} {each}", told)
        yield call(each, "PropertyCollector", "RetrieveContents", "the inventory", told)


def rehearsed(number, outcome="passed"):
    steps = [step("When", f"step {place} of {number}", place, *looks(number, place)) for place in range(STEPS)]
    if outcome == "failed":
        steps[-1] = replace(steps[-1], status="failed", error="the VM is off")
    world = tuple(event(9, "VolumeMounted", f"vmfs{each}", f"{number} on {each}") for each in range(60))
    return scenario(f"scenario {number}", number + 1, outcome, steps=tuple(steps), cleanup=world)


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_a_page_of_a_whole_suite_stays_under_its_limit_and_says_what_it_leaves_out(outcome):
    page = to_page(sample(scenarios=tuple(rehearsed(number, outcome) for number in range(SCENARIOS))))
    assert len(page.encode()) < LIMIT
    assert "more are in report.json</p>" in page
    assert "to show: a step that passed has" in page
    last = f"esxcli storage filesystem list {SCENARIOS - 1} {STEPS - 1} {EXCHANGES - 1}"
    assert (last in page) is (outcome == "failed")


def test_a_page_with_room_says_nothing_about_its_size():
    page = to_page(sample(scenarios=(rehearsed(1, "failed"),)))
    assert f"esxcli storage filesystem list 1 0 {EXCHANGES - 1}" in page
    assert "to show: a step that passed has" not in page


def test_where_fewer_exchanges_save_nothing_a_page_is_made_once():
    assert fitting([scenario("it", 3, steps=(step("Then", "it holds", 3),))], 1) is None


@pytest.mark.parametrize("detail", DETAILS)
def test_the_step_that_failed_keeps_all_its_exchanges(detail):
    found = rehearsed(1, "failed")
    assert len([each for each in transcript(found, detail)[-1] if each.entry]) == 2 * EXCHANGES


@pytest.mark.parametrize(("size", "said"), [(LIMIT, False), (LIMIT + 1, True)])
def test_a_run_says_so_where_its_page_is_too_large(tmp_path, size, said):
    (tmp_path / "index.html").write_bytes(b" " * size)
    stream = io.StringIO()
    Terminal(stream, colour=False).point(tmp_path)
    assert ("index.html has 5.0 MB, over 5 MB" in stream.getvalue()) is said
