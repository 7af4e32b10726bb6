"""How a vCenter begins comes again: what it is told, what is laid beside it, and what our side knows of it then."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from pyVmomi import vim

from harness.errors import LabError
from harness.protocols.vcenter.album import MOST, Album, Course
from harness.protocols.vcenter.console import Console
from harness.protocols.vcenter.construction import ROOT_FOLDER
from harness.simulators.process import ProcessSimulator
from harness.volume_store import DirectoryStore
from harness.world.aggregate import World

ROOT = vim.Folder(ROOT_FOLDER)


class Side:
    """What our side knows: how often it was told something."""

    def __init__(self) -> None:
        self.known: list[str] = []

    def state(self) -> tuple[str, ...]:
        return tuple(self.known)

    def restore(self, state: tuple[str, ...]) -> None:
        self.known = list(state)


class Start:
    """A vCenter that begins."""

    def __init__(self, parts: ExitStack, root: Path, album: Album | None) -> None:
        root.mkdir()
        self.store, self.side, self.acts = DirectoryStore(root), Side(), 0
        vcenter = parts.enter_context(ProcessSimulator().start(root))
        self.console = Console(vcenter.address, vcenter.agent)
        parts.callback(self.console.close)
        self.course = Course("vc", self.console, self.store, album)
        self.course.follow(self.side)

    def add(self, world: World, *names: str) -> None:
        """A piece: folders, with the root of the volumes in their names, and a file."""

        def act() -> None:
            self.acts += 1
            self.course.lay(lambda store: (store.root / names[0]).write_text("laid"))
            made = self.console.call([(ROOT, "CreateFolder", {"name": f"{self.store.root}/{name}"}) for name in names])
            self.side.known += [folder._moId for folder in made]

        self.course.take(world, names, act)

    @property
    def folders(self) -> list[str]:
        found = self.console.read(ROOT, "childEntity").get("childEntity", [])
        return [str(each["name"]) for each in self.console.read_all(found, "name")]

    def shown(self, *names: str) -> list[str]:
        """The names of folders, as vcsim has them."""
        return [f"{self.store.root}/{name}".replace("/", "%2f") for name in names]


@pytest.fixture
def begin(tmp_path: Path) -> Iterator[Any]:
    with ExitStack() as parts:
        made: list[Start] = []

        def start(album: Album | None) -> Start:
            made.append(Start(parts, tmp_path / str(len(made)), album))
            return made[-1]

        yield start


def test_a_piece_that_comes_again_is_told_laid_and_known_as_before(begin):
    album, world = Album(), World()
    first, second = begin(album), begin(album)
    for each in (first, second):
        each.add(world, "a", "b")
        each.add(world, "c")
    assert (first.acts, second.acts) == (2, 0)
    assert first.side.known == second.side.known != []
    for each in (first, second):
        assert each.folders == each.shown("a", "b", "c")
        assert (each.store.root / "c").read_text() == "laid"


def test_what_follows_from_something_else_is_worked_out_and_comes_again_too(begin):
    album, world, other = Album(), World(), World()
    starts = [begin(album) for _ in range(3)]
    for start, (last, name) in zip(starts, [(world, "b"), (other, "b"), (world, "c")], strict=True):
        start.add(world, "a")
        start.add(last, name)
        start.add(world, "d")
        assert start.folders == start.shown("a", name, "d")
    assert [start.acts for start in starts] == [3, 2, 2]
    last = begin(album)
    for name in ("a", "c", "d"):
        last.add(world, name)
    assert (last.acts, last.folders) == (0, last.shown("a", "c", "d"))


def test_answers_that_are_others_than_before_are_told(begin):
    album, world = Album(), World()
    begin(album).add(world, "a")
    second = begin(album)
    second.console.call([(ROOT, "CreateFolder", {"name": "something else"})])
    with pytest.raises(LabError, match=r'vc begins like one before it and answers otherwise: .*"group-.* to .*CreateFolder'):
        second.add(world, "a")
    third = begin(album)
    third.console.call([(ROOT, "CreateFolder", {"name": f"{third.store.root}/a"})])
    with pytest.raises(LabError, match=r"answers otherwise: .*DuplicateName"):
        third.add(world, "a")


def test_what_was_asked_is_known_and_what_was_told_is_told_again(begin):
    album, world, asked = Album(), World(), []
    for start in (begin(album), begin(album)):
        start.add(world, "a")
        made = start.course.tell("b", lambda start=start: start.console.call([(ROOT, "CreateFolder", {"name": "b"})]))
        name = start.course.recall(
            "name", lambda start=start, made=made: (asked.append(start), start.console.read(made[0], "name"))[1]
        )
        assert name == {"name": "b"}
        assert start.folders == [*start.shown("a"), "b"]
    assert len(asked) == 1


def test_once_the_start_is_over_and_without_an_album_everything_is_worked_out(begin):
    album, world = Album(), World()
    begin(album).add(world, "a")
    later, alone = begin(album), begin(None)
    later.course.end()
    for start in (later, alone):
        start.add(world, "a")
        assert (start.acts, start.folders) == (1, start.shown("a"))


def test_what_does_not_fit_into_the_album_is_worked_out(begin):
    album, world = Album(), World()
    album._count = MOST - 1
    starts = [begin(album), begin(album)]
    for start in starts:
        for name in ("a", "b"):
            start.add(world, name)
        assert start.folders == start.shown("a", "b")
    assert [start.acts for start in starts] == [2, 1]
