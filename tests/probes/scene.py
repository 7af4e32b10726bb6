"""Where the probes of web interfaces stand in their tests: what they are told of a server, and a journal to write in."""

from __future__ import annotations

from dataclasses import dataclass

from harness.journal import ApiCall, Journal
from harness.patience import Patience
from harness.probes.trust import ANYBODY
from harness.units import EPOCH, Address, Credentials, Instant


@dataclass(frozen=True)
class Access:
    """How a server is reached."""

    name: str
    address: Address
    login: Credentials
    identity: str = ANYBODY

    @property
    def url(self) -> str:
        return f"https://{self.address}"


class Spot:
    """A place with nothing but a journal, in which the password of ``login`` is masked."""

    def __init__(self, login: Credentials) -> None:
        self.journal = Journal(self.now, lambda: 0.0)
        self.patience = Patience()
        self.journal.conceal(login.password)

    def now(self) -> Instant:
        return EPOCH

    def told(self) -> list[ApiCall]:
        return [entry.record for entry in self.journal.entries() if isinstance(entry.record, ApiCall)]
