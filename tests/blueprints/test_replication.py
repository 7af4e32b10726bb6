# ruff: noqa: E501 - a mistake and what is said of it are one line
"""Arrays and replication as a blueprint describes them, and the replicas with which a lab starts."""

from __future__ import annotations

import re

import pytest

from harness.blueprints import initial_world, load_blueprint
from harness.errors import InputError
from harness.physics.chance import Chance
from harness.releases import load
from harness.units import minutes
from harness.world.invariants import check

TEXT = """\
name = "pair"
site = [{name = "here"}, {name = "there"}]
vcenter = [{name = "vc.example", datacenter = "a", site = "here"}]
cluster = [{name = "one", vcenter = "vc.example"}]

[[host]]
name = "esx1.example"
cluster = "one"
address = "192.0.2.1"
site = "here"

[[host]]
name = "esx2.example"
cluster = "one"
address = "192.0.2.2"
site = "there"

[[volume]]
label = "vmfs01"
array = "array-a"
size = 10
site = "here"

[[volume]]
label = "vmfs02"
array = "array-a"
size = 10
site = "here"

[[volume]]
label = "local"
array = "array-b"
size = 10
site = "there"

[[array]]
name = "array-a"
site = "here"

[[array]]
name = "array-b"
site = "there"
presents = "beforehand"

[[replication]]
name = "cg"
volumes = ["vmfs01", "vmfs02"]
target = "array-b"
mode = "asynchronous"
interval = 15
"""


@pytest.fixture
def written(tmp_path):
    def load_text(text):
        path = tmp_path / "pair.toml"
        path.write_text(text)
        return load_blueprint(path)

    return load_text


def made(blueprint):
    world = initial_world(blueprint, load("5.0"), Chance(1))
    check(world)
    return world


def test_replicas_are_presented_beforehand_to_the_hosts_at_the_target_site(written):
    world = made(written(TEXT))
    (group,) = world.replication.values()
    assert (group.source_array, group.target_array, group.interval) == ("array-a", "array-b", minutes(15))
    replicas = [world.luns[pair.target] for pair in group.pairs]
    assert [lun.name for lun in replicas] == ["vmfs01", "vmfs02"]
    assert {(lun.array, lun.writable, lun.resolved, lun.presented) for lun in replicas} == {
        ("array-b", False, False, frozenset({"esx2.example"}))
    }
    assert {lun.device for lun in replicas} < world.hosts["esx2.example"].devices
    assert {lun.device for lun in replicas}.isdisjoint(world.hosts["esx1.example"].devices)
    assert {world.luns[m.device].name for m in world.hosts["esx2.example"].mounts.values()} == {"local"}


def test_an_array_that_is_described_is_lost_with_its_site(written):
    world = made(written(TEXT))
    assert {site.name: site.arrays for site in world.sites.values()} == {"here": {"array-a"}, "there": {"array-b"}}


def test_the_shipped_two_sites_replicate_all_production():
    found = load_blueprint("two-sites")
    copied = [label for group in found.replication for label in group.volumes]
    production = [v.label for v in found.volumes if v.array == "array-a" and not v.label.startswith("placeholder")]
    assert sorted(copied) == sorted(production)
    assert {array.name: array.site for array in found.arrays} == {"array-a": "protected", "array-b": "recovery"}
    assert {(group.name, group.target) for group in found.replication} == {
        ("cg-management", "array-b"),
        ("cg-tenants", "array-b"),
    }


def test_a_blueprint_without_arrays_has_none():
    assert made(load_blueprint("three-hosts")).arrays == {}


LAST = "interval = 15\n"
MISTAKES = [
    ('name = "array-b"', 'name = "array-a"', r"array 'array-a': is described twice"),
    ('"array-a"\nsite = "here"\n\n[[array]]', '"array-a"\n\n[[array]]', r"array 'array-a': at which site\?\n  Give it a site of: here, there"),
    ('"array-a"\nsite = "here"\n\n[[array]]', '"array-a"\nsite = "nowhere"\n\n[[array]]', r"array.site: no site named 'nowhere'"),
    ('label = "vmfs01"\narray = "array-a"', 'label = "vmfs01"\narray = "array-z"', r"volume.array: no array named 'array-z'\n  Known: array-a, array-b"),
    ('presents = "beforehand"', 'presents = "sometimes"', r"'sometimes' is not one of \['beforehand', 'by-procedure'\]"),
    ('["vmfs01", "vmfs02"]', '["vmfs01", "vmfs09"]', r"replication.volumes: no volume named 'vmfs09'\n  Known: local, vmfs01, vmfs02"),
    ('["vmfs01", "vmfs02"]', '["vmfs01", "vmfs01"]', r"replication 'cg': volume 'vmfs01' is in cg already"),
    ('["vmfs01", "vmfs02"]', '["vmfs01", "local"]', r"its volumes are on several arrays: array-a, array-b\n  Make a group for each array"),
    ('target = "array-b"', 'target = "array-a"', r"replication 'cg': its volumes are on array-a already"),
    ('target = "array-b"', 'target = "array-c"', r"replication.target: no array named 'array-c'"),
    (LAST, "", r"replication 'cg': how often\?\n  Give it an interval, in minutes"),
    (LAST, "interval = 0\n", r"0 is less than the minimum of 1"),
    ('mode = "asynchronous"', 'mode = "synchronous"', r"replication 'cg': what is synchronous has no interval"),
    (LAST, LAST + 'hosts = ["esx9.example"]\n', r"replication.hosts: no host named 'esx9.example'"),
    (LAST, LAST + 'cluster = "two"\n', r"replication.cluster: no cluster named 'two'"),
    (LAST, LAST + 'cluster = "one"\nhosts = ["esx2.example"]\n', r"names its hosts twice: by hosts and by cluster"),
    (LAST, LAST + '[[replication]]\nname = "cg"\nvolumes = ["local"]\ntarget = "array-a"\nmode = "synchronous"\n', r"replication 'cg': is described twice"),
    (LAST, LAST + '[[replication]]\nname = "cg2"\nvolumes = ["vmfs01"]\ntarget = "array-b"\nmode = "synchronous"\n', r"volume 'vmfs01' is in cg already"),
]  # fmt: skip


@pytest.mark.parametrize(("good", "bad", "said"), MISTAKES)
def test_a_mistake_is_one_error_with_file_and_line(written, good, bad, said):
    assert TEXT.count(good) == 1
    text = TEXT.replace(good, bad)
    with pytest.raises(InputError) as caught:
        written(text)
    assert re.search(said, str(caught.value)), str(caught.value)
    assert caught.value.file
    assert 0 < caught.value.line <= text.count("\n")
