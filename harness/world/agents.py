"""The management agents of hosts, and their SSH service: started, answering, stopped."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.records import replace
from harness.units import Instant, VolumeId
from harness.world.hosts import HOSTD, Host, HostEvent


@dataclass(frozen=True)
class AgentLaunched(HostEvent):
    """A management agent was started, and does not answer yet."""

    agent: str
    at: Instant

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, launched={**host.launched, self.agent: self.at})

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.agent} launched"


@dataclass(frozen=True)
class AgentStarted(HostEvent):
    """A management agent answers."""

    agent: str

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        late = frozenset[VolumeId]() if self.agent == HOSTD else host.late
        return replace(host, agents=host.agents | {self.agent}, launched=_without(host.launched, self.agent), late=late)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.agent} started"


@dataclass(frozen=True)
class AgentStopped(HostEvent):
    """A management agent no longer runs."""

    agent: str

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, agents=host.agents - {self.agent}, launched=_without(host.launched, self.agent))

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"{self.agent} stopped"


@dataclass(frozen=True)
class SshSwitched(HostEvent):
    """The SSH service was enabled or disabled."""

    enabled: bool

    def change(self, host: Host) -> Host:
        """See :class:`HostEvent`."""
        return replace(host, ssh=self.enabled)

    @property
    def text(self) -> str:
        """See :class:`Event`."""
        return f"SSH {'enabled' if self.enabled else 'disabled'}"


def _without(launched: Mapping[str, Instant], agent: str) -> Mapping[str, Instant]:
    return {name: at for name, at in launched.items() if name != agent}
