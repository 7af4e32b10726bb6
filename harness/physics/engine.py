"""The engine: it applies events, lets their consequences follow, and moves simulated time from timer to timer."""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from typing import Any, Generic, TypeVar

from harness.errors import LabError
from harness.journal import DurationSpent, Happened, Journal, Record, TextShown
from harness.physics.effects import Act, After, At, Await, Effect, Operation, Rest, Spend, Trigger
from harness.physics.laws import Laws
from harness.physics.reactions import RULES, consequences
from harness.units import Instant, Span
from harness.world.availability import Announced
from harness.world.events import Event
from harness.world.replication import Image, Replicated
from harness.world.storage import VolumePath
from harness.world.store import Store
from harness.world.volume_files import FileMoved, FileRemoved, FilesWritten, FileWritten, FolderMade

T = TypeVar("T")
PATIENCE = timedelta(days=2)
LATER = (After, At)


class Process(Generic[T]):
    """An operation under way. Once ``done``, ``value`` is what it returned, unless ``error`` is what it raised."""

    def __init__(self, operation: Operation[T], started: Instant) -> None:
        self.operation = operation
        self.started = started
        self.done = False
        self.value: T | None = None
        self.error: Exception | None = None
        self.ended: Instant | None = None
        self.waits: Await | None = None


class Engine:
    """One simulated world in motion. Not safe for several threads: the gateway serialises."""

    def __init__(self, laws: Laws, journal: Journal) -> None:
        self.laws, self.journal = laws, journal
        self.observers: list[Callable[[Event], None]] = []
        self.planners: list[Callable[[After | At], None]] = []
        self._timers: list[tuple[Instant, int, Callable[[], None]]] = []
        self._sequence = itertools.count()
        self._waiting: list[Process[Any]] = []

    def close(self) -> None:
        """Nothing follows any more: timers would keep the engine, and its world, until the garbage collector comes."""
        self._timers.clear()
        self._waiting.clear()
        self.observers.clear()
        self.planners.clear()

    def apply(self, effects: Iterable[Effect]) -> None:
        """Apply each effect, and all that follows from it at once, before the next one is asked for."""
        for effect in effects:
            if isinstance(effect, LATER):
                self.plan(effect)
            else:
                self._happen(effect)

    def start(self, operation: Operation[T]) -> Process[T]:
        """Run an operation up to where it first has to wait; :meth:`step` takes it further."""
        process = Process(operation, self.laws.now)
        self._resume(process, None)
        self._look_again()
        return process

    @property
    def awaited(self) -> bool:
        """Whether an operation under way waits for something to become true of the world."""
        return bool(self._waiting)

    @property
    def timers(self) -> int:
        """How many timers are set."""
        return len(self._timers)

    def step(self, until: Instant | None = None) -> bool:
        """Jump to the next timer and let it fire. False, and nothing moves, where there is none (up to ``until``)."""
        if not self._timers or (until is not None and self._timers[0][0] > until):
            return False
        self.laws.now, _, fire = heapq.heappop(self._timers)
        fire()
        self._look_again()
        return True

    def advance(self, process: Process[T]) -> None:
        """Jump to the next timer for the sake of ``process``; LabError where it has waited for more than ``PATIENCE``."""
        if not self.step(process.started + PATIENCE):
            raise LabError("the simulated world", f"an operation is not done after {PATIENCE} of simulated time")

    def _happen(self, event: Event) -> None:
        self.laws.world = event.apply(self.laws.world)
        if keep := BYTES.get(type(event)):
            keep(self.laws.store, event)
        for record in self.records_of(event):
            self.journal.record(record)
        self.tell(event)
        if type(event) in RULES:
            self.apply(consequences(self.laws, event))

    def records_of(self, event: Event) -> Iterator[Record]:
        """What the journal keeps of an event."""
        if not event.routine:
            yield Happened(type(event).__name__, event.subject, event.text)
        if type(event) is Announced and event.phrase:
            source = self.laws.release.phrase(event.phrase)
            yield TextShown(event.phrase, source.provenance, source.source)

    def tell(self, event: Event) -> None:
        """Let the observers know of an event."""
        for observer in self.observers:
            observer(event)

    def plan(self, effect: After | At) -> None:
        """Set the timer of what happens later."""
        for planner in self.planners:
            planner(effect)
        trigger: Trigger = effect.trigger
        if isinstance(effect, At):
            self._set_timer(effect.delay, lambda: self.apply(trigger.fire(self.laws)))
            return
        less = self.laws.release.duration(effect.less) if effect.less else Span()
        span = self.laws.release.duration(effect.timing) - less
        self._set_timer(span, lambda: self._elapse(effect.timing, effect.subject, span, trigger))

    def _elapse(self, timing: str, subject: str, span: Span, trigger: Trigger) -> None:
        effects = iter(trigger.fire(self.laws))
        first = next(effects, None)
        if first is None:
            return
        self._spent(timing, subject, span)
        self.apply(itertools.chain([first], effects))

    def _spent(self, timing: str, subject: str, span: Span) -> None:
        fact = self.laws.release.timing(timing)
        record = DurationSpent(timing, subject, span, fact.provenance, fact.source)
        self.journal.record(record, began=self.laws.now - span)

    def _set_timer(self, delay: Span, fire: Callable[[], None]) -> None:
        if delay < Span():
            raise LabError("the simulated world", f"something was planned for {-delay} ago")
        heapq.heappush(self._timers, (self.laws.now + delay, next(self._sequence), fire))

    def _resume(self, process: Process[Any], answer: object) -> None:
        try:
            act = process.operation.send(answer)
            while not self._suspends(process, act):
                act = process.operation.send(None)
        except StopIteration as end:
            process.done, process.value = True, end.value
        except Exception as error:  # noqa: BLE001 - it belongs to whoever asked for the operation
            process.done, process.error = True, error
        if process.done:
            process.ended = self.laws.now

    def _suspends(self, process: Process[Any], act: Act) -> bool:
        match act:
            case Spend():
                span = self.laws.release.duration(act.timing)
                self._set_timer(span, lambda: self._work_done(process, act, span))
            case Rest(span):
                self._set_timer(span, lambda: self._resume(process, None))
            case Await():
                self._wait(process, act)
            case _:
                self.apply([act])
                return False
        return True

    def _work_done(self, process: Process[Any], act: Spend, span: Span) -> None:
        self._spent(act.timing, act.subject, span)
        self._resume(process, None)

    def _wait(self, process: Process[Any], wait: Await) -> None:
        process.waits = wait
        self._waiting.append(process)
        delay = wait.limit if wait.limit is not None else None
        if wait.done(self.laws.world):
            delay = Span()
        if delay is not None:
            self._set_timer(delay, lambda: self._release(process, wait))

    def _release(self, process: Process[Any], wait: Await) -> None:
        if process.waits is wait:
            process.waits = None
            self._waiting.remove(process)
            self._resume(process, wait.done(self.laws.world))

    def _look_again(self) -> None:
        for process in list(self._waiting):
            wait = process.waits
            if wait and wait.done(self.laws.world):
                self._release(process, wait)


