"""The written forms: what they say, well formed whatever was recorded, the same bytes for the same record."""

import re
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from xml.etree import ElementTree as ET

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report.archive import schema, to_json
from harness.report.junit import to_junit
from harness.report.model import Record
from harness.report.page import to_page
from tests.report.sample_record import call, command, entry, event, sample, scenario, step

VOID = {"meta", "br", "link", "img", "hr", "input"}
CELLS, ROWS = ("td", "th"), ("td", "th", "tr", "thead", "tbody")
IMPLIED = {"td": CELLS, "th": CELLS, "tr": (*CELLS, "tr"), "tbody": ROWS, "thead": (), "table": ()}
"""Open elements that such a tag ends by itself, where it begins."""
NASTY = "</script></pre><u>&amp;]]>\x00\x1b[31m\ud800\u202e\r\n\x7f\ufffe"


class Page(HTMLParser):
    """Refuses what is not nested; gathers tags with their attributes, ids, link targets and text."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs))
        self.close_implied(IMPLIED.get(tag, ()))
        if tag not in VOID:
            self.open.append(tag)

    def close_implied(self, tags):
        while self.open and self.open[-1] in tags:
            self.words.append(" ")
            self.open.pop()

    def handle_endtag(self, tag):
        self.close_implied(ROWS if tag == "table" else ())
        assert self.open.pop() == tag
        self.words.append(" " if tag in ("td", "th", "p", "li", "dt", "dd") else "")

    def handle_data(self, data):
        self.words.append(data)

    def values(self, name):
        return [attributes[name] for _, attributes in self.tags if name in attributes]

    @property
    def text(self):
        return " ".join("".join(self.words).split())


def with_text(text: str) -> Record:
    """A record that has ``text`` wherever a run can put a text."""
    ran = step("Given", text, 3, command(1, text, text, text, 1, text), event(2, text, text, text), status="failed", error=text)
    changes = {"rule": text, "reason": text, "description": text, "tags": (text,), "steps": (replace(ran, argument=text),)}
    record = sample(scenarios=(scenario(text, 3, "failed", **changes),))
    environment = replace(record.environment, command=text, tags=text, facts={text: text}, software={text: text})
    return replace(record, environment=environment, release=replace(record.release, note=text))


@pytest.mark.parametrize("failed", [False, True])
def test_the_record_is_what_its_schema_says(failed):
    import json

    jsonschema.validate(json.loads(to_json(sample(failed=failed))), schema())


@pytest.mark.parametrize("writer", [to_page, to_junit, to_json])
def test_the_same_record_gives_the_same_bytes(writer):
    assert writer(sample(failed=True)).encode() == writer(sample(failed=True)).encode()


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=60)
def test_any_text_gives_a_well_formed_page(text):
    page = Page(to_page(with_text(text)))
    assert [attributes for tag, attributes in page.tags if tag == "script"] == [{}]


@given(st.text(st.characters(), max_size=60))
@settings(max_examples=60)
def test_any_text_gives_well_formed_xml(text):
    ET.fromstring(to_junit(with_text(text)).encode("utf-8"))


def test_a_hostile_transcript_stays_text_and_is_still_readable():
    page = to_page(with_text(NASTY))
    page.encode("utf-8")
    assert "<u>" not in page
    assert page.count("</script") == 1
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202e]", page)
    assert "</script></pre><u>&amp;]]>␀␛[31m" in Page(page).text


def test_the_page_needs_nothing_but_itself():
    page = Page(to_page(sample(failed=True)))
    assert {tag for tag, _ in page.tags} & {"link", "img", "iframe", "object", "form"} == set()
    assert [attributes for tag, attributes in page.tags if tag == "script"] == [{}]
    assert page.values("src") == []
    assert "url(" not in to_page(sample())
    assert "@import" not in to_page(sample())
    targets = [value for value in page.values("href") if value]
    ids = [value for value in page.values("id") if value]
    assert all(target.startswith("#") and target[1:] in ids for target in targets)
    assert len(ids) == len(set(ids))
    assert set(page.values("aria-labelledby")) <= set(ids)


def test_the_page_has_landmarks_one_title_and_headings_without_gaps():
    page = Page(to_page(sample(failed=True)))
    tags = [tag for tag, _ in page.tags]
    assert [tags.count(tag) for tag in ("main", "nav", "header", "footer", "h1")] == [1] * 5
    assert to_page(sample()).partition("</head>")[0].count("<title>") == 1
    levels = [int(tag[1]) for tag in tags if re.fullmatch(r"h[1-6]", tag)]
    assert all(after <= before + 1 for before, after in pairwise(levels))


def test_the_verdict_names_what_failed_first_and_nothing_that_was_skipped_on_purpose():
    record = sample(failed=True)
    said = "✗ failed Waiting does not cure it ? undefined A step that nobody wrote ! broken set-up The lab does not start"
    assert f"{said} Seen in a simulation" in Page(to_page(record)).text
    many = sample(scenarios=tuple(scenario(f"no {number}", number, "failed", reason="why") for number in range(1, 6)))
    page = Page(to_page(many))
    assert "✗ failed no 3 2 more Seen in a simulation" in page.text
    assert page.values("href").count("#findings") == 3


SAID = (
    "failed 3 of 8 scenarios passed, 1 not applicable, 1 skipped.",
    "Files 1 feature file, 1 step module",
    "Revision 44146aef3c0d2f5a8c7e4b1d9a6f3e2c1b0a9d8e, with uncommitted changes",
    "Simulated by vcsim (0.52.0) as a local process",
    'features/network/storage_after_host.feature:46: Then "web01" has a network connection',
    "the array cannot (declared in the feature, until 2031-06-30)",
    "What was not looked at, and why – not applicable 5.0 has no VMCP (capability vmcp, quoted) VMCP takes part VDS-05",
    "pytest met an internal error (status 3): no space left",
    "Waiting does not cure it features/network/storage_after_host.feature:46: Then",
    "Shown by the harness's own tests.",
    "5.1 does not have the defect",
    "5.0 has no VMCP (capability vmcp, quoted)",
    "Fault injected esx01: its power is cut",
    "Waited 5 min: the hosts write their port files every 5 minutes",
    "esx02 # esxcli network vm port list -w 8842",
    "exit status 1",
    "fault vmodl.fault.NotSupported",
    "started on esx02 with port 106",
    "a simulated duration is not a recovery time that anybody has achieved.",
    "vm.boot duration our assumption 30 s 3",
    "blackstart validate --release 5.0 --simulator process --seed 7 --workers 2",
)


def test_the_page_says_the_verdict_the_accounting_the_traces_and_the_limits():
    text = Page(to_page(sample(failed=True))).text
    assert [said for said in SAID if said not in text] == []


def test_a_scenario_leads_to_its_requirement_and_the_twins_there():
    page = to_page(sample(failed=True))
    [card] = set(re.findall(r'<a href="#(r\d+)">VDS-06 with its twins</a>', page))
    assert f'<h3 id="{card}"><span class="id">VDS-06</span></h3>' in page


@pytest.mark.parametrize(("mended", "said"), [(False, "Fault injected esx01: power"), (True, "Fault mended esx01: power")])
def test_what_the_lab_gives_back_is_no_fault_injected(mended, said):
    power = entry("fault", 1, subject="esx01", what="power", mended=mended)
    given = step("When", "power changes", 3, power, entry("time", 61, span=60.0, why="it boots"))
    page = to_page(sample(scenarios=(scenario("power", 2, steps=(given,)),)))
    assert said in Page(page).text
    assert ('<text class="return"' in page) is mended


@pytest.mark.parametrize(
    ("outcome", "said"),
    [("passed", "Clean-up passed · wall 12 ms"), ("teardown_error", "Clean-up broken"), ("crashed", "Clean-up not seen")],
)
def test_each_scenario_that_began_says_how_its_clean_up_ended(outcome, said):
    assert said in Page(to_page(sample(scenarios=(scenario("it", 3, outcome, reason="why"),)))).text
    assert "Clean-up" not in Page(to_page(sample(scenarios=(scenario("it", 3, "deselected"),)))).text


def test_a_twin_stands_with_the_cause_that_it_takes_away():
    text = Page(to_page(sample())).text
    assert (
        "The port file is removed: no restart. Found in: VmFailoverFailed names it (event). ✓ passed Without its port file"
        in text
    )
    assert "vSphere HA is off: nothing restarts. Found in: no host failure is posted (event). No scenario shows this." in text


def test_an_answer_of_several_lines_keeps_its_lines():
    asked = call(1, "PropertyCollector", "RetrieveContents", answer="esx01: connected\nesx02: connected")
    page = to_page(sample(scenarios=(scenario("look", 3, steps=(step("When", "it looks", 3, asked),)),)))
    assert '<pre class="wrap">\nesx01: connected\nesx02: connected</pre>' in page


@pytest.mark.parametrize(("outcome", "kept"), [("passed", 440), ("failed", 40_000)])
def test_a_very_long_output_is_cut_on_the_page_and_says_so(outcome, kept):
    ran = step("When", "it is long", 3, command(1, "esx01", "cat", "x" * 100_000))
    page = to_page(sample(scenarios=(scenario("long", 3, outcome, steps=(ran,)),)))
    assert f"[{100_000 - kept} more characters are in report.json]" in page
    assert page.count("x" * kept) == 1
    assert "x" * (kept + 1) not in page


@pytest.mark.parametrize(("outcome", "said"), [("passed", 1), ("failed", 3)])
def test_what_a_scenario_repeats_word_for_word_is_counted_where_it_passed(outcome, said):
    ran = step("When", "it looks", 3, *(command(1, "esx01", "vim-cmd vmsvc/getallvms", "Vmid Name") for _ in range(3)))
    page = to_page(sample(scenarios=(scenario("looks", 3, outcome, steps=(ran,)),)))
    assert page.count("Vmid Name") == said
    assert ("2 exchanges as before</p>" in page) is (outcome == "passed")


def test_the_page_says_on_which_hosts_a_command_said_the_same_and_on_which_something_else():
    answers = (("esx01.lab", "on\n"), ("esx02.lab", "off\n"), ("esx03.lab", "on\n"))
    ran = step("When", "it looks", 3, *(command(1, host, "power", said) for host, said in answers))
    text = Page(to_page(sample(scenarios=(scenario("looks", 3, steps=(ran,)),)))).text
    assert "esx01.lab # power on exit status 0 · and on esx03 · another output, in report.json, on esx02" in text


@pytest.mark.parametrize("outcome", ["passed", "failed"])
def test_of_very_many_exchanges_in_a_step_that_went_well_the_first_are_shown(outcome):
    told = step("When", "much is asked", 3, *(command(number, "esx01", f"echo {number}", f"{number}\n") for number in range(20)))
    page = Page(to_page(sample(scenarios=(scenario("it", 3, outcome, steps=(told,)),)))).text
    assert "echo 5" in page
    assert ("14 more are in report.json" in page, "echo 19" in page) == ((True, False) if outcome == "passed" else (False, True))


def test_status_is_never_by_colour_alone():
    page = to_page(sample(failed=True))
    for badge in re.findall(r'class="badge [^"]*">(.*?)</span>\s*([^<]+)</span>', page):
        assert badge[1].strip()


def test_a_partial_run_says_so_at_the_top():
    record = sample(scenarios=(scenario("a", 3), scenario("b", 9, "deselected")))
    assert "Partial : 1 of 2 scenarios selected" in Page(to_page(record)).text.replace("Partial:", "Partial :")
    root = ET.fromstring(to_junit(record))
    assert root.get("tests") == "1"
    assert root.find(".//property[@name='selected']").get("value") == "1 of 2"


def test_junit_counts_what_it_lists_and_traces_requirements():
    root = ET.fromstring(to_junit(sample(failed=True)))
    cases = root.findall(".//testcase")
    assert root.get("tests") == str(len(cases)) == "9"
    for name, tag in (("failures", "failure"), ("errors", "error")):
        assert root.get(name) == str(len(root.findall(f".//testcase/{tag}")))
    for suite in root.findall("testsuite"):
        assert suite.get("tests") == str(len(suite.findall("testcase")))
        for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
            assert suite.get(name) == str(len(suite.findall(f"testcase/{tag}")))
    by_name = {case.get("name").rpartition(": ")[2]: case for case in cases}
    case = by_name["A VM comes back with its port (15)"]
    assert [each.get("value") for each in case.findall("properties/property[@name='requirement']")] == ["VDS-05"]
    assert case.find("properties/property[@name='outcome']").get("value") == "passed"
    assert (case.get("file"), case.get("line")) == ("features/network/restart_after_host_failure.feature", "15")
    assert case.find("system-out").text.startswith("VDS-05 · passed\n[passed] Given a cluster of three hosts")
    assert "VDS-05 · negative twin" in by_name["Without its port file a VM is not restarted (37)"].find("system-out").text
    assert root.find("testsuite[@file='features/network/storage_after_host.feature']/testcase/failure") is not None
    assert by_name["Waiting does not cure it (44)"].find("failure").get("message").startswith("failed: web01 has no network")
    assert by_name["A step that nobody wrote (66)"].find("error").get("type") == "undefined"
    assert by_name["The array reverses by itself (58)"].find("skipped") is not None
    assert by_name["VMCP takes part (49)"].find("skipped").get("message").startswith("not applicable: 5.0 has no VMCP")


def test_an_undeclared_skip_is_an_error_in_junit():
    root = ET.fromstring(to_junit(sample(scenarios=(scenario("a", 3, "skipped", reason="no time"),))))
    assert root.get("errors") == "1"
    assert root.find(".//error").get("message") == "skipped without a declared reason: no time"


def test_ten_thousand_scenarios_are_one_page():
    many = tuple(scenario(f"s{number}", number, steps=(step("Then", "it holds", number),)) for number in range(1, 10_001))
    assert to_page(sample(scenarios=many)).count('class="scenario good"') == 10_000
