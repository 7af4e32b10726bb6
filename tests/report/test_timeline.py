"""The timeline of a scenario: its lanes and items, its chart, and the table behind it."""

import re
from dataclasses import replace
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harness.report.chart import draw
from harness.report.landscape import names_of
from harness.report.model import ProcedureLog
from harness.report.page import to_page
from harness.report.timeline import timeline_of_log, timelines_of
from tests.report.sample_record import at, call, command, entry, event, sample, scenario, step
from tests.report.test_recovery_time import fault, spent, started
from tests.report.test_writers import Page

PLACES = (
    ("protected", "site", "protected", ""),
    ("recovery", "site", "recovery", ""),
    ("esx-a01.lab", "host", "protected", "vc-res.lab"),
    ("esx-b01.lab", "host", "recovery", "vc-res.lab"),
    ("vc-res.lab", "vCenter", "", ""),
    ("vc-mgmt.lab", "vCenter", "recovery", ""),
    ("resource", "cluster", "", "vc-res.lab"),
    ("array-b", "array", "recovery", ""),
    ("naa.1", "LUN", "recovery", "array-b"),
    ("nfs.array-b.desktops", "export", "recovery", "array-b"),
    ("cg-tenants", "consistency group", "recovery", "array-b"),
    ("srm-b.lab", "SRM", "recovery", ""),
    ("management", "recovery plan", "recovery", "srm-b.lab"),
    ("vcloud", "service", "", ""),
)


def placed():
    return [entry("place", 0, subject=name, kind=kind, site=site, owner=owner) for name, kind, site, owner in PLACES]


def lab(*more):
    """The start of a lab: VMs on the protected host, and where everything stands."""
    registered = [event(0, "MachineRegistered", name, "registered on esx-a01.lab") for name in ("web01", "web02")]
    return step("Given", "two sites", 2, *registered, *started(0), *started(0, "web02"), *more, *placed())


RECOVERY = (
    event(1, "StepChanged", "management", "step 1, Recover VMs: begins"),
    event(9, "StepChanged", "management", "step 1, Recover VMs: SUCCESS: all of them"),
    spent("replication.break", 1, 21, "cg-tenants"),
    spent("replication.make-writable", 21, 26, "naa.1", "stated"),
    event(26, "LunAccessSet", "naa.1", "read-write"),
    call(26, "luns", "POST"),
    spent("ha.elected", 26, 51, "resource", "quoted"),
    *(event(51, "MachineRegistered", name, "registered on esx-b01.lab") for name in ("web01", "web02")),
    spent("machine.power-on", 51, 54, "web01"),
    spent("machine.power-on", 51, 54, "web02"),
    *started(54),
    *started(54, "web02"),
    command(54, "esx-b01.lab", "esxcli vm process list"),
    spent("network.sync", 0, 54, "esx-b01.lab", "quoted"),
)
"""What happens while a plan recovers two VMs, and vSphere HA restarts them."""


def fail_over(*more):
    """A site is lost and taken over: a scenario with something in every lane."""
    gone = [event(0, "MachineStopped", name, "stopped without a clean power-off") for name in ("web01", "web02")]
    return scenario(
        "fail-over",
        3,
        cleanup=(),
        steps=(
            lab(),
            step("When", "the site is lost", 3, fault(0), event(0, "HostPowerLost", "esx-a01.lab", "lost its power"), *gone),
            step("And", "the operator recovers", 4, *RECOVERY, *more),
            step("Then", "they run", 5, command(54, "esx-b01.lab", "esxcli vm process list")),
        ),
    )


def timeline_of(found):
    """The timeline of one scenario."""
    return timelines_of((found,))[found.key]


def lanes_of(timeline):
    return {
        (lane.group, lane.name): [
            (item.sort, round(item.began, 3), round(item.ended, 3), item.what, item.times) for item in items
        ]
        for lane, items in timeline.lanes
    }


