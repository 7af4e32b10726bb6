"""Units and identities shared by every layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple, NewType, TypeAlias

Instant: TypeAlias = datetime
"""A point of simulated time, always aware and in UTC."""

Span: TypeAlias = timedelta
"""A length of simulated time."""

Provenance: TypeAlias = Literal["quoted", "stated", "assumed"]
"""How well a text, a timing or a behaviour is known: see ``harness/DESIGN.md``, principle 5."""

HostName = NewType("HostName", str)
"""A host as the inventory names it (``esx01.lab.example``); unique in a lab."""

MachineId = NewType("MachineId", str)
"""A VM's instance UUID: what stays the same while names, hosts and MoRefs may change."""

VolumeId = NewType("VolumeId", str)
"""A VMFS volume's UUID in its printed form, ``502e8a75-d04a58db-431a-000c29d33d34``."""

DeviceId = NewType("DeviceId", str)
"""A LUN as hosts name it, ``naa.6000c29e28495d0b9ecd280a8dc01a5c``."""

SwitchId = NewType("SwitchId", str)
"""A distributed switch's UUID in its printed form, ``6d 8b 2e 50 3c d3 50 4a-ad dd b5 30 2f b1 0c aa``."""

PortKey = NewType("PortKey", str)
"""A dvPort's key: decimal digits (``106``), or ``h-<n>`` where a host gave it out; unique in its switch."""


class Address(NamedTuple):
    """Where something listens: an IP address or name, and a TCP port."""

    host: str
    port: int

    def __str__(self) -> str:
        return f"{self.host}:{self.port}"


@dataclass(frozen=True)
class Credentials:
    """A user and a password. ``repr`` never shows the password, so neither does a log or a traceback."""

    user: str
    password: str = field(repr=False)


EPOCH: Instant = datetime(2012, 2, 9, 9, 0, tzinfo=UTC)
"""Where simulated time starts, unless a release says otherwise: the day of D1's listing of port files."""


def number_of(count: int, noun: str, plural: str = "") -> str:
    """``count`` with its noun: ``1 step``, ``2 steps``; ``plural`` is for a noun that is no plural with an s at its end."""
    return f"{count} {noun if count == 1 else plural or f'{noun}s'}"


def seconds(count: float) -> Span:
    """``count`` seconds as a span."""
    return timedelta(seconds=count)


def minutes(count: float) -> Span:
    """``count`` minutes as a span."""
    return timedelta(minutes=count)


def shown_span(length: float) -> str:
    """A duration of so many seconds for people: ``42 ms``, ``3.2 s``, ``12 s``, ``4 min 30 s``, ``2 h 5 min``."""
    thousandths = round(length * 1000)
    if thousandths < 1000:
        return f"{thousandths} ms" if thousandths else "<1 ms" if length else "0 s"
    if length < 10:
        return f"{round(length, 1):g} s"
    whole = round(length)
    hours, rest = divmod(whole, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")] if hours == 0 else [(hours, "h"), (minutes, "min")]
    return " ".join(f"{count} {unit}" for count, unit in parts if count)
