"""How directory entries look in ``ls -l``."""

from __future__ import annotations

from datetime import timedelta

from harness.protocols.esxi_shell.host_view import Entry
from harness.units import Instant

_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_RECENT = timedelta(days=182)


def long_line(entry: Entry, now: Instant, size: str) -> str:
    """One line of ``ls -l``, as the host's busybox lays it out; ``size`` is ready to print."""
    name = f"{entry.name} -> {entry.target}" if entry.kind == "link" else entry.name
    owner = f"{entry.owner:<8.8} {entry.group:<8.8}"
    return f"{mode_text(entry)} {entry.links:>4} {owner}{size:>9} {stamp(entry.modified, now)} {name}"


def stamp(moment: Instant, now: Instant) -> str:
    """``Feb  8 12:33``, or with the year where it is older than half a year or lies ahead."""
    day = f"{_MONTHS[moment.month - 1]} {moment.day:>2}"
    recent = timedelta(0) <= now - moment < _RECENT
    return f"{day} {moment:%H:%M}" if recent else f"{day}  {moment.year}"


def mode_text(entry: Entry) -> str:
    """``drwxr-xr-t``."""
    letters = "".join(
        letter if entry.mode >> shift & 1 else "-" for shift, letter in zip(range(8, -1, -1), "rwxrwxrwx", strict=True)
    )
    if entry.mode & 0o1000:
        letters = letters[:-1] + ("t" if entry.mode & 1 else "T")
    return {"file": "-", "directory": "d", "link": "l"}[entry.kind] + letters


def human_size(size: int, suffixes: str) -> str:
    """``420``, ``1.5k``, ``3.0G``: one decimal place from the first unit on."""
    if size < 1024:
        return str(size)
    value, power = size / 1024, 0
    while value >= 1023.95 and power < len(suffixes) - 1:
        value, power = value / 1024, power + 1
    return f"{value:.1f}{suffixes[power]}"