def test_everything_stands_in_the_lane_of_whoever_did_it_at_its_site():
    found = lanes_of(timeline_of(fail_over()))
    assert list(found) == [
        ("", "Faults"),
        ("", "Operator"),
        ("Protected site", "esx-a01"),
        ("Recovery site", "array-b"),
        ("Recovery site", "srm-b"),
        ("Recovery site", "esx-b01"),
        ("vCenter Server and vSphere HA", "vSphere HA, resource"),
    ]
    assert found["", "Faults"] == [("loss", 0, 0, "esx01: loses its power", 1)]
    assert found["", "Operator"] == [("act", 26, 54, "the operator recovers", 1)]
    assert found["Protected site", "esx-a01"] == [
        ("loss", 0, 0, "loses its power", 1),
        ("loss", 0, 0, "VM stopped without a clean power-off", 2),
    ]
    assert found["Recovery site", "srm-b"] == [("plan", 1, 9, "Recover VMs: success", 1)]
    assert found["Recovery site", "esx-b01"] == [
        ("duration", 51, 54, "machine.power-on", 2),
        ("return", 54, 54, "VM powered on", 2),
    ]
    assert [each[3] for each in found["Recovery site", "array-b"]] == ["replication.break", "replication.make-writable"]
    assert found["vCenter Server and vSphere HA", "vSphere HA, resource"] == [("duration", 26, 51, "ha.elected", 1)]


def test_what_comes_of_the_labs_start_or_goes_round_by_itself_is_left_out():
    start = spent("host.boot", -300, 0, "esx-a01.lab")
    made = replace(fail_over(), steps=(lab(start), *fail_over().steps[1:]))
    assert lanes_of(timeline_of(made)) == lanes_of(timeline_of(fail_over()))
    assert "network.sync" not in str(lanes_of(timeline_of(made)))


def test_a_placeholder_of_the_same_name_does_not_move_the_loss_of_a_vm():
    placeholder = event(0, "MachineRegistered", "web01", "registered on esx-b01.lab")
    made = replace(fail_over(), steps=(lab(placeholder), *fail_over().steps[1:]))
    assert "stopped" not in str(lanes_of(timeline_of(made))["Recovery site", "esx-b01"])


def test_what_a_vm_serves_has_lanes_of_its_own_and_a_vcenter_at_a_site_stands_there():
    more = (
        event(54, "ServiceStarted", "vcloud", "answers on vcd-cell01"),
        event(54, "CenterEvent", "vc-res.lab", "vCenter Server is on"),
        event(54, "CenterEvent", "vc-mgmt.lab", "vCenter Server is off"),
        event(54, "Announced", "web01", "com.vmware.vc.ha.VmRestartedByHAEvent: vSphere HA restarted web01"),
    )
    found = lanes_of(timeline_of(fail_over(*more)))
    assert found["What the VMs serve", "vcloud"] == [("return", 54, 54, "answers", 1)]
    assert found["What the VMs serve", "vc-res"] == [("event", 54, 54, "vCenter Server is on", 1)]
    assert found["Recovery site", "vc-mgmt"] == [("event", 54, 54, "vCenter Server is off", 1)]
    assert found["vCenter Server and vSphere HA", "Events of vCenter"] == [("event", 54, 54, "VmRestartedByHAEvent", 1)]


def told(seconds, what, step_, state=""):
    return entry("procedure", seconds, what=what, procedure="vcd-failover", step=step_, state=state, text="")


def test_a_procedure_has_a_lane_with_its_steps_and_how_each_came_to_be_done():
    lines = (
        told(10, "begin", ""),
        told(10, "step", "break"),
        told(20, "done", "break", "acted"),
        told(20, "step", "mount"),
        told(25, "end", "mount", "stopped"),
    )
    assert lanes_of(timeline_of(fail_over(*lines)))["", "Procedure vcd-failover"] == [
        ("procedure", 10, 20, "break: acted", 1),
        ("procedure", 20, 25, "mount: stopped", 1),
    ]
    by_itself = lanes_of(timeline_of_log(lines))
    assert by_itself["", "Procedure vcd-failover"][0] == ("procedure", 0, 10, "break: acted", 1)


