"""What labs leave of their volumes: the same files as if they had been written again, whatever was done to them meanwhile."""

from __future__ import annotations

import itertools
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from harness.kept_volumes import KeptVolumes
from harness.units import DeviceId, VolumeId
from harness.volume_store import DirectoryStore
from harness.world.storage import VolumePath

DEVICE, OTHER = DeviceId("naa.1"), DeviceId("naa.2")
TREE = {"a": None, "a/b": None, "empty": None, "a/file": b"1", "a/b/file": b"22", "file": b"333"}
CHANGES: dict[str, Callable[[DirectoryStore, Path], object]] = {
    "nothing": lambda _store, _folder: None,
    "rewritten": lambda store, _folder: store.write(VolumePath(DEVICE, "a/file"), b"4444"),
    "rewritten by another": lambda _store, folder: (folder / "a/file").write_bytes(b"4444"),
    "one more file": lambda _store, folder: (folder / "empty/more").write_bytes(b""),
    "one more folder": lambda store, _folder: store.make_folder(VolumePath(DEVICE, "more/and/more")),
    "a link": lambda _store, folder: (folder / "link").symlink_to(folder / "a"),
    "a file removed": lambda store, _folder: store.remove(VolumePath(DEVICE, "file")),
    "a folder removed": lambda store, _folder: store.remove(VolumePath(DEVICE, "a")),
    "moved": lambda store, _folder: store.move(VolumePath(DEVICE, "a/b"), VolumePath(DEVICE, "empty/b")),
    "a folder for a file": lambda store, folder: ((folder / "file").unlink(), store.make_folder(VolumePath(DEVICE, "file/in"))),
    "a file for a folder": lambda _store, folder: ((folder / "empty").rmdir(), (folder / "empty").write_bytes(b"")),
}


@pytest.fixture
def kept(tmp_path: Path) -> KeptVolumes:
    def make() -> Path:
        (tmp_path / "kept").mkdir()
        return tmp_path / "kept"

    return KeptVolumes(make)


@pytest.fixture
def begin(tmp_path: Path, kept: KeptVolumes) -> Callable[..., DirectoryStore]:
    """Begins with empty volumes."""
    count = itertools.count()
    return lambda: DirectoryStore(tmp_path / str(next(count)), kept)


def content(store: DirectoryStore, device: DeviceId = DEVICE) -> dict[str, bytes | None]:
    found = store.survey(device)
    assert "foreign" not in found.values()
    return {path: None if what == "folder" else store.read(VolumePath(device, path)) for path, what in found.items()}


def inode(store: DirectoryStore, device: DeviceId = DEVICE) -> int:
    return (store.root / device).stat().st_ino


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
@pytest.mark.parametrize("shown", [False, True], ids=["its own", "a vCenter's"])
def test_what_is_filled_again_holds_the_same_and_nothing_else(begin, change, shown):
    seen = set()
    for _ in range(3):
        store = begin()
        if shown:
            store.view("vc", VolumeId("volume"), DEVICE)
            (store.root / DEVICE / "file").write_bytes(b"")
        store.fill(DEVICE, TREE)
        assert content(store) == TREE
        seen.add(inode(store))
        change(store, store.directory(DEVICE))
        store.discard()
        assert not store.root.exists()
    assert len(seen) == 1


def test_a_file_written_at_the_time_at_which_it_was_filled_is_put_right(begin):
    for _ in range(3):
        store = begin()
        store.fill(DEVICE, TREE)
        assert content(store) == TREE
        place = store.directory(DEVICE) / "file"
        filled = place.stat().st_mtime_ns
        store.write(VolumePath(DEVICE, "file"), b"444")
        os.utime(place, ns=(filled, filled))  # as where the clock of the machine has not moved on
        store.discard()


def test_what_nobody_has_touched_is_left_as_it_is(begin):
    for _ in range(2):
        store = begin()
        store.fill(DEVICE, TREE)
        times = {path: (store.root / DEVICE / path).stat().st_mtime_ns for path in TREE}
        store.discard()
    again = begin()
    again.fill(DEVICE, TREE)
    assert times == {path: (again.root / DEVICE / path).stat().st_mtime_ns for path in TREE}


def test_a_lun_whose_files_were_written_one_by_one_is_kept_as_if_it_had_been_filled(begin):
    first, second = begin(), begin()
    for path, bytes_ in TREE.items():
        place = VolumePath(DEVICE, path)
        first.make_folder(place) if bytes_ is None else first.write(place, bytes_)
    first.filled(DEVICE, TREE)
    known = inode(first)
    first.write(VolumePath(DEVICE, "file"), b"")
    first.discard()
    second.fill(DEVICE, TREE)
    assert (inode(second), content(second)) == (known, TREE)


def test_another_tree_and_another_lun_are_filled_by_themselves(begin):
    first, second = begin(), begin()
    first.fill(DEVICE, TREE)
    known = inode(first)
    first.discard()
    second.fill(OTHER, TREE)
    second.fill(DEVICE, {"file": b"other"})
    assert (content(second, OTHER), content(second)) == (TREE, {"file": b"other"})
    assert known not in {inode(second), inode(second, OTHER)}


def test_two_that_are_open_at_one_time_share_nothing(begin):
    stores = [begin(), begin()]
    for store in stores:
        store.fill(DEVICE, TREE)
    stores[0].write(VolumePath(DEVICE, "file"), b"")
    assert content(stores[1]) == TREE
    for store in stores:
        store.discard()
    again = begin()
    again.fill(DEVICE, TREE)
    assert content(again) == TREE


def test_nothing_is_kept_once_it_is_cleared(begin, kept, tmp_path):
    store = begin()
    store.fill(DEVICE, TREE)
    store.discard()
    assert (tmp_path / "kept" / DEVICE / "file").exists()
    kept.clear()
    assert not list(tmp_path.iterdir())
    again = begin()
    again.fill(DEVICE, TREE)
    assert content(again) == TREE
    again.discard()
    (tmp_path / "kept" / DEVICE).rename(tmp_path / "gone")  # as when the run has ended meanwhile
    last = begin()
    last.fill(DEVICE, TREE)
    assert content(last) == TREE
