"""What of a scenario's steps and journal takes part in its timeline, each with the lane that it belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, NamedTuple, TypeAlias

from harness.report.landscape import HAND, SHARED, Landscape, Lane
from harness.report.recovery_time import BACKGROUND, COMPARED, moment
from harness.report.scenario import Entry, StepResult

Sort: TypeAlias = Literal["act", "procedure", "plan", "duration", "loss", "return", "event"]
"""What an item is: it decides how it is drawn."""

FAULTS = Lane(HAND, 0, "Faults")
OPERATOR = Lane(HAND, 1, "Operator")
CENTER = Lane(SHARED, 0, "Events of vCenter")
TELLING = {"event", "duration", "procedure", "fault"}
"""The kinds of entries that say something beyond the steps."""


class Item(NamedTuple):
    """One thing that happened in a lane, from ``began`` to ``ended`` in seconds; a mark where these are the same.

    ``provenance`` is that of a duration of the release data, else empty. ``times`` says how many of them are one item.
    """

    lane: Lane
    sort: Sort
    began: float
    ended: float
    what: str
    provenance: str = ""
    times: int = 1

    @property
    def mergeable(self) -> bool:
        """Whether several of it can be one item."""
        return self.sort not in ("act", "procedure", "plan")

    @property
    def alike(self) -> tuple[object, ...]:
        """What it has in common with those of other lanes to which the same happened."""
        return self[1:]

    def with_one_more(self, item: Item) -> Item:
        """Both as one."""
        ended = max(self.ended, item.ended) if self.ended > self.began else self.began
        return self._replace(ended=ended, times=self.times + item.times)

    def since(self, zero: float) -> Item:
        """The same, in seconds after ``zero``."""
        return Item(self.lane, self.sort, self.began - zero, self.ended - zero, self.what, self.provenance, self.times)


def items_of_steps(steps: Sequence[StepResult], started: int) -> Iterator[Item]:
    """The steps that act: those of a When that asked or waited for something, and others that took simulated time."""
    keyword, seen = "", 0
    for step in steps:
        keyword = step.keyword if step.keyword in ("Given", "When", "Then") else keyword
        entries = step.entries[max(0, started - seen) :]
        seen += len(step.entries)
        acts = [entry for entry in entries if entry.kind in ("command", "call", "time")]
        if not acts:
            continue
        began, ended = min(moment(each.began) for each in acts), max(moment(each.ended) for each in acts)
        if keyword == "When" or ended > began:
            yield Item(OPERATOR, "act", began, ended, step.text)


def items_of_entries(entries: Sequence[Entry], started: int, landscape: Landscape) -> Iterator[Item]:
    """What the journal says beyond the steps: faults, durations, events, procedures and recovery plans by their steps."""
    for entry in entries[:started]:
        landscape.see(entry)
    courses = Courses()
    for entry in entries[started:]:
        landscape.see(entry)
        if entry.kind in TELLING and (item := _item(entry, landscape, courses)):
            yield item


def _item(entry: Entry, landscape: Landscape, courses: Courses) -> Item | None:
    if entry.kind == "event":
        return _event(entry, landscape, courses)
    if entry.kind == "duration":
        return _duration(entry, landscape)
    at = moment(entry.ended)
    if entry.kind == "procedure":
        return courses.procedure(entry, at)
    return Item(FAULTS, "return" if entry.data["mended"] else "loss", at, at, f"{entry.data['subject']}: {entry.data['what']}")


def _duration(entry: Entry, landscape: Landscape) -> Item | None:
    name = str(entry.data["name"])
    lane = landscape.lane(str(entry.data["subject"]))
    if lane is None or name in BACKGROUND or name.startswith(COMPARED):
        return None
    return Item(lane, "duration", moment(entry.began), moment(entry.ended), name, str(entry.data["provenance"]))


class Courses:
    """Steps that begin and end in entries of their own: those of procedures, and those of recovery plans."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, str], float] = {}

    def procedure(self, entry: Entry, at: float) -> Item | None:
        """A step of a procedure once it is done or has failed; how the run ended."""
        name, step, what = (str(entry.data[part]) for part in ("procedure", "step", "what"))
        lane = Lane(HAND, 2, f"Procedure {name}")
        if what == "step":
            self._open[name, step] = at
        elif what in ("done", "end") and (name, step) in self._open:
            return Item(lane, "procedure", self._open.pop((name, step)), at, f"{step}: {entry.data['state']}")
        elif what == "end":
            return Item(lane, "procedure", at, at, str(entry.data["state"]))
        return None

    def plan(self, entry: Entry, at: float, lane: Lane) -> Item | None:
        """A step of a recovery plan once it has ended; the journal says ``step 1, Title: begins`` and then what became of it."""
        step, _, state = str(entry.data["text"]).partition(": ")
        key = str(entry.data["subject"]), step
        if state == "begins":
            self._open[key] = at
        elif key in self._open:
            return Item(lane, "plan", self._open.pop(key), at, f"{step.partition(', ')[2]}: {state.partition(':')[0].lower()}")
        return None