def test_an_export_stands_at_its_nas_and_what_stands_at_an_unlisted_site_comes_last_of_the_sites():
    found = lanes_of(timeline_of(fail_over(event(54, "LunReturned", "nfs.array-b.desktops", "paths are up again"))))
    assert ("return", 54, 54, "storage: paths are back", 1) in found["Recovery site", "array-b"]
    where = entry("place", 0, subject="esx01", kind="host", site="attic", owner="")
    booted = step(
        "When", "it boots", 3, event(60, "HostBooted", "esx01", "is up"), event(61, "HostBooted", "esx-b01.lab", "is up")
    )
    groups = [group for group, _ in lanes_of(timeline_of(scenario("it", 3, cleanup=(), steps=(lab(where), booted))))]
    assert groups == ["Recovery site", "Attic site"]


def test_without_a_loss_time_counts_from_the_first_act_and_a_lab_without_sites_has_its_hosts_together():
    where = entry("place", 0, subject="esx01", kind="host", site="", owner="vc01")
    acts = step("When", "it boots", 3, command(60, "esx01", "reboot"), spent("host.boot", 60, 360))
    timeline = timeline_of(scenario("it", 3, cleanup=(), steps=(step("Given", "a lab", 2, where), acts)))
    assert timeline.recovery is None
    assert lanes_of(timeline) == {
        ("", "Operator"): [("act", 0, 0, "it boots", 1)],
        ("Hosts and storage", "esx01"): [("duration", 0, 300, "host.boot", 1)],
    }


def picture(found):
    return ET.fromstring(str(draw(timeline_of(found), found.name)))


def test_the_chart_is_well_formed_and_says_the_recovery_time_is_simulated():
    root = picture(fail_over())
    texts = ["".join(each.itertext()) for each in root.iter("text")]
    assert root.get("role") == "img"
    assert "fail-over" in root.get("aria-label")
    assert "54 s, simulated" in texts
    assert {"Protected site", "Recovery site", "array-b", "esx-b01"} <= set(texts)


def test_provenance_and_losses_are_told_by_more_than_colour():
    root = picture(fail_over())
    assert {"quoted", "stated", "assumed", "act", "plan"} <= {each.get("class") for each in root.iter("path")}
    style = to_page(sample())
    looks = [re.search(rf"\.timeline \.{word} {{([^}}]*)}}", style)[1] for word in ("quoted", "stated", "assumed")]
    assert [("stroke:" in look, "dasharray" in look) for look in looks] == [(False, False), (True, False), (True, True)]
    signs = {each.get("class"): set(each.text) for each in root.iter("text") if each.get("class") in ("loss", "return")}
    assert signs == {"loss": {"✕"}, "return": {"▲"}}


def test_hosts_that_do_the_same_share_a_row_and_the_table_names_them():
    where = [entry("place", 0, subject=f"esx-b0{number}.lab", kind="host", site="recovery", owner="") for number in range(2, 6)]
    boots = [event(60, "HostBooted", f"esx-b0{number}.lab", "is up") for number in range(2, 6)]
    found = scenario("it", 3, cleanup=(), steps=(lab(*where), step("When", "they boot", 3, *boots)))
    texts = ["".join(each.itertext()) for each in picture(found).iter("text")]
    assert [each for each in texts if each.startswith("esx-b0")] == ["esx-b02 +3 alike"]
    text = Page(to_page(sample(scenarios=(found,)))).text
    assert "esx-b02, esx-b03, esx-b04, esx-b05 (recovery site) has booted" in text


