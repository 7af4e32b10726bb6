"""What probes say when a wire does not give what was asked."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import ClassVar, Literal, TypeAlias

from harness.errors import BlackstartError, InputError, Refusal

Silence: TypeAlias = Literal["refused", "reset", "timed out", "denied", "distrusted", "failed"]
"""How a wire stays silent: nobody listens, the connection broke, no answer in time, login refused, an unknown identity, other."""


@dataclass(eq=False)
class Unreachable(BlackstartError):
    """What ``name`` names does not answer over ``wire``, or stopped to in the middle of ``doing``."""

    wire: ClassVar[str] = ""

    name: str
    doing: str
    silence: Silence
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.name} does not answer{self.wire} ({self.doing}): {self.silence}{_after(self.detail)}"


class HostUnreachable(Unreachable):
    """A host does not answer over SSH."""

    wire = " over SSH"


class CenterUnreachable(Unreachable):
    """A vCenter Server does not answer."""


class ArrayUnreachable(Unreachable):
    """A storage array's management does not answer."""


class RecoveryUnreachable(Unreachable):
    """A server of Site Recovery Manager does not answer."""


class CloudUnreachable(Unreachable):
    """A vCloud Director does not answer."""


class BrokerUnreachable(Unreachable):
    """A View connection server does not answer."""


class NameServerUnreachable(Unreachable):
    """A DNS server does not answer."""


@dataclass(eq=False)
class ServiceRefusal(BlackstartError):
    """What ``name`` names does not do what it is asked, or a task of its failed: ``code`` and ``message`` are its own words."""

    name: str
    doing: str
    code: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.doing}: {self.code}{_after(self.message)}"


class ArrayRefusal(ServiceRefusal):
    """A storage array refuses."""


class NameServerRefusal(ServiceRefusal):
    """A DNS server refuses: ``code`` is that of the answer (``NXDOMAIN``, ``NOTAUTH``)."""


class RecoveryRefusal(ServiceRefusal):
    """A server of Site Recovery Manager refuses."""


class BrokerRefusal(ServiceRefusal):
    """A View connection server refuses, or the desktop behind it."""


@dataclass(eq=False)
class CloudRefusal(ServiceRefusal):
    """A vCloud Director refuses: ``code`` is the minor code of the error (``BUSY_ENTITY``).

    ``fault`` is the name of a vSphere fault behind it, if it tells one.
    """

    fault: str = ""

    def __str__(self) -> str:
        return f"{self.name}: {self.doing}: {self.fault or self.code}{_after(self.message)}"


@dataclass(eq=False)
class ApiFault(BlackstartError):
    """vCenter refused a call, or its task failed: ``name`` is the vSphere API's name of the fault."""

    server: str
    method: str
    name: str
    message: str = ""

    def __str__(self) -> str:
        return f"{self.server}: {self.method}: {self.name}{_after(self.message)}"


@dataclass(eq=False)
class CommandFailed(BlackstartError):
    """A command that had to succeed did not."""

    host: str
    line: str
    status: int
    output: str

    def __str__(self) -> str:
        return f"{self.host}: {self.line!r} ended with {self.status}{_after(self.output.strip())}"


@dataclass(eq=False)
class Absent(BlackstartError):
    """Nothing of this name is where it was looked for."""

    kind: str
    name: str
    where: str
    known: tuple[str, ...] = ()

    def __str__(self) -> str:
        return f"no {self.kind} {self.name!r} in {self.where}; there are: {', '.join(sorted(self.known)) or 'none'}"


class Unknown(Absent):
    """The place has nothing of this name and never had, whatever has happened since: who gave the name is wrong."""

    def __init__(self, kind: str, name: str, known: Iterable[str] = ()) -> None:
        super().__init__(kind, name, "this place", tuple(known))


@dataclass(eq=False)
class Ambiguous(BlackstartError):
    """Several vCenter Servers have something of this name."""

    kind: str
    name: str
    centers: tuple[str, ...]

    def __str__(self) -> str:
        return f"the {self.kind} {self.name!r} is in {' and in '.join(self.centers)}: look at one of them"


@dataclass(eq=False)
class StillWaiting(BlackstartError):
    """What had to come did not, in the time that it may take (the place's own time)."""

    awaited: str
    limit: str

    def __str__(self) -> str:
        return f"{self.awaited}: not within {self.limit}"


class Unmet(AssertionError):
    """What was seen is not what should be: each view with what it showed."""

    def __init__(self, subject: str, expected: str, views: Iterable[tuple[str, object]]) -> None:
        self.subject, self.expected, self.views = subject, expected, tuple(views)
        shown = "; ".join(f"{view} shows {value}" for view, value in self.views)
        super().__init__(f"{subject}: expected {expected}, but {shown}")


def is_misnamed(error: Exception, *, beforehand: bool) -> bool:
    """Whether a scenario speaks of what its lab does not have, or cannot break or mend: then the scenario is wrong.

    ``beforehand`` says that nothing has been lost yet, so that what is absent never was there.
    """
    return isinstance(error, Unknown | InputError | Refusal) or (beforehand and isinstance(error, Absent | Ambiguous))


def _after(detail: str) -> str:
    return f": {detail}" if detail else ""
