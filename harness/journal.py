"""The append-only record of what happened in a lab, in simulated time.

Probes record what they asked over a wire; the gateway records what changed in the world and the durations it took.
Secrets are masked on the way in, so that nothing downstream has to remember to.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields, replace
from operator import attrgetter
from typing import Any, NamedTuple, TypeAlias, get_args

from harness.errors import LabError
from harness.units import Instant, Provenance, Span

MASK = "********"
PROVENANCES = frozenset(get_args(Provenance))


@dataclass(frozen=True, slots=True)
class CommandRun:
    """A command line that a client ran on a host over SSH, with what came back."""

    host: str
    line: str
    output: str
    errors: str
    status: int


@dataclass(frozen=True, slots=True)
class ApiCall:
    """A call to a management API, with a readable summary of its arguments and its answer; ``fault`` is empty on success."""

    server: str
    target: str
    method: str
    arguments: str = ""
    answer: str = ""
    fault: str = ""


@dataclass(frozen=True, slots=True)
class FaultInjected:
    """Something that the lab broke or took away because a step asked for it; or ``mended``, where it gave it back."""

    subject: str
    what: str
    mended: bool = False


@dataclass(frozen=True, slots=True)
class TimePassed:
    """Simulated time that a step let pass, or waited within."""

    span: Span
    why: str = ""


@dataclass(frozen=True, slots=True)
class Happened:
    """One event of the world: its kind (the event's name), its subject (a host, a VM, a volume ...) and a sentence."""

    kind: str
    subject: str
    text: str
    site: str = ""


@dataclass(frozen=True, slots=True)
class DurationSpent:
    """A simulated duration that took part in what happened, by its name in the release data, with its provenance."""

    name: str
    subject: str
    span: Span
    provenance: Provenance
    source: str

    def __post_init__(self) -> None:
        _require_origin(self.name, self.provenance, self.source)


@dataclass(frozen=True, slots=True)
class TextShown:
    """A text that a wire showed to a client, by its name in the release data, with its provenance."""

    name: str
    provenance: Provenance
    source: str

    def __post_init__(self) -> None:
        _require_origin(self.name, self.provenance, self.source)


def _require_origin(name: str, provenance: str, source: str) -> None:
    """Refuse, by ``LabError``, a fact of the simulation that does not say how well it is known: no report could list it."""
    if provenance not in PROVENANCES or not source.strip():
        raise LabError("journal", f"{name} has no provenance", "Give it with its source in the release data.")


@dataclass(frozen=True, slots=True)
class Placed:
    """Where something stands when a lab has opened: its kind (``host``, ``array``, ``LUN`` ...), its site and what it belongs to.

    ``site`` is empty where a lab has none, ``owner`` where nothing has it. The last of them ends what a lab's start left in its
    journal.
    """

    subject: str
    kind: str
    site: str = ""
    owner: str = ""


Record: TypeAlias = CommandRun | ApiCall | FaultInjected | TimePassed | Happened | DurationSpent | TextShown | Placed
_NAMES: dict[type[Record], tuple[str, ...]] = {
    kind: tuple(each.name for each in fields(kind) if each.type == "str") for kind in get_args(Record)
}
"""The fields of each kind of record that may hold any text."""
_TEXTS = {kind: attrgetter(names[0], *names) for kind, names in _NAMES.items()}
"""What they hold; the first twice, as a getter of one field gives no tuple."""


class Entry(NamedTuple):
    """One line of the journal: what, when it began and ended (simulated), and wall seconds since the journal began."""

    sequence: int
    began: Instant
    ended: Instant
    wall: float
    record: Record


class Journal:
    """Entries in the order in which they ended. Safe to use from several threads."""

    def __init__(self, now: Callable[[], Instant], wall: Callable[[], float]) -> None:
        self._now, self._wall = now, wall
        self._started = wall()
        self._entries: list[Entry] = []
        self._secrets: list[str] = []
        self._lock = threading.Lock()

    def conceal(self, secret: str) -> None:
        """From now on no entry shows ``secret``; empty strings are ignored."""
        with self._lock:
            if secret and secret not in self._secrets:
                self._secrets = sorted([*self._secrets, secret], key=len, reverse=True)

    def masked(self, text: str) -> str:
        """``text`` with every concealed secret replaced: for what is said about a scenario outside its journal."""
        with self._lock:
            return self._mask(text)

    def record(self, record: Record, began: Instant | None = None) -> Entry:
        """Append ``record``; it ends now, in simulated time, and began then too unless ``began`` says otherwise."""
        now = self._now()
        with self._lock:
            entry = Entry(len(self._entries), began or now, now, self._wall() - self._started, self._masked(record))
            self._entries.append(entry)
        return entry

    def record_all(self, records: Iterable[Record]) -> None:
        """Append many that begin and end now: in one moment of wall time as well."""
        now = self._now()
        with self._lock:
            wall, first = self._wall() - self._started, len(self._entries)
            self._entries.extend(Entry(n, now, now, wall, self._masked(record)) for n, record in enumerate(records, first))

    def entries(self, since: int = 0) -> list[Entry]:
        """The entries from number ``since`` on; ``since=len(journal)`` taken earlier gives what came after that moment."""
        with self._lock:
            return self._entries[since:]

    def __len__(self) -> int:
        with self._lock:
            return len(self._entries)

    def _masked(self, record: Record) -> Record:
        if not self._secrets:
            return record
        together = "\n".join(_TEXTS[type(record)](record))
        for secret in self._secrets:
            if secret in together:
                changes: dict[str, Any] = {name: self._mask(getattr(record, name)) for name in _NAMES[type(record)]}
                return replace(record, **changes)
        return record

    def _mask(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, MASK)
        return text
