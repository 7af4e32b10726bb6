"""Moments that come again: as if they were worked out, and only where everything that they follow from is the same."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from harness.blueprints import load_blueprint, place_all
from harness.errors import Refusal
from harness.gateway import Gateway
from harness.journal import Entry, Journal
from harness.lab.beginnings import Beginning, begin
from harness.operations import hosts
from harness.physics.effects import After, At, Await, Operation, Rest, Trigger
from harness.physics.laws import Laws
from harness.physics.moments import Moments
from harness.releases import Release, load
from harness.units import DeviceId, HostName, Span, minutes, seconds
from harness.volume_store import DirectoryStore
from harness.world.agents import SshSwitched
from harness.world.aggregate import World
from harness.world.events import Event
from harness.world.host_files import HostLogged
from harness.world.hosts import VMKERNEL_LOG
from harness.world.storage import VolumePath
from harness.world.volume_files import FileMoved, FileRemoved, FileWritten, FolderMade

HOST = HostName("esx01.lab.example")
PLAN = load_blueprint("two-sites")


@dataclass
class Start:
    """A world that has just begun, with what its listeners were told."""

    gateway: Gateway
    laws: Laws
    told: list[tuple[list[Event], World]] = field(default_factory=list)

    @property
    def entries(self) -> list[Entry]:
        return self.gateway.journal.entries()

    @property
    def bytes(self) -> dict[VolumePath, bytes | None]:
        store, found = self.laws.store, {}
        for device in self.laws.world.luns:
            for path, lying in store.listing(device).items():
                place = VolumePath(device, path)
                found[place] = None if lying.what == "folder" else store.read(place)
        return found

    def surveys(self) -> list[object]:
        return [self.laws.store.survey(device) for device in self.laws.world.luns]


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., Start]:
    """Begins a world once more, over bytes of its own."""
    count = itertools.count()

    def make(beginning: Beginning, release: Release | None = None) -> Start:
        facts = release or load("5.0")
        store = DirectoryStore(tmp_path / str(next(count)))
        laws = Laws(beginning.world, facts, store, beginning.chance(), facts.epoch.value)
        gateway = Gateway(laws, Journal(lambda: laws.now, lambda: 0.0), beginning.moments)
        made = Start(gateway, laws)
        gateway.listen(lambda news, world: made.told.append((news, world)))
        return made

    return make


def beginning(moments: Moments | None, source: str = "three-hosts", seed: int = 1) -> Beginning:
    return begin(load_blueprint(source), load("5.0"), seed, moments)


def test_a_start_that_comes_again_is_what_it_is_when_it_is_worked_out(start):
    kept = beginning(Moments(), "two-sites")
    found = [start(kept), start(kept), start(beginning(None, "two-sites"))]
    for each in found:
        each.gateway.perform(hosts.wake)
        each.gateway.perform(place_all, PLAN)
        each.gateway.perform(hosts.save_all)
    assert found[1].laws.world is found[0].laws.world  # it has come again
    assert found[2].laws.world is not found[0].laws.world
    for see in (
        lambda each: each.laws.world,
        lambda each: each.entries,
        lambda each: each.told,
        lambda each: each.bytes,
        lambda each: each.gateway.happened,
        Start.surveys,
        lambda each: each.laws.chance.hex(32),
        lambda each: each.gateway.pass_time(minutes(24 * 60)),
        lambda each: each.laws.world,
        lambda each: each.entries,
        lambda each: each.bytes,
    ):
        first, again, worked_out = map(see, found)
        assert again == worked_out
        assert first == worked_out


class Lights(Trigger):
    """What a deed sets off for later."""

    def fire(self, _laws):
        yield SshSwitched(HOST, False)


class Doer:
    """An operation that uses everything there is to use, and counts how often it is worked out."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, laws: Laws, text: str, *, loud: bool = False) -> Operation[str]:
        self.times += 1
        place = VolumePath(next(iter(laws.world.luns)), "a/file")
        read = laws.store.read(VolumePath(place.device, "given")) if "given" in laws.store.listing(place.device) else b""
        yield HostLogged(HOST, VMKERNEL_LOG, f"{text} {laws.chance.hex(8)} {loud} {read!r}", laws.now)
        yield FolderMade(place.device, "a", laws.now)
        yield FileWritten(place.device, place.path, text.encode(), laws.now)
        yield After("host.boot", HOST, Lights())
        yield At(seconds(1), Lights())
        return f"{text}{read!r}"