def test_the_table_behind_the_chart_has_every_item():
    found = fail_over()
    text = Page(to_page(sample(scenarios=(found,)))).text
    table = text.partition("The table behind it")[2]
    for lane, item in timeline_of(found).rows:
        assert names_of([lane]) in table
        assert item.what in table
    assert "25 s vSphere HA, resource ha.elected quoted" in table


def test_the_page_says_what_the_recovery_time_is_made_of_with_the_source_of_each_part():
    text = Page(to_page(sample(scenarios=(fail_over(),)))).text
    assert "Simulated recovery time: 54 s, from the loss of 2 VMs until the last of them ran or answered again" in text
    assert "Of it 23 s rest on durations that are assumed, 5 s rest on durations that are stated, 25 s rest" in text
    assert "1 s passed without a duration of the release data" in text
    for row in ("1 s 20 s replication.break · cg-tenants assumed a source", "26 s 25 s ha.elected · resource quoted a source"):
        assert row in text
    overview = text.partition("Recovery times, simulated")[2].partition("Behaviours, step by step")[0]
    assert "fail-over VDS-05 · line 3 54 s 23 s assumed 5 s stated 25 s quoted 1 s untimed 2 VMs" in overview


def test_the_page_says_so_where_there_is_no_recovery_time():
    steps = fail_over().steps
    lost = replace(fail_over(), steps=steps[:2])
    text = Page(to_page(sample(scenarios=(lost,)))).text
    assert (
        "No simulated recovery time: 2 VMs were lost, and 2 VMs did not run or answer again in this scenario: web01, web02."
        in text
    )
    quiet = scenario("quiet", 3, cleanup=(), steps=(lab(), step("When", "it looks", 3, command(9, "esx-b01.lab", "ls"))))
    text = Page(to_page(sample(scenarios=(quiet,)))).text
    assert "Nothing that ran was lost: there is no recovery time." in text
    assert "Recovery times, simulated" not in text


def test_durations_that_a_step_compared_stand_side_by_side():
    both = [spent(f"restoring web0{number}", 0, 54, f"web0{number}") for number in (1, 2)]
    text = Page(to_page(sample(scenarios=(fail_over(*both),)))).text
    assert "Compared by this scenario, in simulated time: restoring web01: 54 s assumed a source restoring web02: 54 s" in text


def test_what_changed_in_the_world_is_told_once_for_each_kind():
    text = Page(to_page(sample(scenarios=(fail_over(),)))).text
    assert "MachineRegistered web01, web02: registered on esx-b01.lab" in text
    assert "registered on esx-a01.lab" not in text


def test_a_log_of_a_procedure_by_itself_has_a_section_and_no_recovery_time():
    lines = (told(10, "begin", "", "begun"), told(10, "step", "break"), told(20, "done", "break", "acted"))
    record = replace(sample(), procedures=(ProcedureLog("ours.log.jsonl", "ab" * 32, lines),))
    text = Page(to_page(record)).text
    section = text.partition("Procedures that were carried out")[2]
    assert "no recovery time can be derived from it" in section
    assert "break: acted" in section


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
@settings(max_examples=30)
def test_any_text_gives_a_well_formed_chart(text):
    lines = (told(10, "step", text), told(20, "done", text, text))
    assert list(picture(fail_over(*lines)))


@pytest.mark.parametrize("count", [3, 60])
def test_each_step_has_a_row_of_its_own_unless_they_are_too_many(count):
    lines = [told(10 + number, what, f"s{number}", "acted") for number in range(count) for what in ("step", "done")]
    height = int(picture(fail_over(*lines)).get("viewBox").split()[3])
    assert height - int(picture(fail_over()).get("viewBox").split()[3]) == 17 * (count if count == 3 else 1)


def test_nothing_in_it_is_called_achieved():
    assert "achieved" not in str(draw(timeline_of(fail_over()), "x"))
    assert at(0) == "2012-02-09T09:00:00.000Z"
