"""What every way to run vcsim offers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Literal, Protocol, Self, TypeAlias

from harness.units import Address, Credentials

Kind: TypeAlias = Literal["container", "process"]
"""How vcsim runs here."""

OPERATOR = Credentials("administrator@vsphere.local", "VMware1!")
"""Who logs in to a lab's vCenter unless the lab says otherwise. Nothing of value is behind this password."""


class Vcenter(Protocol):
    """A running vcsim: its inventory was empty when it started."""

    kind: Kind
    address: Address
    """Where its API listens (https, self-signed), on loopback."""
    operator: Credentials
    """For the clients of the simulated vCenter."""
    agent: Credentials
    """For the lab itself: may set properties and dial the link, and its sessions pass by hooks."""
    volumes: Path

    def check(self) -> None:
        """Raises ``LabError``, with the end of the log, when vcsim has stopped by itself."""

    def log(self) -> str:
        """What vcsim has written so far."""

    def close(self) -> None:
        """Stops vcsim and removes all that belongs to it but ``volumes``. May be called twice."""

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...


class Simulator(Protocol):
    """A way to start vcsim. What it runs in may stay for the next vCenter in a ``with`` block, which it then ends with."""

    kind: Kind

    def facts(self) -> Mapping[str, str]:
        """What it is that runs, for a report: version and digest of vcsim, and those of its image where there is one."""

    def start(self, volumes: Path, operator: Credentials = OPERATOR) -> Vcenter:
        """A new vcsim whose datastores may be directories below ``volumes`` (absolute; the same path inside).

        Raises ``LabError`` where it cannot start, with its log, or is not Blackstart's.
        """

    def __enter__(self) -> Self: ...

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None: ...