def lay(start: Start, path: str, content: bytes) -> None:
    start.laws.store.write(VolumePath(next(iter(start.laws.world.luns)), path), content)


def nothing(_start: Start) -> None:
    pass


def test_what_is_the_same_in_everything_comes_again(start):
    kept, do = beginning(Moments()), Doer()
    for count in range(3):
        again = start(kept)
        lay(again, "given", b"1")
        lay(again, "vmware.log", f"{count}".encode())  # as long, and not read
        assert again.gateway.perform(do, "a", loud=True) == "ab'1'"
        assert again.bytes[VolumePath(next(iter(again.laws.world.luns)), "a/file")] == b"a"
        assert again.bytes[VolumePath(next(iter(again.laws.world.luns)), "vmware.log")] == f"{count}".encode()
    assert do.times == 1


@pytest.mark.parametrize(
    "change",
    [
        lambda each: each.laws.chance.hex(1),
        lambda each: each.gateway.pass_time(seconds(1)),
        lambda each: each.gateway.perform(hosts.switch_ssh, HOST, enabled=False),
        lambda each: lay(each, "given", b"2"),
        lambda each: lay(each, "more", b""),
        lambda each: each.laws.store.remove(VolumePath(next(iter(each.laws.world.luns)), "given")),
        lambda each: each.gateway.go_on(1),
        lambda each: each.gateway.begin(waits_for_ssh),
    ],
    ids=["chance", "time", "world", "bytes", "files", "no file", "the start is over", "somebody waits"],
)
def test_what_differs_in_anything_is_worked_out(start, change):
    kept, do = beginning(Moments()), Doer()
    for count, prepare in enumerate([nothing, change], start=1):
        each = start(kept)
        lay(each, "given", b"1")
        prepare(each)
        each.gateway.perform(do, "a")
        assert do.times == count


def waits_for_ssh(_laws: Laws) -> Operation[None]:
    yield Await(lambda world: not world.hosts[HOST].ssh)


def test_another_seed_another_release_and_other_words_are_worked_out(start):
    moments, do = Moments(), Doer()
    kept, facts = beginning(moments), load("5.0")
    start(kept).gateway.perform(do, "a")
    start(beginning(moments, seed=2)).gateway.perform(do, "a")
    start(beginning(moments)).gateway.perform(do, "a")  # a world like the other one, and another one
    start(kept, load("5.1")).gateway.perform(do, "a")
    present = facts.has("ports-lost-when-storage-is-late")
    start(kept, facts.reading("ports-lost-when-storage-is-late", present=not present)).gateway.perform(do, "a")
    start(kept).gateway.perform(do, "b")
    start(kept).gateway.perform(do, "a", loud=True)
    assert do.times == 7
    start(kept).gateway.perform(do, "a")
    assert do.times == 7


def rests(_laws: Laws) -> Operation[None]:
    yield Rest(Span())


def refuses(_laws: Laws) -> Operation[None]:
    yield SshSwitched(HOST, False)
    raise Refusal("InvalidState", HOST, "no")


def waits(_laws: Laws) -> Operation[None]:
    yield Await(lambda _world: True)


def removes(laws: Laws) -> Operation[None]:
    device: DeviceId = next(iter(laws.world.luns))
    yield FileRemoved(device, "given")


def moves(laws: Laws) -> Operation[None]:
    device: DeviceId = next(iter(laws.world.luns))
    yield FileMoved(device, "given", "taken")


@pytest.mark.parametrize("operation", [rests, refuses, waits, removes, moves])
def test_what_takes_time_is_refused_or_moves_files_about_is_worked_out_each_time(start, operation):
    kept, done = beginning(Moments()), []

    def counted(laws: Laws) -> Operation[None]:
        done.append(laws)
        yield from operation(laws)

    for _ in range(2):
        each = start(kept)
        lay(each, "given", b"1")
        try:
            each.gateway.perform(counted)
        except Refusal:
            assert operation is refuses
    assert len(done) == 2
