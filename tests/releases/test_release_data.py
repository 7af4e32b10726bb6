"""The releases that ship: complete, honest about their sources, and as the captures say."""

from __future__ import annotations

from dataclasses import FrozenInstanceError
from datetime import UTC, timedelta

import pytest

from harness.errors import InputError
from harness.releases import Sourced, load, names
from harness.releases.files import known_keys
from harness.releases.model import PRODUCTS

SECTIONS = ("capabilities", "defects", "timings", "schedules", "formats", "texts")
each_release = pytest.mark.parametrize("name", names())


def test_releases_are_listed_oldest_first_with_a_patch_after_its_release() -> None:
    shipped = ("5.0", "5.0-716794", "5.1", "5.5", "6.0", "6.5", "6.7", "7.0", "8.0", "9.0")
    assert tuple(name for name in names() if name in shipped) == shipped


def test_those_that_a_document_was_written_for_are_documented_and_the_others_extrapolated() -> None:
    assert [name for name in names() if load(name).standing == "documented"] == ["5.0", "5.0-716794", "5.1"]


@each_release
def test_a_product_is_there_with_its_source_or_absent_with_one(name: str) -> None:
    release = load(name)
    assert set(release.products) ^ set(release.absent) == set(PRODUCTS)
    assert {"esxi", "vcenter"} <= set(release.products)
    assert all(fact.source and fact.provenance in {"quoted", "stated", "assumed"} for fact in release.absent.values())
    assert release.product("esxi").build
    assert release.product("vcenter").build


def test_builds_rise_from_release_to_release() -> None:
    for key in ("esxi", "vcenter"):
        builds = [build.value for name in names() if (build := load(name).product(key).build)]
        assert builds == sorted(builds)


@each_release
def test_every_release_has_every_documented_key_and_no_other(name: str) -> None:
    release = load(name)
    for section in SECTIONS:
        assert set(getattr(release, section)) == set(known_keys()[section]), section


@each_release
def test_every_fact_has_a_provenance_and_a_source(name: str) -> None:
    release = load(name)
    facts = [fact for section in SECTIONS for fact in getattr(release, section).values()]
    for fact in [*facts, release.epoch]:
        assert fact.provenance in {"quoted", "stated", "assumed"}
        assert fact.source


@each_release
def test_time_starts_in_utc_and_durations_are_not_negative(name: str) -> None:
    release = load(name)
    assert release.epoch.value.tzinfo is UTC
    assert all(timing.value >= timedelta() for timing in release.timings.values())
    attempts = release.schedule("ha.restart-attempts").value
    assert list(attempts) == sorted(attempts)


@each_release
def test_high_availability_declares_a_host_dead_after_its_own_steps(name: str) -> None:
    release = load(name)
    watched = release.duration("ha.watch-datastore-heartbeats") + release.duration("ha.datastore-heartbeat-watch")
    pinged = release.duration("ha.host-unreachable") + release.duration("ha.ping")
    assert watched == release.duration("ha.dead-with-heartbeat-datastores")
    assert pinged == release.duration("ha.dead-without-heartbeat-datastores")
    election = [release.duration(f"ha.{step}") for step in ("election-start", "elected", "restart-after-master-failure")]
    assert election == sorted(set(election))


@pytest.mark.parametrize(
    ("key", "count"),
    [
        ("ha.watch-datastore-heartbeats", 3),
        ("ha.host-unreachable", 10),
        ("ha.dead-without-heartbeat-datastores", 15),
        ("ha.dead-with-heartbeat-datastores", 18),
        ("ha.elected", 25),
        ("ha.restart-after-master-failure", 35),
        ("ha.isolated-slave-response", 60),
        ("network.sync", 300),
    ],
)
def test_quoted_timings_of_5_0_are_the_sources_own(key: str, count: int) -> None:
    timing = load("5.0").timing(key)
    assert timing.value == timedelta(seconds=count)
    assert timing.provenance == "quoted"


def test_a_rescan_with_one_dead_path_takes_what_was_measured() -> None:
    release = load("5.0")
    measured = timedelta(minutes=2, seconds=21.39)
    assert release.duration("storage.rescan") + release.duration("storage.rescan-dead-path") == measured


def test_restarts_are_tried_at_the_quoted_minutes() -> None:
    attempts = load("5.0").schedule("ha.restart-attempts")
    assert [span.total_seconds() / 60 for span in attempts.value] == [0, 2, 6, 14, 30]
    assert attempts.provenance == "quoted"


@pytest.mark.parametrize(
    ("name", "lines"),
    [
        ("5.0", ("VMware ESXi 5.0.0 build-469512", "VMware ESXi 5.0.0 GA")),
        ("6.7", ("VMware ESXi 6.7.0 build-8169922", "VMware ESXi 6.7.0 GA")),
        ("7.0", ("VMware ESXi 7.0.0 build-15843807", "VMware ESXi 7.0 GA")),
        ("8.0", ("VMware ESXi 8.0.0 build-20513097", "VMware ESXi 8.0 GA")),
    ],
)
def test_version_lines_drop_the_patch_digit_from_7_0(name: str, lines: tuple[str, str]) -> None:
    assert load(name).version_lines() == lines


