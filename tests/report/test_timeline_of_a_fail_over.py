"""A real fail-over between two sites: its report has the timeline, and the simulated recovery time with what it is made of."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent
from xml.etree import ElementTree as ET

import pytest

from harness.releases import load
from harness.report.archive import read_record
from harness.report.chart import draw
from harness.report.model import Record
from harness.report.recovery_time import RecoveryTime, recovery_time
from harness.report.timeline import Timeline, timelines_of
from tests.report.test_writers import Page

ROOT = Path(__file__).parents[2]
FEATURE = """
    Feature: A fail-over
      Scenario: The procedure takes over what ran
        Given two sites
        When the "protected" site is lost
        And the operator carries out the procedure "vcd-failover"
        Then the procedure "vcd-failover" has come to its end
        And exactly the VMs that ran when the site was lost run on the recovery hosts
    """


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> tuple[Record, str]:
    """The record and the text of the page."""
    folder = tmp_path_factory.mktemp("fail-over")
    (folder / "features").mkdir()
    (folder / "features" / "fail_over.feature").write_text(dedent(FEATURE).lstrip(), encoding="utf-8")
    arguments = ["--features", str(folder / "features"), "--output", str(folder), "--simulator", "process"]
    command = [sys.executable, "-m", "harness.cli", "validate", "--release", "5.0", *arguments]
    done = subprocess.run(command, cwd=ROOT, env=dict(os.environ), capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (folder / "5.0" / "index.html").read_text(encoding="utf-8")
    assert len(page.encode()) < 400_000
    return read_record(folder / "5.0" / "report.json"), Page(page).text


@pytest.fixture(scope="module")
def time(reported: tuple[Record, str]) -> RecoveryTime:
    found = recovery_time(reported[0].scenarios[0])
    assert found is not None
    return found


@pytest.fixture(scope="module")
def timeline(reported: tuple[Record, str]) -> Timeline:
    [timeline] = timelines_of(reported[0].scenarios[:1]).values()
    return timeline


def test_all_that_ran_at_the_lost_site_is_back_and_connected(time: RecoveryTime) -> None:
    assert (time.off, time.disconnected) == ((), ())
    machines = {each.name for each in time.outages if each.kind == "VM"}
    assert {"vc-res", "vcd-cell01", "vcd-cell02", "vcd-db", "vsm01"} < machines
    assert len(machines) > 50
    assert {"vc-res.lab.example", "vcloud"} <= {each.name for each in time.outages if each.kind == "service"}


def test_its_parts_add_up_and_each_has_the_provenance_of_the_release(time: RecoveryTime) -> None:
    assert sum(part.seconds for part in time.parts) == pytest.approx(time.seconds)
    assert time.parts[0].began == time.began
    release = load("5.0")
    timed = [part for part in time.parts if part.provenance]
    for part in timed:
        assert (part.provenance, part.source) == (release.timing(part.what).provenance, release.timing(part.what).source)
    assert {"replication.break", "storage.mount", "host.exit-maintenance", "ha.elected"} <= {part.what for part in timed}
    assert {"quoted", "assumed"} <= {part.provenance for part in timed}
    assert all(part.what.startswith("time passes: ") for part in time.parts if not part.provenance)


def test_the_timeline_tells_who_did_what_at_both_sites(timeline: Timeline) -> None:
    groups: dict[str, set[str]] = {}
    for lane, _ in timeline.lanes:
        groups.setdefault(lane.group, set()).add(lane.name)
    assert groups[""] == {"Faults", "Operator", "Procedure vcd-failover"}
    assert {"array-a", "esx-a01", "esx-a04", "mgmt-a01"} <= groups["Protected site"]
    assert {"array-b", "srm-b", "esx-b01", "esx-b04", "mgmt-b01"} <= groups["Recovery site"]
    assert {"Events of vCenter", "vSphere HA, resource"} <= groups["vCenter Server and vSphere HA"]
    assert {"vc-res", "vcloud", "vshield"} <= groups["What the VMs serve"]
    done = [item.what for lane, items in timeline.lanes if lane.name.startswith("Procedure") for item in items]
    assert "break-replication cg-tenants: acted" in done
    assert done[-1] == "finished"
    assert ET.fromstring(str(draw(timeline, "it"))).tag == "svg"


def test_the_page_shows_it_with_the_log_of_the_procedure(reported: tuple[Record, str]) -> None:
    record, text = reported
    logged = [entry.data["what"] for entry in record.scenarios[0].steps[2].entries if entry.kind == "procedure"]
    assert (logged[0], logged[-1]) == ("begin", "end")
    assert "Procedure vcd-failover begun" in text
    assert "Run finished" in text
    assert "Simulated recovery time: " in text
    assert "ha.elected · resource quoted HA deepdive" in text
    assert "vcd-failover: " not in text.partition("Recovery times, simulated")[0]
