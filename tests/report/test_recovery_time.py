"""The simulated recovery time: when it begins and ends, what it is made of, and where there is none."""

from hypothesis import given
from hypothesis import strategies as st

from harness.report.recovery_time import RecoveryTime, chain, moment, provenance_of, recovery_time, tally
from harness.report.scenario import ScenarioResult
from tests.report.sample_record import at, entry, event, scenario, step

ZERO = moment(at(0))


def ran(*entries):
    return scenario("it", 3, steps=(step("When", "it happens", 3, *entries),), cleanup=())


def time_of(found: ScenarioResult) -> RecoveryTime:
    time = recovery_time(found)
    assert time is not None
    return time


def fault(seconds):
    return entry("fault", seconds, subject="esx01", what="loses its power", mended=False)


def spent(name, began, ended, subject="esx01", provenance="assumed"):
    return entry("duration", ended, name=name, subject=subject, span=ended - began, provenance=provenance, source="a source")


def started(seconds, name="web01", *, connected=True):
    told = [event(seconds, "MachineStarted", name, "powered on")]
    return [event(seconds, "NicSet", name, f"ethernet0 {'connected' if connected else 'not connected invalidPort'}"), *told]


def lost(seconds, name="web01"):
    return [fault(seconds), event(seconds, "MachineStopped", name, "stopped without a clean power-off")]


def test_it_counts_from_the_loss_until_the_last_of_what_was_lost_is_back():
    found = ran(*started(0), *started(0, "web02"), *lost(100), *lost(110, "web02"), *started(150, "web02"), *started(163))
    time = time_of(found)
    assert (time.seconds, time.began - ZERO) == (63, 100)
    assert [(each.name, each.lost - ZERO, each.back - ZERO) for each in time.outages if each.back] == [
        ("web01", 100, 163),
        ("web02", 110, 150),
    ]
    assert tally(time.outages) == "2 VMs"


def test_where_something_does_not_come_back_there_is_none():
    time = time_of(ran(*started(0), *started(0, "web02"), *lost(100), *lost(100, "web02"), *started(150)))
    assert (time.ended, time.seconds, time.parts) == (None, 0, ())
    assert [each.name for each in time.off] == ["web02"]


def test_a_vm_that_runs_without_its_connection_is_back_at_power_on_alone():
    time = time_of(ran(*started(0), *lost(100), *started(150, connected=False)))
    assert (time.seconds, [each.name for each in time.disconnected], time.off) == (50, ["web01"], ())
    mended = time_of(
        ran(*started(0), *lost(100), *started(150, connected=False), event(170, "NicSet", "web01", "ethernet0 connected"))
    )
    assert (mended.seconds, mended.disconnected) == (70, ())


def test_a_vm_without_a_connection_before_the_loss_needs_none_after_it():
    found = ran(
        event(0, "MachineStarted", "web01", "powered on"), *lost(100), event(150, "MachineStarted", "web01", "powered on")
    )
    assert time_of(found).disconnected == ()


def test_a_connection_that_is_lost_is_a_loss_while_the_vm_runs():
    cut, mended = (
        event(at_, "NicSet", "web01", f"ethernet0 {state}")
        for at_, state in ((110, "not connected invalidPort"), (130, "connected"))
    )
    assert time_of(ran(*started(0), fault(100), cut, mended)).seconds == 20
    gone = time_of(ran(*started(0), fault(100), cut))
    assert (gone.off, [each.name for each in gone.disconnected], gone.seconds) == ((), ["web01"], 0)


def test_a_service_is_lost_with_the_last_vm_that_serves_it_and_back_with_the_first():
    def service(seconds, kind, text):
        return event(seconds, kind, "vcloud", text)

    up = [service(0, "ServiceStarted", f"answers on vcd-cell0{number}") for number in (1, 2)]
    down = [service(100 + number, "ServiceStopped", f"no longer answers on vcd-cell0{number}") for number in (1, 2)]
    time = time_of(ran(*up, fault(100), *down, service(200, "ServiceStarted", "answers on vcd-cell02")))
    assert (tally(time.outages), time.began - ZERO, time.seconds) == ("1 service", 102, 98)