@pytest.mark.parametrize(
    ("defect", "expected"),
    [
        ("ports-lost-when-storage-is-late", {"5.0": "quoted"}),
        ("no-port-file-after-storage-vmotion", {"5.0": "quoted", "5.0-716794": "assumed"}),
    ],
)
def test_old_builds_have_the_defects_and_later_ones_state_the_fix(defect: str, expected: dict[str, str]) -> None:
    found = {name: load(name).defect(defect) for name in names()}
    assert {name: fact.provenance for name, fact in found.items() if fact.value} == expected
    assert {fact.provenance for fact in found.values() if not fact.value} == {"stated"}


def test_port_groups_expand_by_default_from_5_1() -> None:
    found = {name: load(name).capability("autoexpand-by-default").value for name in names()}
    assert [name for name, expands in found.items() if not expands] == ["5.0", "5.0-716794"]


@pytest.mark.parametrize(
    ("capability", "first"), [("apd-timeout", "5.1"), ("vmcp", "6.0"), ("vmfs6", "6.5"), ("config-store", "7.0")]
)
def test_a_capability_stays_from_the_release_that_brings_it(capability: str, first: str) -> None:
    having = [name for name in names() if load(name).capability(capability).value]
    assert having == list(names()[names().index(first) :])


@pytest.mark.parametrize(
    ("name", "key", "value"),
    [
        ("5.5", "uname-tail", "x86_64 GNU/Linux"),
        ("5.5", "switch-ports", 1536),
        ("6.0", "prompt", "user-at-host"),
        ("6.0", "vim-cmd-power-fault", "failed-line"),
        ("6.5", "vmfs-detail", "6.81"),
        ("7.0", "maintenance-already", "Maintenance mode is already enabled."),
        ("9.0", "ssh-password-prompt", "({user}@{address}) Password: "),
        ("9.0", "hostd-restart", "plain"),
        ("9.0", "dvs-class", "cswitch"),
    ],
)
def test_what_a_transcript_of_the_release_shows_is_quoted(name: str, key: str, value: object) -> None:
    fact = load(name).format(key)
    assert (fact.value, fact.provenance) == (value, "quoted")


def test_the_api_version_is_the_releases_own_or_the_oldest_that_pyvmomi_reads() -> None:
    shown = {name: load(name).product("vcenter").api_version for name in names()}
    expected = {
        **dict.fromkeys(("5.0", "5.0-716794", "5.1", "5.5", "6.0", "6.5"), "6.5"),
        "6.7": "6.7",
        "7.0": "7.0.0.0",
        "8.0": "8.0.0.0",
        "9.0": "9.0.0.0",
    }
    assert {name: fact.value for name, fact in shown.items() if fact and name in expected} == expected


def test_products_belong_to_the_release_and_to_its_patches_alone() -> None:
    assert load("5.0").product("vcd").full_name == "VMware vCloud Director 1.5"
    assert load("5.0-716794").product("view").version == load("5.0").product("view").version
    assert load("5.1").product("srm").version.value == "5.1"
    with pytest.raises(InputError, match=r"release 9\.0: no product named 'vcd'"):
        load("9.0").product("vcd")


def test_an_unknown_release_names_the_nearest() -> None:
    with pytest.raises(InputError) as caught:
        load("5.0-71679")
    assert "5.0-716794" in str(caught.value)
    assert caught.value.remedy.endswith(f"Known: {', '.join(names())}")


@pytest.mark.parametrize("accessor", ["product", "capability", "defect", "timing", "schedule", "format", "phrase", "text"])
def test_an_unknown_name_names_what_there_is(accessor: str) -> None:
    with pytest.raises(InputError, match=r"release 5\.0: no \w+ named 'ha\.pong'"):
        getattr(load("5.0"), accessor)("ha.pong")


def test_a_near_name_is_offered() -> None:
    with pytest.raises(InputError, match=r"Near: ha\.ping"):
        load("5.0").timing("ha.pong")


def test_typed_accessors_give_their_type_or_say_what_it_is() -> None:
    release = load("6.7")
    assert release.number("hardware-version") == 14
    assert release.flag("vim-cmd-register-prints-id") is True
    assert release.lines("version-fields") == ("Product", "Version", "Build", "Update", "Patch")
    assert release.text("prompt") == "user-at-host"
    with pytest.raises(InputError, match="'prompt' is str, not int"):
        release.number("prompt")
    with pytest.raises(InputError, match="is bool, not int"):
        release.number("vim-cmd-register-prints-id")


def test_an_open_reading_is_an_assumption_of_the_copy_alone() -> None:
    release = load("5.0")
    name = "late-mount-hits-later-registrations"
    other = release.reading(name, present=False)
    assert other.defect(name) == Sourced(False, "assumed", "read as absent for this run")
    assert release.has(name)
    with pytest.raises(InputError, match="no defect named 'late'"):
        release.reading("late", present=True)


def test_a_release_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        load("5.0").name = "5.2"  # type: ignore[misc]