def _write(store: Store, event: FileWritten) -> None:
    store.write(VolumePath(event.device, event.path), event.content)


def _write_all(store: Store, event: FilesWritten) -> None:
    for path, content in event.files.items():
        store.write(VolumePath(event.device, path), content)


def _make_folder(store: Store, event: FolderMade) -> None:
    store.make_folder(VolumePath(event.device, event.path))


def _remove(store: Store, event: FileRemoved) -> None:
    store.remove(VolumePath(event.device, event.path))


def _move(store: Store, event: FileMoved) -> None:
    store.move(VolumePath(event.device, event.path), VolumePath(event.device, event.target))


def _keep_images(store: Store, event: Replicated) -> None:
    for image in event.images:
        _keep_image(store, image)


def _keep_image(store: Store, image: Image) -> None:
    for path in image.removed:
        store.remove(VolumePath(image.target, path))
    for path, content in image.written.items():
        place = VolumePath(image.target, path)
        if content is None:
            store.make_folder(place)
        else:
            store.write(place, content)


BYTES: Mapping[type[Event], Callable[[Store, Any], None]] = {
    FileWritten: _write,
    FilesWritten: _write_all,
    FolderMade: _make_folder,
    FileRemoved: _remove,
    FileMoved: _move,
    Replicated: _keep_images,
}
"""What each kind of event does to the bytes of volumes; most do nothing."""