def test_nothing_is_lost_without_a_fault_or_by_a_clean_power_off():
    stopped = event(100, "MachineStopped", "web01", "stopped without a clean power-off")
    assert recovery_time(ran(*started(0), stopped, *started(150))) is None
    assert recovery_time(ran(*started(0), fault(90), event(100, "MachineStopped", "web01", "powered off"))) is None
    assert recovery_time(ran(fault(90), stopped)) is None


SERVICE = ((0, "ServiceStarted", "answers on web01"), (200, "ServiceStopped", "no longer answers on web01"))


def test_what_is_stopped_on_purpose_after_a_recovery_is_no_loss():
    up, down = (event(at_, kind, "vcloud", text) for at_, kind, text in SERVICE)
    off = event(200, "MachineStopped", "web01", "powered off")
    elsewhere = event(190, "NicSet", "web01", "ethernet0 not connected")
    time = time_of(ran(*started(0), up, *lost(100), *started(150), elsewhere, off, down, *started(300)))
    assert (time.seconds, tally(time.outages), time.disconnected) == (50, "1 VM", ())


def test_what_comes_back_and_is_lost_again_counts_to_its_last_return():
    time = time_of(ran(*started(0), *lost(100), *started(150), *lost(160), *started(190)))
    assert (time.seconds, len(time.outages)) == (90, 1)


HA = (spent("ha.dead", 100, 115, provenance="quoted"), spent("machine.power-on", 115, 118, "web01"))


def test_it_is_made_of_the_chain_of_durations_that_leads_to_its_end():
    beside = spent("vcenter.not-responding", 100, 160)
    time = time_of(ran(*started(0), *lost(100), beside, *HA, *started(118)))
    assert [(part.what, part.seconds, part.provenance, part.source) for part in time.parts] == [
        ("ha.dead", 15, "quoted", "a source"),
        ("machine.power-on", 3, "assumed", "a source"),
    ]
    assert provenance_of(time.parts) == [("assumed", 3), ("quoted", 15)]


def test_time_that_no_duration_explains_is_a_part_without_provenance_that_says_who_let_it_pass():
    waited = entry("time", 130, span=20.0, why="the plan has ended")
    time = time_of(ran(*started(0), *lost(100), HA[0], waited, spent("machine.power-on", 127, 130, "web01"), *started(130)))
    assert [(part.what, part.seconds, part.provenance) for part in time.parts] == [
        ("ha.dead", 15, "quoted"),
        ("time passes: the plan has ended", 12, ""),
        ("machine.power-on", 3, "assumed"),
    ]
    assert provenance_of(time.parts)[-1] == ("", 12)


def test_a_chain_goes_on_with_what_is_of_the_same_subject_then_with_the_same_kind():
    elected = spent("ha.elected", 0, 25, "cluster01", "quoted")
    broken, writable = spent("replication.break", 0, 20, "cg"), spent("replication.make-writable", 20, 25, "naa.1")
    shown = spent("replication.present", 25, 30, "naa.1")
    parts = chain((elected, broken, writable, shown), ZERO, ZERO + 30)
    assert [part.what for part in parts] == ["replication.break", "replication.make-writable", "replication.present"]


def test_what_goes_round_by_itself_and_what_a_step_summed_up_are_no_parts():
    going = (spent("network.sync", 0, 30), spent("restoring web01", 0, 30))
    assert [part.what for part in chain(going, ZERO, ZERO + 30)] == ["no duration of the release data"]


@given(st.lists(st.tuples(st.integers(-20, 60), st.integers(1, 30)), max_size=12), st.integers(1, 50))
def test_the_parts_follow_each_other_from_the_loss_to_the_end_whatever_was_spent(spans, ended):
    durations = [spent(f"a.{number}", began, began + length) for number, (began, length) in enumerate(spans)]
    parts = chain(durations, ZERO, ZERO + ended)
    edges = [ZERO, *(part.ended for part in parts)]
    assert [part.began for part in parts] == edges[:-1]
    assert edges[-1] == ZERO + ended
