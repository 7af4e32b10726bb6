"""The errors that cross a layer. Each carries fields; its message is composed from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path


class BlackstartError(Exception):
    """The root of every error that Blackstart raises on purpose."""


@dataclass
class InputError(BlackstartError):
    """What a person gave cannot be used: a release, a feature, a blueprint, a report.

    ``line`` counts from 1; 0 means that the whole file is meant. ``remedy`` says the way out.
    """

    subject: str
    problem: str
    remedy: str = ""
    file: Path | None = None
    line: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        tail = f"\n  {self.remedy}" if self.remedy else ""
        return f"{place}{self.subject}: {self.problem}{tail}"


@dataclass
class LabError(BlackstartError):
    """The laboratory itself is broken: no simulator, a lost connection, a clean-up that failed."""

    part: str
    problem: str
    remedy: str = ""

    def __str__(self) -> str:
        tail = f"\n  {self.remedy}" if self.remedy else ""
        return f"{self.part}: {self.problem}{tail}"


@dataclass
class Refusal(BlackstartError):
    """The simulated world says no to an operation, as the real product would.

    ``reason`` is one word of the vSphere API's own fault names (``InvalidPowerState``, ``ResourceNotAvailable`` ...), so that
    each wire can put it into its own words; ``fields`` are that fault's fields.
    """

    reason: str
    subject: str
    message: str = ""
    fields: dict[str, object] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.message or f"{self.subject}: {self.reason}"
