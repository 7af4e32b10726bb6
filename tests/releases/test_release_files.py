"""Release files: how one inherits from another, and what each mistake is told."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from harness.errors import InputError
from harness.releases import load, names
from harness.releases.catalogue import FOLDER
from harness.releases.files import find_line

NEW = """\
name = "9.9"
title = "vSphere 9.9"
standing = "extrapolated"
follows = "9.0"
epoch = { value = 2028-07-01T09:00:00Z, assumed = "the summer of the release" }

[products.esxi]
name = "VMware ESX"
version = { value = "9.9.0", quoted = "public transcript" }
build = { value = 34755229, quoted = "public transcript" }

[products.vcenter]
name = "VMware vCenter Server"
version = { value = "9.9.0", assumed = "as its hosts" }
build = { value = 34755230, assumed = "one above that of its hosts" }
api-version = { value = "9.0.0.0", assumed = "the newest that pyvmomi reads" }

[absent]
vcd = { assumed = "x" }
srm = { assumed = "x" }
view = { assumed = "x" }

[formats]
hostd-restart = { value = "plain", quoted = "public transcript" }
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for path in FOLDER.glob("*.toml"):
        shutil.copy(path, tmp_path)
    return tmp_path


def _edit(folder: Path, name: str, right: str, wrong: str) -> Path:
    path = folder / f"{name}.toml"
    text = path.read_text(encoding="utf-8")
    assert right in text
    path.write_text(text.replace(right, wrong, 1), encoding="utf-8")
    return path


def test_what_a_source_says_of_one_release_is_an_assumption_for_the_next() -> None:
    sync = load("5.1").timing("network.sync")
    assert sync.value == load("5.0").timing("network.sync").value
    assert sync.provenance == "assumed"
    assert sync.source.startswith("as quoted for 5.0: Epping")


def test_a_source_holds_up_to_the_release_that_it_covers() -> None:
    ping = {name: load(name).timing("ha.ping").provenance for name in names()}
    assert [ping[name] for name in ("5.0", "5.0-716794", "6.0", "6.5", "7.0", "8.0")] == [
        *("quoted", "quoted", "quoted", "assumed", "stated", "assumed")
    ]
    assert load("6.7").format("version-digits").provenance == "quoted"
    assert load("8.0").timing("host.auto-backup").provenance == "stated"


def test_a_patch_is_known_as_well_as_what_it_patches() -> None:
    assert load("5.0-716794").timings == load("5.0").timings


def test_an_assumption_stays_in_its_words() -> None:
    assert load("8.0").timing("host.boot") == load("5.0").timing("host.boot")


def test_releases_are_ordered_by_number(folder: Path) -> None:
    for name in ("10.0", "9.1"):
        (folder / f"{name}.toml").touch()
    assert names(folder)[-3:] == ("9.0", "9.1", "10.0")


def test_a_new_release_needs_only_what_differs(folder: Path) -> None:
    (folder / "9.9.toml").write_text(NEW, encoding="utf-8")
    assert names(folder)[-1] == "9.9"
    assert load("9.9", folder).text("hostd-restart") == "plain"
    assert load("9.9", folder).text("config-file") == "ConfigStore"


