"""The page in a real Chromium: what axe finds, at phone and desktop width, in both colour schemes, and on paper."""

from __future__ import annotations

import html
import json
import re
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from harness.report.comparison import compare
from harness.report.comparison_page import to_comparison_page
from harness.report.evidence import PastRun
from harness.report.index_page import to_index_page
from harness.report.judgement import conclude
from harness.report.model import ProcedureLog
from harness.report.page import to_page
from harness.report.releases_index import INDEX_VERSION, Ending, Index, Line, make_column, make_rows
from harness.report.requirements import Catalogue
from tests.report.conftest import find_program
from tests.report.sample_record import sample, scenario, step
from tests.report.test_timeline import fail_over, told

PAST = PastRun("2026-03-13T08:00:00Z", "failed", "failed: 2 of 5 passed", {}, "ab" * 20, True, "CHG-1233", "", "cd" * 32)
WIDTHS = (390, 1280)
"""CSS pixels of a phone and of a desktop; Chromium makes no window of a phone's width, so each is a frame in one."""

LOOK = """
<script>%s</script>
<script>
document.querySelectorAll('details').forEach(each => { each.open = true })
axe.run({ resultTypes: ['violations'] }).then(found => parent.postMessage(JSON.stringify({
  overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
  dark: matchMedia('(prefers-color-scheme: dark)').matches,
  rules: found.passes.length,
  violations: found.violations.map(each => [each.impact, each.id, ...each.nodes.slice(0, 3).map(node => node.html)].join(' ')),
}), '*'))
</script></body>
"""
GATHER = """<!doctype html><title>frames</title><pre id="seen"></pre>
<script>onmessage = told => { document.getElementById('seen').append(told.data + '\\n') }</script>
"""


def report_page() -> str:
    """The report of a release."""
    return to_page(sample(failed=True))


def index_page() -> str:
    """The index over two releases that differ."""
    records = [
        replace(record, release=replace(record.release, name=name))
        for record, name in ((sample(failed=True), "5.0"), (sample(scenarios=(scenario("x", 44, twin=True),)), "5.1"))
    ]
    keys = [each.key for each in records[0].scenarios]
    columns = [make_column(record) for record in records]
    columns[1] = replace(columns[1], scenarios=dict.fromkeys(keys, Ending("not_applicable", "release 5.1 does not have it")))
    return to_index_page(
        Index(
            schema_version=INDEX_VERSION,
            command="blackstart validate --release all",
            started="2026-03-14T08:12:45Z",
            commit="44146aef3c0d",
            wall=42.7,
            exit_status=1,
            differences=2,
            columns=tuple(columns),
            rows=make_rows(Catalogue(records[0].documents, records[0].requirements), columns),
            scenarios=tuple(Line(each.key, each.name, each.requirements, each.twin) for each in records[0].scenarios),
        )
    )


@pytest.fixture(scope="module")
def chromium() -> str:
    if not (found := find_program("chromium") or find_program("google-chrome")):
        pytest.skip("this machine has no Chromium")
    return found


def browse(chromium: str, profile: Path, *options: str) -> str:
    plain = ["--headless", "--no-sandbox", "--disable-gpu", "--virtual-time-budget=30000", f"--user-data-dir={profile}"]
    return subprocess.run([chromium, *plain, *options], check=True, capture_output=True, text=True, timeout=280).stdout


