"""What hosts print, as data: pure functions over the text of a listing.

They read what the captured outputs of real hosts have in common and pass over what differs between releases (widths, blanks,
further columns). A line that is not of the listing is left out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeAlias

from harness.units import Instant

RULER = re.compile(r"-+")
ENTRY = re.compile(
    r"(?P<type>[-dlbcps])(?P<mode>[-rwxsStT]{9})\s+\d+\s+(?P<owner>\S+)\s+(?P<group>\S+)\s+(?P<size>[\d.]+[kMGT]?)\s+"
    r"(?P<time>[A-Z][a-z]{2} +\d{1,2} +[\d:]{4,5}) (?P<name>.+)"
)
VM_ROW = re.compile(r"(?P<id>\d+)\s+(?P<name>\S.*?)\s+(?P<file>\[[^\]]*\] \S.*?\.vmx)\s+(?P<guest>\S+)\s+(?P<version>vmx-\d+)")
INVALID_VM = re.compile(r"Skipping invalid VM '(\d+)'")
COPY = re.compile(r"VMFS\S* UUID/label: (?P<volume>[^/\s]+)/(?P<label>.*)")
ANSWER = re.compile(r"Can [Mm]ount: (?P<word>Yes|No)(?: \((?P<reason>.*)\))?")
EXTENT = re.compile(r"Extent name: (?P<device>\S+):\d+\s")
MAPPING = re.compile(r"(?P<device>\S+):\d+\s+/\S+\s+(?P<volume>\S+)\s+\d+\s+(?P<label>\S.*)")
LOG_LINE = re.compile(r"(?P<time>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?)Z\s?(?P<text>.*)")
FOUR_DIGITS = 4

FileType: TypeAlias = Literal["file", "directory", "link", "other"]
TYPES: dict[str, FileType] = {"-": "file", "d": "directory", "l": "link"}


@dataclass(frozen=True)
class FileEntry:
    """A line of ``ls -l``. ``mode`` is the nine letters; ``time`` is as printed (``Feb  9 09:05``); ``target`` of a link."""

    name: str
    type: FileType
    mode: str
    size: str
    time: str
    target: str = ""

    def modified(self, now: Instant) -> Instant:
        """When it was modified: the printed minute (or day, for an old file), in the year that is not after ``now``."""
        if ":" not in self.time:
            return datetime.strptime(self.time, "%b %d %Y").replace(tzinfo=UTC)
        stamp = datetime.strptime(f"{now.year} {self.time}", "%Y %b %d %H:%M").replace(tzinfo=UTC)
        return stamp if stamp <= now else stamp.replace(year=now.year - 1)


@dataclass(frozen=True)
class RegisteredVm:
    """A row of ``vim-cmd vmsvc/getallvms``; ``file`` is ``[datastore] folder/name.vmx``."""

    vmid: int
    name: str
    file: str
    guest: str
    version: str


@dataclass(frozen=True)
class CopyListed:
    """A volume in ``esxcfg-volume -l``: ``reason`` says why it cannot be mounted; ``devices`` hold its copies."""

    volume: str
    label: str
    mountable: bool
    reason: str
    devices: tuple[str, ...]


@dataclass(frozen=True)
class VolumeMapped:
    """A row of ``esxcfg-scsidevs -m``: a VMFS volume that is mounted, and its device."""

    device: str
    volume: str
    label: str


@dataclass(frozen=True)
class LogLine:
    """A line of a log under /var/log, with the time in its prefix."""

    time: Instant
    text: str


def read_directory(text: str) -> list[FileEntry]:
    """The entries of ``ls -l`` or ``ls -la``, without ``.`` and ``..``."""
    found = [_entry(match) for line in text.splitlines() if (match := ENTRY.fullmatch(line.rstrip("\n")))]
    return [entry for entry in found if entry.name not in {".", ".."}]


def _entry(match: re.Match[str]) -> FileEntry:
    name, _, target = match["name"].partition(" -> ") if match["type"] == "l" else (match["name"], "", "")
    return FileEntry(name, TYPES.get(match["type"], "other"), match["mode"], match["size"], match["time"], target)


def read_table(text: str) -> list[dict[str, str]]:
    """The rows of an esxcli table, each by column heading. Columns are where the row of dashes says they are."""
    lines = text.splitlines()
    ruler = next((index for index, line in enumerate(lines) if line.strip() and not line.strip("- ")), 0)
    if not ruler:
        return []
    spans = [match.span() for match in RULER.finditer(lines[ruler])]
    ends = [start for start, _ in spans[1:]] + [None]
    columns = [(start, end) for (start, _), end in zip(spans, ends, strict=True)]
    headings = [lines[ruler - 1][start:end].strip() for start, end in columns]
    rows = [line for line in lines[ruler + 1 :] if line.strip()]
    return [dict(zip(headings, (row[start:end].strip() for start, end in columns), strict=True)) for row in rows]


def read_blocks(text: str) -> list[dict[str, str]]:
    """The blocks of an esxcli listing (``   Key: value``). A heading line is under the key ``""``; nested keys are flattened."""
    found: list[dict[str, str]] = []
    open_block = False
    for line in text.splitlines():
        if not line.strip():
            open_block = False
            continue
        heading = not line.startswith(" ")
        if heading or not open_block:
            found.append({})
            open_block = True
        key, _, value = ("", "", line) if heading else line.strip().partition(":")
        found[-1][key] = value.strip()
    return found


def read_vms(text: str) -> list[RegisteredVm]:
    """The rows of ``vim-cmd vmsvc/getallvms``; headings and the further lines of annotations are passed over."""
    rows = [match for line in text.splitlines() if (match := VM_ROW.match(line))]
    return [RegisteredVm(int(row["id"]), row["name"], row["file"], row["guest"], row["version"]) for row in rows]


def read_copies(text: str) -> list[CopyListed]:
    """The volumes that ``esxcfg-volume -l`` lists; what it says of its scan is passed over."""
    found: list[CopyListed] = []
    for line in text.splitlines():
        if match := COPY.match(line):
            found.append(CopyListed(match["volume"], match["label"].rstrip(), False, "", ()))
        elif found and (match := ANSWER.match(line)):
            found[-1] = replace(found[-1], mountable=match["word"] == "Yes", reason=match["reason"] or "")
        elif found and (match := EXTENT.match(line)):
            found[-1] = replace(found[-1], devices=(*found[-1].devices, match["device"]))
    return found


def read_mappings(text: str) -> list[VolumeMapped]:
    """The rows of ``esxcfg-scsidevs -m``."""
    rows = [match for line in text.splitlines() if (match := MAPPING.match(line.rstrip()))]
    return [VolumeMapped(row["device"], row["volume"], row["label"]) for row in rows]


def read_invalid_vms(text: str) -> list[int]:
    """The ids that ``vim-cmd vmsvc/getallvms`` skips, because it cannot read their files."""
    return [int(number) for number in INVALID_VM.findall(text)]


def read_log(text: str) -> list[LogLine]:
    """The lines of a log that begin with a time stamp."""
    matches = [match for line in text.splitlines() if (match := LOG_LINE.match(line))]
    return [LogLine(datetime.fromisoformat(f"{match['time']}+00:00"), match["text"]) for match in matches]