@pytest.mark.parametrize(
    ("right", "wrong", "told"),
    [
        ("srm = {", "# srm = {", "srm is neither a product nor absent"),
        ('vcd = { assumed = "x" }', 'vcd = { assumed = "x" }\nvcenter = { assumed = "x" }', "not a known name"),
        ('vcd = { assumed = "x" }', 'vcd = { assumed = "x", quoted = "y" }', "exactly one of quoted, stated and assumed"),
        ('srm = { assumed = "x" }', 'srm = { value = true, assumed = "x" }', "not a known name"),
    ],
)
def test_a_product_is_either_there_or_absent(folder: Path, right: str, wrong: str, told: str) -> None:
    assert right in NEW
    (folder / "9.9.toml").write_text(NEW.replace(right, wrong), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        load("9.9", folder)
    assert told in caught.value.problem
    assert caught.value.file == folder / "9.9.toml"


MISTAKES = [
    ('"ha.ping" =', '"ha.pong" =', "timings.ha.pong", "not a known name", "Near: ha.ping"),
    ('{ seconds = 60, assumed = "no source" }', "{ seconds = 60 }", "timings.host.shutdown", "exactly one of", ""),
    (
        '"host.boot" = { seconds = 300, assumed',
        '"host.boot" = { seconds = 300, stated = "x", assumed',
        "timings.host.boot",
        "exactly one of",
        "",
    ),
    ("seconds = 1.9", "seconds = -1", "timings.storage.rescan.seconds", "less than the minimum", ""),
    ('value = "etherswitch"', 'value = "bridge"', "formats.dvs-class.value", "is not one of", ""),
    ("vmcp = { value = false", 'vmcp = { value = "no"', "capabilities.vmcp.value", "not of type 'boolean'", ""),
    ('standing = "documented"', 'standing = "guessed"', "standing", "is not one of", ""),
    ("2012-02-09T09:00:00Z,", "2012-02-09T09:00:00,", "epoch", "not a date with time and zone", "2012-02-09T09:00:00Z"),
    ("build = { value = 469512", "build = { value = ", "file", "not TOML", ""),
]


@pytest.mark.parametrize(("right", "wrong", "subject", "problem", "remedy"), MISTAKES)
def test_a_mistake_is_told_with_file_and_line(
    folder: Path, right: str, wrong: str, subject: str, problem: str, remedy: str
) -> None:
    text = (FOLDER / "5.0.toml").read_text(encoding="utf-8")
    path = _edit(folder, "5.0", right, wrong)
    with pytest.raises(InputError) as caught:
        load("5.0", folder)
    assert caught.value.subject == subject
    assert problem in caught.value.problem
    assert remedy in caught.value.remedy
    assert caught.value.file == path
    assert caught.value.line == text[: text.index(right)].count("\n") + 1


def test_a_missing_entry_is_told_by_name(folder: Path) -> None:
    path = _edit(folder, "5.0", '"machine.vmotion" = { seconds = 20, assumed = "no source" }', "")
    with pytest.raises(InputError, match=r"timings: no entry for machine\.vmotion") as caught:
        load("5.0", folder)
    assert caught.value.file == path


@pytest.mark.parametrize(("product", "key"), [("esxi", "build"), ("vcenter", "build"), ("vcenter", "api-version")])
def test_what_a_simulated_product_says_of_itself_is_given_and_never_made_up(folder: Path, product: str, key: str) -> None:
    path, heading = folder / "6.7.toml", f"[products.{product}]"
    before, table, rest = path.read_text(encoding="utf-8").partition(heading)
    lines = rest.splitlines(keepends=True)
    lines.remove(next(line for line in lines if line.startswith(f"{key} = ")))
    path.write_text(before + table + "".join(lines), encoding="utf-8")
    with pytest.raises(InputError, match=rf"products\.{product}: '{key}' is a required property") as caught:
        load("6.7", folder)
    assert (caught.value.file, caught.value.line) == (path, before.count("\n") + 1)


def test_an_heir_of_a_wrong_file_is_told_which_file_is_wrong(folder: Path) -> None:
    path = _edit(folder, "5.0", '"ha.ping" =', '"ha.pong" =')
    with pytest.raises(InputError) as caught:
        load("8.0", folder)
    assert caught.value.file == path


def test_a_circle_is_told(folder: Path) -> None:
    _edit(folder, "5.0", 'standing = "documented"', 'standing = "documented"\nfollows = "5.1"')
    with pytest.raises(InputError, match=r"inherits from itself"):
        load("5.1", folder)


def test_a_missing_ancestor_is_told(folder: Path) -> None:
    _edit(folder, "8.0", 'follows = "7.0"', 'follows = "7.1"')
    with pytest.raises(InputError, match=r"release 8\.0: inherits from 7\.1, which is not there"):
        load("8.0", folder)


def test_a_file_named_otherwise_is_told(folder: Path) -> None:
    shutil.move(folder / "8.0.toml", folder / "8.1.toml")
    with pytest.raises(InputError, match=r"calls itself '8\.0'"):
        load("8.1", folder)


TEXT = """\
name = "x"

[[requirement]]
id = "A"
[[requirement.twin]]
slug = "one"
[[requirement.twin]]
slug = "two"

[[requirement]]
id = "B"
[[requirement.twin]]
slug = "three"

[timings]
"ha.ping" = { seconds = 5 }
"""


@pytest.mark.parametrize(
    ("place", "line"),
    [
        (["name"], 1),
        (["requirement", "0", "id"], 4),
        (["requirement", "0", "twin", "1", "slug"], 8),
        (["requirement", "1", "twin", "0", "slug"], 13),
        (["timings", "ha.ping", "seconds"], 16),
        (["timings", "ha.pong"], 15),
        (["nowhere"], 0),
    ],
)
def test_an_entry_is_found_by_its_place(place: list[str], line: int) -> None:
    assert find_line(TEXT, place) == line