def with_timelines(record):
    """The record with a fail-over between two sites, a long word, and the log of a procedure by itself."""
    event = "com.vmware.vc.HA." + "VcCannotFindMaster" * 3
    long = scenario(event, 95, steps=(step("Then", f'the event "{event}" is posted', 96),))
    lines = (told(10, "begin", "", "begun"), told(10, "step", "break"), told(20, "done", "break", "acted"))
    log = ProcedureLog("ours.vcd-failover.log.jsonl", "ab" * 32, lines)
    return conclude(replace(record, scenarios=(*record.scenarios, fail_over(*lines), long), procedures=(log,)))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_and_nothing_is_wider_than_its_screen(chromium, tools, tmp_path, scheme):
    axe = (tools / "node_modules" / "axe-core" / "axe.min.js").read_text(encoding="utf-8")
    found = compare(sample(), sample(failed=True))
    record = with_timelines(sample(failed=True))
    record = replace(record, change="CHG-1234", title="Fail-over, autumn", since=found, runs=(PAST,))
    pages = [page.replace("</body>", LOOK % axe) for page in (to_page(record), to_comparison_page(found), index_page())]
    frames = "".join(
        f'<iframe style="width:{width}px;height:900px" srcdoc="{html.escape(page)}"></iframe>'
        for width in WIDTHS
        for page in pages
    )
    place = tmp_path / "frames.html"
    place.write_text(GATHER + frames, encoding="utf-8")
    dark = f"--blink-settings=preferredColorScheme={0 if scheme == 'dark' else 1}"
    dom = browse(chromium, tmp_path / "profile", "--window-size=1800,1000", dark, "--dump-dom", place.as_uri())
    answer = re.search(r'<pre id="seen">(.*?)</pre>', dom, re.DOTALL)
    seen = [json.loads(html.unescape(line)) for line in (answer[1] if answer else "").splitlines()]
    assert len(seen) == len(WIDTHS) * len(pages)
    assert all(each["rules"] > 20 for each in seen)
    assert [each["dark"] for each in seen] == [scheme == "dark"] * len(seen)
    assert [each["violations"] for each in seen] == [[]] * len(seen)
    assert [each["overflow"] for each in seen] == [0] * len(seen)


@pytest.mark.parametrize("made", [report_page, index_page])
def test_it_prints_on_a4(chromium, tmp_path, made):
    place, printed = tmp_path / "index.html", tmp_path / "printed.pdf"
    place.write_text(made(), encoding="utf-8")
    browse(chromium, tmp_path / "profile", "--no-pdf-header-footer", f"--print-to-pdf={printed}", place.as_uri())
    boxes = re.findall(rb"/MediaBox\s*\[0 0 ([\d.]+) ([\d.]+)\]", printed.read_bytes())
    assert boxes
    assert {(round(float(width)), round(float(height))) for width, height in boxes} == {(595, 842)}


DRIVE = """
<script>
const seen = [];
const shown = () => [...document.querySelectorAll('details.scenario:not([hidden]) .name')].map(each => each.textContent);
const boxes = () => [...document.querySelectorAll('.filter input[type=checkbox]')];
const put = (input, value) => {
  input[typeof value === 'boolean' ? 'checked' : 'value'] = value;
  input.dispatchEvent(new Event('input', { bubbles: true }));
  seen.push(shown());
};
const search = document.querySelector('.filter input[type=search]');
put(search, '  comes BACK\\twhen a host ');
put(search, '');
boxes().slice(0, -1).forEach((each, number) => { if (number) put(each, false) });
put(boxes().at(-1), false);
location.hash = document.querySelector('details.scenario[hidden]').id;
dispatchEvent(new Event('hashchange'));
seen.push([document.querySelector(location.hash).open, shown().length, document.querySelector('.filter p').textContent]);
document.body.innerHTML = '<pre id="seen"></pre>';
document.getElementById('seen').textContent = JSON.stringify(seen);
</script></body>
"""


def test_the_page_can_be_searched_and_filtered(chromium, tmp_path):
    place = tmp_path / "index.html"
    place.write_text(to_page(sample(failed=True)).replace("</body>", DRIVE), encoding="utf-8")
    dom = browse(chromium, tmp_path / "profile", "--dump-dom", place.as_uri())
    found, everything, *fewer, no_twins, ended = json.loads(html.unescape(re.search(r'<pre id="seen">(.*?)</pre>', dom)[1]))
    assert found == ["A VM comes back when a host leaves maintenance mode"]
    assert len(everything) == 8
    assert [len(each) for each in fewer] == [7, 6, 5, 4, 3]
    assert no_twins == ["A VM comes back with its port", *found]
    assert ended == [True, 8, "8 of 8 scenarios shown"]