SAID: Mapping[str, tuple[Sort, str]] = {
    "HostPowerLost": ("loss", "loses its power"),
    "HostShutDown": ("loss", "shut down"),
    "HostBooted": ("return", "has booted"),
    "MaintenanceEntered": ("event", "in maintenance mode"),
    "MaintenanceLeft": ("return", "out of maintenance mode"),
    "VolumeMounted": ("event", "volume mounted"),
    "VolumeUnmounted": ("event", "volume unmounted"),
    "LunLost": ("loss", "storage: all paths down"),
    "LunReturned": ("return", "storage: paths are back"),
    "LunPresented": ("event", "storage presented"),
    "LunAccessSet": ("event", "storage"),
    "MachineStarted": ("return", "VM powered on"),
    "MachineStopped": ("loss", "VM"),
    "ServiceStarted": ("return", "answers"),
    "ServiceStopped": ("loss", "answers no longer"),
    "HostsDeclared": ("event", "declares hosts dead"),
    "MasterElected": ("return", "master elected:"),
    "ConnectionChanged": ("event", "is"),
    "GroupStateChanged": ("event", "replication"),
    "ArraySwitched": ("event", ""),
    "CenterEvent": ("event", ""),
    "RunBegun": ("event", ""),
    "RunEnded": ("event", "recovery plan ends:"),
}
"""How a kind of event takes part: what it is, and its words; some kinds take the event's own text as well."""
OWN_TEXT = {"LunAccessSet", "MachineStopped", "MasterElected", "ConnectionChanged", "GroupStateChanged", "ArraySwitched"}
OWN_TEXT |= {"CenterEvent", "RunBegun", "RunEnded"}


def _event(entry: Entry, landscape: Landscape, courses: Courses) -> Item | None:
    kind, text, at = str(entry.data["kind"]), str(entry.data["text"]), moment(entry.ended)
    if kind == "Announced":
        return Item(CENTER, "event", at, at, text.partition(":")[0].rpartition(".")[2])
    if kind not in SAID and kind != "StepChanged" and not (kind == "NicSet" and "not connected" in text):
        return None
    find = landscape.last_lane if kind == "MachineStopped" else landscape.lane
    if (lane := find(str(entry.data["subject"]))) is None:
        return None
    if kind == "StepChanged":
        return courses.plan(entry, at, lane)
    if kind == "NicSet":
        return Item(lane, "loss", at, at, "VM without network connection")
    sort, words = SAID[kind]
    return Item(lane, sort, at, at, _said(words, kind, text) if kind in OWN_TEXT else words)


def _said(words: str, kind: str, text: str) -> str:
    """``words`` with the event's own."""
    own = text.partition(" is the vSphere HA master")[0].removesuffix(" in vCenter")
    own = own.partition(":")[0] if kind == "GroupStateChanged" else own
    return " ".join(filter(None, (words, own)))
