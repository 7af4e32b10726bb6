"""What shows a requirement, where a twin's cause was seen, and how much of a run is known how well."""

from dataclasses import replace

import pytest

from harness.releases.files import check_document, known_keys, read_document
from harness.report import scope
from harness.report.book import to_book
from harness.report.evidence import Tally
from harness.report.facts import meanings
from harness.report.judgement import conclude
from harness.report.model import Fact
from harness.report.page import to_page
from harness.report.trace import WORST_FIRST, where_shown
from harness.report.vocabulary import OUTCOMES
from tests.report.sample_record import REQUIREMENTS, call, command, sample, scenario, step
from tests.report.test_summary_and_book import pages
from tests.report.test_writers import Page

LOG = command(2, "esx01", "cat /var/log/vmkernel.log", "one\n  port file 106 is lost \ntwo\n")
TWIN = {"twin": True, "tags": ("@VDS-05", "@twin:port-file-missing")}


def twin_of(*steps):
    return scenario("Without its port file", 9, steps=steps, **TWIN)


def trace_of(*scenarios):
    return {each.id: each for each in sample(scenarios=scenarios).trace}


def test_each_requirement_has_its_scenarios_and_its_state():
    failed = scenario("b", 9, "failed", reason="off")
    found = trace_of(scenario("a", 3), failed, twin_of(step("Then", "x", 4)), scenario("c", 12, tags=("@VDS-99",)))
    assert (found["VDS-05"].state, found["VDS-05"].listed) == ("failed", True)
    assert [key.rpartition(":")[2] for key in found["VDS-05"].behaviours] == ["3", "9"]
    assert [(each.slug, len(each.scenarios)) for each in found["VDS-05"].twins] == [("port-file-missing", 1), ("ha-off", 0)]
    assert found["VDS-06"].state == "no_scenario"
    assert found["VDS-11"].state == "not_applicable"
    assert found["ALL-02"].state == "shown_by_tests"
    assert (found["VDS-99"].state, found["VDS-99"].listed) == ("passed", False)
    assert set(WORST_FIRST) == set(OUTCOMES)


@pytest.mark.parametrize(
    ("others", "declared", "state"),
    [
        (("passed",), True, "passed"),
        (("passed",), False, "skipped"),
        ((), True, "skipped"),
        (("not_applicable",), True, "skipped"),
        (("passed", "failed"), True, "failed"),
        (("not_run",), True, "not_run"),
    ],
)
def test_a_declared_skip_beside_a_pass_is_not_the_state_of_the_requirement(others, declared, state):
    skipped = scenario("left out", 3, "skipped", reason="no array", declared=declared)
    assert trace_of(skipped, *(scenario(outcome, 9, outcome) for outcome in others))["VDS-05"].state == state


@pytest.mark.parametrize(
    ("steps", "shown"),
    [
        (
            (step("Given", "the port file is lost", 3), step("Then", "the log names the port file", 4, LOG)),
            ("the log names the port file", "esx01 # cat /var/log/vmkernel.log", "port file 106 is lost"),
        ),
        (
            (step("Then", "a port file is missing", 4, call(1, "cluster01", "QueryEvents", answer="nothing")),),
            ("a port file is missing", "vc01: cluster01.QueryEvents", ""),
        ),
        (
            (step("When", "it fails", 3, LOG), step("Then", "that named the port file", 4)),
            ("that named the port file", "esx01 # cat /var/log/vmkernel.log", "port file 106 is lost"),
        ),
        ((step("Then", "its port file is what it was", 4),), ("its port file is what it was", "", "")),
    ],
)
def test_where_a_cause_showed_is_the_step_the_look_and_the_line(steps, shown):
    where = where_shown("port file", twin_of(*steps))
    assert (where.step, where.place, where.text) == shown


@pytest.mark.parametrize("ran", [step("Then", "no word of it", 4, LOG), step("Then", "the port file", 4, LOG, status="failed")])
def test_a_cause_that_no_passed_step_names_showed_nowhere(ran):
    assert where_shown("port file", twin_of(ran)) is None


def test_the_page_says_where_a_cause_showed_and_what_has_no_scenario_and_no_requirement():
    requirement = REQUIREMENTS[0]
    twins = (replace(requirement.twins[0], cause_name="port file"), *requirement.twins[1:])
    shown = twin_of(step("Then", "the log names the port file", 4, LOG))
    record = sample(scenarios=(shown, scenario("b", 9, tags=("@VDS-99",)), scenario("c", 30, tags=())))
    record = conclude(replace(record, requirements=(replace(requirement, twins=twins), *REQUIREMENTS[1:])))
    text = Page(to_page(record)).text
    assert "Shown in: the log names the port file by esx01 # cat /var/log/vmkernel.logport file 106 is lost" in text
    assert "Without a scenario: VDS-06. Tagged and listed nowhere: VDS-99." in text
    assert "Scenarios that name no requirement: ✓ passed c" in text


def test_the_ledger_counts_what_vcsim_has_by_itself_and_what_is_known_how_well():
    assert sample().ledger == (
        Tally("texts", 1, quoted=1, stated=0, assumed=1),
        Tally("timings", 0, quoted=1, stated=1, assumed=1),
        Tally("behaviours", 3, quoted=1, stated=0, assumed=0),
    )
    record = sample()
    answered = conclude(replace(record, environment=replace(record.environment, answered=("ReconfigureComputeResource_Task",))))
    assert answered.ledger[2].native == 2
    page = Page(to_page(record)).text
    assert "texts 1 1 0 1 timings 0 1 1 1 behaviours 3 1 0 0" in page


def test_the_ledger_says_what_the_names_of_the_release_data_mean():
    known = known_keys()
    assert set(meanings()) == {*known["timings"], *known["texts"]}
    assert not [text for text in meanings().values() if "{" in text or not text]
    facts = (Fact("duration", "host.boot", "assumed", "ours", 1, 300.0), Fact("text", "nobody.knows", "assumed", "ours", 1, 0.0))
    record = replace(sample(), facts=facts)
    meaning = "From power until the kernel has rebuilt its switches and the agents are launched"
    assert f"host.boot{meaning} duration ours 5 min 1 nobody.knows text" in Page(to_page(record)).text
    assert f"host.boot, {meaning} (up to 5 min): ours" in "".join(pages(to_book(record)).values())


def test_the_reach_of_a_run_is_data_that_its_schema_allows_and_the_page_says_all_of_it():
    check_document(read_document(scope.FILE), scope.FILE, scope.SCHEMA)
    found, text = scope.read_scope(), Page(to_page(sample())).text
    for sentence in (*found.simulated, *found.proven, *found.unproven, *(limit.text for limit in found.limits)):
        assert sentence in text
