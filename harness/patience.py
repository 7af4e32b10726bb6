"""How long, in wall seconds, the parts of a lab and its clients wait for each other.

What a scenario finds depends on simulated time and the seed alone, never on how fast the machine is or for how long it stops a
part. So in a lab these times only tell what is stuck for good, and are far longer than anything takes.
"""

from __future__ import annotations

from dataclasses import dataclass

STUCK = 120.0
"""When one part of a lab takes another for stuck."""
STUCK_FOR_CLIENTS = 240.0
"""The same for clients, which ask through several parts. A scenario that gets less time would be over before."""


@dataclass(frozen=True)
class Patience:
    """How long clients wait: by default as fits a real site, where whoever is silent may have no power."""

    dial: float = 5.0
    login: float = 10.0
    """To a shell, all of it."""
    question: float = 10.0
    """To a DNS server."""
    call: float = 30.0
    command: float = 60.0
    task: float = 120.0


IN_A_LAB = Patience(*[STUCK_FOR_CLIENTS] * 6)
"""Nothing in a lab answers with silence: who is not there refuses, so that waiting longer costs nothing."""
