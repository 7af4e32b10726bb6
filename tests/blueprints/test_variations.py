"""Variations of a blueprint: what is otherwise in them, and what each mistake is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.blueprints import load_blueprint
from harness.errors import InputError
from harness.units import minutes

TEXT = """\
name = "one"
cluster = [{name = "one", vcenter = "vc.example"}]
host = [{name = "esx1.example", cluster = "one", address = "192.0.2.1"}]
volume = [{label = "vmfs01", array = "array", size = 10}]

[[vcenter]]
name = "vc.example"
datacenter = "here"

[[variation]]
name = "larger"

[[variation.volume]]
label = "vmfs01"
size = 20

[[variation]]
name = "more"

[[variation.volume]]
label = "vmfs02"
array = "array"
size = 5
"""


def written(folder: Path, text: str = TEXT) -> Path:
    path = folder / "one.toml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_variation_changes_entries_and_adds_others(tmp_path):
    path = written(tmp_path)
    sizes = [
        {volume.label: volume.size for volume in load_blueprint(path, *chosen).volumes}
        for chosen in ((), ("larger",), ("more",), ("larger", "more"))
    ]
    assert sizes == [{"vmfs01": 10}, {"vmfs01": 20}, {"vmfs01": 10, "vmfs02": 5}, {"vmfs01": 20, "vmfs02": 5}]


def test_the_two_sites_vary_in_their_replication():
    usual, asynchronous = load_blueprint("two-sites"), load_blueprint("two-sites", "asynchronous replication")
    assert {(plan.mode, plan.interval) for plan in asynchronous.replication} == {("asynchronous", minutes(15))}
    assert {plan.mode for plan in usual.replication} == {"synchronous"}
    assert usual.arrays == asynchronous.arrays
    beforehand = load_blueprint("two-sites", "replicas presented beforehand")
    assert {plan.presents for plan in beforehand.arrays} == {"beforehand"}
    assert {plan.presents for plan in usual.arrays} == {"by-procedure"}


def test_an_unknown_variation_is_told_with_those_that_there_are(tmp_path):
    with pytest.raises(InputError, match=r"variation 'smaller': not in the blueprint\n  Known: larger, more"):
        load_blueprint(written(tmp_path), "smaller")
    with pytest.raises(InputError, match="Known: none"):
        load_blueprint("three-hosts", "larger")


MISTAKES = [
    ("size = 20", "size = -20", "larger", "less than the minimum", "[[variation]]\nname = \"larger\""),
    ("size = 5", "sise = 5", "more", "not a known name", "[[variation]]\nname = \"more\""),
    ('array = "array"\nsize = 5', "size = 5", "more", "'array' is a required property", "[[variation]]\nname = \"more\""),
    ('label = "vmfs02"', "", "more", "is not valid", '[[variation.volume]]\n\narray'),
]  # fmt: skip


@pytest.mark.parametrize(("right", "wrong", "variation", "problem", "place"), MISTAKES)
def test_a_mistake_in_a_variation_is_told_with_file_and_line(right, wrong, variation, problem, place, tmp_path):
    text = TEXT.replace(right, wrong)
    path = written(tmp_path, text)
    with pytest.raises(InputError) as caught:
        load_blueprint(path, variation)
    assert problem in caught.value.problem
    assert (caught.value.file, caught.value.line) == (path, text[: text.index(place)].count("\n") + 1)
